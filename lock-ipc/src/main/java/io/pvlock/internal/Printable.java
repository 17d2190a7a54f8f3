package io.pvlock.internal;

/**
 * Foreign text for a line of text. Names of locks, threads and programs are chosen by anybody who is in the region: they may hold a
 * line's end, an escape sequence that a terminal obeys, or marks that turn the rest of a line around.
 */
public final class Printable {

    private Printable() {}

    /**
     * The same text, in which each character that is not seen is written as its code: {@code \x1b}, {@code \u202e}, {@code
     * \U000e0001}. These are controls (C0, DEL, C1), formats such as the bidirectional ones, line and paragraph separators, halves of
     * pairs, and what is not assigned or is for private use. All others stay, a backslash, too; so doing it twice changes nothing.
     */
    public static String of(String foreign) {
        int clean = cleanPrefix(foreign);
        if (clean == foreign.length()) {
            return foreign;
        }
        StringBuilder text = new StringBuilder(foreign.length() + 16).append(foreign, 0, clean);
        foreign.codePoints().skip(foreign.codePointCount(0, clean)).forEach(code -> append(text, code));
        return text.toString();
    }

    private static int cleanPrefix(String foreign) {
        for (int i = 0; i < foreign.length(); i += Character.charCount(foreign.codePointAt(i))) {
            if (!isSeen(foreign.codePointAt(i))) {
                return i;
            }
        }
        return foreign.length();
    }

    private static void append(StringBuilder text, int code) {
        if (isSeen(code)) {
            text.appendCodePoint(code);
        } else {
            text.append(String.format(code < 0x100 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x", code));
        }
    }

    private static boolean isSeen(int code) {
        return switch (Character.getType(code)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
