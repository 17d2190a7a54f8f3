package io.pvlock.tools.command;

import io.pvlock.RegionException;
import io.pvlock.tools.bench.Bench;
import io.pvlock.tools.bench.CPeers;
import io.pvlock.tools.bench.Contenders;
import io.pvlock.tools.bench.Context;
import io.pvlock.tools.bench.Matrix;
import io.pvlock.tools.bench.Plan;
import io.pvlock.tools.bench.Recorded;
import io.pvlock.tools.bench.Results;
import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.figure.Effort;
import io.pvlock.tools.bench.figure.FigureBench;
import io.pvlock.tools.bench.figure.Figures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pvlock bench}: side by side with what people would use instead. */
@Command(
        name = "bench",
        description = {
            "Measure this lock on this machine, beside the floor and beside other locks; in regions of its own.",
            "Figures are medians, (least-greatest), of runs that take turns; ratios are of one repetition each.",
            "Sections from idle on say what waiting, ending, reclaiming and starting cost, and how it grows.",
            "x floor: to two bare compare-and-sets, or to no lock at all. x robust: to a robust pthread mutex in C.",
            "The long form, with plots: tests/bench/full.sh"
        })
public final class BenchCommand implements Callable<Integer> {

    private static final List<String> OURS =
            List.of("java-none", "java-cas-cas", "pv-hybrid", "pv-fair", "pv-throughput");
    private static final List<String> BASES = List.of("c-none", "c-cas-cas", "c-ticket", CPeers.ROBUST);
    private static final List<String> PEERS =
            List.of("pv-lookup", "file-lock", "jna-robust", "cas-yield", "c-pi", "c-semaphore", "c-mcs", "c-mcs-park");
    private static final List<long[]> WORKLOADS = List.of(new long[] {0, 500}, new long[] {5000, 500});

    private static final int REPETITIONS = 3;
    private static final int MILLIS = 200;
    private static final int MOST = 10_000_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private Output output;

    private final RegionFileOption region;

    @Option(names = "--peers", description = "Measure other locks of Java and C, too.")
    private boolean peers;

    @Option(
            names = "--locks",
            paramLabel = "NAME",
            split = ",",
            description = "Measure these; 'all' for all, a wrong name for their names.")
    private List<String> locks = List.of();

