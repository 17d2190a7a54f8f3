package io.pvlock.tools.bench;

import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The price of fairness: the same workload under one policy after the other, from nobody overtakes to anybody does as long as he likes,
 * beside the robust mutex, which bounds nothing, and the one that hands over in strict order.
 */
final class Fairness {

    private static final long HELD_NS = 5_000;
    private static final long THINKING_NS = 500;
    private static final String FOR_EVER = "for ever";

    private Fairness() {}

    /** In the order of the overtake time. */
    private static List<String> contenders() {
        PvContenders ours = new PvContenders();
        List<String> names = new ArrayList<>(List.of(PvContenders.name(Policy.FAIR, WaitMode.AUTO)));
        Stream.concat(Stream.of(PvContenders.name(Policy.HYBRID, WaitMode.AUTO)), ours.namesOnRequest().stream())
                .sorted((a, b) ->
                        overtakenFor(a).orElseThrow().compareTo(overtakenFor(b).orElseThrow()))
                .forEach(names::add);
        names.add(PvContenders.name(Policy.THROUGHPUT, WaitMode.AUTO));
        if (CPeers.isCompilerThere()) {
            names.addAll(List.of(CPeers.ROBUST, "c-pi"));
        }
        return names;
    }

    static List<Cell> cells(int processes) {
        return contenders().stream()
                .map(contender -> Cell.contended(contender, processes, HELD_NS, THINKING_NS))
                .toList();
    }

    /** Whether any of it was measured: a lock with an overtake time of its own is in no other section. */
    static boolean isIn(Results results) {
        return results.cells().stream()
                .anyMatch(cell -> PvContenders.overtakeFor(cell.contender()).isPresent());
    }

    /** For how long a head is overtaken; of FAIR 0, of all else for ever. */
    static String overtakenForText(String contender) {
        return overtakenFor(contender)
                .map(time -> Report.time(time.toNanos()))
                .orElse(contender.equals("c-pi") ? Report.time(0) : FOR_EVER);
    }

    private static Optional<Duration> overtakenFor(String contender) {
        for (Policy policy : Policy.values()) {
            if (contender.equals(PvContenders.name(policy, WaitMode.AUTO))) {
                return policy.overtakeFor();
            }
        }
        return PvContenders.overtakeFor(contender);
    }
}
