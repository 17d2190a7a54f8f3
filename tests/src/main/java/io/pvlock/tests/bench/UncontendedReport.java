package io.pvlock.tests.bench;

import com.fasterxml.jackson.jr.ob.JSON;
import io.pvlock.tools.bench.Bench;
import io.pvlock.tools.bench.CPeers;
import io.pvlock.tools.bench.Cell;
import io.pvlock.tools.bench.Contenders;
import io.pvlock.tools.bench.Context;
import io.pvlock.tools.bench.Metric;
import io.pvlock.tools.bench.Plan;
import io.pvlock.tools.bench.ReportTable;
import io.pvlock.tools.bench.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs {@link UncontendedBench} in rounds, each benchmark once in each, and prints every one's ratio to the floor of its round:
 * median, least and greatest. Rounds, because a shared machine changes its pace within minutes; in a round the fastest iteration
 * counts, because all others contain somebody else's work.
 */
public final class UncontendedReport {

    private static final String FLOOR = "floorCasCas";
    private static final int C_MILLIS = 300;

    private final Map<String, List<Double>> nanos = new LinkedHashMap<>();
    private final Map<String, Double> bytes = new LinkedHashMap<>();

    private UncontendedReport() {}

    /** @param args number of rounds, and the JSON file to write */
    public static void main(String[] args) throws RunnerException, IOException {
        int rounds = Integer.parseInt(args[0]);
        Path json = Path.of(args[1]);
        UncontendedReport report = measure(rounds);
        Map<String, Object> context = context(rounds);
        context.forEach((key, value) -> System.out.println(key + ": " + value));
        report.print();
        Files.createDirectories(json.toAbsolutePath().getParent());
        Files.writeString(json, JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(report.asJson(context)));
        System.out.println("written to " + json);
    }

    static UncontendedReport measure(int rounds) throws RunnerException, IOException {
        UncontendedReport report = new UncontendedReport();
        for (int round = 1; round <= rounds; round++) {
            System.err.println("uncontended: round " + round + " of " + rounds);
            report.add(run(options("")), "");
            report.add(run(options("algorithm").jvmArgsAppend("-Dpvlock.killpoints")), ", -Dpvlock.killpoints");
            report.addC();
        }
        return report;
    }

    private static ChainedOptionsBuilder options(String benchmark) {
        return new OptionsBuilder()
                .include(UncontendedBench.class.getName() + "." + benchmark)
                .addProfiler(GCProfiler.class)
                .verbosity(VerboseMode.SILENT);
    }

    private static Collection<RunResult> run(ChainedOptionsBuilder options) throws RunnerException {
        return new Runner(options.build()).run();
    }

    private void add(Collection<RunResult> results, String suffix) {
        for (RunResult result : results) {
            String kind = result.getParams().getParam("kind");
            String label = result.getPrimaryResult().getLabel();
            String name = (kind == null ? label : label + " " + kind) + suffix;
            nanos.computeIfAbsent(name, n -> new ArrayList<>()).add(least(result, IterationResult::getPrimaryResult));
            bytes.merge(name, least(result, UncontendedReport::allocated), Math::max);
        }
    }

    /** What the same costs in C, measured by the driver of the other benchmarks: floors and mutexes. */
    private void addC() throws IOException {
        if (!CPeers.isCompilerThere()) {
            return;
        }
        List<Cell> cells = Contenders.names().stream()
                .filter(name -> CPeers.isOne(name) && !name.equals("c-none"))
                .map(Cell::uncontended)
                .toList();
        try (Bench bench = new Bench(new Plan(cells, 1, C_MILLIS), Bench.Listener.SILENT)) {
            for (Row row : bench.run()) {
                String name = row.cell().contender();
                nanos.computeIfAbsent(name, n -> new ArrayList<>()).add(row.value(Metric.PAIR_NS));
                bytes.put(name, 0.0);
            }
        }
    }

    private static double least(RunResult result, Function<IterationResult, Result<?>> value) {
        return result.getBenchmarkResults().stream()
                .flatMap(fork -> fork.getIterationResults().stream())
                .mapToDouble(iteration -> value.apply(iteration).getScore())
                .min()
                .orElseThrow();
    }

    private static Result<?> allocated(IterationResult iteration) {
        return iteration.getSecondaryResults().get("gc.alloc.rate.norm");
    }

    private static Map<String, Object> context(int rounds) {
        Map<String, Object> context = new LinkedHashMap<>(Context.now());
        context.put("rounds", rounds);
        return context;
    }

    private void print() {
        System.out.printf(
                "%n%-34s %9s %15s %9s %15s %7s%n", "pair of", "ns/op", "min-max", "x floor", "min-max", "B/op");
        for (String name : nanos.keySet()) {
            List<Double> times = sorted(nanos.get(name));
            List<Double> ratios = sorted(ratios(name));
            System.out.printf(
                    "%-34s %9.1f %7.1f-%7.1f %9.2f %7.2f-%7.2f %7.2f%n",
                    name,
                    median(times),
                    times.get(0),
                    times.get(times.size() - 1),
                    median(ratios),
                    ratios.get(0),
                    ratios.get(ratios.size() - 1),
                    bytes.get(name));
        }
        System.out.println();
    }

    ReportTable table() {
        List<List<String>> rows = new ArrayList<>();
        for (String name : nanos.keySet()) {
            List<Double> times = sorted(nanos.get(name));
            List<Double> ratios = sorted(ratios(name));
            rows.add(List.of(
                    name,
                    String.format(Locale.ROOT, "%.1f", median(times)),
                    String.format(Locale.ROOT, "%.1f-%.1f", times.get(0), times.get(times.size() - 1)),
                    String.format(Locale.ROOT, "%.2f", median(ratios)),
                    String.format(Locale.ROOT, "%.2f-%.2f", ratios.get(0), ratios.get(ratios.size() - 1)),
                    String.format(Locale.ROOT, "%.2f", bytes.get(name))));
        }
        return new ReportTable(
                "uncontended, in a JVM of its own each (JMH)",
                List.of("pair of", "ns", "min-max", "x floor", "min-max", "bytes"),
                rows);
    }

    private Map<String, Object> asJson(Map<String, Object> context) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (String name : nanos.keySet()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("name", name);
            row.put("nsPerPair", nanos.get(name));
            row.put("ratioToFloor", ratios(name));
            row.put("medianRatioToFloor", median(sorted(ratios(name))));
            row.put("bytesPerPair", bytes.get(name));
            rows.add(row);
        }
        Map<String, Object> all = new LinkedHashMap<>(context);
        all.put("floor", FLOOR);
        all.put("rows", rows);
        return all;
    }

    /** Of each round, to the floor of the same round. */
    private List<Double> ratios(String name) {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < nanos.get(name).size(); round++) {
            ratios.add(nanos.get(name).get(round) / nanos.get(FLOOR).get(round));
        }
        return ratios;
    }

    private static List<Double> sorted(List<Double> values) {
        return values.stream().sorted().toList();
    }

    private static double median(List<Double> sorted) {
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
