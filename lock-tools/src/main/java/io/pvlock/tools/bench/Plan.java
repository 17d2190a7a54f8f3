package io.pvlock.tools.bench;

import java.util.List;

/**
 * What to measure. A repetition runs every cell once. Every other repetition goes from the last cell to the first, so that
 * changes of the machine meanwhile affect all cells alike.
 *
 * @param millis how long a cell lasts
 */
public record Plan(List<Cell> cells, int repetitions, int millis) {

    private static final long START_MS = 500;
    private static final long OVERHEAD_MS = 100;

    /** About, with what it takes to start JVMs and to warm them up. */
    public long estimatedMinutes() {
        long startMs = cells.stream().mapToInt(Cell::processes).distinct().sum() * 4 * START_MS;
        return (startMs + (long) cells.size() * repetitions * (millis + OVERHEAD_MS)) / 60_000 + 1;
    }
}
