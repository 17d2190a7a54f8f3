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

/** The price of fairness: throughput over the longest wait, as the time grows for which the head of a queue may be overtaken. */
final class FairnessCurve {

    /** From nobody overtakes to anybody does. */
    private static final List<String> LOCKS = List.of(
            "pv-fair", "pv-25us", "pv-100us", "pv-hybrid", "pv-1600us", "pv-6400us", "pv-25600us", "pv-throughput");

    /** What bounds nothing. */
    private static final String ROBUST = "robust";

    private static final long HELD_NS = 5_000;
    private static final long THINK_NS = 500;

    /** Several times the longest wait of all but the unbounded. */
    private static final long NS = 1_000_000_000;

    private static final long MORE_PROCESSORS_NS = 400_000_000;

    private final SimulatorReport.Runner runner;

    FairnessCurve(SimulatorReport.Runner runner) {
        this.runner = runner;
    }

    List<ReportTable> tables(Path out) throws IOException {
        Map<String, List<Sample>> crowds = new LinkedHashMap<>();
        for (int threads : List.of(8, 32)) {
            crowds.put(threads + " threads, 2 processors", samples(new Topology(2, 1), Costs.guest(), threads, NS));
        }
        crowds.put("64 threads, 16 processors", samples(new Topology(16, 2), Costs.server(), 64, MORE_PROCESSORS_NS));
        Map<String, List<Point>> curves = new LinkedHashMap<>();
        List<ReportTable> tables = new ArrayList<>();
        crowds.forEach((name, samples) -> {
            curves.put(name, points(samples, false));
            curves.put("robust, " + name, points(samples, true));
            tables.add(table("the price of fairness, " + name + ", held 5 us, thinking 500 ns", samples));
        });
        new Chart(
                        "From FAIR over overtake times to THROUGHPUT",
                        "longest wait, ms",
                        "thousands of acquisitions/s",
                        false)
                .curves(curves)
                .write(out.resolve("fairness.png"));
        return tables;
    }

    private List<Sample> samples(Topology topology, Costs costs, int threads, long ns) {
        List<Sample> samples = new ArrayList<>();
        for (String lock : LOCKS) {
            samples.add(runner.run(topology, costs, threads, lock, HELD_NS, THINK_NS, ns));
        }
        samples.add(runner.run(topology, costs, threads, ROBUST, HELD_NS, THINK_NS, ns));
        return samples;
    }

    private static List<Point> points(List<Sample> samples, boolean ofRobust) {
        return samples.stream()
                .filter(sample -> sample.contest().lock().equals(ROBUST) == ofRobust)
                .filter(sample -> sample.result().longestNs() > 0)
                .map(sample -> new Point(
                        sample.result().longestNs() / 1e6, sample.result().perSecond() / 1e3))
                .toList();
    }

    private static ReportTable table(String title, List<Sample> samples) {
        double robust = samples.get(samples.size() - 1).result().perSecond();
        return new ReportTable(
                title,
                List.of("lock", "k/s", "x robust", "p50", "p99.9", "longest", "Jain"),
                samples.stream()
                        .map(sample -> List.of(
                                sample.contest().lock(),
                                sample.rate(),
                                Report.number(sample.result().perSecond() / robust),
                                Report.time(sample.percentile(50)),
                                Report.time(sample.percentile(99.9)),
                                Report.time(sample.result().longestNs()),
                                Report.number(sample.result().jain())))
                        .toList());
    }
}
