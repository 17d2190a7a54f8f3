package io.pvlock.cluster.lease;

import java.util.function.LongUnaryOperator;

/** The agent's steps of one lease. Each is one compare-and-set; the agent is the only one to make them. */
public final class HostLease {

    private final LeaseWords words;
    private final Bells bells;

    public HostLease(LeaseWords words, Bells bells) {
        this.words = words;
        this.bells = bells;
    }

    public LeaseWords words() {
        return words;
    }

    public LeaseState state() {
        return words.state();
    }

    /** IDLE to ACQUIRING. */
    public void acquire() {
        change(LeaseState.IDLE, control -> Control.with(control, LeaseState.ACQUIRING));
    }

    /**
     * ACQUIRING to ACTIVE.
     *
     * @param grant its number, greater than any before
     * @param unclean whether the one before did not end well
     * @param remote whether another host waits already
     */
    public void granted(long grant, boolean unclean, boolean remote, long nowNs) {
        words.begin(grant, nowNs); // P37: before the state says that there is something to grant
        change(LeaseState.ACQUIRING, control -> {
            long next = Control.with(Control.nextEpoch(control), LeaseState.ACTIVE);
            next = Control.set(next, Control.INCONSISTENT, unclean);
            return Control.set(next, Control.REMOTE, remote);
        });
        bells.ringWaiters(words);
    }

    /** Says whether another host waits. */
    public void remote(boolean waits) {
        update(control -> Control.set(control, Control.REMOTE, waits));
    }

    /** ACTIVE to DRAINING if another host waits, and either the budget is over or nobody here has the lock. */
    public void drainIfDue(HandoffBudget budget, boolean locallyFree, long nowNs) {
        long control = words.control();
        boolean idle = locallyFree && !Control.has(control, Control.HELD);
        boolean due = Control.has(control, Control.REMOTE) && (idle || budget.isOver(words, nowNs));
        if (due && LeaseState.of(control) == LeaseState.ACTIVE) {
            words.change(control, Control.with(control, LeaseState.DRAINING));
        }
    }

    /** DRAINING to RELEASING, once nobody holds it; false if it is not so far. */
    public boolean release() {
        long control = words.control();
        return LeaseState.of(control) == LeaseState.DRAINING
                && !Control.has(control, Control.HELD)
                && words.change(control, Control.with(control, LeaseState.RELEASING));
    }

    /** RELEASING to IDLE. What is to be told travels in the cluster's state now. */
    public void released() {
        words.countHand();
        change(LeaseState.RELEASING, HostLease::idle);
    }

    /** The connection is gone: nobody else is granted it. */
    public void suspend() {
        update(control -> switch (LeaseState.of(control)) {
            case ACTIVE -> Control.with(control, LeaseState.SUSPENDED);
            case DRAINING -> Control.with(control | Control.DRAIN, LeaseState.SUSPENDED);
            default -> control;
        });
    }

    /** The session has proved itself again. */
    public void resume() {
        update(control -> {
            if (LeaseState.of(control) != LeaseState.SUSPENDED) {
                return control;
            }
            boolean drain = Control.has(control, Control.DRAIN);
            return Control.with(
                    Control.set(control, Control.DRAIN, false), drain ? LeaseState.DRAINING : LeaseState.ACTIVE);
        });
        bells.ringWaiters(words);
    }

    /** The session is over, or the cluster says that it has not this lease: LOST if somebody holds it, else IDLE. */
    public void lose() {
        boolean ours = words.state().isOurs();
        update(control -> {
            LeaseState state = LeaseState.of(control);
            if (state == LeaseState.IDLE || state == LeaseState.LOST) {
                return control;
            }
            boolean held = state.isOurs() && Control.has(control, Control.HELD);
            return held
                    ? Control.with(Control.nextEpoch(idle(control)), LeaseState.LOST)
                    : Control.nextEpoch(idle(control));
        });
        if (ours) {
            words.countLoss();
        }
        bells.ringWaiters(words);
    }

    // Keeps who holds it and who wants it.
    private static long idle(long control) {
        long flags = Control.INCONSISTENT | Control.REMOTE | Control.DRAIN;
        return Control.with(control & ~flags, LeaseState.IDLE);
    }

    private void change(LeaseState from, LongUnaryOperator step) {
        update(control -> LeaseState.of(control) == from ? step.applyAsLong(control) : control);
    }

    private void update(LongUnaryOperator step) {
        long control;
        long next;
        do {
            control = words.control();
            next = step.applyAsLong(control);
        } while (next != control && !words.change(control, next));
    }
}
