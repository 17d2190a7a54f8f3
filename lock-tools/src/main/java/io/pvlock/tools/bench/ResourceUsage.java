package io.pvlock.tools.bench;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/**
 * What a process has cost, as getrusage(2) says: all its threads, the JVM's own as well.
 *
 * @param cpuNs user and system time
 * @param voluntary context switches because it waited
 * @param involuntary context switches because somebody else was to run
 */
public record ResourceUsage(long cpuNs, long voluntary, long involuntary) {

    private static final int RUSAGE_SELF = 0;
    /** {@code struct rusage}: two pairs of seconds and microseconds, and 14 longs, all of 8 bytes. */
    private static final int SIZE = 18 * Long.BYTES;

    private static final int USER_OFFSET = 0;
    private static final int SYSTEM_OFFSET = USER_OFFSET + 2 * Long.BYTES;
    private static final int VOLUNTARY_OFFSET = 16 * Long.BYTES;
    private static final int INVOLUNTARY_OFFSET = VOLUNTARY_OFFSET + Long.BYTES;

    private static final class LibC {
        static {
            Native.register(LibC.class, NativeLibrary.getInstance("c"));
        }

        static native int getrusage(int who, Pointer usage);
    }

    /** Of this process until now. */
    public static ResourceUsage now() {
        try (Memory usage = new Memory(SIZE)) {
            if (LibC.getrusage(RUSAGE_SELF, usage) != 0) {
                throw new IllegalStateException("getrusage failed with errno " + Native.getLastError());
            }
            return new ResourceUsage(
                    nanos(usage, USER_OFFSET) + nanos(usage, SYSTEM_OFFSET),
                    usage.getLong(VOLUNTARY_OFFSET),
                    usage.getLong(INVOLUNTARY_OFFSET));
        }
    }

    private static long nanos(Pointer usage, int offset) {
        return usage.getLong(offset) * 1_000_000_000L + usage.getLong(offset + Long.BYTES) * 1_000;
    }

    public ResourceUsage minus(ResourceUsage before) {
        return new ResourceUsage(cpuNs - before.cpuNs, voluntary - before.voluntary, involuntary - before.involuntary);
    }

    ResourceUsage plus(ResourceUsage other) {
        return new ResourceUsage(cpuNs + other.cpuNs, voluntary + other.voluntary, involuntary + other.involuntary);
    }
}
