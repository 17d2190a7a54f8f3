package io.pvlock.tools.torture;

import io.pvlock.LockOptions;
import io.pvlock.RegionOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;

/**
 * What a torture test does.
 *
 * @param region where to make the region; null for a temporary file
 * @param threads of each process
 * @param kill whether processes are killed at random, and replaced
 * @param stop whether processes are stopped and continued at random
 * @param busted whether the lock is now and then not taken: the test must find out
 * @param workerInC the program that half of the processes run, see {@link #findWorkerInC}; null for Java in all
 */
public record TortureSetup(
        Path region,
        int processes,
        int threads,
        int locks,
        int seconds,
        long seed,
        boolean kill,
        boolean stop,
        boolean busted,
        Path workerInC) {

    /** Processes that are being started, or wait to take the place of a killed one. */
    static final int SPARES = 3;

    /** So many locks, of each policy two, share half of all attempts. */
    private static final int HOT_LOCKS = 8;

    /** Slots for twice the threads: the dead ones have to be reclaimed while the test runs. */
    RegionOptions regionOptions() {
        return RegionOptions.defaults()
                .maxProcesses(2 * processes + SPARES + 2)
                .maxVcpus(2 * processes * threads + 2)
                .maxLocks(2 * locks)
                .dataBytes(TortureBoardDescriptor.length(locks, processes * threads))
                .mapping(RegionOptions.Mapping.PLAIN);
    }

    TortureSetup at(Path path) {
        return new TortureSetup(path, processes, threads, locks, seconds, seed, kill, stop, busted, workerInC);
    }

    /** The worker in C that a build of the sources has made, if this is {@code ./pvlock} of those sources. */
    public static Optional<Path> findWorkerInC() {
        return Optional.ofNullable(System.getProperty("pvlock.home"))
                .map(home -> Path.of(home, "native", "c", "target", "c", "test", "torture"))
                .filter(Files::isExecutable);
    }

    /** Whether the process of that number is written in C: two in Java, two in C, and so on; so both kinds run on both NUMA nodes. */
    boolean isInC(int serial) {
        return workerInC != null && serial % 4 >= 2;
    }

    static String lockName(int lock) {
        return "torture-" + lock;
    }

    /** The locks take turns. */
    static LockOptions.Policy policy(int lock) {
        LockOptions.Policy[] policies = LockOptions.Policy.values();
        return policies[lock % policies.length];
    }

    /** Each process waits in each lock in a way of its own. */
    LockOptions.WaitMode waitMode(int serial, int lock) {
        return switch (new Random(seed + 31L * serial + 1009L * lock).nextInt(32)) {
            case 0 -> LockOptions.WaitMode.SPIN;
            case 1 -> LockOptions.WaitMode.YIELD;
            case 2, 3, 4, 5, 6, 7 -> LockOptions.WaitMode.PARK;
            default -> LockOptions.WaitMode.AUTO;
        };
    }

    /** A lock to take, not below {@code first}: few are hot, many are cold. */
    int chooseLock(Random random, int first) {
        int hot = Math.min(HOT_LOCKS, locks);
        return random.nextBoolean() && first < hot
                ? first + random.nextInt(hot - first)
                : first + random.nextInt(locks - first);
    }
}
