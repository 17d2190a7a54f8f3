package io.pvlock.tools.bench;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Results as files and as data: each repetition as a line of TSV, each cell as an entry of JSON. */
public final class ResultFiles {

    private static final List<String> CELL_COLUMNS = List.of(
            "mode", "lock", "processes", "held_ns", "thinking_ns", "noise", "millis", "repetition", "exclusive");

    private ResultFiles() {}

    /** Each repetition as a line. */
    public static void writeTsv(Path file, Results results, Map<String, String> context) throws IOException {
        Files.writeString(file, tsv(results, context));
    }

    /** Writes what {@link Recorded} reads. */
    public static void writeRecorded(Path file, Map<String, Spread> ratios, Map<String, String> context)
            throws IOException {
        Map<String, Object> recorded = new LinkedHashMap<>();
        ratios.forEach((key, ratio) -> recorded.put(key, toMap(ratio)));
        Map<String, Object> all = new LinkedHashMap<>(context);
        all.put(Recorded.RATIOS, recorded);
        writeJson(file, all);
    }

    public static void writeJson(Path file, Object data) throws IOException {
        Files.writeString(file, JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(data) + "\n");
    }

    /** For JSON. */
    public static Map<String, Object> toMap(Results results, Map<String, String> context) {
        List<Object> cells = new ArrayList<>();
        for (Cell cell : results.cells()) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("mode", cell.mode().name().toLowerCase(Locale.ROOT));
            entry.put("lock", cell.contender());
            entry.put("processes", cell.processes());
            entry.put("heldNs", cell.holdNs());
            entry.put("thinkingNs", cell.thinkNs());
            entry.put("noise", cell.noise());
            entry.put(
                    "ratioToFloor",
                    results.ratioToFloor(cell).map(ResultFiles::toMap).orElse(null));
            for (Metric metric : metrics(cell.mode())) {
                entry.put(metric.column(), toMap(results.value(cell, metric).orElseThrow()));
            }
            cells.add(entry);
        }
        Map<String, Object> all = new LinkedHashMap<>(context);
        all.put("notExclusive", results.notExclusive());
        all.put("cells", cells);
        return all;
    }

    public static Map<String, Object> toMap(Spread spread) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("median", round(spread.median()));
        map.put("min", round(spread.min()));
        map.put("max", round(spread.max()));
        return map;
    }

    /** Four digits are more than such a measurement has; JSON has no NaN. */
    private static Double round(double value) {
        if (Double.isNaN(value)) {
            return null;
        }
        return value == 0 ? 0.0 : Double.parseDouble(String.format(Locale.ROOT, "%.4g", value));
    }

    /** A value in a line of TSV. */
    public static String text(double value) {
        return Double.isNaN(value) ? "" : round(value).toString();
    }

    /** What a mode measures; the rest of a row means nothing. */
    private static List<Metric> metrics(Mode mode) {
        List<Metric> metrics = new ArrayList<>(List.of(Metric.values()));
        if (mode == Mode.UNCONTENDED) {
            return List.of(Metric.PAIR_NS, Metric.CPU_SECONDS);
        }
        metrics.remove(Metric.PAIR_NS);
        return metrics;
    }

    private static String tsv(Results results, Map<String, String> context) {
        StringBuilder tsv = new StringBuilder(String.join("\t", CELL_COLUMNS));
        for (Metric metric : Metric.values()) {
            tsv.append('\t').append(metric.column());
        }
        context.keySet().forEach(name -> tsv.append('\t').append(name.replace(' ', '_')));
        tsv.append('\n');
        for (Row row : results.rows()) {
            Cell cell = row.cell();
            tsv.append(String.join(
                    "\t",
                    cell.mode().name().toLowerCase(Locale.ROOT),
                    cell.contender(),
                    Integer.toString(cell.processes()),
                    Long.toString(cell.holdNs()),
                    Long.toString(cell.thinkNs()),
                    Boolean.toString(cell.noise()),
                    Integer.toString(row.millis()),
                    Integer.toString(row.repetition()),
                    Boolean.toString(row.exclusive())));
            List<Metric> measured = metrics(cell.mode());
            for (Metric metric : Metric.values()) {
                tsv.append('\t').append(measured.contains(metric) ? text(row.value(metric)) : "");
            }
            context.values().forEach(value -> tsv.append('\t').append(value));
            tsv.append('\n');
        }
        return tsv.toString();
    }
}
