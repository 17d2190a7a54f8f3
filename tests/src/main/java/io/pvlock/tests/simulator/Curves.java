package io.pvlock.tests.simulator;

import io.pvlock.tests.simulator.Chart.Point;
import io.pvlock.tools.bench.Report;
import io.pvlock.tools.bench.ReportTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Curves over processors and over threads. */
final class Curves {

    private static final List<Integer> NODES = List.of(1, 2, 8);
    private static final List<Integer> PROCESSORS = List.of(2, 4, 8, 16, 32, 64, 128);

    /** A head that sleeps is a way to save a processor; here there is one for each thread, so these spin, too. */
    private static final List<String> OF_PROCESSORS = List.of(
            "pv-hybrid",
            "pv-fair-spin",
            "pv-hybrid-spin",
            "pv-throughput-spin",
            "pv-numa-spin",
            "native-spin",
            "mcs-spin",
            "ticket-spin",
            "tas-spin");

    /** Those whose hand-overs are compared across nodes. */
    private static final List<String> OF_DATA =
            List.of("pv-numa-spin", "pv-fair-spin", "pv-hybrid", "native-spin", "mcs-spin", "tas-spin");

    private static final int DATA_NODES = 2;
    private static final int DATA_LINES = 8;

    private static final List<String> OF_CROWD =
            List.of("pv-fair", "pv-hybrid", "pv-throughput", "pv-numa", "native", "mcs", "ticket", "tas", "robust");

    private static final int CROWD_PROCESSORS = 16;
    private static final int CROWD_NODES = 2;
    private static final List<Integer> CROWD = List.of(8, 16, 32, 64, 128);

    private static final long THINK_NS = 500;
    private static final long CROWD_HELD_NS = 1_000;
    private static final long NS = 1_000_000;
    private static final long NS_PER_THREAD = 60_000;
    private static final long CROWD_NS = 60_000_000;

    private final SimulatorReport.Runner runner;

    Curves(SimulatorReport.Runner runner) {
        this.runner = runner;
    }

    /** As many threads as processors, nothing held but the data, 500 ns of thinking. */
    List<ReportTable> processors(Path out) throws IOException {
        List<ReportTable> tables = new ArrayList<>();
        for (int nodes : NODES) {
            String title = "a processor for each thread, " + nodes + (nodes == 1 ? " node" : " nodes");
            Path picture = out.resolve("processors-" + nodes + ".png");
            tables.addAll(processors(OF_PROCESSORS, nodes, 1, title, picture));
        }
        String title = "a processor for each thread, " + DATA_NODES + " nodes, " + DATA_LINES
                + " lines of data under the lock";
        tables.addAll(processors(OF_DATA, DATA_NODES, DATA_LINES, title, out.resolve("data.png")));
        return tables;
    }

    private List<ReportTable> processors(List<String> locks, int nodes, int dataLines, String title, Path picture)
            throws IOException {
        Map<String, List<Sample>> curves = new LinkedHashMap<>();
        for (String lock : locks) {
            for (int n : PROCESSORS) {
                if (n >= nodes) {
                    Topology topology = new Topology(n, nodes);
                    curves.computeIfAbsent(lock, l -> new ArrayList<>())
                            .add(runner.run(
                                    topology, Costs.server(), n, lock, 0, THINK_NS, dataLines, NS + n * NS_PER_THREAD));
                }
            }
        }
        draw(picture, title, "processors", curves);
        List<ReportTable> tables = new ArrayList<>();
        tables.add(table(title + ": k acquisitions/s", "processors", curves, Sample::rate));
        if (nodes > 1) {
            tables.add(table(
                    title + ": share of hand-overs to another node",
                    "processors",
                    curves,
                    sample -> Report.number(sample.remoteShare())));
        }
        return tables;
    }

    /** Sixteen processors, held for 1 us. */
    List<ReportTable> crowd(Path out) throws IOException {
        Map<String, List<Sample>> curves = new LinkedHashMap<>();
        Topology topology = new Topology(CROWD_PROCESSORS, CROWD_NODES);
        for (String lock : OF_CROWD) {
            for (int n : CROWD) {
                curves.computeIfAbsent(lock, l -> new ArrayList<>())
                        .add(runner.run(topology, Costs.server(), n, lock, CROWD_HELD_NS, THINK_NS, CROWD_NS));
            }
        }
        String title = CROWD_PROCESSORS + " processors on " + CROWD_NODES + " nodes, held 1 us";
        draw(out.resolve("crowd.png"), title, "threads", curves);
        return List.of(table(
                title + ": k acquisitions/s, wait at 99.9 %, longest",
                "threads",
                curves,
                sample -> sample.rate() + ", " + Report.time(sample.percentile(99.9)) + ", "
                        + Report.time(sample.result().longestNs())));
    }

    private static void draw(Path file, String title, String x, Map<String, List<Sample>> curves) throws IOException {
        Map<String, List<Point>> points = new LinkedHashMap<>();
        curves.forEach((lock, samples) -> points.put(
                lock,
                samples.stream()
                        .map(sample -> new Point(
                                sample.contest().threads(), sample.result().perSecond() / 1e3))
                        .toList()));
        new Chart(title, x, "thousands of acquisitions/s", true).curves(points).write(file);
    }

    static ReportTable table(
            String title, String over, Map<String, List<Sample>> curves, Function<Sample, String> text) {
        List<String> header = new ArrayList<>(List.of(over));
        curves.values()
                .iterator()
                .next()
                .forEach(sample -> header.add(Integer.toString(sample.contest().threads())));
        List<List<String>> rows = new ArrayList<>();
        curves.forEach((lock, samples) -> {
            List<String> row = new ArrayList<>(List.of(lock));
            samples.forEach(sample -> row.add(text.apply(sample)));
            rows.add(row);
        });
        return new ReportTable(title, header, rows);
    }
}
