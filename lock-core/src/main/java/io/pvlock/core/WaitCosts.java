package io.pvlock.core;

/**
 * What waiting has cost one thread lately, and what follows for its next wait: how long to spin as thief and as head of a queue, and
 * whether to wake the next one early. Learned from its own waits, so that nothing is measured in advance. Belongs to one thread.
 */
final class WaitCosts {

    /** Budgets change by an eighth. */
    private static final int SHIFT = 3;

    /** A longer turn counts as so long: then the lock was held for long, or somebody had no processor. */
    private static final long LONGEST_TURN_NS = 200_000;

    /** One turn of so many is begun the other way, to see what that costs now. */
    private static final int TRIAL = 64;

    /** So many turns must be known of both ways; until then they take turns. */
    private static final int ENOUGH = 8;

    /** The average is of about so many turns. */
    private static final int WINDOW = 16;

    /** A turn counts as so many times the average at most: one that lasted must not decide for hundreds. */
    private static final int MOST = 3;

    /** So that an average of 0 can grow. */
    private static final long LEAST_NS = 1_000;

    private long spinNs;
    private long thiefSpinNs;
    private final Turns early = new Turns();
    private final Turns late = new Turns();
    private int wake;
    private long turnSinceNs;
    private int turns;

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

    /**
     * This thread is head now; it comes after who has the lock since {@code turnSinceNs}.
     *
     * @param wake how it is woken, as {@link NodeDescriptor} says it
     */
    void granted(int wake, long turnSinceNs) {
        this.wake = wake;
        this.turnSinceNs = turnSinceNs;
    }

    /** It has the lock: the turn before is over. */
    void took(long nowNs) {
        long turnNs = Math.max(0, Math.min(nowNs - turnSinceNs, LONGEST_TURN_NS));
        if (wake == NodeDescriptor.WAKE_EARLY) {
            early.add(turnNs);
        } else if (wake == NodeDescriptor.WAKE_AT_UNLOCK) {
            late.add(turnNs);
        }
        wake = NodeDescriptor.WAKE_UNKNOWN;
    }

    /**
     * Whether to wake the next one as soon as it is head instead of at the unlock, where nobody may take the lock before that one comes:
     * whatever has made turns shorter, from one owner to the next. Early, waking and holding overlap. But some kernels wake on the
     * processor of who kicks, and keep the owner from its work; and where the lock is held for long it is for nothing, which is why the
     * unlock has it unless early is shorter by a fifth. Asked once for each turn.
     */
    boolean wakesEarly() {
        turns++;
        if (early.known < ENOUGH || late.known < ENOUGH) {
            return turns % 2 == 0;
        }
        boolean isShorter = 5 * early.averageNs < 4 * late.averageNs;
        return turns % TRIAL == 0 ? !isShorter : isShorter;
    }

    private static long within(long budgetNs, long givenNs, int times) {
        return Math.max(givenNs, Math.min(budgetNs, times * givenNs));
    }

    private static long changed(long budgetNs, boolean inTime) {
        return inTime ? budgetNs + (budgetNs >> SHIFT) : budgetNs - (budgetNs >> SHIFT);
    }

    /** How long turns took that were begun one way. */
    private static final class Turns {
        private int known;
        private long averageNs;

        void add(long ns) {
            long counted = known < ENOUGH ? ns : Math.min(ns, MOST * averageNs + LEAST_NS);
            known = Math.min(known + 1, WINDOW);
            averageNs += (counted - averageNs) / known;
        }
    }
}
