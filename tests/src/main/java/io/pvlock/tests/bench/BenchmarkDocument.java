package io.pvlock.tests.bench;

import io.pvlock.tools.bench.ReportTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A document of two parts: what a person wrote, and between two marks what was measured. */
final class BenchmarkDocument {

    static final String BEGIN = "<!-- measured: from here on written by tests/bench/full.sh -->";
    static final String END = "<!-- measured: end -->";

    private BenchmarkDocument() {}

    static String generated(
            Map<String, String> context, List<ReportTable> tables, String directory, List<String> plots) {
        StringBuilder text = new StringBuilder("## Measured\n\n");
        context.forEach((name, value) ->
                text.append("- ").append(name).append(": ").append(value).append('\n'));
        text.append("\nMedians, (least-greatest). All figures, each repetition: [results.tsv](")
                .append(directory)
                .append("/results.tsv), [results.json](")
                .append(directory)
                .append("/results.json).\n\n");
        tables.forEach(table -> text.append(table.toMarkdown(3)));
        for (String plot : plots) {
            text.append("![")
                    .append(plot.replace(".png", ""))
                    .append("](")
                    .append(directory)
                    .append('/')
                    .append(plot)
                    .append(")\n");
        }
        return text.append('\n').toString();
    }

    /**
     * The document with its measured part replaced; what is before and behind stays as it is.
     *
     * @throws IllegalStateException if the document has no such part
     */
    static String replace(Path document, String generated) throws IOException {
        String old = Files.exists(document) ? Files.readString(document) : BEGIN + "\n" + END + "\n";
        int begin = old.indexOf(BEGIN);
        int end = old.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalStateException(document + " has no lines '" + BEGIN + "' and '" + END + "'");
        }
        return old.substring(0, begin) + BEGIN + "\n\n" + generated + old.substring(end);
    }
}
