package io.pvlock.core;

/**
 * One attempt of a thread to get something, from its beginning to its only way out. A thread usually has one under way. It has
 * several, one inside the other, if what is called in the middle of a wait waits itself. Each has a state of its own.
 */
final class Attempt {

    private static final long LONG_WAIT_NS = 50_000_000;
    private static final int LOOK_MASK = 0xf;

    /** See {@link Participant#begin}. */
    long deadlineNs;

    boolean interruptible;

    /** The owner word of the dead owner that this attempt replaced; 0 if it replaced none. */
    int diedOwner;

    /** Whether to end with {@link Outcome#DEADLOCK}. */
    boolean givenUp;

    /** The node that was picked to queue with; 0 for none. */
    int ref;

    /** Whether {@link #ref} stands in the queue, or did. */
    boolean queued;

    /** Whether the headship has been handed on, and to whom; 0 if the queue ended. */
    boolean handedOn;

    int handedTo;

    /** What it waits for, for others to see; 0 for nothing yet. */
    int cell;

    long sinceNs;

    /** The pace of a wait that polls. */
    final SpinWait spin;

    private int looks;
    private boolean toldLongWait;
    private long longWaitAtNs;

    Attempt(Participant waiter) {
        spin = new SpinWait(waiter);
    }

    void begin(long newDeadlineNs, boolean newInterruptible) {
        deadlineNs = newDeadlineNs;
        interruptible = newInterruptible;
        diedOwner = 0;
        givenUp = false;
        ref = 0;
        queued = false;
        handedOn = false;
        handedTo = 0;
        cell = 0;
        looks = 0;
        toldLongWait = false;
    }

    /** Whether this is one of the looks at which {@link #isLong} is asked. */
    boolean isLookForLongWait() {
        return (++looks & LOOK_MASK) == 0;
    }

    /** Whether some 50 ms have passed since it last said so. */
    boolean isLong() {
        long now = NanoClock.nowNs();
        boolean over = toldLongWait && now - longWaitAtNs >= 0;
        if (over || !toldLongWait) {
            toldLongWait = true;
            longWaitAtNs = now + LONG_WAIT_NS;
        }
        return over;
    }

    void handedOnTo(int granted) {
        handedTo = granted;
        handedOn = true;
    }
}
