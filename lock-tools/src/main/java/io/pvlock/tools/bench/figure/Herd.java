package io.pvlock.tools.bench.figure;

import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.Workspace;
import java.util.ArrayList;
import java.util.List;

/** Many threads wait for a semaphore of a few permits, and each takes one once: how many are woken for it. */
final class Herd {

    private static final int WAITERS = 800;
    private static final int PERMITS = 3;
    private static final long SETTLE_NS = 200_000_000;
    private static final String FAIR = ", fair";

    private Herd() {}

    static List<Step> steps(Effort effort, Workspace workspace) {
        List<Step> steps = new ArrayList<>();
        for (int size : effort.sizes(WAITERS)) {
            for (boolean fair : new boolean[] {false, true}) {
                String kind = fair ? FAIR : "";
                steps.add(step(
                        size,
                        Figure.PV + kind,
                        List.of(Figure.JUC + kind),
                        () -> Gate.semaphore(workspace, size, PERMITS, fair)));
                steps.add(step(size, Figure.JUC + kind, List.of(), () -> Gate.semaphoreInProcess(PERMITS, fair)));
            }
        }
        return steps;
    }

    private static Step step(int size, String of, List<String> rivals, Gate.Maker maker) {
        return new Step(size + " wait for a semaphore of " + PERMITS + ", " + of, figures -> {
            try (Gate gate = maker.make()) {
                gate.shut();
                try (Waiters waiters = new Waiters(Waiters.PLATFORM, size, Waiters.Then.LIVE_ON, gate::pass)) {
                    long sleeps = sleeps(gate, waiters);
                    long ns = Served.open(gate, waiters);
                    // Each falls asleep once more, until the end: so often it was woken.
                    Timing.sleep(SETTLE_NS);
                    figures.add(
                            new Figure(Section.HERD, "wake-ups for an acquisition", size, of, rivals),
                            (double) (waiters.sleeps() - sleeps) / size);
                    figures.add(new Figure(Section.HERD, "us for an acquisition", size, of, rivals), ns / 1e3 / size);
                }
            }
        });
    }

    /** When all sleep: whoever has just queued is counted as waiting, and falls asleep a moment later. */
    private static long sleeps(Gate gate, Waiters waiters) throws Exception {
        try {
            waiters.awaitAllAt(gate);
            Timing.sleep(SETTLE_NS);
            return waiters.sleeps();
        } catch (Exception e) {
            gate.open();
            throw e;
        }
    }
}
