package io.pvlock.internal.lock;

import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.LockOptions.OnOwnerDeath;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.core.LockWord;
import io.pvlock.core.WaitPolicy;
import io.pvlock.internal.directory.OvertakeTime;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * How this process uses a lock, through one object: what {@link io.pvlock.LockOptions} says of it.
 *
 * @param repair of {@link OnOwnerDeath#HANDLER}; null else
 */
public record LockUse(
        WaitMode waitMode,
        OnOwnerDeath onOwnerDeath,
        Consumer<Guard> repair,
        boolean reentrant,
        OnDeadlock onDeadlock) {

    /** How long a waiter spins before it sleeps, about the cost of a park and a kick. */
    private static final long SPIN_NS = 5_000;

    /** The kernel's {@code numa_spinlock_threshold}. */
    private static final long NUMA_THRESHOLD_NS = Long.getLong("pvlock.numaThresholdNs", 1_000_000);

    private static final int HYBRID_OVERTAKES = 16;
    private static final int HYBRID_STRIDE_SHIFT = 10;

    /** For an overtake time shorter than twice this. */
    private static final int HYBRID_STRIDE_US = 400;

    /** After which its head insists; it may be overtaken all the same. */
    private static final long THROUGHPUT_OVERTAKE_NS = 4_000_000;

    /** Waits AUTO, and has {@code repair} put in order what a dead owner has left. */
    public static LockUse repairing(Consumer<Guard> repair, OnDeadlock onDeadlock) {
        return new LockUse(WaitMode.AUTO, OnOwnerDeath.HANDLER, repair, false, onDeadlock);
    }

    WaitPolicy waitPolicy(Policy policy, int overtakeUs, int usableCpus, boolean severalNumaNodes) {
        return waitPolicy(policy, overtakeUs, waitMode, usableCpus, severalNumaNodes);
    }

    /**
     * How a lock of that policy is waited for in that mode.
     *
     * @param overtakeUs see {@link OvertakeTime}
     */
    public static WaitPolicy waitPolicy(
            Policy policy, int overtakeUs, WaitMode waitMode, int usableCpus, boolean severalNumaNodes) {
        int limit = switch (policy) {
            case FAIR -> 0;
            case HYBRID, NUMA -> HYBRID_OVERTAKES;
            case THROUGHPUT -> WaitPolicy.UNLIMITED;
        };
        long overtakeNs =
                OvertakeTime.of(policy, overtakeUs).map(Duration::toNanos).orElse(THROUGHPUT_OVERTAKE_NS);
        assert HYBRID_OVERTAKES <= LockWord.MAX_OVERTAKES;
        boolean oneCpu = usableCpus < 2;
        // With one processor, a thread that spins keeps the owner from running.
        long spinNs = oneCpu
                ? 0
                : switch (waitMode) {
                    case SPIN -> Long.MAX_VALUE;
                    case PARK -> 0;
                    case AUTO, YIELD -> SPIN_NS;
                };
        long numaThresholdNs = policy == Policy.NUMA && severalNumaNodes ? NUMA_THRESHOLD_NS : 0;
        return new WaitPolicy(
                limit, strideShift(overtakeUs), overtakeNs, spinNs, waitMode == WaitMode.YIELD, numaThresholdNs);
    }

    // The count by number must not end a longer time before it is over: as many times more overtakes.
    private static int strideShift(int overtakeUs) {
        int times = overtakeUs / HYBRID_STRIDE_US;
        int more = times == 0 ? 0 : Integer.SIZE - 1 - Integer.numberOfLeadingZeros(times);
        return Math.min(HYBRID_STRIDE_SHIFT + more, WaitPolicy.MAX_STRIDE_SHIFT);
    }
}
