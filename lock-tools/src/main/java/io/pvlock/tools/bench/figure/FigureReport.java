package io.pvlock.tools.bench.figure;

import io.pvlock.tools.bench.Report;
import io.pvlock.tools.bench.ReportTable;
import io.pvlock.tools.bench.ResultFiles;
import io.pvlock.tools.bench.Spread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Figures as tables for people, as data, and as a file. */
public final class FigureReport {

    private final Figures figures;

    public FigureReport(Figures figures) {
        this.figures = figures;
    }

    /** One for each thing that was measured: a row for each size and whose figure it is. */
    public List<ReportTable> tables() {
        Map<String, List<Figure>> byTitle = new LinkedHashMap<>();
        for (Figure figure : figures.all()) {
            byTitle.computeIfAbsent(figure.section() + ": " + figure.what(), t -> new ArrayList<>())
                    .add(figure);
        }
        List<ReportTable> tables = new ArrayList<>();
        byTitle.forEach((title, rows) -> tables.add(new ReportTable(
                title,
                List.of("size", "of", "median", "(min-max)", "ratios", "remark"),
                rows.stream().map(this::row).toList())));
        return tables;
    }

    private List<String> row(Figure figure) {
        Spread value = figures.value(figure);
        String ratios = figures.ratios(figure).entrySet().stream()
                .map(ratio -> Report.number(ratio.getValue().median()) + " x " + ratio.getKey())
                .collect(Collectors.joining("; "));
        return List.of(
                figure.hasSize() ? String.format(Locale.ROOT, "%,d", figure.size()) : "",
                figure.of(),
                Report.number(value.median()),
                Double.isNaN(value.median())
                        ? ""
                        : "(" + Report.number(value.min()) + "-" + Report.number(value.max()) + ")",
                ratios,
                figures.remark(figure));
    }

    /** For JSON. */
    public List<Object> toList() {
        List<Object> list = new ArrayList<>();
        for (Figure figure : figures.all()) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("section", figure.section().toString());
            entry.put("what", figure.what());
            entry.put("size", figure.hasSize() ? figure.size() : null);
            entry.put("of", figure.of());
            entry.put("value", ResultFiles.toMap(figures.value(figure)));
            Map<String, Object> ratios = new LinkedHashMap<>();
            figures.ratios(figure).forEach((base, ratio) -> ratios.put(base, ResultFiles.toMap(ratio)));
            entry.put("ratios", ratios);
            entry.put("remark", figures.remark(figure));
            list.add(entry);
        }
        return list;
    }

    /** Each repetition of each figure as a line. */
    public void writeTsv(Path file) throws IOException {
        StringBuilder tsv = new StringBuilder("section\twhat\tsize\tof\trepetition\tvalue\n");
        for (Figure figure : figures.all()) {
            figures.samples(figure)
                    .forEach((repetition, value) -> tsv.append(String.join(
                                    "\t",
                                    figure.section().toString(),
                                    figure.what(),
                                    figure.hasSize() ? Long.toString(figure.size()) : "",
                                    figure.of(),
                                    Integer.toString(repetition),
                                    ResultFiles.text(value)))
                            .append('\n'));
        }
        Files.writeString(file, tsv);
    }
}
