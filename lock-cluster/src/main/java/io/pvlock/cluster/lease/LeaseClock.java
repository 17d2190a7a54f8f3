package io.pvlock.cluster.lease;

import io.pvlock.linux.BootClock;

/** The clock of deadlines, CLOCK_BOOTTIME; and a cheaper one, which is late after the machine was suspended, until the next exact look. */
public interface LeaseClock {

    /** Exactly; a system call. */
    long nowNs();

    /** Never ahead of {@link #nowNs()} by more than the length of one call; behind it only after a suspension. */
    long roughlyNs();

    /** That of this machine. */
    LeaseClock SYSTEM = new LeaseClock() {

        private volatile long offset = BootClock.nowNs() - System.nanoTime();

        @Override
        public long nowNs() {
            long now = BootClock.nowNs();
            offset = now - System.nanoTime();
            return now;
        }

        @Override
        public long roughlyNs() {
            return System.nanoTime() + offset;
        }
    };
}
