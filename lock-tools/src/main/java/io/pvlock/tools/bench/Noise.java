package io.pvlock.tools.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A busy loop for each processor. */
final class Noise {

    /** Ends with us: the loop asks now and then whether its parent is still the same. */
    private static final String LOOP =
            "p=$PPID; while [ -d /proc/$p ]; do i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; done";

    private final List<Process> loops = new ArrayList<>();

    Noise() throws IOException {
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            loops.add(new ProcessBuilder("sh", "-c", LOOP).start());
        }
    }

    void stop() {
        loops.forEach(Process::destroyForcibly);
        for (Process loop : loops) {
            loop.onExit().join();
        }
    }
}
