package io.pvlock;

/**
 * A region in plain numbers, for gauges and health checks: a snapshot, as racy as any. Sums are over all names that there are now: removing
 * one makes them smaller.
 *
 * @param locks names in use, of locks and other objects
 * @param maxLocks how many there can be
 * @param vcpus slots of threads in use, those of the dead included that nobody has reclaimed
 * @param maxVcpus how many there can be
 * @param processes that have the region open, as far as their entries say
 * @param maxProcesses how many there can be
 * @param objectBytes in use by named objects
 * @param maxObjectBytes how many there can be
 * @param waiters threads alive that wait for a lock
 * @param heldLocks locks, not counting those of arrays, that somebody holds
 * @param longestWaitNs for how long the one of them has waited that has waited longest; 0 if nobody waits
 * @param acquisitions see {@link LockStats}; the sum, as are the next four
 * @param contended see {@link LockStats}
 * @param steals see {@link LockStats}
 * @param kicks see {@link LockStats}
 * @param ownerDeaths see {@link LockStats}
 * @param threadDeaths threads found dead while attached, since the region was made
 * @param deadlocks circles that were found, each as often as it was, since the region was made
 */
public record RegionStats(
        int locks,
        int maxLocks,
        int vcpus,
        int maxVcpus,
        int processes,
        int maxProcesses,
        long objectBytes,
        long maxObjectBytes,
        int waiters,
        int heldLocks,
        long longestWaitNs,
        long acquisitions,
        long contended,
        long steals,
        long kicks,
        long ownerDeaths,
        long threadDeaths,
        long deadlocks) {}
