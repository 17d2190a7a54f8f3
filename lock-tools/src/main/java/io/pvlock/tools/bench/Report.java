package io.pvlock.tools.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Tables of results. A figure is the median of all repetitions; (a-b) are the least and the greatest. */
public final class Report {

    private final Results results;

    public Report(Results results) {
        this.results = results;
    }

    /** Everything, each workload in a table of its own. */
    public List<ReportTable> detailed() {
        List<ReportTable> tables = new ArrayList<>();
        uncontended().ifPresent(tables::add);
        for (Cell workload : distinct(Mode.CONTENDED, cell -> cell.with(""))) {
            tables.add(table(
                    workload.processes() + " processes, " + title(workload),
                    "lock;k/s;(min-max);x floor;x robust;p50;p99;p99.9;p99.99;longest;passed;Jain;CPU us;switches",
                    cells(Mode.CONTENDED).filter(cell -> cell.with("").equals(workload)),
                    this::contendedRow));
        }
        handover().ifPresent(tables::add);
        tables.addAll(fairness());
        statistics().ifPresent(tables::add);
        return tables;
    }

    /** What a reader looks for first, the numbers of processes side by side. */
    public List<ReportTable> summary() {
        List<ReportTable> tables = new ArrayList<>();
        uncontended().ifPresent(tables::add);
        for (Cell workload : contendedWorkloads()) {
            tables.add(pivot(
                    title(workload) + ": k acquisitions/s, wait at 99.9 %, longest",
                    workload,
                    this::throughputAndWaits));
        }
        handover().ifPresent(tables::add);
        tables.addAll(fairness());
        statistics().ifPresent(tables::add);
        return tables;
    }

    /** Everything, the numbers of processes side by side. */
    public List<ReportTable> condensed() {
        List<ReportTable> tables = new ArrayList<>();
        uncontended().ifPresent(tables::add);
        for (Cell workload : contendedWorkloads()) {
            String title = title(workload);
            tables.add(pivot(title + ": k acquisitions/s (min-max)", workload, this::throughput));
            tables.add(pivot(
                    title + ": x robust mutex: throughput / p99.9 / longest wait / CPU", workload, this::robustRatios));
            tables.add(pivot(title + ": wait, p50 / p99 / p99.9 / p99.99 / longest", workload, this::waits));
            tables.add(pivot(
                    title + ": Jain, most often passed, CPU us and context switches for each", workload, this::share));
        }
        handover().ifPresent(tables::add);
        tables.addAll(fairness());
        statistics().ifPresent(tables::add);
        return tables;
    }

    private Set<Cell> contendedWorkloads() {
        return distinct(Mode.CONTENDED, cell -> Cell.contended("", 0, cell.holdNs(), cell.thinkNs()));
    }

    private Optional<ReportTable> uncontended() {
        return optional(table(
                "uncontended, ns for lock and unlock",
                "lock;ns;(min-max);x floor;(min-max)",
                cells(Mode.UNCONTENDED),
                cell -> {
                    Spread ns = value(cell, Metric.PAIR_NS);
                    Optional<Spread> ratio = results.ratioToFloor(cell);
                    return List.of(
                            cell.contender(),
                            number(ns.median()),
                            range(ns, 1),
                            ratio.map(x -> number(x.median())).orElse(""),
                            ratio.map(x -> range(x, 1)).orElse(""));
                }));
    }

    private Optional<ReportTable> handover() {
        return optional(table(
                "hand-over between two processes, from unlock to lock",
                "lock;held;beside it;p50;(us);x floor;p99;p99.9;longest",
                cells(Mode.HANDOVER),
                cell -> List.of(
                        cell.contender(),
                        time(cell.holdNs()),
                        cell.noise() ? "busy loops" : "",
                        time(value(cell, Metric.P50_NS).median()),
                        range(value(cell, Metric.P50_NS), 1e3),
                        results.ratioToFloor(cell).map(x -> number(x.median())).orElse(""),
                        time(value(cell, Metric.P99_NS).median()),
                        time(value(cell, Metric.P999_NS).median()),
                        time(value(cell, Metric.LONGEST_NS).max()))));
    }

