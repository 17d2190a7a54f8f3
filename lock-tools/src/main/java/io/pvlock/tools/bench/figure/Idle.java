package io.pvlock.tools.bench.figure;

import io.pvlock.tools.bench.ResourceUsage;
import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** Threads that wait for one lock that stays held, and what this process costs meanwhile. */
final class Idle {

    private static final int MILLIS = 10_000;
    /** From when all wait to when each of them has fallen asleep. */
    private static final long SETTLE_NS = 500_000_000;

    private static final double PER_SECONDS = 10;

    private Idle() {}

    static List<Step> steps(Effort effort, Workspace workspace) {
        return steps(Section.IDLE, effort, workspace, effort.sizes(1, 900), Waiters.PLATFORM);
    }

    static List<Step> virtualSteps(Effort effort, Workspace workspace) {
        List<Integer> sizes = effort.sizes(100, 10_000);
        Optional<ThreadFactory> factory = VirtualThreads.factory();
        if (factory.isPresent()) {
            return steps(Section.VIRTUAL, effort, workspace, sizes, factory.get());
        }
        String why = "Java " + Runtime.version().feature()
                + " has no virtual threads; name a JDK 21 or later by PVLOCK_JAVA";
        return List.of(new Step(
                "virtual threads",
                figures -> sizes.forEach(size -> figures.missing(Figure.ours(Section.VIRTUAL, cpu(), size), why))));
    }

    private static String cpu() {
        return "CPU seconds in 10 s of waiting";
    }

    private static List<Step> steps(
            Section section, Effort effort, Workspace workspace, List<Integer> sizes, ThreadFactory factory) {
        long ns = TimeUnit.MILLISECONDS.toNanos(effort.millis(MILLIS));
        List<Step> steps = new ArrayList<>();
        for (int size : sizes) {
            Measurement ours = new Measurement(section, Figure.PV, List.of(Figure.JUC), factory, size, ns);
            Measurement theirs = new Measurement(section, Figure.JUC, List.of(), factory, size, ns);
            steps.add(
                    new Step(size + " wait for a lock", figures -> ours.measure(Gate.lock(workspace, size), figures)));
            steps.add(new Step(
                    size + " wait for a ReentrantLock", figures -> theirs.measure(Gate.lockInProcess(), figures)));
        }
        return steps;
    }

    private record Measurement(
            Section section, String of, List<String> rivals, ThreadFactory factory, int size, long ns) {

        void measure(Gate opened, Figures figures) throws Exception {
            try (Gate gate = opened) {
                gate.shut();
                try (Waiters waiters = new Waiters(factory, size, Waiters.Then.LIVE_ON, gate::pass)) {
                    try {
                        waiters.awaitAllAt(gate);
                        Timing.sleep(SETTLE_NS);
                        watch(waiters, figures);
                    } finally {
                        gate.open();
                    }
                }
            }
        }

        private void watch(Waiters waiters, Figures figures) throws Exception {
            boolean virtual = factory != Waiters.PLATFORM;
            // The sleeps are read outside of what is paid for: there are files to open.
            long sleeps = virtual ? 0 : waiters.sleeps();
            ResourceUsage before = ResourceUsage.now();
            long startNs = System.nanoTime();
            Timing.sleep(ns);
            ResourceUsage used = ResourceUsage.now().minus(before);
            double seconds = (System.nanoTime() - startNs) / 1e9;
            figures.add(figure(cpu()), used.cpuNs() / 1e9 / seconds * PER_SECONDS);
            if (virtual) {
                figures.add(figure("context switches a second, of the process"), used.voluntary() / seconds);
            } else {
                figures.add(figure("wake-ups a second, each"), (waiters.sleeps() - sleeps) / seconds / size);
            }
        }

        private Figure figure(String what) {
            return new Figure(section, what, size, of, rivals);
        }
    }
}
