package io.pvlock;

/**
 * What a lock has seen since it was made, by all processes. Kept in the region, off the fast path: an uncontended lock costs nothing more.
 * Racy, and not exact: whoever is killed while it counts leaves one time out, and times below 8 us are counted in groups of 16.
 *
 * <p>Of an object, these are of the lock that it has inside. Of a lock array and of local data there is one number only, {@code
 * acquisitions}, of all locks together. Waits and holds are kept for the first 1,024 names of a region; a lock behind them has the
 * numbers up to {@code ownerDeaths} that do not need them.
 *
 * @param acquisitions how often it is known to have been taken: fencing tokens handed out, by {@code acquire()}; or contended ones, if these
 *     are more. A {@code lock()} that does not wait leaves no trace
 * @param contended how many had to wait for it and got it
 * @param steals how often it was taken past a queue
 * @param kicks how many unlocks had to wake somebody
 * @param ownerDeaths how many owners died
 * @param waits how long those waited who got it
 * @param holds how long it was held by those who had waited for it; and by guards, if others waited at their end
 */
public record LockStats(
        long acquisitions,
        long contended,
        long steals,
        long kicks,
        long ownerDeaths,
        TimeSummary waits,
        TimeSummary holds) {}
