package io.pvlock.tools.torture;

import java.util.concurrent.locks.LockSupport;

/**
 * Whether this process got to run: a thread that wakes every few milliseconds and notes when it was late. It is late, too, while
 * the JVM stops all threads for a collection.
 */
final class Pulse {

    private static final long BEAT_NS = 5_000_000;
    private static final long LATE_NS = 3 * BEAT_NS;

    private volatile long lastBeatNs = System.nanoTime();
    private volatile long lastLateNs = System.nanoTime();

    /** Beats until the thread ends; {@code atBeat} runs once for each. */
    void run(Runnable atBeat) {
        while (true) {
            LockSupport.parkNanos(BEAT_NS);
            long now = System.nanoTime();
            if (now - lastBeatNs > LATE_NS) {
                lastLateNs = now;
            }
            lastBeatNs = now;
            atBeat.run();
        }
    }

    boolean wasRegularSince(long ns) {
        return lastLateNs - ns < 0 && System.nanoTime() - lastBeatNs < LATE_NS;
    }
}
