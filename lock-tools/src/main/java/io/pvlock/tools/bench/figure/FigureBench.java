package io.pvlock.tools.bench.figure;

import io.pvlock.tools.bench.Bench;
import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.Workspace;
import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Measures sections of figures. The steps of a section take turns, forwards in one repetition and backwards in the next, so that
 * changes of the machine meanwhile affect all alike.
 */
public final class FigureBench implements AutoCloseable {

    private static final int REPETITIONS = 5;
    /** Of those that take ten seconds and more for a figure. */
    private static final int FEW_REPETITIONS = 3;

    private static final int MOST_WARM_UP_ROUNDS = 20;
    /** In processors: what they use once they have nothing to do. */
    private static final double COMPILERS_AT_REST = 0.04;

    /** Null if there are none: -Xint. */
    private static final CompilationMXBean COMPILERS = ManagementFactory.getCompilationMXBean();

    private final Collection<Section> sections;
    private final Effort effort;
    private final Bench.Listener listener;
    private final Workspace workspace = new Workspace();

    /** @param sections those of cells are passed over */
    public FigureBench(Collection<Section> sections, Effort effort, Bench.Listener listener) throws IOException {
        this.sections =
                sections.stream().filter(section -> !section.isOfCells()).toList();
        this.effort = effort;
        this.listener = listener;
    }

    /** A step that fails is reported and left out of what remains. */
    public Figures run() {
        Regions.expectFullOnes();
        Figures figures = new Figures();
        for (Section section : sections) {
            run(section, figures);
        }
        return figures;
    }

    private void run(Section section, Figures figures) {
        List<Step> steps = new ArrayList<>(steps(section));
        if (isOfHandOvers(section) && COMPILERS != null && COMPILERS.isCompilationTimeMonitoringSupported()) {
            warmUp(section, steps);
        }
        int repetitions = effort.repetitions(repetitions(section));
        for (int repetition = 1; repetition <= repetitions; repetition++) {
            figures.begin(repetition);
            round(section, "repetition " + repetition + " of " + repetitions, steps, figures);
            Collections.reverse(steps);
        }
    }

    /** A step that fails is taken out of {@code steps}. */
    private void round(Section section, String name, List<Step> steps, Figures figures) {
        for (Step step : List.copyOf(steps)) {
            listener.running(section + ", " + name + ": " + step.title());
            try {
                step.body().measure(figures);
            } catch (Exception e) {
                steps.remove(step);
                listener.problem(section + ", " + step.title() + " is left out: " + e);
            }
            workspace.clearShared();
        }
    }

    /**
     * Rounds that do not count, until the compilers rest. A hand-over takes a few microseconds, and a thousand of them less than the compilers
     * take for the methods that it runs through: those who wait for their turn wait for the compilers' processor.
     */
    private void warmUp(Section section, List<Step> steps) {
        Figures ofNobody = new Figures();
        for (int round = 1; round <= MOST_WARM_UP_ROUNDS; round++) {
            long startNs = System.nanoTime();
            long compiledMs = COMPILERS.getTotalCompilationTime();
            round(section, "to warm up", steps, ofNobody);
            compiledMs = COMPILERS.getTotalCompilationTime() - compiledMs;
            if (TimeUnit.MILLISECONDS.toNanos(compiledMs) < COMPILERS_AT_REST * (System.nanoTime() - startNs)) {
                return;
            }
        }
    }

    private static boolean isOfHandOvers(Section section) {
        return switch (section) {
            case SERVED, SERVED_AND_END, HERD -> true;
            default -> false;
        };
    }

    private static int repetitions(Section section) {
        return switch (section) {
            case IDLE, VIRTUAL, GROWTH -> FEW_REPETITIONS;
            default -> REPETITIONS;
        };
    }

    private List<Step> steps(Section section) {
        return switch (section) {
            case UNCONTENDED, CONTENDED, HANDOVER, FAIRNESS, STATISTICS ->
                throw new IllegalArgumentException(section + " is of cells");
            case IDLE -> Idle.steps(effort, workspace);
            case VIRTUAL -> Idle.virtualSteps(effort, workspace);
            case SERVED -> Served.steps(effort, workspace);
            case SERVED_AND_END -> Served.endingSteps(effort, workspace);
            case HERD -> Herd.steps(effort, workspace);
            case RECLAIMING -> Reclaiming.steps(effort, workspace);
            case GROWTH -> Growth.steps(effort, workspace);
            case START -> new Start(workspace).steps();
            case FUTEX -> FutexCall.steps(effort, workspace);
        };
    }

    @Override
    public void close() {
        workspace.close();
    }
}
