package io.pvlock.core;

/**
 * How the participants of one lock wait. All of a lock's participants use the same limits; how long each spins is its own
 * affair.
 *
 * @param overtakeLimit how often thieves may overtake a waiting head before they queue behind it: 0 none (FAIR), up to
 *     {@value LockWord#MAX_OVERTAKES}, or {@link #UNLIMITED}
 * @param strideShift a thief counts at least every 2^strideShift-th of its overtakes, up to {@value #MAX_STRIDE_SHIFT}
 * @param overtakeNs how long a head that sleeps lets itself be overtaken, if that often is not reached before: then it insists and,
 *     unless there is no limit, has its turn; 0: never longer than until it is awake
 * @param spinNs how long to spin before sleeping; 0 never spins, {@link Long#MAX_VALUE} never sleeps
 * @param yieldInsteadOfPark gives the processor away instead of sleeping
 * @param numaThresholdNs how long a head lets waiters of the owner's NUMA node pass, see {@link NumaOrder}; 0 not at all
 */
public record WaitPolicy(
        int overtakeLimit,
        int strideShift,
        long overtakeNs,
        long spinNs,
        boolean yieldInsteadOfPark,
        long numaThresholdNs) {

    /** No limit on overtakes. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** So that an int counts the overtakes. */
    public static final int MAX_STRIDE_SHIFT = 30;

    private static final int QUANTA = 16;

    /** By how much a sleep may end late: Linux's, {@code PR_SET_TIMERSLACK} of prctl(2). */
    private static final long TIMER_SLACK_NS = 50_000;

    /** Of one who must park: what {@code AUTO} spins before it sleeps. */
    static final long LONGEST_SPIN_NS = 5_000;

    public WaitPolicy {
        if (overtakeLimit != UNLIMITED && (overtakeLimit < 0 || overtakeLimit > LockWord.MAX_OVERTAKES)) {
            throw new IllegalArgumentException(
                    "overtakeLimit=" + overtakeLimit + ", allowed are 0.." + LockWord.MAX_OVERTAKES + " and UNLIMITED");
        }
        if (strideShift < 0 || strideShift > MAX_STRIDE_SHIFT) {
            throw new IllegalArgumentException("strideShift=" + strideShift + ", allowed are 0.." + MAX_STRIDE_SHIFT);
        }
        if (overtakeNs < 0) {
            throw new IllegalArgumentException("overtakeNs=" + overtakeNs + " is negative");
        }
        if (spinNs < 0) {
            throw new IllegalArgumentException("spinNs=" + spinNs + " is negative");
        }
        if (numaThresholdNs < 0) {
            throw new IllegalArgumentException("numaThresholdNs=" + numaThresholdNs + " is negative");
        }
    }

    /** A policy that goes by the number of overtakes alone, and knows no NUMA nodes. */
    public WaitPolicy(int overtakeLimit, int strideShift, long spinNs, boolean yieldInsteadOfPark) {
        this(overtakeLimit, strideShift, spinNs, yieldInsteadOfPark, 0);
    }

    /** A policy that goes by the number of overtakes alone. */
    public WaitPolicy(
            int overtakeLimit, int strideShift, long spinNs, boolean yieldInsteadOfPark, long numaThresholdNs) {
        this(overtakeLimit, strideShift, 0, spinNs, yieldInsteadOfPark, numaThresholdNs);
    }

    /** The same for one who may neither spin for long nor yield, see {@link Parker#mustPark}. */
    WaitPolicy thatParks() {
        boolean parks = !yieldInsteadOfPark && spinNs <= LONGEST_SPIN_NS;
        return parks
                ? this
                : new WaitPolicy(
                        overtakeLimit,
                        strideShift,
                        overtakeNs,
                        Math.min(spinNs, LONGEST_SPIN_NS),
                        false,
                        numaThresholdNs);
    }

    boolean isNumaAware() {
        return numaThresholdNs != 0;
    }

    /** How much time one counted overtake stands for, at least. */
    long overtakeQuantumNs() {
        return overtakeNs / QUANTA;
    }

    /** Whether a head whose lock is held again may sleep on: never where it does not sleep at all. */
    boolean mayNap() {
        return overtakeNs > 0 && !yieldInsteadOfPark && spinNs != Long.MAX_VALUE;
    }

    /**
     * After how much of its time a head that naps wants its turn: it gets up by its own clock, and is awake when thieves have counted to
     * the end. If one of them had to kick it, the lock would be idle for as long as a kick takes.
     */
    long napNs() {
        long eighth = overtakeNs / 8;
        return overtakeNs - eighth - Math.min(TIMER_SLACK_NS, eighth);
    }

    /** Whether the head, overtaken as {@code word} says, will hardly be overtaken again: it has to be kicked, if it still sleeps. */
    boolean isTurnNear(int word) {
        return overtakeLimit != UNLIMITED && LockWord.overtakesWithNext(word) > overtakeLimit - (overtakeLimit >> 4);
    }

    /**
     * How many overtakes count of a head that has waited for {@code waitedNs}, at least: once its naps are over, one more than all. So it
     * can be seen that the head says so itself, which has been there.
     */
    int overtakesAfter(long waitedNs) {
        boolean hasTime = overtakeNs > 0 && overtakeLimit != UNLIMITED;
        return hasTime && waitedNs >= napNs() ? Math.min(overtakeLimit + 1, LockWord.MAX_OVERTAKES) : 0;
    }

    /** Whether the turn of the head in {@code word} has come by the count of thieves: it may not be there yet. */
    boolean mayMissTurn(int word) {
        return LockWord.locked(word) == 0 && !LockWord.isPending(word) && LockWord.overtakes(word) == overtakeLimit;
    }

    boolean countsOvertake(int nthOvertake) {
        return (nthOvertake & ((1 << strideShift) - 1)) == 0;
    }

    /**
     * Whether a thief may take a free lock whose word is {@code word}: nobody spins at the head, and the head's turn has not
     * come, or it has and the head does not.
     */
    boolean mayOvertake(int word) {
        return !LockWord.isPending(word)
                && (LockWord.tail(word) == 0 || LockWord.overtakesWithNext(word) <= overtakeLimit);
    }
}
