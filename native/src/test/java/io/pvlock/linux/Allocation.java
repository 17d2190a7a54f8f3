package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Counts the bytes that the calling thread allocates. */
final class Allocation {
    private Allocation() {}

    /** Fails if the body allocates as much as one byte per round; a stray one-off of the JVM itself is no failure. */
    static void assertNone(int rounds, Runnable body) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertThat(threads.isThreadAllocatedMemoryEnabled()).isTrue();
        for (int i = 0; i < rounds; i++) {
            body.run();
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < rounds; i++) {
            body.run();
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(rounds);
    }
}
