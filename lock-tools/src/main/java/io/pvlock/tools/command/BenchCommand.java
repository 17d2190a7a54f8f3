package io.pvlock.tools.command;

import io.pvlock.RegionException;
import io.pvlock.tools.bench.Bench;
import io.pvlock.tools.bench.CPeers;
import io.pvlock.tools.bench.Contenders;
import io.pvlock.tools.bench.Context;
import io.pvlock.tools.bench.Matrix;
import io.pvlock.tools.bench.Plan;
import io.pvlock.tools.bench.Recorded;
import io.pvlock.tools.bench.Report;
import io.pvlock.tools.bench.ReportTable;
import io.pvlock.tools.bench.ResultFiles;
import io.pvlock.tools.bench.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
            names = "--sections",
            paramLabel = "SECTION",
            split = ",",
            defaultValue = "UNCONTENDED,CONTENDED,HANDOVER",
            description = "${COMPLETION-CANDIDATES}; default: all.")
    private List<Matrix.Section> sections;

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
            defaultValue = "3",
            description = "Of everything; default: ${DEFAULT-VALUE}.")
    private int repetitions;

    @Option(
            names = "--millis",
            paramLabel = "MS",
            defaultValue = "200",
            description = "How long each figure is measured each time; default: ${DEFAULT-VALUE}.")
    private int millis;

    @Option(
            names = "--check",
            paramLabel = "FILE",
            arity = "0..1",
            fallbackValue = "",
            description = "Say which ratios to the floor have moved against recorded ones"
                    + " (of docs/benchmarks/recorded.json); the status is 0 all the same.")
    private String check;

    @Option(names = "--out", paramLabel = "DIRECTORY", description = "Write bench.tsv and bench.json there.")
    private Path out;

    public BenchCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws IOException {
        checkArguments();
        Recorded recorded = check == null ? null : recorded();
        List<String> contenders = contenders();
        Matrix matrix = new Matrix(contenders, processes, WORKLOADS, false);
        Plan plan = new Plan(matrix.cells(sections), repetitions, millis);
        Map<String, String> context = Context.now();
        context.put("repetitions", Integer.toString(repetitions));
        context.put("millis", Integer.toString(millis));
        Results results;
        BenchProgress progress = new BenchProgress(output.err());
        try (Bench bench = new Bench(plan, progress)) {
            results = new Results(bench.run());
        } catch (IOException e) {
            throw new RegionException(
                    RegionException.Category.UNAVAILABLE,
                    "bench cannot write its temporary files, in /dev/shm and " + System.getProperty("java.io.tmpdir")
                            + ": " + e.getMessage() + "; free some space there",
                    e);
        }
        progress.clear();
        if (out != null) {
            ResultFiles.write(out, "bench", results, context);
        }
        Map<String, Object> data = ResultFiles.toMap(results, context);
        if (recorded != null) {
            data.put("moved", moves(recorded, results));
        }
        output.report(data, writer -> print(results, context, recorded));
        return problem(results).isEmpty() ? 0 : 1;
    }

    private void checkArguments() {
        if (region.given().isPresent()) {
            throw new ParameterException(spec.commandLine(), "bench makes regions of its own; leave --region out");
        }
        region.refuseToShare(spec);
        Limits limits = new Limits(spec);
        processes.forEach(n -> limits.check("--processes", n, 1, 256));
        limits.check("--repetitions", repetitions, 1, 1000);
        limits.check("--millis", millis, 10, 600_000);
        checkOut();
        List<String> known = Contenders.names();
        for (String name : locks) {
            if (!known.contains(name) && !name.equals("all")) {
                throw new ParameterException(
                        spec.commandLine(), "--locks=" + name + ", known are " + String.join(", ", known));
            }
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

    private void print(Results results, Map<String, String> context, Recorded recorded) {
        context.forEach((name, value) -> output.out().println(name + ": " + value));
        for (ReportTable table : new Report(results).detailed()) {
            output.out().println();
            output.out().println(table.title());
            Table text = new Table(table.header().toArray(String[]::new));
            table.rows().forEach(row -> text.row(row.toArray()));
            text.print(output.out());
        }
        output.out().println();
        if (recorded != null) {
            for (Map<String, Object> move : moves(recorded, results)) {
                output.out()
                        .println("moved: " + move.get("cell") + " from " + move.get("before") + " to "
                                + move.get("now"));
            }
            output.out()
                    .println("check: " + recorded.moved(results).size() + " of "
                            + recorded.common(results).size() + " ratios to the floor have moved");
        }
        String problem = problem(results);
        output.out().println("bench: " + (problem.isEmpty() ? "OK" : "FAILED, " + problem));
    }

    private static String problem(Results results) {
        if (results.rows().isEmpty()) {
            return "nothing was measured";
        }
        List<String> broken = results.notExclusive();
        return broken.isEmpty() ? "" : "did not exclude: " + broken;
    }

    private static List<Map<String, Object>> moves(Recorded recorded, Results results) {
        List<Map<String, Object>> moves = new ArrayList<>();
        for (Recorded.Move move : recorded.moved(results)) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("cell", move.cell().key());
            entry.put("before", move.before().toString());
            entry.put("now", move.now().toString());
            moves.add(entry);
        }
        return moves;
    }
}
