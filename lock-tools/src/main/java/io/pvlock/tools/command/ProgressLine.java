package io.pvlock.tools.command;

import java.io.PrintWriter;

/** One line on a terminal that says how far a command is; nothing where standard error is none. */
final class ProgressLine {

    private static final long INTERVAL_NS = 100_000_000;
    private static final String CLEAR_LINE = "\r\033[K";

    private final PrintWriter err;
    private final String what;
    private final long total;
    private final boolean visible = Terminal.isTerminal(Terminal.STANDARD_ERROR);
    private long nextNs = System.nanoTime();

    ProgressLine(PrintWriter err, String what, long total) {
        this.err = err;
        this.what = what;
        this.total = total;
    }

    void show(long done) {
        if (visible && System.nanoTime() - nextNs >= 0) {
            nextNs = System.nanoTime() + INTERVAL_NS;
            err.printf("%s%s: %d%% (%d of %d)", CLEAR_LINE, what, Math.min(100, done * 100 / total), done, total);
            err.flush();
        }
    }

    void clear() {
        if (visible) {
            err.print(CLEAR_LINE);
            err.flush();
        }
    }
}
