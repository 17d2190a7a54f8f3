package io.pvlock.tools.bench.figure;

import java.util.List;

/**
 * How much to measure. What is not said is chosen by each section.
 *
 * @param sizes of everything; empty: each section's own
 * @param repetitions 0: the section's own
 * @param millis how long each figure is measured each time that is measured for a time; 0: the section's own
 */
public record Effort(List<Integer> sizes, int repetitions, int millis) {

    /** Each section's own. */
    public static final Effort DEFAULT = new Effort(List.of(), 0, 0);

    List<Integer> sizes(Integer... own) {
        return sizes.isEmpty() ? List.of(own) : sizes;
    }

    int repetitions(int own) {
        return repetitions == 0 ? own : repetitions;
    }

    int millis(int own) {
        return millis == 0 ? own : millis;
    }
}
