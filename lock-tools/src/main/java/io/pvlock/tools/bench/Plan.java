package io.pvlock.tools.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * What to measure. A repetition runs every cell once, every other one from the last to the first, so that what changes on the machine
 * meanwhile meets all alike.
 *
 * @param millis how long a cell lasts
 */
public record Plan(List<Cell> cells, int repetitions, int millis) {

    private static final long[] HANDOVER_HELD_NS = {1_000, 50_000};

    /** Which parts of the plan there are. */
    public enum Section {
        UNCONTENDED,
        CONTENDED,
        HANDOVER
    }

    /** The cells of {@code sections} for those of {@code contenders} to which they apply. */
    public static List<Cell> cells(
            List<Section> sections, List<String> contenders, List<Integer> processes, List<long[]> workloads) {
        List<Cell> cells = new ArrayList<>();
        for (Section section : Section.values()) {
            if (sections.contains(section)) {
                switch (section) {
                    case UNCONTENDED ->
                        contenders.stream().map(Cell::uncontended).forEach(cells::add);
                    case CONTENDED -> addContended(cells, contenders, processes, workloads);
                    case HANDOVER -> addHandover(cells, contenders);
                }
            }
        }
        return cells;
    }

    private static void addContended(
            List<Cell> cells, List<String> contenders, List<Integer> processes, List<long[]> workloads) {
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

    private static void addHandover(List<Cell> cells, List<String> contenders) {
        for (boolean noise : new boolean[] {false, true}) {
            for (long heldNs : HANDOVER_HELD_NS) {
                for (String contender : contenders) {
                    if (!contender.contains("-cas-") && !contender.contains("none")) {
                        cells.add(Cell.handover(contender, heldNs, noise));
                    }
                }
            }
        }
    }
}
