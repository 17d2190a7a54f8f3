package io.pvlock.cluster.tools;

import io.pvlock.cluster.ClusterException;
import io.pvlock.tools.worker.Children;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The demonstration: hosts, each a region and some processes, increment one unprotected counter. A holder is killed on the way, then a
 * whole host.
 */
final class ClusterDemo {

    private static final long POLL_NS = 2_000_000;
    private static final Duration WATCHDOG = Duration.ofSeconds(120);

    private final Setup setup;
    private final Consumer<String> progress;
    private final List<Worker> workers = new ArrayList<>();
    private DemoBoard board;

    private record Worker(int number, int host, Process process) {}

    /**
     * What to demonstrate.
     *
     * @param connect servers
     * @param timeoutMs of the session
     * @param tickMs of the servers
     * @param phase how long all count between what happens
     */
    record Setup(String connect, int hosts, int processes, long timeoutMs, long tickMs, Duration phase) {}

    /** A host's part in it. */
    record Row(String host, long increments, long leases, long lost, String end) {}

    /**
     * What came out.
     *
     * @param begun increments that were begun, which the counter must be
     * @param refused times that the store has seen a token that was not greater than the one before
     * @param repairs times that an owner was told of a death and repaired
     * @param holderMs from the kill of a holder to the next increment
     * @param hostMs from the kill of a host to the next increment
     */
    record Outcome(
            List<Row> rows,
            long counter,
            long begun,
            long refused,
            long repairs,
            long holderMs,
            long hostMs,
            double seconds) {

        boolean isOk() {
            return counter == begun && refused == 0 && repairs >= 2;
        }
    }

    /** @param progress is told what happens */
    ClusterDemo(Setup setup, Consumer<String> progress) {
        this.setup = setup;
        this.progress = progress;
    }

    Outcome run() {
        Path directory = directory();
        try (Children children = new Children()) {
            return run(directory, children);
        } finally {
            delete(directory);
        }
    }

    private Outcome run(Path directory, Children children) {
        int count = setup.hosts() * setup.processes();
        Path file = directory.resolve("board");
        board = new DemoBoard(file, count);
        String namespace = "demo-" + UUID.randomUUID().toString().substring(0, 8);
        for (int i = 0; i < count; i++) {
            int host = i / setup.processes();
            DemoWorker.Job job = new DemoWorker.Job(
                    setup.connect(),
                    namespace,
                    directory.resolve("host" + (host + 1) + ".pvl"),
                    "host" + (host + 1),
                    file,
                    count,
                    i,
                    setup.timeoutMs(),
                    setup.tickMs());
            workers.add(new Worker(i, host, children.start(DemoWorker.class, job.toArguments())));
        }
        await("all processes count", () -> workers.stream().allMatch(worker -> board.isReady(worker.number())));
        long begin = System.nanoTime();
        count();

        progress.accept("killing the holder");
        long holderMs = killInside(workers.subList(0, 1));
        count();

        progress.accept("killing a host, which has the lock");
        int last = count - setup.processes();
        long hostMs = killInside(workers.subList(last, count));
        count();

        board.stop();
        for (Worker worker : workers.subList(1, last)) {
            await(
                    "process " + worker.number() + " ends",
                    () -> !worker.process().isAlive());
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        return new Outcome(
                rows(), board.counter(), board.done(), board.refused(), board.repairs(), holderMs, hostMs, seconds);
    }

    private void count() {
        long enough = System.nanoTime() + setup.phase().toNanos();
        await("time passes", () -> System.nanoTime() - enough >= 0);
    }

    /** Kills {@code victims} when the first of them is in the middle of an increment; milliseconds until another one follows. */
    private long killInside(List<Worker> victims) {
        int holder = victims.get(0).number();
        board.orderToStay(holder);
        await("process " + holder + " has the lock", () -> board.isInside(holder));
        long before = board.done();
        // The holder last, so that nobody of its host comes after it.
        List<Worker> others = victims.subList(1, victims.size());
        others.forEach(victim -> victim.process().destroyForcibly());
        await(
                "they are dead",
                () -> others.stream().noneMatch(victim -> victim.process().isAlive()));
        long begin = System.nanoTime();
        victims.get(0).process().destroyForcibly();
        await("another one has the lock", () -> board.done() > before);
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }

    private void await(String what, BooleanSupplier condition) {
        long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begin > WATCHDOG.toNanos()) {
                throw new ClusterException("waited " + WATCHDOG.toSeconds() + " s in vain until " + what);
            }
            for (Worker worker : workers) {
                boolean failed = !worker.process().isAlive()
                        && worker.process().exitValue() != 0
                        && worker.process().exitValue() <= 128;
                if (failed) {
                    throw new ClusterException("process " + worker.number() + " "
                            + Children.describeExit(worker.process().exitValue()) + "; its message is above");
                }
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (int host = 0; host < setup.hosts(); host++) {
            long increments = 0;
            long leases = 0;
            long lost = 0;
            for (int i = host * setup.processes(); i < (host + 1) * setup.processes(); i++) {
                increments += board.done(i);
                leases += board.changes(i);
                lost += board.lost(i);
            }
            String end = host == setup.hosts() - 1 ? "killed" : host == 0 ? "holder killed" : "";
            rows.add(new Row("host" + (host + 1), increments, leases, lost, end));
        }
        return rows;
    }

    // ---- files

    private static Path directory() {
        Path memory = Path.of("/dev/shm");
        try {
            return Files.isWritable(memory)
                    ? Files.createTempDirectory(memory, "pvlock-cluster-demo-")
                    : Files.createTempDirectory("pvlock-cluster-demo-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