    /** Throughput over the longest wait, for each number of processes. */
    private List<ReportTable> fairness() {
        List<ReportTable> tables = new ArrayList<>();
        if (!Fairness.isIn(results)) {
            return tables;
        }
        for (int n :
                cells(Mode.CONTENDED).map(Cell::processes).distinct().sorted().toList()) {
            List<Cell> measured = Fairness.cells(n);
            tables.add(table(
                    "the price of fairness, " + n + " processes, " + title(measured.get(0)),
                    "lock;overtaken for;k/s;(min-max);x robust;longest;x robust;p99.9;Jain",
                    measured.stream()
                            .filter(cell ->
                                    results.value(cell, Metric.PER_SECOND).isPresent()),
                    this::fairnessRow));
        }
        return tables;
    }

    /** Time, or time for each acquisition, as a multiple of what it is where nothing is counted. */
    private Optional<ReportTable> statistics() {
        return optional(table(
                "what counting and recording cost",
                "lock;processes;held;time x uncounted;(min-max)",
                results.cells().stream()
                        .filter(cell -> StatisticsCost.uncounted(cell).isPresent()),
                this::statisticsRow));
    }

    private List<String> statisticsRow(Cell cell) {
        Cell uncounted = StatisticsCost.uncounted(cell).orElseThrow();
        // As fast means as often: the ratio of rates is turned round.
        Optional<Spread> cost = cell.mode() == Mode.UNCONTENDED
                ? results.ratio(cell, uncounted, Metric.PAIR_NS)
                : results.ratio(uncounted, cell, Metric.PER_SECOND);
        return List.of(
                cell.contender(),
                Integer.toString(cell.processes()),
                time(cell.holdNs()),
                cost.map(x -> ratio(x.median())).orElse("-"),
                cost.map(x -> "(" + ratio(x.min()) + "-" + ratio(x.max()) + ")").orElse(""));
    }

    private static String ratio(double ratio) {
        return String.format(Locale.ROOT, "%.3f", ratio);
    }

    private List<String> fairnessRow(Cell cell) {
        Spread perSecond = value(cell, Metric.PER_SECOND);
        return List.of(
                cell.contender(),
                Fairness.overtakenForText(cell.contender()),
                number(perSecond.median() / 1e3),
                range(perSecond, 1e3),
                robust(cell, Metric.PER_SECOND),
                time(value(cell, Metric.LONGEST_NS).max()),
                robust(cell, Metric.LONGEST_NS),
                time(value(cell, Metric.P999_NS).median()),
                number(value(cell, Metric.JAIN).median()));
    }

    private List<String> contendedRow(Cell cell) {
        Spread perSecond = value(cell, Metric.PER_SECOND);
        return List.of(
                cell.contender(),
                number(perSecond.median() / 1e3),
                range(perSecond, 1e3),
                results.ratioToFloor(cell).map(x -> number(x.median())).orElse(""),
                robust(cell, Metric.PER_SECOND),
                time(value(cell, Metric.P50_NS).median()),
                time(value(cell, Metric.P99_NS).median()),
                time(value(cell, Metric.P999_NS).median()),
                time(value(cell, Metric.P9999_NS).median()),
                time(value(cell, Metric.LONGEST_NS).max()),
                number(value(cell, Metric.MOST_PASSED).max()),
                number(value(cell, Metric.JAIN).median()),
                number(value(cell, Metric.CPU_NS_PER_ACQUISITION).median() / 1e3),
                number(switches(cell)));
    }

    private String throughput(Cell cell) {
        Spread perSecond = value(cell, Metric.PER_SECOND);
        return number(perSecond.median() / 1e3) + " " + range(perSecond, 1e3);
    }

    private String throughputAndWaits(Cell cell) {
        return number(value(cell, Metric.PER_SECOND).median() / 1e3) + ", "
                + time(value(cell, Metric.P999_NS).median()) + ", "
                + time(value(cell, Metric.LONGEST_NS).max());
    }

    private String robustRatios(Cell cell) {
        return Stream.of(Metric.PER_SECOND, Metric.P999_NS, Metric.LONGEST_NS, Metric.CPU_NS_PER_ACQUISITION)
                .map(metric -> robust(cell, metric))
                .collect(Collectors.joining(" / "));
    }

