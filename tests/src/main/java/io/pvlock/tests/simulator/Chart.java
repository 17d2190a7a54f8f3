package io.pvlock.tests.simulator;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/** A picture of curves. */
final class Chart {

    /** A point, x greater than 0. */
    record Point(double x, double y) {}

    private final XYChart chart;
    private final boolean doubling;

    /** @param doubling whether the numbers along the x-axis double from one to the next: then they are marked as they are */
    Chart(String title, String x, String y, boolean doubling) {
        chart = new XYChartBuilder()
                .width(1000)
                .height(560)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setXAxisLogarithmic(!doubling);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
        if (doubling) {
            chart.getStyler().setXAxisTickLabelsFormattingFunction(Chart::label);
        }
        this.doubling = doubling;
    }

    Chart curves(Map<String, List<Point>> curves) {
        curves.forEach((name, points) -> chart.addSeries(
                name,
                points.stream()
                        .map(point -> doubling ? Math.log(point.x()) / Math.log(2) : point.x())
                        .toList(),
                points.stream().map(Point::y).toList()));
        return this;
    }

    void write(Path file) throws IOException {
        Files.write(file, ChartEncoder.getBytes(chart, "png"));
    }

    private static String label(double log2) {
        return log2 == Math.rint(log2) ? Long.toString(Math.round(Math.pow(2, log2))) : "";
    }
}
