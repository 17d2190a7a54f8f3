package io.pvlock.tests.simulator;

import java.util.Arrays;

/**
 * How a thread polls. A turn that does nothing but load from lines that are in the cache anyway, like the turn before it, will go on
 * like that until one of these lines is stored to, or until the loop does something else. The loops of lock-core do something else after
 * a number of turns that is always the same; once it has been seen, all turns up to there are one event instead of thirty.
 *
 * <p>The thread runs through these turns later, on its own clock: before the store is carried out, so that it loads what was there. What
 * comes out is the same as if it had run turn by turn; if the loop does something else too early, it does it late, which is counted.
 */
final class Polling {

    private static final int MAX_LINES = 2;
    private static final int NONE = -1;

    private final int[] lines = new int[MAX_LINES];
    private final int[] before = new int[MAX_LINES];
    private boolean hits;
    private boolean more;
    private long turnBegan;
    private long turnLength;

    /** Turns since one that did something else. */
    private int turns;

    /** At most so many turns lie from one that does something else to the next: no loop has been seen to go on for longer. */
    private int period;

    // The turns that are one event.
    private boolean asleep;
    private boolean replaying;
    private long until;
    private long gap;

    Polling() {
        forget(0);
    }

    /**
     * It loads from {@code line}.
     *
     * @param hit whether that is in the cache
     */
    void loads(int line, boolean hit) {
        hits &= hit;
        for (int i = 0; i < MAX_LINES; i++) {
            if (lines[i] == line) {
                return;
            }
            if (lines[i] == NONE) {
                lines[i] = line;
                return;
            }
        }
        more = true;
    }

    /** It does something else in this turn, such as to look at the clock. */
    void doesMore() {
        more = true;
    }

    /** It does something by which another wait begins: nothing is known of its turns. */
    void forget(long now) {
        period = 0;
        turns = 0;
        Arrays.fill(before, NONE);
        beginTurn(now);
        more = true;
    }

    /**
     * A turn has ended.
     *
     * @return how many turns will be like it; 0 if that is not known
     */
    int endTurn(long now) {
        turns++;
        boolean same = hits && !more && lines[0] != NONE && Arrays.equals(lines, before);
        int alike = same ? period - turns - 1 : 0;
        if (more) {
            period = Math.max(period, turns);
            turns = 0;
        }
        System.arraycopy(lines, 0, before, 0, MAX_LINES);
        turnLength = now - turnBegan;
        beginTurn(now);
        return alike;
    }

    /** How long the turn took that has just ended. */
    long turnLength() {
        return turnLength;
    }

    private void beginTurn(long now) {
        Arrays.fill(lines, NONE);
        hits = true;
        more = false;
        turnBegan = now;
    }

    // ---- many turns as one event

    /** Nothing will happen until {@code newUntil}, unless somebody stores to one of the lines. */
    void begin(long newUntil) {
        asleep = true;
        until = newUntil;
        gap = 0;
    }

    /** Whether it is in the middle of such an event. */
    boolean isAsleep() {
        return asleep;
    }

    /** Whether it polls {@code line}. */
    boolean polls(int line) {
        return before[0] == line || before[1] == line;
    }

    /** The lines that it polls, negative for none. */
    int[] polled() {
        return before;
    }

    /** Only the turns up to {@code now} have been as they were. */
    void cut(long now) {
        until = Math.min(until, now);
        asleep = false;
    }

    /** When the turns were over, it was off its processor for so long. */
    void interrupted(long newGap) {
        gap = newGap;
    }

    /** From now on it runs through the turns. */
    void replay() {
        asleep = false;
        replaying = true;
    }

    boolean isReplaying() {
        return replaying;
    }

    long until() {
        return until;
    }

    /** One of the turns is over. */
    void replayed() {
        turns++;
    }

    /** All of them are: how long it was off its processor then. */
    long endReplay() {
        replaying = false;
        long off = gap;
        gap = 0;
        return off;
    }

    /** The next turn begins, after such an event. */
    void resume(long now) {
        beginTurn(now);
    }
}
