package io.pvlock.tools.watch;

import io.pvlock.LockInfo;

/**
 * What has happened to a lock since it was made.
 *
 * @param contended acquisitions that had to wait
 * @param steals acquisitions past a queue
 * @param kicks sleepers that were woken
 */
public record LockStats(
        long acquisitions,
        long contended,
        long steals,
        long kicks,
        long ownerDeaths,
        TimeSummary waits,
        TimeSummary holds) {

    /** A distribution of times. */
    public record TimeSummary(long count, long p50Ns, long p99Ns, long maxNs) {
        static final TimeSummary NONE = new TimeSummary(0, 0, 0, 0);
    }

    /** Of a lock that is looked at. */
    public static LockStats of(LockInfo lock) {
        return new LockStats(lock.lastFencingToken(), 0, 0, 0, lock.deaths(), TimeSummary.NONE, TimeSummary.NONE);
    }
}
