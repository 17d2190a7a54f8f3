package io.pvlock.tests.bench;

import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.figure.Figure;
import io.pvlock.tools.bench.figure.Figures;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/** Pictures of the section {@code growth}: what things cost over how many there are, one picture for each unit. */
final class GrowthPlots {

    private static final List<String> UNITS = List.of("ns", "us");

    private final Figures figures;

    GrowthPlots(Figures figures) {
        this.figures = figures;
    }

    /** Writes them and returns their names, in order. */
    List<String> write(Path directory) throws IOException {
        List<String> files = new ArrayList<>();
        for (String unit : UNITS) {
            Map<String, List<Figure>> curves = curves(unit);
            if (!curves.isEmpty()) {
                String file = "growth-" + unit + ".png";
                Files.write(directory.resolve(file), ChartEncoder.getBytes(chart(unit, curves), "png"));
                files.add(file);
            }
        }
        return files;
    }

    /** By name. A logarithmic axis has no zero. */
    private Map<String, List<Figure>> curves(String unit) {
        Map<String, List<Figure>> curves = new LinkedHashMap<>();
        for (Figure figure : figures.all()) {
            int end = figure.what().lastIndexOf(", " + unit);
            if (figure.section() == Section.GROWTH
                    && end > 0
                    && figure.size() > 0
                    && figures.value(figure).median() > 0) {
                String name = figure.of() + ": " + figure.what().substring(0, end);
                curves.computeIfAbsent(name, n -> new ArrayList<>()).add(figure);
            }
        }
        return curves;
    }

    private XYChart chart(String unit, Map<String, List<Figure>> curves) {
        XYChart chart = new XYChartBuilder()
                .width(1200)
                .height(640)
                .title("What things cost, " + unit + ", over how many there are")
                .xAxisTitle("how many")
                .yAxisTitle(unit)
                .build();
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler().setYAxisLogarithmic(true);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
        curves.forEach((name, points) -> chart.addSeries(
                name,
                points.stream().map(Figure::size).toList(),
                points.stream().map(figure -> figures.value(figure).median()).toList()));
        return chart;
    }
}
