package io.pvlock.core;

/**
 * Paces one polling wait: pauses for a budget, then gives the processor away between any two looks, so that more waiters than
 * processors still make progress. Belongs to one thread.
 *
 * <p>Whoever is told of a long wait may throw. What is thrown is kept until the wait can end, because a place in
 * the queue of a simple lock cannot be given back.
 */
final class SpinWait {

    /** How many turns between two looks at the clock. */
    private static final int CHECK_MASK = 0x1f;

    /** How long one who must not yield sleeps between two looks. */
    private static final long SLEEP_NS = 200_000;

    private final Participant waiter;
    private Parker parker;
    private long beginNs;
    private long budgetNs;
    private int turns;
    private boolean yielding;
    private boolean parking;
    private Throwable failure;

    SpinWait(Participant waiter) {
        this.waiter = waiter;
    }

    /** @param newBudgetNs how long to spin; 0 yields from the first turn on, {@link Long#MAX_VALUE} never yields */
    void begin(Parker newParker, long newBudgetNs) {
        parker = newParker;
        parking = newParker.mustPark();
        beginNs = NanoClock.nowNs();
        budgetNs = parking ? Math.min(newBudgetNs, WaitPolicy.LONGEST_SPIN_NS) : newBudgetNs;
        turns = 0;
        yielding = budgetNs == 0;
        failure = null;
    }

    /** One turn of the wait. */
    void turn() {
        try {
            if ((++turns & CHECK_MASK) == 0) {
                yielding = yielding || NanoClock.nowNs() - beginNs >= budgetNs;
                waiter.noticeLongWait();
            }
            if (!yielding) {
                Cpu.relax();
            } else if (parking) {
                parker.park(waiter, Parker.NOBODY, waiter.deadlineOr(Deadline.in(SLEEP_NS)));
            } else {
                Cpu.giveAway();
            }
        } catch (Throwable t) {
            failure = failure == null ? t : failure;
        }
    }

    /** What was thrown meanwhile, first of all; null if nothing was. */
    Throwable failure() {
        return failure;
    }
}
