package io.pvlock.tools.torture;

import java.io.DataOutputStream;
import java.io.IOException;

/** A worker process as its parent sees it. */
final class Victim {

    private static final int SPARE = -1;

    final int serial;
    final Process process;
    /** Which of the workers it is; of a spare none. */
    int index = SPARE;
    /** How many acquisitions its threads' records had counted before it. */
    long acquisitionsBefore;

    boolean killed;
    /** When to continue it; 0 if it is not stopped. */
    long continueAtNs;

    Victim(int serial, Process process) {
        this.serial = serial;
        this.process = process;
    }

    /** Lets it begin, in the place of worker {@code newIndex}. */
    void begin(int newIndex) {
        index = newIndex;
        try {
            DataOutputStream toIt = new DataOutputStream(process.getOutputStream());
            toIt.writeInt(newIndex);
            toIt.flush();
        } catch (IOException e) {
            // It has ended already; that is found out by its exit.
        }
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
