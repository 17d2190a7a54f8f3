package io.pvlock.tools.view;

import org.jline.utils.WCWidth;

/** Foreign text for people: harmless, and of a known width. */
public final class Printable {

    private static final String MORE = "~";

    private Printable() {}

    /**
     * The same text, in which each character that is not seen (controls, escape sequences, bidirectional marks, ...) is written as its
     * code, such as {@code \x1b}. Doing it twice changes nothing.
     */
    public static String of(String foreign) {
        return io.pvlock.internal.Printable.of(foreign);
    }

    /** How many columns of a terminal the text takes: two for an ideogram, none for an accent of its own. */
    public static int width(String printable) {
        return printable
                .codePoints()
                .map(code -> Math.max(0, WCWidth.wcwidth(code)))
                .sum();
    }

    /** The text, or as much of its beginning as {@code columns} have room for, with a mark that there is more. */
    public static String cut(String printable, int columns) {
        if (width(printable) <= columns) {
            return printable;
        }
        StringBuilder text = new StringBuilder();
        int room = columns - 1;
        for (int i = 0; i < printable.length(); ) {
            int code = printable.codePointAt(i);
            room -= Math.max(0, WCWidth.wcwidth(code));
            if (room < 0) {
                break;
            }
            text.appendCodePoint(code);
            i += Character.charCount(code);
        }
        return columns <= 0 ? "" : text.append(MORE).toString();
    }
}
