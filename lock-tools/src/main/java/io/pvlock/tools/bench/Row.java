package io.pvlock.tools.bench;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * One cell measured once.
 *
 * @param exclusive whether the counter that was incremented under the lock agrees with the acquisitions; must be
 * @param values what was measured, each metric; NaN if there was nothing to measure, such as a hand-over to nobody
 */
public record Row(Cell cell, int repetition, int millis, boolean exclusive, Map<Metric, Double> values) {

    private static final double FASTEST_TENTH = 10;
    private static final int PAIRS = 1000;

    static Row of(Cell cell, int repetition, int millis, Board board) {
        Histogram waits = LatencyBuckets.newHistogram();
        long acquisitions = 0;
        long longestNs = 0;
        long mostPassed = 0;
        double squares = 0;
        ResourceUsage used = new ResourceUsage(0, 0, 0);
        for (int participant = 0; participant < cell.processes(); participant++) {
            long own = board.acquisitions(participant);
            acquisitions += own;
            squares += (double) own * own;
            longestNs = Math.max(longestNs, board.longestNs(participant));
            mostPassed = Math.max(mostPassed, board.mostPassed(participant));
            used = used.plus(board.used(participant));
            board.addTo(waits, participant);
        }
        Map<Metric, Double> values = new EnumMap<>(Metric.class);
        values.put(Metric.PER_SECOND, acquisitions * 1000.0 / millis);
        values.put(Metric.P50_NS, Math.min(longestNs, percentile(waits, 50)));
        values.put(Metric.P99_NS, Math.min(longestNs, percentile(waits, 99)));
        values.put(Metric.P999_NS, Math.min(longestNs, percentile(waits, 99.9)));
        values.put(Metric.P9999_NS, Math.min(longestNs, percentile(waits, 99.99)));
        values.put(Metric.MOST_PASSED, (double) mostPassed);
        values.put(Metric.LONGEST_NS, longestNs == 0 ? Double.NaN : longestNs);
        values.put(
                Metric.JAIN,
                acquisitions == 0 ? 0 : (double) acquisitions * acquisitions / (cell.processes() * squares));
        values.put(Metric.CPU_NS_PER_ACQUISITION, (double) used.cpuNs() / Math.max(1, acquisitions));
        values.put(Metric.CPU_SECONDS, used.cpuNs() / 1e9);
        values.put(Metric.VOLUNTARY_SWITCHES, (double) used.voluntary());
        values.put(Metric.INVOLUNTARY_SWITCHES, (double) used.involuntary());
        values.put(Metric.PAIR_NS, percentile(waits, FASTEST_TENTH) / PAIRS);
        boolean exclusive = cell.mode() != Mode.CONTENDED
                || List.of(JavaContenders.NONE, "c-none").contains(cell.contender())
                || board.counter() == waits.getTotalCount();
        return new Row(cell, repetition, millis, exclusive, values);
    }

    private static double percentile(Histogram histogram, double percentile) {
        return histogram.getTotalCount() == 0 ? Double.NaN : histogram.getValueAtPercentile(percentile);
    }

    public double value(Metric metric) {
        return values.get(metric);
    }
}
