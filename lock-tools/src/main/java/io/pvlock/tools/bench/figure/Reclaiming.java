package io.pvlock.tools.bench.figure;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.Workspace;
import io.pvlock.tools.worker.Children;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The slots of a killed process, which had them all, and an array of locks beside them; and who attaches there next. */
final class Reclaiming {

    private static final int CELLS = 1_000_000;
    private static final int MILLIS = 200;
    private static final long POLL_NS = 1_000_000;
    private static final long WATCHDOG_S = 120;
    private static final String ARRAY = "array";

    private static final List<String> JVM_FLAGS = List.of("-Xmx64m", "-Xss256k", "-XX:+UseSerialGC");

    private Reclaiming() {}

    static List<Step> steps(Effort effort, Workspace workspace) {
        int slots = Regions.options().maxVcpus();
        String dead = String.format("pv, %,d slots dead", slots);
        String none = "pv, none dead";
        List<Step> steps = new ArrayList<>();
        for (int cells : cells(effort)) {
            String what = "ms of the first lock, beside an array of size";
            steps.add(new Step(dead + ", " + cells + " cells", figures -> {
                Path file = make(workspace, cells);
                attachAndDie(file, slots, 0);
                figures.add(new Figure(Section.RECLAIMING, what, cells, dead, List.of(none)), firstLockNs(file) / 1e6);
            }));
            if (cells >= slots) {
                String holding = dead + ", each with a lock of the array";
                steps.add(new Step(holding + ", " + cells + " cells", figures -> {
                    Path file = make(workspace, cells);
                    attachAndDie(file, slots, cells);
                    figures.add(
                            new Figure(Section.RECLAIMING, what, cells, holding, List.of(none)),
                            firstLockNs(file) / 1e6);
                }));
            }
            steps.add(new Step(none + ", " + cells + " cells", figures -> {
                Path file = make(workspace, cells);
                figures.add(Figure.alone(Section.RECLAIMING, what, cells, none), firstLockNs(file) / 1e6);
            }));
            steps.add(new Step("attach and close, " + cells + " cells", figures -> {
                try (LockRegion region = LockRegion.open(make(workspace, cells), Regions.options())) {
                    figures.add(
                            Figure.alone(
                                    Section.RECLAIMING,
                                    "us to attach and close, beside an array of size",
                                    cells,
                                    Figure.PV),
                            attachAndCloseNs(region, effort.millis(MILLIS)) / 1e3);
                }
            }));
        }
        return steps;
    }

    /** None first: what it costs without an array. */
    private static List<Integer> cells(Effort effort) {
        List<Integer> cells = new ArrayList<>(List.of(0));
        cells.addAll(effort.sizes(CELLS));
        return cells;
    }

    /** A region with an array of so many locks, or with none. */
    private static Path make(Workspace workspace, int cells) throws IOException {
        Path file = Regions.newFile(workspace);
        RegionOptions options = Regions.forCells(cells);
        try (LockRegion region = LockRegion.open(file, options)) {
            region.lock("first");
            if (cells > 0) {
                region.lockArray(ARRAY, cells);
            }
        }
        return file;
    }

    /**
     * Another process attaches a thread to each of {@code slots} slots and is killed.
     *
     * @param cells of an array of which each thread holds a lock; 0 for none
     */
    private static void attachAndDie(Path file, int slots, int cells) throws InterruptedException {
        Path ready = file.resolveSibling("ready");
        try (Children children = new Children()) {
            Process process = children.start(
                    SlotHolder.class,
                    List.of(file.toString(), Integer.toString(slots), ready.toString(), ARRAY, Integer.toString(cells)),
                    JVM_FLAGS);
            long startNs = System.nanoTime();
            while (!Files.exists(ready)) {
                if (!process.isAlive() || System.nanoTime() - startNs > TimeUnit.SECONDS.toNanos(WATCHDOG_S)) {
                    throw new IllegalStateException("no process with " + slots + " threads attached");
                }
                LockSupport.parkNanos(POLL_NS);
            }
        }
    }

    private static long firstLockNs(Path file) {
        try (LockRegion region = LockRegion.open(file, Regions.options())) {
            SharedLock lock = region.lock("first");
            long startNs = System.nanoTime();
            lock.lock();
            long ns = System.nanoTime() - startNs;
            lock.unlock();
            region.attach().close();
            return ns;
        }
    }

    static double attachAndCloseNs(LockRegion region, int millis) throws Exception {
        return Timing.ns(millis, () -> {
            Vcpu me = region.attach();
            me.close();
        });
    }
}
