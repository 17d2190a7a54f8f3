package io.pvlock.tools.top;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the user looks at: in which order, which locks, which one, and what keys change of that. Not thread-safe. */
final class State {

    private Column sort;
    private boolean reversed;
    private String filter = "";
    private boolean typing;
    private String selected = "";
    private String detailOf;
    private int hidden;
    private boolean paused;
    private boolean help;
    private boolean over;

    /** The rows of the last picture that the filter lets through, in order. */
    private List<LockRow> rows = List.of();

    /** How many rows the picture has room for, for the keys that turn a page. */
    private int page = 1;

    State(Column sort) {
        this.sort = sort;
    }

    /** Filters and sorts; the selection stays on its lock, wherever that goes. */
    void show(Picture picture) {
        rows = picture.rows().stream()
                .filter(row -> matches(row.name()))
                .sorted(sort.order(reversed))
                .toList();
    }

    private boolean matches(String name) {
        return name.toLowerCase(Locale.ROOT).contains(filter.toLowerCase(Locale.ROOT));
    }

    void page(int newPage) {
        page = Math.max(1, newPage);
    }

    /** @param text what was typed, if {@code key} is {@link Key#TEXT} */
    void press(Key key, char text) {
        if (key == Key.INTERRUPT) {
            over = true;
        } else if (typing) {
            type(key, text);
        } else if (help) {
            help = false;
        } else {
            command(key, text);
        }
    }

    private void type(Key key, char text) {
        switch (key) {
            case TEXT -> filter += text;
            case BACKSPACE -> filter = filter.isEmpty() ? "" : filter.substring(0, filter.length() - 1);
            case ENTER -> typing = false;
            case ESCAPE -> {
                typing = false;
                filter = "";
            }
            default -> move(key);
        }
    }

    private void command(Key key, char text) {
        switch (key) {
            case TEXT -> command(text);
            case ENTER ->
                detailOf =
                        selectedIndex() < 0 ? null : rows.get(selectedIndex()).name();
            case ESCAPE, BACKSPACE -> leave();
            default -> move(key);
        }
    }

    private void leave() {
        if (detailOf == null) {
            filter = "";
        }
        detailOf = null;
    }

    private void command(char text) {
        switch (text) {
            case 'q' -> over = true;
            case '?' -> help = true;
            case '/' -> typing = detailOf == null;
            case ' ' -> paused = !paused;
            case 'r' -> reversed = !reversed;
            case '<' -> sortBeside(-1);
            case '>' -> sortBeside(1);
            default -> byKey(text).ifPresent(this::sortBy);
        }
    }

    private static Optional<Column> byKey(char key) {
        return Arrays.stream(Column.values())
                .filter(column -> column.key() == key && key != '\0')
                .findFirst();
    }

    private void sortBy(Column column) {
        sort = column;
        reversed = false;
    }

    private void sortBeside(int step) {
        int next = sort.ordinal() + step;
        if (next >= 0 && next < Column.values().length) {
            sortBy(Column.values()[next]);
        }
    }

    private void move(Key key) {
        switch (key) {
            case UP -> select(selectedIndex() - 1);
            case DOWN -> select(selectedIndex() + 1);
            case PAGE_UP -> select(selectedIndex() - page);
            case PAGE_DOWN -> select(selectedIndex() + page);
            case HOME -> select(0);
            case END -> select(rows.size() - 1);
            case LEFT -> hidden = Math.max(0, hidden - 1);
            case RIGHT -> hidden = Math.min(Columns.mostHidden(), hidden + 1);
            default -> {}
        }
    }

    private void select(int index) {
        if (!rows.isEmpty()) {
            selected = rows.get(Math.max(0, Math.min(rows.size() - 1, index))).name();
        }
    }

    /** Index of the selected row; the first one if the lock that was selected is not there; -1 if there are no rows. */
    int selectedIndex() {
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).name().equals(selected)) {
                return i;
            }
        }
        return rows.isEmpty() ? -1 : 0;
    }

    List<LockRow> rows() {
        return new ArrayList<>(rows);
    }

    Column sort() {
        return sort;
    }

    boolean isReversed() {
        return reversed;
    }

    String filter() {
        return filter;
    }

    boolean isTyping() {
        return typing;
    }

    /** Name of the lock that is looked at closely; null for none. */
    String detailOf() {
        return detailOf;
    }

    int hidden() {
        return hidden;
    }

    boolean isPaused() {
        return paused;
    }

    boolean isHelp() {
        return help;
    }

    boolean isOver() {
        return over;
    }
}
