package io.pvlock.tools.torture;

/** A worker process as its parent sees it. */
final class Victim {

    final int index;
    final int serial;
    final Process process;
    boolean killed;
    /** When to continue it; 0 if it is not stopped. */
    long continueAtNs;

    Victim(int index, int serial, Process process) {
        this.index = index;
        this.serial = serial;
        this.process = process;
    }

    int pid() {
        return (int) process.pid();
    }

    boolean isStopped() {
        return continueAtNs != 0;
    }

    @Override
    public String toString() {
        return "process #" + serial + " (pid " + process.pid() + ")";
    }
}
