package io.pvlock.tools.bench;

import java.util.List;

/** A table for people, for the terminal or for a document. */
public record ReportTable(String title, List<String> header, List<List<String>> rows) {

    /** In Markdown, with its title as a heading of the given level. */
    public String toMarkdown(int level) {
        StringBuilder text = new StringBuilder("#".repeat(level) + " " + title + "\n\n");
        line(text, header);
        text.append("|---|").append("---:|".repeat(header.size() - 1)).append('\n');
        rows.forEach(row -> line(text, row));
        return text.append('\n').toString();
    }

    private static void line(StringBuilder text, List<String> cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
