package io.pvlock.tools.bench;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Every lock with every workload to which it applies.
 *
 * @param processes how many contend
 * @param workloads how long the lock is held and how long each process thinks, in ns, for those that contend
 * @param noise whether hand-overs are measured beside busy loops, too
 */
public record Matrix(List<String> contenders, List<Integer> processes, List<long[]> workloads, boolean noise) {

    /** So short that who waits still spins, and so long that it sleeps. */
    private static final long[] HANDOVER_HELD_NS = {1_000, 50_000};

    /** The cells of those sections that have any, each once. */
    public List<Cell> cells(Collection<Section> sections) {
        Set<Cell> cells = new LinkedHashSet<>();
        if (sections.contains(Section.UNCONTENDED)) {
            contenders.stream().map(Cell::uncontended).forEach(cells::add);
        }
        if (sections.contains(Section.CONTENDED)) {
            addContended(cells);
        }
        if (sections.contains(Section.HANDOVER)) {
            addHandover(cells, false);
            if (noise) {
                addHandover(cells, true);
            }
        }
        if (sections.contains(Section.FAIRNESS)) {
            for (int n : processes) {
                Fairness.cells(n).forEach(cells::add);
            }
        }
        if (sections.contains(Section.STATISTICS)) {
            cells.addAll(StatisticsCost.cells(processes));
        }
        return List.copyOf(cells);
    }

    private void addContended(Set<Cell> cells) {
        for (int n : processes) {
            for (long[] workload : workloads) {
                for (String contender : contenders) {
                    if (!contender.contains("cas-cas") && !contender.equals(PvContenders.LOOKUP)) {
                        cells.add(Cell.contended(contender, n, workload[0], workload[1]));
                    }
                }
            }
        }
    }

    private void addHandover(Set<Cell> cells, boolean withNoise) {
        for (long heldNs : HANDOVER_HELD_NS) {
            for (String contender : contenders) {
                if (!contender.contains("-cas-")
                        && !contender.contains("none")
                        && !contender.equals(PvContenders.LOOKUP)) {
                    cells.add(Cell.handover(contender, heldNs, withNoise));
                }
            }
        }
    }
}
