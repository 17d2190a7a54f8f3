package io.pvlock.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.kit.Seeds;
import java.util.Random;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LatencyBucketsTest {

    private static final int SAMPLES = 100_000;

    @Test
    void bucketsAreThoseOfAHistogramWithTwoDigits() {
        Histogram histogram = LatencyBuckets.newHistogram();
        for (int bucket = 0; bucket < LatencyBuckets.COUNT; bucket++) {
            long lowest = LatencyBuckets.lowest(bucket);
            assertThat(LatencyBuckets.of(lowest)).as("of %d", lowest).isEqualTo(bucket);
            assertThat(LatencyBuckets.of(histogram.highestEquivalentValue(lowest)))
                    .as("of the last beside %d", lowest)
                    .isEqualTo(bucket);
            assertThat(histogram.lowestEquivalentValue(lowest)).isEqualTo(lowest);
        }
    }

    @Test
    void whatIsOutOfRangeIsInTheFirstOrLastBucket() {
        assertThat(LatencyBuckets.of(-1)).isZero();
        assertThat(LatencyBuckets.of(Long.MAX_VALUE)).isEqualTo(LatencyBuckets.COUNT - 1);
    }

    /** Two participants counted apart and merged are as one histogram that has seen all. */
    @Test
    void mergingLosesNothing() {
        long seed = Seeds.of("LatencyBucketsTest", 1);
        Random random = new Random(seed);
        Histogram all = LatencyBuckets.newHistogram();
        long[][] counts = new long[2][LatencyBuckets.COUNT];
        for (int i = 0; i < SAMPLES; i++) {
            long ns = (long) Math.exp(random.nextDouble() * 25);
            all.recordValue(ns);
            counts[i % 2][LatencyBuckets.of(ns)]++;
        }
        Histogram merged = LatencyBuckets.newHistogram();
        for (long[] participant : counts) {
            for (int bucket = 0; bucket < LatencyBuckets.COUNT; bucket++) {
                LatencyBuckets.add(merged, bucket, participant[bucket]);
            }
        }
        assertThat(merged.getTotalCount()).isEqualTo(SAMPLES);
        for (double percentile : new double[] {0, 50, 99, 99.9, 99.99, 100}) {
            assertThat(merged.getValueAtPercentile(percentile))
                    .as("p%s, seed %d", percentile, seed)
                    .isEqualTo(all.getValueAtPercentile(percentile));
        }
    }
}