    @Option(
            names = {"--section", "--sections"},
            paramLabel = "SECTION",
            split = ",",
            defaultValue = "uncontended,contended,handover",
            description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
    private List<Section> sections;

    @Option(
            names = "--sizes",
            paramLabel = "N",
            split = ",",
            description =
                    "How many wait, are named, are open ... in the sections from idle on; default: each section's own.")
    private List<Integer> sizes = List.of();

    @Option(
            names = "--processes",
            paramLabel = "N",
            split = ",",
            defaultValue = "2,8,32",
            description = "How many contend; default: ${DEFAULT-VALUE}.")
    private List<Integer> processes;

    @Option(
            names = "--repetitions",
            paramLabel = "N",
            description = "Of everything; default: " + REPETITIONS + ", in the sections from idle on 3 or 5.")
    private int repetitions;

    @Option(
            names = "--millis",
            paramLabel = "MS",
            description =
                    "How long each figure is measured each time; default: " + MILLIS + ", idle and virtual 10,000.")
    private int millis;

    @Option(
            names = "--check",
            paramLabel = "FILE",
            arity = "0..1",
            fallbackValue = "",
            description = "Say which ratios, to the floor or to a rival, have moved against recorded ones"
                    + " (of docs/benchmarks/recorded.json); the status is 0 all the same.")
    private String check;

    @Option(
            names = "--out",
            paramLabel = "DIRECTORY",
            description = "Write bench.tsv, figures.tsv, bench.json and recorded.json there.")
    private Path out;

    public BenchCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws IOException {
        checkArguments();
        Recorded recorded = check == null ? null : recorded();
        Map<String, String> context = Context.now();
        BenchProgress progress = new BenchProgress(output.err());
        BenchOutput measured;
        try {
            Results results = measureCells(progress, context);
            measured = new BenchOutput(results, measureFigures(progress), context, recorded);
        } catch (IOException e) {
            throw new RegionException(
                    RegionException.Category.UNAVAILABLE,
                    "bench cannot write its temporary files, in /dev/shm and " + System.getProperty("java.io.tmpdir")
                            + ": " + e.getMessage() + "; free some space there",
                    e);
        }
        progress.clear();
        try {
            writeFiles(measured);
        } finally {
            output.report(measured.data(), measured::print); // minutes were spent on it
        }
        return measured.problem().isEmpty() ? 0 : 1;
    }

    private void writeFiles(BenchOutput measured) {
        if (out == null) {
            return;
        }
        try {
            measured.write(out);
        } catch (IOException e) {
            throw new RegionException(
                    RegionException.Category.UNAVAILABLE,
                    "bench cannot write its results to " + out + ": " + e.getMessage()
                            + "; free some space there, or name another directory by --out",
                    e);
        }
    }

    private Results measureCells(BenchProgress progress, Map<String, String> context) throws IOException {
        if (sections.stream().noneMatch(Section::isOfCells)) {
            return new Results(List.of());
        }
        int times = repetitions == 0 ? REPETITIONS : repetitions;
        int ms = millis == 0 ? MILLIS : millis;
        context.put("repetitions", Integer.toString(times));
        context.put("millis", Integer.toString(ms));
        Matrix matrix = new Matrix(contenders(), processes, WORKLOADS, false);
        try (Bench bench = new Bench(new Plan(matrix.cells(sections), times, ms), progress)) {
            return new Results(bench.run());
        }
    }

    private Figures measureFigures(BenchProgress progress) throws IOException {
        try (FigureBench bench = new FigureBench(sections, new Effort(sizes, repetitions, millis), progress)) {
            return bench.run();
        }
    }

    private void checkArguments() {
        if (region.given().isPresent()) {
            throw new ParameterException(spec.commandLine(), "bench makes regions of its own; leave --region out");
        }
        region.refuseToShare(spec);
        Limits limits = new Limits(spec);
        processes.forEach(n -> limits.check("--processes", n, 1, 256));
        sizes.forEach(n -> limits.check("--sizes", n, 1, MOST));
        checkIfGiven(limits, "--repetitions", repetitions, 1, 1000);
        checkIfGiven(limits, "--millis", millis, 10, 600_000);
        checkOut();
        List<String> known = Contenders.allNames();
        for (String name : locks) {
            if (!known.contains(name) && !name.equals("all")) {
                throw new ParameterException(
                        spec.commandLine(), "--locks=" + name + ", known are " + String.join(", ", known));
            }
        }
    }

    private void checkIfGiven(Limits limits, String option, int value, int min, int max) {
        if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
            limits.check(option, value, min, max);
        }
    }

    // Before anything is measured in vain.
    private void checkOut() {
        try {
            if (out != null && !Files.isWritable(Files.createDirectories(out))) {
                throw new IOException("it cannot be written");
            }
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "--out=" + out + " is no directory to write to: " + e, e);
        }
    }

    private List<String> contenders() {
        Set<String> contenders = new LinkedHashSet<>();
        if (locks.isEmpty()) {
            contenders.addAll(OURS);
            contenders.addAll(peers ? PEERS : List.of());
            contenders.addAll(BASES);
        } else if (locks.contains("all")) {
            contenders.addAll(Contenders.names());
        } else {
            contenders.addAll(locks);
        }
        if (contenders.stream().anyMatch(CPeers::isOne) && !CPeers.isCompilerThere()) {
            output.err().println("bench: there is no gcc: the locks in C are left out, and all ratios to them");
            contenders.removeIf(CPeers::isOne);
        }
        return List.copyOf(contenders);
    }

    private Recorded recorded() throws IOException {
        Path file = check.isEmpty()
                ? Path.of(System.getProperty("pvlock.home", "."), "docs", "benchmarks", "recorded.json")
                : Path.of(check);
        try {
            return Recorded.read(file);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--check: " + e.getMessage(), e);
        }
    }
}
