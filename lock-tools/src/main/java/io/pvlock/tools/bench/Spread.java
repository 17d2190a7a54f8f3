package io.pvlock.tools.bench;

import java.util.List;

/** Of several repetitions; NaN where none of them measured anything. */
public record Spread(double median, double min, double max) {

    public static Spread of(List<Double> values) {
        List<Double> sorted =
                values.stream().filter(value -> !value.isNaN()).sorted().toList();
        if (sorted.isEmpty()) {
            return new Spread(Double.NaN, Double.NaN, Double.NaN);
        }
        int middle = sorted.size() / 2;
        double median = sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        return new Spread(median, sorted.get(0), sorted.get(sorted.size() - 1));
    }

    boolean overlaps(Spread other) {
        return min <= other.max && other.min <= max;
    }

    /** With three digits; such as {@code 0.67 (0.62-0.68)}. */
    @Override
    public String toString() {
        return Report.number(median) + " (" + Report.number(min) + "-" + Report.number(max) + ")";
    }
}
