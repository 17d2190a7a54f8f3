package io.pvlock.tools.torture;

import io.pvlock.LockOptions;
import io.pvlock.RegionOptions;
import java.nio.file.Path;

/**
 * What a torture test does.
 *
 * @param region where to make the region; null for a temporary file
 * @param threads of each process
 * @param kill whether processes are killed at random, and replaced
 * @param stop whether processes are stopped and continued at random
 * @param busted whether the lock is now and then not taken: the test must find out
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
        boolean busted) {

    /** Slots for twice the threads: the dead ones have to be reclaimed while the test runs. */
    RegionOptions regionOptions() {
        return RegionOptions.defaults()
                .withMaxProcesses(2 * processes + 2)
                .withMaxVcpus(2 * processes * threads + 2)
                .withMaxLocks(locks)
                .withDataBytes(TortureBoardDescriptor.length(locks, processes * threads))
                .withMapping(RegionOptions.Mapping.PLAIN);
    }

    static String lockName(int lock) {
        return "torture-" + lock;
    }

    /** The locks take turns. */
    static LockOptions.Policy policy(int lock) {
        LockOptions.Policy[] policies = LockOptions.Policy.values();
        return policies[lock % policies.length];
    }
}
