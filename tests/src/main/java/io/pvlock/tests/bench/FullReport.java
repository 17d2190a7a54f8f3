package io.pvlock.tests.bench;

import io.pvlock.tools.bench.Bench;
import io.pvlock.tools.bench.CPeers;
import io.pvlock.tools.bench.Cell;
import io.pvlock.tools.bench.Contenders;
import io.pvlock.tools.bench.Context;
import io.pvlock.tools.bench.Matrix;
import io.pvlock.tools.bench.Plan;
import io.pvlock.tools.bench.Report;
import io.pvlock.tools.bench.ReportTable;
import io.pvlock.tools.bench.ResultFiles;
import io.pvlock.tools.bench.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The long form of {@code pvlock bench}: measures everything and writes it down, for readers, as data, and as pictures. */
@Command(name = "full.sh", description = "Measure everything, and write tables, plots and data.")
public final class FullReport implements Callable<Integer> {

    private static final List<long[]> WORKLOADS = List.of(
            new long[] {0, 0},
            new long[] {0, 500},
            new long[] {200, 0},
            new long[] {200, 500},
            new long[] {5000, 0},
            new long[] {5000, 500});

    @Option(names = "--out", defaultValue = "tests/target/bench/full", description = "Default: ${DEFAULT-VALUE}.")
    private Path out;

    @Option(
            names = "--processes",
            split = ",",
            defaultValue = "2,4,8,16,32,64",
            description = "Default: ${DEFAULT-VALUE}.")
    private List<Integer> processes;

    @Option(names = "--repetitions", defaultValue = "5", description = "Default: ${DEFAULT-VALUE}.")
    private int repetitions;

    @Option(names = "--millis", defaultValue = "1000", description = "Of each cell; default: ${DEFAULT-VALUE}.")
    private int millis;

    @Option(names = "--locks", split = ",", description = "Only these; default: all. A wrong name: their names.")
    private List<String> locks = List.of();

    @Option(names = "--skip", split = ",", description = "UNCONTENDED, CONTENDED, HANDOVER, JMH or STARTUP.")
    private List<String> skipped = List.of();

    public static void main(String[] args) {
        System.exit(new CommandLine(new FullReport()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        List<String> contenders = contenders();
        List<Matrix.Section> sections = new ArrayList<>(List.of(Matrix.Section.values()));
        sections.removeIf(section -> skipped.contains(section.name()));
        List<Cell> cells = new Matrix(contenders, processes, WORKLOADS, true).cells(sections);
        Plan plan = new Plan(cells, repetitions, millis);
        System.err.printf(
                "full: %d cells, %d times; some %d minutes%n", cells.size(), repetitions, plan.estimatedMinutes());
        Map<String, String> context = Context.now();
        context.put("repetitions", Integer.toString(repetitions));
        context.put("millis", Integer.toString(millis));
        List<ReportTable> tables = new ArrayList<>();
        if (!skipped.contains("JMH")) {
            tables.add(UncontendedReport.measure(repetitions).table());
        }
        if (!skipped.contains("STARTUP")) {
            tables.add(Startup.measure(2 * repetitions));
        }
        Results results;
        try (Bench bench = new Bench(plan, new Lines())) {
            results = new Results(bench.run());
        }
        write(results, context, tables);
        if (!results.notExclusive().isEmpty()) {
            System.err.println("full: FAILED, did not exclude: " + results.notExclusive());
            return 1;
        }
        return 0;
    }

    private List<String> contenders() {
        List<String> contenders = new ArrayList<>(locks.isEmpty() ? Contenders.names() : locks);
        if (!Contenders.names().containsAll(contenders)) {
            throw new IllegalArgumentException("--locks=" + locks + ", known are " + Contenders.names());
        }
        if (!CPeers.isCompilerThere()) {
            System.err.println("full: there is no gcc: the locks in C are left out, and all ratios to them");
            contenders.removeIf(CPeers::isOne);
        }
        return contenders;
    }

    /** One page for readers, one with all figures, and the data of both. */
    private void write(Results results, Map<String, String> context, List<ReportTable> measuredApart)
            throws IOException {
        ResultFiles.write(out, "results", results, context);
        ResultFiles.writeRecorded(out.resolve("recorded.json"), results, context);
        List<String> plots = new Plots(results).write(out);
        Report report = new Report(results);
        Files.writeString(
                out.resolve("tables.md"),
                BenchmarkDocument.page("Measured", context, both(measuredApart, report.summary()), List.of()));
        Files.writeString(
                out.resolve("report.md"),
                BenchmarkDocument.page(
                        "All that was measured", context, both(measuredApart, report.condensed()), plots));
        System.err.println("full: " + out + " written");
    }

    private static List<ReportTable> both(List<ReportTable> some, List<ReportTable> others) {
        return Stream.concat(some.stream(), others.stream()).toList();
    }

    /** Each step on a line: this runs for hours, and somebody looks at its log. */
    private static final class Lines implements Bench.Listener {
        private String last = "";

        @Override
        public void running(String what) {
            String repetition = what.substring(0, what.indexOf(':'));
            if (!repetition.equals(last)) {
                last = repetition;
                System.err.println("full: " + repetition);
            }
        }

        @Override
        public void problem(String what) {
            System.err.println("full: " + what);
        }
    }
}
