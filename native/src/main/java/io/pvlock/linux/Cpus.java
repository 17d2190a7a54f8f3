package io.pvlock.linux;

import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.BitSet;

/** How many CPUs this process may use, and on which ones its threads run. */
public final class Cpus {
    /** 1024 CPUs; doubled as long as the kernel says that it has more. */
    private static final int FIRST_MASK_BYTES = 128;

    private static final int MAX_MASK_BYTES = 64 * 1024;

    private Cpus() {}

    /**
     * CPUs that can run threads of this process at the same time: those in the affinity mask of the calling thread,
     * or the CPU quota of its cgroup and of the groups above, rounded up, if that is less. At least 1.
     *
     * <p>Reads several files below /proc and /sys: for attach time, not for a lock path.
     */
    public static int usable() {
        return usable(Path.of("/"));
    }

    /** {@code root} is {@code /} but in tests, which put the files of a control group below another one. */
    static int usable(Path root) {
        return Math.max(1, Math.min(affinity().cardinality(), CgroupQuota.cpus(root)));
    }

    /** The CPUs on which the calling thread may run. */
    public static BitSet affinity() {
        for (int size = FIRST_MASK_BYTES; ; size *= 2) {
            NativeBlock mask = new NativeBlock(size);
            long result = LibC.syscall(SystemCalls.SCHED_GETAFFINITY, 0, size, mask.address);
            Reference.reachabilityFence(mask);
            if (result >= 0) {
                return BitSet.valueOf(mask.bytes);
            }
            if (result != -Errno.EINVAL || size >= MAX_MASK_BYTES) {
                throw new LinuxException("sched_getaffinity with " + size + " bytes", (int) -result);
            }
        }
    }

    /**
     * Binds a thread to some CPUs.
     *
     * @param tid kernel id of the thread, 0 for the calling one
     * @param cpus at least one of them must exist and be allowed to the process
     * @throws LinuxException {@link Errno#EINVAL} no usable CPU among them, {@link Errno#ESRCH} no such thread, {@link
     *     Errno#EPERM} not ours
     */
    public static void setAffinity(int tid, BitSet cpus) {
        byte[] bits = cpus.toByteArray();
        // The kernel reads whole words.
        NativeBlock mask = new NativeBlock(Math.max(FIRST_MASK_BYTES, (bits.length + 7) & ~7));
        mask.bytes.put(0, bits);
        long result = LibC.syscall(SystemCalls.SCHED_SETAFFINITY, tid, mask.bytes.capacity(), mask.address);
        Reference.reachabilityFence(mask);
        if (result < 0) {
            throw new LinuxException("sched_setaffinity of thread " + tid + " to CPUs " + cpus, (int) -result);
        }
    }
}
