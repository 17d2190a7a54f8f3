package io.pvlock.core;

/**
 * What waiting has cost one thread lately, and what follows for its next wait: how long to spin as thief and as head of a queue, and
 * whether to wake the next one early. Learned from its own waits, holds and kicks, so that nothing is measured in advance. Belongs
 * to one thread.
 */
final class WaitCosts {

    /** Averages move, and budgets change, by an eighth. */
    private static final int SHIFT = 3;

    /** Longer values say that the thread had no processor, nothing of the lock. */
    private static final long LONGEST_NS = 50_000;

    private long spinNs;
    private long thiefSpinNs;
    private long kickNs;
    private long heldNs;
    private int acquiredCell;
    private long acquiredNs;

    /**
     * For how long a head spins before it sleeps: what {@code policy} says, up to twice as long by success. Never less: sleeping costs
     * more than is saved, and a budget below the time that the lock is held would never succeed again.
     */
    long headSpinNs(WaitPolicy policy) {
        long given = policy.spinNs();
        if (given == 0 || given == Long.MAX_VALUE) {
            return given;
        }
        spinNs = within(spinNs, given, 2);
        return spinNs;
    }

    void spunInTime() {
        spinNs = changed(spinNs, true);
    }

    void spunInVain() {
        spinNs = changed(spinNs, false);
    }

    /**
     * For how long a thief spins before it queues: {@code givenNs}, up to four times as long by success. Where sections are short, one
     * that lasts is one whose owner has been interrupted, and to queue for that leaves a processor idle until the thief has its turn.
     */
    long thiefSpinNs(long givenNs) {
        thiefSpinNs = within(thiefSpinNs, givenNs, 4);
        return thiefSpinNs;
    }

    /**
     * A thief has the lock, after so long, or has gone to queue. Later than {@code givenNs} is in vain: otherwise a long spin would be
     * its own reason where sections last.
     */
    void stole(long elapsedNs, long givenNs) {
        thiefSpinNs = changed(thiefSpinNs, elapsedNs < givenNs);
    }

    void kicked(long elapsedNs) {
        kickNs = average(kickNs, elapsedNs);
    }

    /** Remembers when a lock was taken that is never overtaken, to know for how long this thread holds it. */
    void acquired(int cell, WaitPolicy policy) {
        if (policy.overtakeLimit() == 0) {
            acquiredCell = cell;
            acquiredNs = NanoClock.nowNs();
        }
    }

    /** For how long the thread holds locks that are never overtaken, on the average. */
    long heldNs() {
        return heldNs;
    }

    void releasing(int cell) {
        if (cell == acquiredCell) {
            acquiredCell = 0;
            heldNs = average(heldNs, NanoClock.nowNs() - acquiredNs);
        }
    }

    /**
     * Whether to wake the next one as soon as it is head instead of at the unlock, so that waking and holding overlap. Worth it
     * where nobody may take the lock before that one comes, and where the lock is held for so long that a kick adds little.
     */
    boolean wakesEarly(WaitPolicy policy) {
        return policy.overtakeLimit() == 0 && 4 * heldNs > kickNs;
    }

    private static long within(long budgetNs, long givenNs, int times) {
        return Math.max(givenNs, Math.min(budgetNs, times * givenNs));
    }

    private static long changed(long budgetNs, boolean inTime) {
        return inTime ? budgetNs + (budgetNs >> SHIFT) : budgetNs - (budgetNs >> SHIFT);
    }

    private static long average(long average, long value) {
        return average + (Math.min(value, LONGEST_NS) - average >> SHIFT);
    }
}
