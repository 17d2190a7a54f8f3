package io.pvlock;

/**
 * How long something took, in nanoseconds. Times are kept by length, four steps to each power of two from 1 us to 550 s: a percentile is up
 * to 25 % too long, never too short, and one below 1.024 us is given as that. The longest is exact.
 *
 * @param count how many times were counted; those below 8 us in groups, so it may lag by some
 * @param p50Ns half of them were not longer; 0 if there are none
 * @param p99Ns 99 of 100 were not longer; 0 if there are none
 * @param maxNs the longest; 0 if there are none
 */
public record TimeSummary(long count, long p50Ns, long p99Ns, long maxNs) {

    /** Of nothing. */
    public static final TimeSummary NONE = new TimeSummary(0, 0, 0, 0);
}