    private String waits(Cell cell) {
        List<String> waits = new ArrayList<>();
        for (Metric metric : List.of(Metric.P50_NS, Metric.P99_NS, Metric.P999_NS, Metric.P9999_NS)) {
            waits.add(time(value(cell, metric).median()));
        }
        // The longest of all: whoever waited that long does not care for the median.
        waits.add(time(value(cell, Metric.LONGEST_NS).max()));
        return String.join(" / ", waits);
    }

    private String share(Cell cell) {
        return number(value(cell, Metric.JAIN).median()) + ", "
                + number(value(cell, Metric.MOST_PASSED).max()) + ", "
                + number(value(cell, Metric.CPU_NS_PER_ACQUISITION).median() / 1e3) + " us, " + number(switches(cell));
    }

    private String robust(Cell cell, Metric metric) {
        return results.ratioToRobust(cell, metric).map(x -> number(x.median())).orElse("-");
    }

    /** For each acquisition. */
    private double switches(Cell cell) {
        double perSecond = value(cell, Metric.PER_SECOND).median();
        double switches = value(cell, Metric.VOLUNTARY_SWITCHES).median()
                + value(cell, Metric.INVOLUNTARY_SWITCHES).median();
        return perSecond == 0
                ? 0
                : switches / (perSecond * results.rows().get(0).millis() / 1e3);
    }

    private ReportTable pivot(String title, Cell workload, Function<Cell, String> text) {
        List<Integer> numbers =
                cells(Mode.CONTENDED).map(Cell::processes).distinct().sorted().toList();
        List<String> header = new ArrayList<>(List.of("processes"));
        numbers.forEach(n -> header.add(Integer.toString(n)));
        Set<String> contenders = new LinkedHashSet<>();
        cells(Mode.CONTENDED).forEach(cell -> contenders.add(cell.contender()));
        List<List<String>> rows = new ArrayList<>();
        for (String contender : contenders) {
            List<String> row = new ArrayList<>(List.of(contender));
            for (int n : numbers) {
                Cell cell = Cell.contended(contender, n, workload.holdNs(), workload.thinkNs());
                row.add(results.value(cell, Metric.PER_SECOND).isEmpty() ? "-" : text.apply(cell));
            }
            // Not everybody has every workload.
            if (row.stream().skip(1).anyMatch(each -> !each.equals("-"))) {
                rows.add(row);
            }
        }
        return new ReportTable(title, header, rows);
    }

    private static ReportTable table(
            String title, String header, Stream<Cell> cells, Function<Cell, List<String>> row) {
        return new ReportTable(title, List.of(header.split(";")), cells.map(row).toList());
    }

    private static Optional<ReportTable> optional(ReportTable table) {
        return Optional.of(table).filter(any -> !any.rows().isEmpty());
    }

    private Stream<Cell> cells(Mode mode) {
        Predicate<Cell> ofMode = cell -> cell.mode() == mode;
        return results.cells().stream().filter(ofMode);
    }

    private Set<Cell> distinct(Mode mode, Function<Cell, Cell> part) {
        Set<Cell> parts = new LinkedHashSet<>();
        cells(mode).forEach(cell -> parts.add(part.apply(cell)));
        return parts;
    }

    private Spread value(Cell cell, Metric metric) {
        return results.value(cell, metric).orElseThrow();
    }

    private static String title(Cell workload) {
        return "held " + time(workload.holdNs()) + ", thinking " + time(workload.thinkNs());
    }

    private static String range(Spread spread, double unit) {
        return Double.isNaN(spread.median())
                ? ""
                : "(" + number(spread.min() / unit) + "-" + number(spread.max() / unit) + ")";
    }

    /** With three digits. */
    public static String number(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        double size = Math.abs(value);
        int digits = size >= 99.95 || size == 0 ? 0 : size >= 9.995 ? 1 : size >= 0.01 ? 2 : 4;
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    public static String time(double ns) {
        if (ns < 1000 || Double.isNaN(ns)) {
            return Double.isNaN(ns) ? "-" : number(ns) + " ns";
        }
        return ns < 1_000_000 ? number(ns / 1e3) + " us" : number(ns / 1e6) + " ms";
    }
}
