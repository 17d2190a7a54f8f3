package io.pvlock.tools.bench;

import org.HdrHistogram.Histogram;

/**
 * How a participant counts waits, in Java and in C: exact below 256 ns, then 128 buckets for each doubling. They are those of a
 * {@link Histogram} with two digits, so that loading them into one loses nothing.
 */
public final class LatencyBuckets {

    public static final int COUNT = 4608;

    private static final int EXACT = 256;
    private static final int HALF = EXACT / 2;
    private static final int HALF_BITS = 7;
    /** Where the last bucket begins, some 70 minutes; longer waits are in it, too. */
    private static final long GREATEST = lowest(COUNT - 1);

    private LatencyBuckets() {}

    /** The bucket of a wait of {@code ns}. */
    public static int of(long ns) {
        if (ns < EXACT) {
            return (int) Math.max(0, ns);
        }
        int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(ns) - HALF_BITS;
        long bucket = EXACT + (shift - 1L) * HALF + ((ns >> shift) - HALF);
        return (int) Math.min(bucket, COUNT - 1);
    }

    /** The shortest wait in a bucket. */
    public static long lowest(int bucket) {
        if (bucket < EXACT) {
            return bucket;
        }
        int shift = (bucket - EXACT) / HALF + 1;
        return (long) (HALF + (bucket - EXACT) % HALF) << shift;
    }

    /** A histogram for the waits of all participants together. */
    public static Histogram newHistogram() {
        return new Histogram(GREATEST + 1, 2);
    }

    /** Adds {@code count} waits that fell into {@code bucket}. */
    public static void add(Histogram histogram, int bucket, long count) {
        if (count > 0) {
            histogram.recordValueWithCount(lowest(bucket), count);
        }
    }
}
