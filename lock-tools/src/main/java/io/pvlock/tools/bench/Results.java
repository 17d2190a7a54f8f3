package io.pvlock.tools.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** All rows of a run, by cell: medians over the repetitions, and ratios, each of one repetition. */
public final class Results {

    private final List<Row> rows;
    private final Map<Cell, TreeMap<Integer, Row>> byCell = new LinkedHashMap<>();

    public Results(List<Row> rows) {
        this.rows = List.copyOf(rows);
        for (Row row : rows) {
            byCell.computeIfAbsent(row.cell(), cell -> new TreeMap<>()).put(row.repetition(), row);
        }
    }

    public List<Row> rows() {
        return rows;
    }

    /** In the order in which they were first run. */
    public List<Cell> cells() {
        return List.copyOf(byCell.keySet());
    }

    /** Locks that let two in at once; there must be none. */
    public List<String> notExclusive() {
        return rows.stream()
                .filter(row -> !row.exclusive())
                .map(row -> row.cell().contender())
                .distinct()
                .toList();
    }

    /** Empty if there is no such cell. */
    public Optional<Spread> value(Cell cell, Metric metric) {
        return Optional.ofNullable(byCell.get(cell))
                .map(repetitions -> Spread.of(repetitions.values().stream()
                        .map(row -> row.value(metric))
                        .toList()));
    }

    /** Of {@code cell} to {@code base}, each repetition to itself; empty if one of them is not there, was 0 or measured nothing. */
    public Optional<Spread> ratio(Cell cell, Cell base, Metric metric) {
        List<Double> ratios = new ArrayList<>();
        byCell.getOrDefault(cell, new TreeMap<>()).forEach((repetition, row) -> {
            Row other = byCell.getOrDefault(base, new TreeMap<>()).get(repetition);
            if (other != null && other.value(metric) > 0 && !Double.isNaN(row.value(metric))) {
                ratios.add(row.value(metric) / other.value(metric));
            }
        });
        return ratios.isEmpty() ? Optional.empty() : Optional.of(Spread.of(ratios));
    }

    /** The main figure's ratio to the floor of the same repetition. */
    public Optional<Spread> ratioToFloor(Cell cell) {
        return ratio(cell, cell.floor(), mainMetric(cell.mode()));
    }

    /** The ratios to the floor of all cells but the floors themselves, by the cell's key: what is recorded. */
    public Map<String, Spread> ratios() {
        Map<String, Spread> ratios = new LinkedHashMap<>();
        for (Cell cell : cells()) {
            if (!cell.equals(cell.floor())) {
                ratioToFloor(cell).ifPresent(ratio -> ratios.put(cell.key(), ratio));
            }
        }
        return ratios;
    }

    /** The ratio to the robust pthread mutex in C in the same repetition. */
    public Optional<Spread> ratioToRobust(Cell cell, Metric metric) {
        return ratio(cell, cell.with(CPeers.ROBUST), metric);
    }

    static Metric mainMetric(Mode mode) {
        return switch (mode) {
            case UNCONTENDED -> Metric.PAIR_NS;
            case CONTENDED -> Metric.PER_SECOND;
            case HANDOVER -> Metric.P50_NS;
        };
    }
}
