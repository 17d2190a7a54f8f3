package io.pvlock.core;

import java.util.function.LongSupplier;

/**
 * The clock that waits go by: {@link System#nanoTime()}, of which only differences mean anything. Its origin is arbitrary, an instant
 * may be negative or 0, and it may pass {@link Long#MAX_VALUE}: {@link Deadline} does the arithmetic.
 *
 * <p>Tests set another one, in a JVM that was started with {@code -Dpvlock.killpoints}. In all others it is nothing but
 * {@code System.nanoTime()}.
 */
public final class NanoClock {

    private static final LongSupplier SYSTEM = System::nanoTime;

    private static volatile LongSupplier source = SYSTEM;

    private NanoClock() {}

    /** The present instant, in nanoseconds. */
    public static long nowNs() {
        return KillPoint.ENABLED ? source.getAsLong() : System.nanoTime();
    }

    /** Sets the clock of this JVM, for tests. */
    public static void set(LongSupplier newSource) {
        if (!KillPoint.ENABLED) {
            throw new IllegalStateException("the clock is fixed; start the JVM with -Dpvlock.killpoints");
        }
        source = newSource;
    }

    /** Undoes {@link #set}. */
    public static void reset() {
        source = SYSTEM;
    }
}
