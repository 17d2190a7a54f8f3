package io.pvlock.tools.command;

import io.pvlock.RegionException;
import io.pvlock.tools.scorecard.Kill;
import io.pvlock.tools.scorecard.Rival;
import io.pvlock.tools.scorecard.Scorecard;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pvlock scorecard}: what other locks do when somebody is killed, beside this one. */
@Command(
        name = "scorecard",
        description = {
            "Kill owners and waiters of this lock and of others, with SIGKILL, and say who lost what.",
            "Each lock is used by four processes. About a minute; figures are for an idle machine.",
            "Status 1 if this lock did not do what it promises, whatever the others do."
        })
public final class ScorecardCommand implements Callable<Integer> {

    /** What can be chosen. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Rival.ALL.stream().map(Rival::name).iterator();
        }
    }

    @Spec
    private CommandSpec spec;

    @Mixin
    private Output output;

    private final RegionFileOption region;

    @Option(
            names = "--locks",
            paramLabel = "NAME",
            split = ",",
            completionCandidates = Names.class,
            description = "Only these of ${COMPLETION-CANDIDATES}.")
    private List<String> locks = List.of();

    @Option(
            names = "--kills",
            paramLabel = "KILL",
            split = ",",
            description = "Only these of ${COMPLETION-CANDIDATES}.")
    private List<Kill> kills = List.of(Kill.values());

    @Option(
            names = "--trials",
            paramLabel = "N",
            defaultValue = "5",
            description = "Of each kill; a lock that is lost is not tried again; default: ${DEFAULT-VALUE}.")
    private int trials;

    @Option(
            names = "--patience",
            paramLabel = "SECS",
            defaultValue = "1",
            description = "A lock that is not had after so long is lost; default: ${DEFAULT-VALUE}.")
    private double patience;

    @Option(names = "--seed", paramLabel = "X", description = "Of all that is random; default: a new one.")
    private Long seed;

    public ScorecardCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws InterruptedException {
        Scorecard.Setup setup = setup();
        output.err().println("scorecard: seed=" + setup.seed());
        output.err().flush();
        ProgressLine progress = new ProgressLine(output.err(), "scorecard", setup.allTrials());
        ScorecardReport report;
        try {
            report = new ScorecardReport(setup, Scorecard.run(setup, progress::show));
        } catch (IOException e) {
            throw new RegionException(
                    RegionException.Category.UNAVAILABLE,
                    "scorecard cannot write its temporary files, in /dev/shm and "
                            + System.getProperty("java.io.tmpdir") + ": " + e.getMessage() + "; free some space there",
                    e);
        } finally {
            progress.clear();
        }
        output.report(report.toMap(), report::print);
        return report.problem().isEmpty() ? 0 : 1;
    }

    private Scorecard.Setup setup() {
        if (region.given().isPresent()) {
            throw new ParameterException(spec.commandLine(), "scorecard makes regions of its own; leave --region out");
        }
        region.refuseToShare(spec);
        Limits limits = new Limits(spec);
        limits.check("--trials", trials, 1, 1000);
        limits.check("--patience", patience, 0.01, 3600);
        return new Scorecard.Setup(
                rivals(),
                Stream.of(Kill.values()).filter(kills::contains).toList(),
                trials,
                seed == null ? new Random().nextInt(1_000_000_000) : seed,
                (long) (patience * 1e9));
    }

    private List<Rival> rivals() {
        List<String> known = Rival.ALL.stream().map(Rival::name).toList();
        for (String name : locks) {
            if (!known.contains(name)) {
                throw new ParameterException(
                        spec.commandLine(), "--locks=" + name + ", known are " + String.join(", ", known));
            }
        }
        return Rival.ALL.stream()
                .filter(rival -> locks.isEmpty() || locks.contains(rival.name()))
                .toList();
    }
}
