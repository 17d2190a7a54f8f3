package io.pvlock.tools.command;

import io.pvlock.tools.view.Printable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A table of text: columns as wide as they must be, numbers to the right. Foreign text in it is made harmless: {@link Printable}. */
public final class Table {

    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();
    private final int columns;

    public Table(String... header) {
        columns = header.length;
        rows.add(List.of(header));
    }

    /** Adds a row; {@code null} is an empty cell. */
    public Table row(Object... cells) {
        if (cells.length != columns) {
            throw new IllegalArgumentException(cells.length + " cells for " + columns + " columns");
        }
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(cell == null ? "" : Printable.of(cell.toString()));
        }
        rows.add(row);
        return this;
    }

    public void print(PrintWriter out) {
        print(out, rows);
    }

    /** Without the header. */
    void printBody(PrintWriter out) {
        print(out, rows.subList(1, rows.size()));
    }

    private void print(PrintWriter out, List<List<String>> printed) {
        for (List<String> row : printed) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                String padding = " ".repeat(width(column) - Printable.width(row.get(column)));
                line.append(column == 0 ? "" : GAP);
                line.append(isNumeric(column) ? padding + row.get(column) : row.get(column) + padding);
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private int width(int column) {
        return rows.stream()
                .mapToInt(row -> Printable.width(row.get(column)))
                .max()
                .orElse(0);
    }

    private boolean isNumeric(int column) {
        return rows.size() > 1
                && rows.stream().skip(1).map(row -> row.get(column)).allMatch(cell -> cell.matches("[-+]?[\\d,.]*"));
    }
}
