package io.pvlock.tools.command;

import io.pvlock.LockOptions;
import io.pvlock.RegionOptions;
import io.pvlock.core.LockEvent;
import io.pvlock.tools.worker.Demo;
import io.pvlock.tools.worker.DemoBoard;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pvlock demo}: the main job in one command. */
@Command(
        name = "demo",
        description = {
            "Let several processes increment one plain counter under one lock.",
            "The counter is in a region of its own, a temporary file or the one given by -f, which must not exist."
        })
public final class DemoCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Output output;

    private final RegionFileOption region;

    @Option(names = "--processes", paramLabel = "N", defaultValue = "4", description = "Default: ${DEFAULT-VALUE}.")
    private int processes;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "Threads of each process; default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(
            names = "--iterations",
            paramLabel = "N",
            defaultValue = "100000",
            description = "Increments of each thread; default: ${DEFAULT-VALUE}.")
    private long iterations;

    @Option(
            names = "--hold-ns",
            paramLabel = "NS",
            defaultValue = "0",
            description = "Keep the lock for so long each time; default: ${DEFAULT-VALUE}.")
    private long holdNs;

    @Option(
            names = "--policy",
            paramLabel = "POLICY",
            defaultValue = "HYBRID",
            description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
    private LockOptions.Policy policy;

    @Option(
            names = "--mapping",
            paramLabel = "HOW",
            defaultValue = "PLAIN",
            description = "How the processes map the region: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
    private RegionOptions.Mapping mapping;

    public DemoCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() {
        Limits limits = new Limits(spec);
        limits.check("--processes", processes, 1, 1000);
        limits.check("--threads", threads, 1, 1000);
        limits.check("--processes x --threads", (long) processes * threads, 1, 10_000);
        limits.check("--iterations", iterations, 1, 1_000_000_000_000L);
        limits.check("--hold-ns", holdNs, 0, 1_000_000_000L);
        Demo.Setup setup =
                new Demo.Setup(region.given().orElse(null), processes, threads, iterations, holdNs, policy, mapping);
        ProgressLine progress = new ProgressLine(output.err(), "demo", setup.expected());
        Demo.Outcome outcome = new Demo(setup, progress::show).run();
        progress.clear();
        output.report(json(outcome), out -> print(out, outcome));
        return outcome.isOk() ? 0 : 1;
    }

    private void print(PrintWriter out, Demo.Outcome outcome) {
        Table table = new Table(
                "process",
                "pid",
                "increments",
                "seconds",
                "increments/s",
                "p50 wait us",
                "p99",
                "longest",
                "fast path",
                "stolen",
                "queued",
                "parked node",
                "parked head",
                "kicks");
        for (Demo.Row row : outcome.rows()) {
            Waits waits = new Waits(row);
            table.row(
                    row.process(),
                    row.pid(),
                    grouped(row.increments()),
                    fixed(seconds(row), 2),
                    grouped(perSecond(row)),
                    fixed(row.result().p50WaitNs() / 1e3, 2),
                    fixed(row.result().p99WaitNs() / 1e3, 2),
                    fixed(row.result().longestWaitNs() / 1e3, 2),
                    grouped(waits.fastPath()),
                    grouped(waits.stolen()),
                    grouped(waits.queued()),
                    grouped(waits.event(LockEvent.PV_WAIT_NODE)),
                    grouped(waits.event(LockEvent.PV_WAIT_HEAD)),
                    grouped(waits.event(LockEvent.PV_KICK_UNLOCK)));
        }
        table.print(out);
        double slowest = slowest(outcome);
        out.printf(
                Locale.ROOT,
                "%d processes, %d threads each, policy %s: %,d increments in %.2f s, %,d increments/s%n",
                processes,
                threads,
                policy,
                outcome.counter(),
                slowest,
                rate(outcome.counter(), slowest));
        if (!outcome.failure().isEmpty()) {
            out.println(outcome.failure());
        }
        out.println("demo: " + (outcome.isOk() ? "OK" : "FAILED") + " counter=" + outcome.counter() + " expected="
                + outcome.expected());
    }

    private Map<String, Object> json(Demo.Outcome outcome) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("ok", outcome.isOk());
        json.put("counter", outcome.counter());
        json.put("expected", outcome.expected());
        json.put("failure", outcome.failure().isEmpty() ? null : outcome.failure());
        json.put("policy", policy.name());
        json.put("threads", threads);
        json.put("holdNs", holdNs);
        double slowest = slowest(outcome);
        json.put("seconds", slowest);
        json.put("incrementsPerSecond", rate(outcome.counter(), slowest));
        List<Map<String, Object>> rows =
                outcome.rows().stream().map(DemoCommand::json).toList();
        json.put("processes", rows);
        return json;
    }

    private static Map<String, Object> json(Demo.Row row) {
        DemoBoard.Result result = row.result();
        Waits waits = new Waits(row);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("process", row.process());
        json.put("pid", row.pid());
        json.put("increments", row.increments());
        json.put("seconds", seconds(row));
        json.put("incrementsPerSecond", perSecond(row));
        json.put(
                "waitMicros",
                Map.of(
                        "p50", result.p50WaitNs() / 1e3,
                        "p99", result.p99WaitNs() / 1e3,
                        "longest", result.longestWaitNs() / 1e3));
        json.put("fastPath", waits.fastPath());
        json.put("stolen", waits.stolen());
        json.put("queued", waits.queued());
        json.put("events", result.events());
        return json;
    }

    /** How a process came to its locks, by the counters of its vCPUs. */
    private record Waits(Demo.Row row) {

        long event(LockEvent event) {
            return row.result().events().get(event.label());
        }

        long stolen() {
            return event(LockEvent.PV_LOCK_STEALING);
        }

        long queued() {
            return event(LockEvent.LOCK_SLOWPATH) + event(LockEvent.LOCK_NO_NODE);
        }

        // Not counted by anybody, that would cost: what is left.
        long fastPath() {
            return row.result().elapsedNs() == 0 ? 0 : row.increments() - stolen() - queued();
        }
    }

    private static double slowest(Demo.Outcome outcome) {
        return outcome.rows().stream().mapToDouble(DemoCommand::seconds).max().orElse(0);
    }

    private static double seconds(Demo.Row row) {
        return row.result().elapsedNs() / 1e9;
    }

    private static long perSecond(Demo.Row row) {
        return rate(row.increments(), seconds(row));
    }

    private static long rate(long count, double seconds) {
        return seconds == 0 ? 0 : Math.round(count / seconds);
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String fixed(double number, int decimals) {
        return String.format(Locale.ROOT, "%,." + decimals + "f", number);
    }
}
