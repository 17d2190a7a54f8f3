package io.pvlock.tests.bench;

import io.pvlock.tools.bench.ReportTable;
import java.util.List;
import java.util.Map;

/** A page of what was measured, in Markdown. */
final class BenchmarkDocument {

    private BenchmarkDocument() {}

    /**
     * @param context with what it was measured
     * @param plots files beside the page
     */
    static String page(String title, Map<String, String> context, List<ReportTable> tables, List<String> plots) {
        StringBuilder text = new StringBuilder("# " + title + "\n\n");
        context.forEach((name, value) ->
                text.append("- ").append(name).append(": ").append(value).append('\n'));
        text.append("\nMedians, (least-greatest). What the words mean is in docs/benchmarks.md.\n\n");
        tables.forEach(table -> text.append(table.toMarkdown(2)));
        for (String plot : plots) {
            text.append("![")
                    .append(plot.replace(".png", ""))
                    .append("](")
                    .append(plot)
                    .append(")\n");
        }
        return text.toString().stripTrailing() + "\n";
    }
}
