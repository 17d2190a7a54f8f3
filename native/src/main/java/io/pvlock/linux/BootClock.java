package io.pvlock.linux;

import java.lang.ref.Reference;

/** The clock that goes on while the machine is suspended, which {@link System#nanoTime()} does not: CLOCK_BOOTTIME. */
public final class BootClock {

    private static final int CLOCK_BOOTTIME = 7;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int TIMESPEC_BYTES = 16;

    private static final ThreadLocal<NativeBlock> TIMESPEC =
            ThreadLocal.withInitial(() -> new NativeBlock(TIMESPEC_BYTES));

    private BootClock() {}

    /**
     * Nanoseconds since the machine was started, the same for all its processes; a system call, of some 300 ns.
     *
     * @throws LinuxUnsupportedException if the kernel has no such clock
     */
    public static long nowNs() {
        NativeBlock timespec = TIMESPEC.get();
        long result = LibC.syscall(SystemCalls.CLOCK_GETTIME, CLOCK_BOOTTIME, timespec.address, 0);
        if (result != 0) {
            throw new LinuxUnsupportedException("CLOCK_BOOTTIME cannot be read: " + Errno.name((int) -result));
        }
        long now = timespec.bytes.getLong(0) * NANOS_PER_SECOND + timespec.bytes.getLong(Long.BYTES);
        Reference.reachabilityFence(timespec);
        return now;
    }
}
