package io.pvlock.tools.worker;

import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/** Runs a demonstration: starts the processes, lets them count, and collects what they report. */
public final class Demo {

    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(2);
    /** To start a JVM on a busy machine takes long, and is not the lock's fault. */
    private static final long START_STALL_NS = TimeUnit.SECONDS.toNanos(120);

    private static final long STALL_NS = TimeUnit.SECONDS.toNanos(30);

    private final Setup setup;
    private final LongConsumer progress;
    private final List<Process> processes = new ArrayList<>();
    private DemoBoard board;
    private String failure = "";

    /** @param progress told now and then how many increments are done */
    public Demo(Setup setup, LongConsumer progress) {
        this.setup = setup;
        this.progress = progress;
    }

    /**
     * What to demonstrate.
     *
     * @param region where to make the region; null for a temporary file
     * @param iterations of each thread of each process
     */
    public record Setup(
            Path region,
            int processes,
            int threads,
            long iterations,
            long holdNs,
            LockOptions.Policy policy,
            RegionOptions.Mapping mapping) {

        public long expected() {
            return Math.multiplyExact(iterations, (long) processes * threads);
        }

        RegionOptions regionOptions() {
            return RegionOptions.defaults()
                    .maxProcesses(2 * processes + 8)
                    .maxVcpus(2 * processes * threads + 8)
                    .maxLocks(8)
                    .dataBytes(DemoBoardDescriptor.length(processes))
                    .mapping(RegionOptions.Mapping.PLAIN);
        }
    }

    /**
     * What came out.
     *
     * @param failure why it did not run to its end; empty if it did
     */
    public record Outcome(List<Row> rows, long counter, long expected, String failure) {

        public boolean isOk() {
            return failure.isEmpty() && counter == expected;
        }
    }

    /** One process; without a result if it did not reach its end. */
    public record Row(int process, long pid, long increments, Optional<DemoBoard.Result> result) {}

    /** Runs it to its end, or until nothing moves any more. No process is left. */
    public Outcome run() {
        try (TemporaryRegion temporary = TemporaryRegion.create("demo", setup.region(), setup.regionOptions());
                Children children = new Children()) {
            LockRegion region = temporary.region();
            region.lock(DemoWorker.LOCK, LockOptions.defaults().policy(setup.policy()));
            board = new DemoBoard(region.data());
            for (int i = 0; i < setup.processes(); i++) {
                processes.add(
                        children.start(DemoWorker.class, job(region.path(), i).toArguments()));
            }
            if (awaitReady()) {
                board.go();
                awaitEnd();
            }
            return new Outcome(rows(), board.counter(), setup.expected(), failure);
        }
    }

    private DemoWorker.Job job(Path region, int index) {
        return new DemoWorker.Job(region, index, setup.threads(), setup.iterations(), setup.holdNs(), setup.mapping());
    }

    private boolean awaitReady() {
        Stall stall = new Stall(START_STALL_NS);
        for (int ready = 0; ready < setup.processes(); ) {
            ready = 0;
            for (int i = 0; i < setup.processes(); i++) {
                if (board.state(i) != DemoBoardDescriptor.STARTING) {
                    ready++;
                } else if (!processes.get(i).isAlive()) {
                    failure = describeEnd(i) + " before the start";
                    return false;
                }
            }
            if (stall.isStalled(ready)) {
                failure = "only " + ready + " of " + setup.processes() + " processes have started, none in the last "
                        + TimeUnit.NANOSECONDS.toSeconds(START_STALL_NS) + " s";
                return false;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return true;
    }

    private void awaitEnd() {
        Stall stall = new Stall(STALL_NS);
        for (long alive = alive(); alive > 0; alive = alive()) {
            long done = done();
            progress.accept(done);
            if (stall.isStalled(done + alive)) {
                failure = "no increment in the last " + TimeUnit.NANOSECONDS.toSeconds(STALL_NS) + " s";
                return;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        for (int i = 0; i < setup.processes() && failure.isEmpty(); i++) {
            if (processes.get(i).exitValue() != 0) {
                failure = describeEnd(i);
            }
        }
    }

    private long alive() {
        return processes.stream().filter(Process::isAlive).count();
    }

    private long done() {
        long done = 0;
        for (int i = 0; i < setup.processes(); i++) {
            done += board.progress(i);
        }
        return done;
    }

    private String describeEnd(int index) {
        Process process = processes.get(index);
        return "process " + (index + 1) + " (pid " + process.pid() + ") " + Children.describeExit(process.exitValue());
    }

    private List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < setup.processes(); i++) {
            rows.add(new Row(i + 1, processes.get(i).pid(), board.progress(i), result(i)));
        }
        return rows;
    }

    private Optional<DemoBoard.Result> result(int index) {
        return board.state(index) == DemoBoardDescriptor.DONE ? Optional.of(board.result(index)) : Optional.empty();
    }

    /** Whether a number has not changed for too long. */
    private static final class Stall {
        private final long limitNs;
        private long last = -1;
        private long sinceNs;

        Stall(long limitNs) {
            this.limitNs = limitNs;
        }

        boolean isStalled(long now) {
            if (now != last) {
                last = now;
                sinceNs = System.nanoTime();
            }
            return System.nanoTime() - sinceNs > limitNs;
        }
    }
}
