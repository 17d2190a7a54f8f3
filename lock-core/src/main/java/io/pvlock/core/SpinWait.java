package io.pvlock.core;

/**
 * Paces one polling wait: pauses for a budget, then gives the processor away between any two looks, so that more waiters than
 * processors still make progress. Belongs to one thread.
 */
final class SpinWait {

    /** How many turns between two looks at the clock. */
    private static final int CHECK_MASK = 0x1f;

    private final Participant waiter;
    private long beginNs;
    private long budgetNs;
    private int turns;
    private boolean yielding;

    SpinWait(Participant waiter) {
        this.waiter = waiter;
    }

    /** @param newBudgetNs how long to spin; 0 yields from the first turn on, {@link Long#MAX_VALUE} never yields */
    void begin(long newBudgetNs) {
        beginNs = System.nanoTime();
        budgetNs = newBudgetNs;
        turns = 0;
        yielding = newBudgetNs == 0;
    }

    /** One turn of the wait. */
    void turn() {
        if ((++turns & CHECK_MASK) == 0) {
            waiter.noticeLongWait();
            yielding = yielding || System.nanoTime() - beginNs >= budgetNs;
        }
        if (yielding) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }
}
