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
import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.Spread;
import io.pvlock.tools.bench.figure.Effort;
import io.pvlock.tools.bench.figure.FigureBench;
import io.pvlock.tools.bench.figure.FigureReport;
import io.pvlock.tools.bench.figure.Figures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

    private static final String JMH = "jmh";

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

    @Option(
            names = "--only",
            split = ",",
            description = "Sections, as of pvlock bench, or " + JMH + ", the uncontended path; default: all.")
    private List<String> only = List.of();

    @Option(names = "--skip", split = ",", description = "The same: all but these.")
    private List<String> skipped = List.of();

    @Option(names = "--sizes", split = ",", description = "Of the sections from idle on; default: each section's own.")
    private List<Integer> sizes = List.of();

    public static void main(String[] args) {
        System.exit(new CommandLine(new FullReport()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        List<String> contenders = contenders();
        checkParts();
        List<Section> sections = Stream.of(Section.values())
                .filter(section -> isWanted(section.toString()))
                .toList();
        List<Cell> cells = new Matrix(contenders, processes, WORKLOADS, true).cells(sections);
        Plan plan = new Plan(cells, repetitions, millis);
        System.err.printf(
                "full: %d cells, %d times; some %d minutes%n", cells.size(), repetitions, plan.estimatedMinutes());
        Map<String, String> context = Context.now();
        context.put("repetitions", Integer.toString(repetitions));
        context.put("millis", Integer.toString(millis));
        List<ReportTable> tables = new ArrayList<>();
        if (isWanted(JMH)) {
            tables.add(UncontendedReport.measure(repetitions).table());
        }
        Figures figures;
        try (FigureBench bench = new FigureBench(sections, new Effort(sizes, repetitions, 0), new Lines())) {
            figures = bench.run();
        }
        tables.addAll(new FigureReport(figures).tables());
        Results results;
        try (Bench bench = new Bench(plan, new Lines())) {
            results = new Results(bench.run());
        }
        write(results, figures, context, tables);
        if (!results.notExclusive().isEmpty()) {
            System.err.println("full: FAILED, did not exclude: " + results.notExclusive());
            return 1;
        }
        return 0;
    }

    private boolean isWanted(String part) {
        return (only.isEmpty() || contains(only, part)) && !contains(skipped, part);
    }

    private static boolean contains(List<String> parts, String part) {
        return parts.stream().anyMatch(part::equalsIgnoreCase);
    }

    // Who misspells one would measure for hours what he did not want.
    private void checkParts() {
        List<String> known = new ArrayList<>(List.of(JMH));
        Stream.of(Section.values()).map(Section::toString).forEach(known::add);
        for (String part : both(only, skipped)) {
            if (!contains(known, part)) {
                throw new IllegalArgumentException(part + " is no section, known are " + known);
            }
        }
    }

    private List<String> contenders() {
        List<String> contenders = new ArrayList<>(locks.isEmpty() ? Contenders.names() : locks);
        if (!Contenders.allNames().containsAll(contenders)) {
            throw new IllegalArgumentException("--locks=" + locks + ", known are " + Contenders.allNames());
        }
        if (!CPeers.isCompilerThere()) {
            System.err.println("full: there is no gcc: the locks in C are left out, and all ratios to them");
            contenders.removeIf(CPeers::isOne);
        }
        return contenders;
    }

    /** One page for readers, one with all figures, and the data of both. */
    private void write(Results results, Figures figures, Map<String, String> context, List<ReportTable> measuredApart)
            throws IOException {
        Files.createDirectories(out);
        ResultFiles.writeTsv(out.resolve("results.tsv"), results, context);
        new FigureReport(figures).writeTsv(out.resolve("figures.tsv"));
        Map<String, Object> data = ResultFiles.toMap(results, context);
        data.put("figures", new FigureReport(figures).toList());
        ResultFiles.writeJson(out.resolve("results.json"), data);
        Map<String, Spread> ratios = new LinkedHashMap<>(results.ratios());
        ratios.putAll(figures.ratios());
        ResultFiles.writeRecorded(out.resolve("recorded.json"), ratios, context);
        List<String> plots = both(new GrowthPlots(figures).write(out), new Plots(results).write(out));
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

    private static <T> List<T> both(List<T> some, List<T> others) {
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
