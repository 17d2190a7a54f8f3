package io.pvlock.tools.bench.figure;

import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.Workspace;
import java.util.ArrayList;
import java.util.List;

/** Many threads wait for one lock; it is unlocked, and each has its turn. */
final class Served {

    private static final int WAITERS = 900;
    private static final String WHAT = "us a turn";

    private Served() {}

    /** Those who had their turn live on. */
    static List<Step> steps(Effort effort, Workspace workspace) {
        List<Step> steps = new ArrayList<>();
        for (int size : effort.sizes(WAITERS)) {
            steps.add(step(Figure.ours(Section.SERVED, WHAT, size), Waiters.Then.LIVE_ON, ours(workspace, size)));
            steps.add(step(
                    Figure.alone(Section.SERVED, WHAT, size, Figure.JUC), Waiters.Then.LIVE_ON, Gate::lockInProcess));
        }
        return steps;
    }

    /** They end, beside others that live on. */
    static List<Step> endingSteps(Effort effort, Workspace workspace) {
        String end = ", threads end";
        String liveOn = ", threads live on";
        List<Step> steps = new ArrayList<>();
        for (int size : effort.sizes(WAITERS)) {
            List<String> rivals = List.of(Figure.PV + liveOn, Figure.JUC + end);
            steps.add(step(
                    new Figure(Section.SERVED_AND_END, WHAT, size, Figure.PV + end, rivals),
                    Waiters.Then.END,
                    ours(workspace, size)));
            steps.add(step(
                    Figure.alone(Section.SERVED_AND_END, WHAT, size, Figure.PV + liveOn),
                    Waiters.Then.LIVE_ON,
                    ours(workspace, size)));
            steps.add(step(
                    Figure.alone(Section.SERVED_AND_END, WHAT, size, Figure.JUC + end),
                    Waiters.Then.END,
                    Gate::lockInProcess));
        }
        return steps;
    }

    /** How it grows with the number that wait. */
    static List<Step> growth(Effort effort, Workspace workspace) {
        String what = "a turn of each that waits, us";
        List<Step> steps = new ArrayList<>();
        for (int size : effort.sizes(1, 100, WAITERS)) {
            steps.add(step(Figure.ours(Section.GROWTH, what, size), Waiters.Then.LIVE_ON, ours(workspace, size)));
            steps.add(step(
                    Figure.alone(Section.GROWTH, what, size, Figure.JUC), Waiters.Then.LIVE_ON, Gate::lockInProcess));
        }
        return steps;
    }

    private static Gate.Maker ours(Workspace workspace, int size) {
        return () -> Gate.lock(workspace, size);
    }

    private static Step step(Figure figure, Waiters.Then then, Gate.Maker maker) {
        return new Step(figure.size() + " have a turn, " + figure.of(), figures -> {
            int size = Math.toIntExact(figure.size());
            try (Gate gate = maker.make()) {
                gate.shut();
                try (Waiters waiters = new Waiters(Waiters.PLATFORM, size, then, gate::pass)) {
                    figures.add(figure, open(gate, waiters) / 1e3 / size);
                }
            }
        });
    }

    /** Opens the gate when all wait; ns until the last one has had its turn. */
    static long open(Gate gate, Waiters waiters) throws InterruptedException {
        long startNs;
        try {
            waiters.awaitAllAt(gate);
        } finally {
            startNs = System.nanoTime();
            gate.open();
        }
        return waiters.awaitServed() - startNs;
    }
}
