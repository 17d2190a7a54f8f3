package io.pvlock.internal;

import io.pvlock.core.NanoClock;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Warnings of what may happen by the thousand: each cause once, and a few a minute. The first one after that says how many were left out.
 * Thread-safe.
 */
public final class LimitedLog {

    private static final int A_MINUTE = 10;

    /** So many causes are remembered; an older one is said again. */
    private static final int CAUSES = 1_000;

    private final Set<Object> said = new LinkedHashSet<>();
    private long minuteBeginsNs;
    private int inMinute;
    private long leftOut;

    /**
     * @param cause equal to that of a warning that says the same
     * @param message asked for only if it is said
     */
    public void warn(Object cause, Supplier<String> message) {
        long before = admit(cause);
        if (before >= 0) {
            Log.warnOfEvent(message.get() + (before == 0 ? "" : " (" + before + " warnings like this were left out)"));
        }
    }

    // How many were left out before it; less than 0 if it is left out itself.
    private synchronized long admit(Object cause) {
        if (!said.add(cause)) {
            return -1;
        }
        if (said.size() > CAUSES) {
            said.remove(said.iterator().next());
        }
        long now = NanoClock.nowNs();
        if (inMinute == 0 || now - minuteBeginsNs >= TimeUnit.MINUTES.toNanos(1)) {
            minuteBeginsNs = now;
            inMinute = 0;
        }
        if (inMinute == A_MINUTE) {
            leftOut++;
            return -1;
        }
        inMinute++;
        long before = leftOut;
        leftOut = 0;
        return before;
    }
}
