package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Counts the bytes that the calling thread allocates. */
final class Allocation {
    private Allocation() {}

    /**
     * What the JVM links or compiles late, it allocates until then, and on a busy machine that is late: java.lang.foreign makes an
     * object for each call before the last compiler has seen it. A body that allocates does so for ever.
     */
    private static final long PATIENCE_NS = 60_000_000_000L;

    /** Fails if the body always allocates as much as one byte per round. */
    static void assertNone(int rounds, Runnable body) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertThat(threads.isThreadAllocatedMemoryEnabled()).isTrue();
        for (int i = 0; i < rounds; i++) {
            body.run();
        }
        long least = Long.MAX_VALUE;
        long begin = System.nanoTime();
        while (least >= rounds && System.nanoTime() - begin < PATIENCE_NS) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < rounds; i++) {
                body.run();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isLessThan(rounds);
    }
}
