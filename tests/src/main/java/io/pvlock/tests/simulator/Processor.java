package io.pvlock.tests.simulator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A simulated processor: who has it, and who waits for it. */
final class Processor {

    private static final Comparator<SimThread> LEAST_RUNTIME =
            Comparator.<SimThread>comparingLong(thread -> thread.runtime).thenComparingInt(thread -> thread.index);

    final int index;

    /** Null while it is idle. */
    SimThread running;

    /** Since when its thread has it. */
    long since;

    /** Of its ticks, only those with this number count. */
    long version;

    boolean ticks;

    private final List<SimThread> ready = new ArrayList<>();

    Processor(int index) {
        this.index = index;
    }

    boolean isIdle() {
        return running == null;
    }

    int waiting() {
        return ready.size();
    }

    void add(SimThread thread) {
        ready.add(thread);
    }

    /** Who is next, no longer waiting. */
    SimThread take() {
        SimThread next = ready.stream().min(LEAST_RUNTIME).orElseThrow();
        ready.remove(next);
        return next;
    }
}
