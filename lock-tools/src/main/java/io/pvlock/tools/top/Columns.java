package io.pvlock.tools.top;

import io.pvlock.tools.view.Printable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Which columns a width has room for, and how a row looks in them. */
final class Columns {

    private static final int GAP = 1;

    private final Map<Column, Integer> widths = new EnumMap<>(Column.class);

    /**
     * @param width of the terminal; 80 has room for all but the rarer ones
     * @param hidden how many columns behind the name are scrolled away to the left
     */
    Columns(int width, int hidden) {
        List<Column> wanted = new ArrayList<>(Arrays.asList(Column.values()));
        wanted.subList(1, Math.min(hidden, mostHidden()) + 1).clear();
        if (hidden == 0) {
            wanted.sort(Comparator.comparingInt(Column::rank));
        }
        int room = width;
        for (Column column : wanted) {
            if (widths.isEmpty() || room >= GAP + column.width()) {
                room -= (widths.isEmpty() ? 0 : GAP) + column.width();
                widths.put(column, column.width());
            }
        }
        widen(Math.max(0, room));
    }

    /** How many columns can be scrolled away: all but the name and the last. */
    static int mostHidden() {
        return Column.values().length - 2;
    }

    // What is left goes to the name, and half of it to the owner.
    private void widen(int room) {
        int owner = widths.containsKey(Column.OWNER) ? Math.min(room / 2, 40) : 0;
        widths.computeIfPresent(Column.OWNER, (column, width) -> width + owner);
        widths.computeIfPresent(Column.NAME, (column, width) -> width + Math.min(room - owner, 60));
    }

    List<Column> shown() {
        return List.copyOf(widths.keySet());
    }

    /** The titles; that of the column by which is sorted is marked. */
    String header(Column sorted) {
        return line(column -> column == sorted ? "*" + column.title() : column.title());
    }

    String row(LockRow row) {
        return line(column -> column.cell(row));
    }

    /** What is in a column. */
    private interface Cells {
        String of(Column column);
    }

    private String line(Cells cells) {
        StringBuilder line = new StringBuilder();
        widths.forEach((column, width) -> {
            String cell = Printable.cut(cells.of(column), width);
            String padding = " ".repeat(width - Printable.width(cell));
            line.append(line.isEmpty() ? "" : " ".repeat(GAP))
                    .append(column.isText() ? cell + padding : padding + cell);
        });
        return line.toString();
    }
}
