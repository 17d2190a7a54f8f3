package io.pvlock.tools.bench;

import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.tools.bench.StatisticsContenders.Watching;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What it costs to count waits and holds, and to record them: each lock beside itself in processes that do neither. */
final class StatisticsCost {

    private static final String HYBRID = PvContenders.name(Policy.HYBRID, WaitMode.AUTO);
    private static final List<String> UNCONTENDED =
            List.of(HYBRID, PvContenders.LOOKUP, PvContenders.PREFIX + "acquire");
    private static final List<String> CONTENDED = List.of(HYBRID, PvContenders.name(Policy.FAIR, WaitMode.AUTO));
    private static final List<Long> HELD_NS = List.of(0L, 5_000L);
    private static final long THINKING_NS = 500;

    private StatisticsCost() {}

    static List<Cell> cells(List<Integer> processes) {
        List<Cell> cells = new ArrayList<>();
        UNCONTENDED.forEach(lock -> watched(lock).map(Cell::uncontended).forEach(cells::add));
        for (int n : processes) {
            for (long heldNs : HELD_NS) {
                CONTENDED.forEach(lock -> watched(lock)
                        .map(name -> Cell.contended(name, n, heldNs, THINKING_NS))
                        .forEach(cells::add));
            }
        }
        return cells;
    }

    private static Stream<String> watched(String lock) {
        return Stream.of(Watching.values()).map(watching -> lock + watching.suffix());
    }

    /** The same where nothing is counted; empty if nothing is counted in this one, or if it is of another section. */
    static Optional<Cell> uncounted(Cell cell) {
        return Stream.of(Watching.COUNTED, Watching.RECORDED)
                .map(Watching::suffix)
                .filter(cell.contender()::endsWith)
                .map(suffix -> cell.with(cell.contender().replace(suffix, Watching.UNCOUNTED.suffix())))
                .findFirst();
    }
}
