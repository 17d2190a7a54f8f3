package io.pvlock.tools.command;

import io.pvlock.tools.torture.Torture.Progress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** What a torture test has done so far, each second: one line that changes on a terminal, else a line each. */
final class TortureProgress {

    private static final long INTERVAL_NS = 1_000_000_000;
    private static final String CLEAR_LINE = "\r\033[K";

    private final PrintWriter err;
    private final boolean terminal = Terminal.isTerminal(Terminal.STANDARD_ERROR);
    private long nextNs = System.nanoTime() + INTERVAL_NS;

    TortureProgress(PrintWriter err) {
        this.err = err;
    }

    void show(Progress progress) {
        if (System.nanoTime() - nextNs < 0) {
            return;
        }
        nextNs += INTERVAL_NS;
        err.printf(
                Locale.ROOT,
                "%storture: %d s, %,d acquisitions, %,d kills, %,d dead owners, %,d violations%s",
                terminal ? CLEAR_LINE : "",
                TimeUnit.NANOSECONDS.toSeconds(progress.elapsedNs()),
                progress.acquisitions(),
                progress.kills(),
                progress.ownerDied(),
                progress.violations(),
                terminal ? "" : System.lineSeparator());
        err.flush();
    }

    void clear() {
        if (terminal) {
            err.print(CLEAR_LINE);
            err.flush();
        }
    }
}
