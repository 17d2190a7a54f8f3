package io.pvlock.tests.simulator;

/**
 * A thread of a simulated machine: its clock, which is ahead of all others' while it computes, and where it stands. Written by
 * {@link Machine}, {@link Scheduler} and {@link Polling}, each of whom has the baton when it does.
 */
final class SimThread {

    enum State {
        /** Has a processor. */
        RUNNING,
        /** Waits for one. */
        READY,
        SLEEPING,
        ENDED
    }

    final int index;
    final Baton baton;
    final Polling polling = new Polling();

    State state = State.READY;
    Processor processor;

    /** Its own clock. */
    long time;

    /** When its next event comes, if it has a processor. */
    long turnTime;

    /** What it still has to compute, when it lost its processor in the middle. */
    long owed;

    /** Whether, and when, it lost its processor in the middle of {@link Polling} as one event. */
    boolean stoppedPolling;

    long stoppedAt;

    /** Of its events, only those with this number count. */
    long version;

    /** Processor time that it has had, since when it is counting, as the scheduler compares it. */
    long runtime;

    long runningSince;

    SimThread(int index, Processor processor, Baton baton) {
        this.index = index;
        this.processor = processor;
        this.baton = baton;
    }

    @Override
    public String toString() {
        return "thread " + index + " " + state + " at " + time;
    }
}
