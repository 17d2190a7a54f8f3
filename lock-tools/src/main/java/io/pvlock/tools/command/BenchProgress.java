package io.pvlock.tools.command;

import io.pvlock.tools.bench.Bench;
import java.io.PrintWriter;

/** What is being measured, on a line of a terminal; what went wrong, everywhere. */
final class BenchProgress implements Bench.Listener {

    private static final String CLEAR_LINE = "\r\033[K";

    private final PrintWriter err;
    private final boolean visible = Terminal.isTerminal(Terminal.STANDARD_ERROR);

    BenchProgress(PrintWriter err) {
        this.err = err;
    }

    @Override
    public void running(String what) {
        if (visible) {
            err.print(CLEAR_LINE + "bench: " + what);
            err.flush();
        }
    }

    @Override
    public void problem(String what) {
        clear();
        err.println("bench: " + what);
        err.flush();
    }

    void clear() {
        if (visible) {
            err.print(CLEAR_LINE);
            err.flush();
        }
    }
}
