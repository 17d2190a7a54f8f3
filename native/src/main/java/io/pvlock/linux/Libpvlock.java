package io.pvlock.linux;

/**
 * The way into libpvlock-jvm, the queue of the lock in C: by JNI, since one call takes a whole wait. It comes in the jar of this module, or
 * the system property {@value #PROPERTY} says where it is. Plain integers in, plain integers out; what they mean is its callers' affair.
 *
 * <p>If somebody cuts the file short while it is mapped, a call ends with an {@link InternalError}, as most accesses by
 * Java do.
 */
public final class Libpvlock {

    /** System property: the file of the library, instead of the one in the jar. */
    public static final String PROPERTY = "pvlock.slowpath.library";

    /** Why it is not there; empty if it is. Found once. */
    private static final String PROBLEM = load();

    private Libpvlock() {}

    /** What is called in the middle of a wait, on the thread that waits. What it throws ends the wait. */
    public interface Upcalls {

        /** A wait has become a long one; again and again. True: it has to end, with the outcome for a circle. */
        boolean longWait();

        /** {@code vcpu} has just been marked dead. */
        void died(int vcpu);

        /**
         * Of a library for tests: at a kill point.
         *
         * @param vcpu -1 where the thread acts for its process
         */
        void reached(int point, int vcpu);
    }

    /** Why the library cannot be used here, for people; empty if it can. Its first call loads it. */
    public static String problem() {
        return PROBLEM;
    }

    private static String load() {
        if (!JniLibrary.problem().isEmpty()) {
            return JniLibrary.problem();
        }
        try {
            return prepare() ? "" : "the kernel refuses a handler of SIGBUS";
        } catch (LinkageError | RuntimeException e) {
            return Backend.rootOf(e).toString();
        }
    }

    /** Looks up what is called in the middle of a wait, and handles faults from then on. */
    private static native boolean prepare();

    /** Whether the library comes by kill points: one for tests. */
    public static native boolean hasKillPoints();

    /** Whether it obeys these, which only tests say; 0 stands for nothing said. */
    public static native boolean tune(long maxSleepNs, long stallNs);

    /** A region that is mapped, and this process in it. */
    public static final class Region {
        private final NativeBlock block = new NativeBlock(regionBytes());

        /**
         * @param base where it is mapped
         * @param fd of the file whose byte locks are asked for, as long as this is used
         * @param numaTold whether waiters stay on the NUMA nodes that are said, whatever the kernel says
         */
        public Region(
                long base,
                int length,
                int vcpusOffset,
                int vcpus,
                int hashOffset,
                int hashLines,
                int processesOffset,
                int maxProcesses,
                int process,
                int processGeneration,
                int fd,
                boolean numaTold) {
            initRegion(
                    block.address,
                    base,
                    length,
                    vcpusOffset,
                    vcpus,
                    hashOffset,
                    hashLines,
                    processesOffset,
                    maxProcesses,
                    process,
                    processGeneration,
                    fd,
                    numaTold);
        }
    }

    /** A thread in a region: used by it alone, but for {@link #cancel} and {@link #interrupt}. */
    public static final class Waiter {
        // Kept: its address is in the other one's memory.
        private final Region region;
        private final NativeBlock block = new NativeBlock(waiterBytes());

        public Waiter(Region region, int vcpu, int generation) {
            this.region = region;
            initWaiter(block.address, region.block.address, vcpu, generation);
        }

        /** Queues for {@code cell} and waits; see {@link #outcome}, {@link #numaNode(long)}, {@link #diedOwner}. */
        public long await(
                Upcalls upcalls,
                int cell,
                int overtakeLimit,
                int strideShift,
                long overtakeNs,
                long spinNs,
                boolean yields,
                long numaThresholdNs,
                long deadlineNs,
                boolean interruptible,
                boolean waitsThoughCancelled,
                int numaNode) {
            return Libpvlock.await(
                    upcalls,
                    block.address,
                    cell,
                    overtakeLimit,
                    strideShift,
                    overtakeNs,
                    spinNs,
                    yields,
                    numaThresholdNs,
                    deadlineNs,
                    interruptible,
                    waitsThoughCancelled,
                    numaNode);
        }

        /** Lets go of {@code cell}, which is this waiter's, and kicks; false if damage was found, see {@link #damage}. */
        public boolean release(Upcalls upcalls, int cell) {
            return Libpvlock.release(upcalls, block.address, cell);
        }

        /** Makes the present and every later wait end; the caller kicks. */
        public void cancel() {
            Libpvlock.cancel(block.address);
        }

        /** Says whether an interrupt is to end the wait; the caller kicks. */
        public void interrupt(boolean interrupted) {
            Libpvlock.interrupt(block.address, interrupted);
        }

        @Override
        public String toString() {
            return "Waiter[" + region.block.address + "]";
        }
    }

    /** Of what {@link Waiter#await} has returned: the outcome's number. */
    public static int outcome(long result) {
        return (int) result & 0xff;
    }

    /** Of what {@link Waiter#await} has returned: where the thread runs, -1 for unknown. */
    public static int numaNode(long result) {
        return ((int) result >>> 8) - 1;
    }

    /** Of what {@link Waiter#await} has returned: the owner word of a dead owner that was replaced; 0 for none. */
    public static int diedOwner(long result) {
        return (int) (result >>> 32);
    }

    /** What the calling thread has found damaged last. */
    public static String damage() {
        return detail();
    }

    private static native int regionBytes();

    private static native int waiterBytes();

    private static native void initRegion(
            long region,
            long base,
            int length,
            int vcpusOffset,
            int vcpus,
            int hashOffset,
            int hashLines,
            int processesOffset,
            int maxProcesses,
            int process,
            int processGeneration,
            int fd,
            boolean numaTold);

    private static native void initWaiter(long waiter, long region, int vcpu, int generation);

    private static native void cancel(long waiter);

    private static native void interrupt(long waiter, boolean interrupted);

    private static native long await(
            Upcalls upcalls,
            long waiter,
            int cell,
            int overtakeLimit,
            int strideShift,
            long overtakeNs,
            long spinNs,
            boolean yields,
            long numaThresholdNs,
            long deadlineNs,
            boolean interruptible,
            boolean waitsThoughCancelled,
            int numaNode);

    private static native boolean release(Upcalls upcalls, long waiter, int cell);

    private static native String detail();
}
