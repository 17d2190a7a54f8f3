package io.pvlock.tools.bench.figure;

import io.pvlock.tools.bench.Spread;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** All figures of a run: medians over the repetitions, and ratios, each of one repetition. */
public final class Figures {

    private final Map<Figure, TreeMap<Integer, Double>> samples = new LinkedHashMap<>();
    private final Map<Figure, String> remarks = new LinkedHashMap<>();
    private int repetition;

    /** What is added from now on is of this repetition. */
    void begin(int newRepetition) {
        repetition = newRepetition;
    }

    void add(Figure figure, double value) {
        samples.computeIfAbsent(figure, f -> new TreeMap<>()).put(repetition, value);
    }

    /** Something about a figure that its number does not say. */
    void remark(Figure figure, String remark) {
        remarks.put(figure, remark);
    }

    /** There is no number, and that is why. */
    void missing(Figure figure, String why) {
        samples.computeIfAbsent(figure, f -> new TreeMap<>());
        remark(figure, why);
    }

    /** In the order in which they were first measured; but sizes ascend, and with them those of one size stay together. */
    public List<Figure> all() {
        List<Figure> all = new ArrayList<>();
        for (Figure figure : samples.keySet()) {
            if (all.stream().noneMatch(other -> isOfTable(figure, other))) {
                samples.keySet().stream()
                        .filter(other -> isOfTable(figure, other))
                        .sorted(Comparator.comparingLong(Figure::size))
                        .forEach(all::add);
            }
        }
        return all;
    }

    private static boolean isOfTable(Figure figure, Figure other) {
        return figure.section() == other.section() && figure.what().equals(other.what());
    }

    /** NaN if it is missing. */
    public Spread value(Figure figure) {
        return Spread.of(List.copyOf(samples.get(figure).values()));
    }

    /** Each repetition's, by its number. */
    public Map<Integer, Double> samples(Figure figure) {
        return samples.get(figure);
    }

    /** Empty if there is nothing to say. */
    public String remark(Figure figure) {
        return remarks.getOrDefault(figure, "");
    }

    /** By the name of what it is compared to: rivals, and the smallest size of the same. Each ratio is of one repetition. */
    public Map<String, Spread> ratios(Figure figure) {
        Map<String, Spread> ratios = new LinkedHashMap<>();
        for (String rival : figure.rivals()) {
            samples.keySet().stream()
                    .filter(other -> other.isBeside(figure) && other.of().equals(rival))
                    .findFirst()
                    .flatMap(other -> ratio(figure, other))
                    .ifPresent(ratio -> ratios.put(rival, ratio));
        }
        Figure smallest = samples.keySet().stream()
                .filter(figure::isOnCurveOf)
                .min(Comparator.comparingLong(Figure::size))
                .orElse(figure);
        if (smallest.size() < figure.size()) {
            ratio(figure, smallest).ifPresent(ratio -> ratios.put("size " + smallest.size(), ratio));
        }
        return ratios;
    }

    private Optional<Spread> ratio(Figure figure, Figure base) {
        List<Double> ratios = new ArrayList<>();
        samples.get(figure).forEach((number, value) -> {
            double other = samples.get(base).getOrDefault(number, 0.0);
            if (other > 0) {
                ratios.add(value / other);
            }
        });
        return ratios.isEmpty() ? Optional.empty() : Optional.of(Spread.of(ratios));
    }

    /** All ratios, by the figure's key and what it is compared to: what is recorded. */
    public Map<String, Spread> ratios() {
        Map<String, Spread> ratios = new LinkedHashMap<>();
        for (Figure figure : all()) {
            ratios(figure).forEach((base, ratio) -> ratios.put(figure.key() + " x " + base, ratio));
        }
        return ratios;
    }
}
