package io.pvlock.tools.command;

import io.pvlock.tools.bench.Recorded;
import io.pvlock.tools.bench.Report;
import io.pvlock.tools.bench.ReportTable;
import io.pvlock.tools.bench.ResultFiles;
import io.pvlock.tools.bench.Results;
import io.pvlock.tools.bench.Spread;
import io.pvlock.tools.bench.figure.FigureReport;
import io.pvlock.tools.bench.figure.Figures;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a bench has measured, for people, for programs, and as files.
 *
 * @param recorded to compare with; null: nothing
 */
record BenchOutput(Results results, Figures figures, Map<String, String> context, Recorded recorded) {

    /** Empty if there is nothing wrong. */
    String problem() {
        if (results.rows().isEmpty() && figures.all().isEmpty()) {
            return "nothing was measured";
        }
        List<String> broken = results.notExclusive();
        return broken.isEmpty() ? "" : "did not exclude: " + broken;
    }

    private Map<String, Spread> ratios() {
        Map<String, Spread> ratios = new LinkedHashMap<>(results.ratios());
        ratios.putAll(figures.ratios());
        return ratios;
    }

    /** For JSON. */
    Map<String, Object> data() {
        Map<String, Object> data = ResultFiles.toMap(results, context);
        data.put("figures", new FigureReport(figures).toList());
        if (recorded != null) {
            List<Object> moves = new ArrayList<>();
            for (Recorded.Move move : recorded.moved(ratios())) {
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("cell", move.key());
                entry.put("before", move.before().toString());
                entry.put("now", move.now().toString());
                moves.add(entry);
            }
            data.put("moved", moves);
        }
        return data;
    }

    void print(PrintWriter out) {
        context.forEach((name, value) -> out.println(name + ": " + value));
        List<ReportTable> tables = new ArrayList<>(new Report(results).detailed());
        tables.addAll(new FigureReport(figures).tables());
        for (ReportTable table : tables) {
            out.println();
            out.println(table.title());
            Table text = new Table(table.header().toArray(String[]::new));
            table.rows().forEach(row -> text.row(row.toArray()));
            text.print(out);
        }
        out.println();
        if (recorded != null) {
            List<Recorded.Move> moved = recorded.moved(ratios());
            moved.forEach(move -> out.println("moved: " + move.key() + " from " + move.before() + " to " + move.now()));
            out.println("check: " + moved.size() + " of "
                    + recorded.common(ratios()).size() + " recorded ratios have moved");
        }
        out.println("bench: " + (problem().isEmpty() ? "OK" : "FAILED, " + problem()));
    }

    void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        ResultFiles.writeTsv(directory.resolve("bench.tsv"), results, context);
        ResultFiles.writeJson(directory.resolve("bench.json"), data());
        ResultFiles.writeRecorded(directory.resolve("recorded.json"), ratios(), context);
        new FigureReport(figures).writeTsv(directory.resolve("figures.tsv"));
    }
}
