package io.pvlock.kit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Looks again and again until something is so; fails when it never is. */
public final class Await {

    /** Long after anything a test waits for has happened or never will. */
    public static final Duration WATCHDOG = Duration.ofSeconds(Long.getLong("pvlock.test.watchdogSeconds", 180));

    private static final long PAUSE_NS = 100_000;

    private Await() {}

    /** Returns once {@code condition} holds. */
    public static void until(String what, BooleanSupplier condition) {
        long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begin > WATCHDOG.toNanos()) {
                throw new AssertionError("waited " + WATCHDOG + " in vain until " + what);
            }
            LockSupport.parkNanos(PAUSE_NS);
            if (Thread.interrupted()) {
                throw new AssertionError("interrupted while waiting until " + what);
            }
        }
    }
}
