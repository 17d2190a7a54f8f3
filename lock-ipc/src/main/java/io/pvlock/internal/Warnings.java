package io.pvlock.internal;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The warnings of somebody who looks again and again: a look that fails is a warning the first time, not each time. Only another
 * cause, which is another kind of failure or another place in the code, is another warning. Thread-safe.
 */
public final class Warnings {

    /** Causes, as many as the code has places that throw. */
    private final Set<String> said = ConcurrentHashMap.newKeySet();

    /** Runs {@code look}. What it throws goes no further. */
    public void guard(String message, Runnable look) {
        try {
            look.run();
        } catch (Throwable e) {
            if (said.add(cause(e))) {
                Log.warn(message, e);
            }
        }
    }

    // Not by the message: it may hold values that are others each time, and be foreign code.
    private static String cause(Throwable thrown) {
        StackTraceElement[] trace = thrown.getStackTrace();
        return thrown.getClass().getName() + (trace.length == 0 ? "" : " at " + trace[0]);
    }
}
