package io.pvlock.tests.bench;

import io.pvlock.tools.bench.Cell;
import io.pvlock.tools.bench.Metric;
import io.pvlock.tools.bench.Mode;
import io.pvlock.tools.bench.Results;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;

/** Pictures of the contended cells: throughput and the wait at 99.9 % against the number of processes, a pair for each workload. */
final class Plots {

    /**
     * More than some ten lines cannot be told apart. So wait modes other than the default are in the tables only, and so are the floors and
     * the plain mutex, which is on the robust one's line.
     */
    private static final String UNPLOTTED = "pv-.*-(spin|yield|park)|pv-\\d+us|.*-cas-store|.*-none|c-pthread";

    private final List<Cell> cells;
    private final Results results;

    Plots(Results results) {
        this.results = results;
        this.cells = results.cells().stream()
                .filter(cell -> cell.mode() == Mode.CONTENDED)
                .filter(cell -> !cell.contender().matches(UNPLOTTED))
                .toList();
    }

    /** What is drawn upwards. */
    private record Axis(String file, String label, Metric metric, double unit) {}

    private static final List<Axis> AXES = List.of(
            new Axis("throughput", "acquisitions/s", Metric.PER_SECOND, 1),
            new Axis("p999", "wait at 99.9 %, us", Metric.P999_NS, 1e3));

    /** Writes them and returns their names, in order. */
    List<String> write(Path directory) throws IOException {
        Files.createDirectories(directory);
        List<String> files = new ArrayList<>();
        for (Cell workload : workloads()) {
            for (Axis axis : AXES) {
                String file = axis.file() + "-held-" + workload.holdNs() + "-thinking-" + workload.thinkNs() + ".png";
                Files.write(directory.resolve(file), ChartEncoder.getBytes(chart(workload, axis), "png"));
                files.add(file);
            }
        }
        return files;
    }

    private List<Cell> workloads() {
        return cells.stream()
                .map(cell -> Cell.contended("", 0, cell.holdNs(), cell.thinkNs()))
                .distinct()
                .toList();
    }

    private XYChart chart(Cell workload, Axis axis) {
        XYChart chart = new XYChartBuilder()
                .width(1000)
                .height(640)
                .title("held " + workload.holdNs() + " ns, thinking " + workload.thinkNs() + " ns")
                .xAxisTitle("processes")
                .yAxisTitle(axis.label())
                .build();
        XYStyler styler = chart.getStyler();
        styler.setYAxisLogarithmic(true);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setLegendPosition(Styler.LegendPosition.OutsideE);
        // The processes double from one to the next: their logarithms are drawn, and labelled where there is a tick.
        styler.setXAxisTickLabelsFormattingFunction(Plots::label);
        cells.stream()
                .map(Cell::contender)
                .distinct()
                .forEach(contender -> addSeries(chart, workload.with(contender), axis));
        return chart;
    }

    private void addSeries(XYChart chart, Cell series, Axis axis) {
        List<Double> x = new ArrayList<>();
        List<Double> y = new ArrayList<>();
        for (Cell cell : cells) {
            if (cell.equals(Cell.contended(series.contender(), cell.processes(), series.holdNs(), series.thinkNs()))) {
                double value = results.value(cell, axis.metric()).orElseThrow().median() / axis.unit();
                // A logarithmic axis has no zero.
                if (value > 0) {
                    x.add(Math.log(cell.processes()) / Math.log(2));
                    y.add(value);
                }
            }
        }
        if (!x.isEmpty()) {
            chart.addSeries(series.contender(), x, y);
        }
    }

    private static String label(double log2) {
        return log2 == Math.rint(log2) ? Long.toString(Math.round(Math.pow(2, log2))) : "";
    }
}
