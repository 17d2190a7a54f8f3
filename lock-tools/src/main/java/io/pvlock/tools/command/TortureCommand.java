package io.pvlock.tools.command;

import io.pvlock.tools.torture.Torture;
import io.pvlock.tools.torture.TortureResult;
import io.pvlock.tools.torture.TortureSetup;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pvlock torture}: locktorture for this lock. */
@Command(
        name = "torture",
        description = {
            "Torture the lock with real processes, and look for what must not happen.",
            "Random holds, time-outs, interrupts, stutter, moves between processors, nested locks; with --kill, SIGKILL.",
            "The last line is JSON. Status 0 only if violations, lostWakeups, stuck and leakedNodes are 0."
        })
public final class TortureCommand implements Callable<Integer> {

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
            defaultValue = "4",
            description = "Threads of each process, the last one virtual where the JDK can; default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(
            names = "--locks",
            paramLabel = "N",
            defaultValue = "200",
            description = "Locks, a few of them hot; default: ${DEFAULT-VALUE}.")
    private int locks;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "10",
            description = "How long, beyond starting and ending; default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(names = "--seed", paramLabel = "X", description = "Of all that is random; default: a new one.")
    private Long seed;

    @Option(names = "--kill", description = "Kill processes with SIGKILL, and replace them; includes --stop.")
    private boolean kill;

    @Option(names = "--stop", description = "Stop processes with SIGSTOP, and continue them.")
    private boolean stop;

    @Option(names = "--busted", description = "Now and then do not take the lock: the test must find out, status 1.")
    private boolean busted;

    @Option(
            names = "--only-java",
            description = "All processes in Java; default: half of them in C, where a build has made that program.")
    private boolean onlyJava;

    public TortureCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() {
        region.refuseToShare(spec);
        Limits limits = new Limits(spec);
        limits.check("--processes", processes, 1, 500);
        limits.check("--threads", threads, 1, 500);
        limits.check("--processes x --threads", (long) processes * threads, 1, 4000);
        limits.check("--locks", locks, 1, 1000);
        limits.check("--seconds", seconds, 1, 1_000_000);
        TortureSetup setup = new TortureSetup(
                region.given().orElse(null),
                processes,
                threads,
                locks,
                seconds,
                seed == null ? new Random().nextInt(1_000_000_000) : seed,
                kill,
                kill || stop,
                busted,
                onlyJava ? null : TortureSetup.findWorkerInC().orElse(null));
        // Before anything can go wrong: it takes the seed to see it again.
        output.err().println("torture: seed=" + setup.seed());
        output.err().flush();
        TortureProgress progress = new TortureProgress(output.err());
        TortureResult result = new Torture(setup, this::found, progress::show).run();
        progress.clear();
        if (!output.isJson()) {
            print(result);
        }
        output.jsonLine(result.toMap());
        return result.isOk() ? 0 : 1;
    }

    private void found(String what) {
        output.err().println("torture: " + what);
        output.err().flush();
    }

    private void print(TortureResult result) {
        Table table = new Table("torture", "");
        result.toMap().forEach((name, value) -> {
            if (value instanceof Number number && !name.equals("seed")) {
                table.row(name, String.format(Locale.ROOT, "%,d", number.longValue()));
            }
        });
        table.print(output.out());
        output.out()
                .printf(
                        Locale.ROOT,
                        "recovery from the death of an owner: %d, p50 %,d us, p99 %,d us, longest %,d us%n",
                        result.recoveryNs().getTotalCount(),
                        result.recoveryNs().getValueAtPercentile(50) / 1000,
                        result.recoveryNs().getValueAtPercentile(99) / 1000,
                        result.recoveryNs().getMaxValue() / 1000);
        output.out().println("torture: " + (result.isOk() ? "OK" : "FAILED"));
    }
}
