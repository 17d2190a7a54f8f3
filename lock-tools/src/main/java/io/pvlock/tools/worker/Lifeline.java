package io.pvlock.tools.worker;

import java.io.IOException;

/** Ends a child process when its parent is gone, whatever ended it: the parent holds the other end of standard input. */
public final class Lifeline {

    private Lifeline() {}

    /** Watches from now on. */
    public static void attach() {
        Thread watcher = new Thread(Lifeline::watch, "lifeline");
        watcher.setDaemon(true);
        watcher.start();
    }

    private static void watch() {
        try {
            while (System.in.read() >= 0) {
                // The parent has nothing to say.
            }
        } catch (IOException e) {
            // As good as its end.
        }
        Runtime.getRuntime().halt(1);
    }
}
