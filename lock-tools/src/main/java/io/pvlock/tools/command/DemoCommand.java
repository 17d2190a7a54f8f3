package io.pvlock.tools.command;

import io.pvlock.LockOptions;
import io.pvlock.RegionOptions;
import io.pvlock.tools.worker.Demo;
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
        region.refuseToShare(spec);
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
        DemoReport report = new DemoReport(setup, outcome);
        output.report(report.toMap(), report::print);
        return outcome.isOk() ? 0 : 1;
    }
}
