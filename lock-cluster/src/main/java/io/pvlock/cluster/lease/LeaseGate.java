package io.pvlock.cluster.lease;

import java.util.function.BooleanSupplier;

/**
 * A local owner's way to the lease. Whoever calls {@link #tryGrant} or {@link #release} holds the local lock of the same name: so at most
 * one does, and one that finds the lease held knows that its predecessor has died.
 */
public final class LeaseGate {

    private final HostWords host;
    private final LeaseWords lease;
    private final HandoffBudget budget;
    private final LeaseClock clock;
    private final Bells bells;

    public LeaseGate(HostWords host, LeaseWords lease, HandoffBudget budget, LeaseClock clock, Bells bells) {
        this.host = host;
        this.lease = lease;
        this.budget = budget;
        this.clock = clock;
        this.bells = bells;
    }

    public LeaseWords words() {
        return lease;
    }

    /**
     * Grants the lock if the lease allows it now. If not, the agent has been asked for it; the caller waits at {@link LeaseWords#bell},
     * which it has read before this call, and tries again.
     *
     * @return null if not now
     */
    public Grant tryGrant() {
        while (true) {
            long control = lease.control();
            if (Control.has(control, Control.HELD)) {
                clearDead(control);
            } else if (LeaseState.of(control) != LeaseState.ACTIVE || clock.roughlyNs() >= host.deadlineNs()) {
                if (want(control)) {
                    return null;
                }
            } else if (lease.serial() >= Grant.MAX_SERIAL) {
                // Tokens of this grant are used up: the next ones need another.
                drain(control);
            } else {
                // P38: before the lease is taken. A session that ends between the two has another number, and the grant
                // is not valid.
                long session = host.sessionNumber();
                long held = Control.set(control | Control.HELD, Control.WANTED, false);
                if (lease.change(control, held)) {
                    return granted(held, session);
                }
            }
        }
    }

    private Grant granted(long control, long session) {
        long serial = lease.serial() + 1;
        lease.serial(serial);
        return new Grant(
                Control.epoch(control),
                session,
                Grant.token(lease.grant(), serial),
                Control.has(control, Control.INCONSISTENT));
    }

    private boolean want(long control) {
        if (!Control.has(control, Control.WANTED)) {
            if (!lease.change(control, control | Control.WANTED)) {
                return false;
            }
            bells.ringAgent();
        }
        return true;
    }

    private void drain(long control) {
        if (lease.change(control, Control.with(control, LeaseState.DRAINING))) {
            bells.ringAgent();
        }
    }

    /** The agent, too, may hold the local lock, to see whether a holder is dead. */
    public void clearDead() {
        long control = lease.control();
        while (Control.has(control, Control.HELD) && !clearDead(control)) {
            control = lease.control();
        }
    }

    private boolean clearDead(long control) {
        long cleared = Control.set(control, Control.HELD, false);
        // What is lost has its state in the cluster, which says that it did not end well.
        cleared = LeaseState.of(control) == LeaseState.LOST
                ? Control.set(Control.with(cleared, LeaseState.IDLE), Control.INCONSISTENT, false)
                : cleared | Control.INCONSISTENT;
        boolean done = lease.change(control, cleared);
        if (done && LeaseState.of(control) != LeaseState.ACTIVE) {
            bells.ringAgent();
        }
        return done;
    }

    /**
     * Whether the grant excludes everybody else at the instant at which this reads the clock. False for ever, once it is.
     */
    public boolean isValid(Grant grant) {
        return validForNs(grant) > 0;
    }

    /** For how long it would be valid if nothing came from the cluster any more; 0 or less if it is not. */
    public long validForNs(Grant grant) {
        // P38: the clock after the deadline, the session's number after it, too; see HostWords.
        long deadline = host.deadlineNs();
        long left = deadline - clock.nowNs();
        long control = lease.control();
        boolean ours = LeaseState.of(control).isOurs()
                && Control.epoch(control) == grant.epoch()
                && host.sessionNumber() == grant.sessionNumber();
        return ours ? left : Math.min(left, 0);
    }

    /** Declares the data repaired; of a grant that is lost it does nothing, for others have been told. */
    public void markConsistent(Grant grant) {
        mark(grant, false);
    }

    /** The next owner shall be told, whatever the clock says when the grant ends. */
    public void markInconsistent(Grant grant) {
        mark(grant, true);
    }

    private void mark(Grant grant, boolean inconsistent) {
        long control = lease.control();
        while (Control.epoch(control) == grant.epoch()
                && !lease.change(control, Control.set(control, Control.INCONSISTENT, inconsistent))) {
            control = lease.control();
        }
    }

    /**
     * Ends the grant.
     *
     * @param alone whether nobody waits for the local lock; asked only if another host waits
     * @return whether it was valid to its end, as far as the rough clock says
     */
    public boolean release(Grant grant, BooleanSupplier alone) {
        while (true) {
            long control = lease.control();
            long released = Control.set(control, Control.HELD, false);
            boolean valid = Control.epoch(control) == grant.epoch()
                    && host.sessionNumber() == grant.sessionNumber()
                    && clock.roughlyNs() < host.deadlineNs();
            LeaseState state = LeaseState.of(control);
            if (state == LeaseState.LOST) {
                released = Control.set(Control.with(released, LeaseState.IDLE), Control.INCONSISTENT, false);
            } else if (!valid) {
                released |= Control.INCONSISTENT;
            } else if (state == LeaseState.ACTIVE && Control.has(control, Control.REMOTE) && isDue(alone)) {
                released = Control.with(released, LeaseState.DRAINING);
            }
            if (lease.change(control, released)) {
                if (LeaseState.of(released) != LeaseState.ACTIVE) {
                    bells.ringAgent();
                }
                return valid;
            }
        }
    }

    private boolean isDue(BooleanSupplier alone) {
        return budget.isOver(lease, clock.roughlyNs()) || alone.getAsBoolean();
    }

    /** Asks to give the lease back though no other host waits: of a command. */
    public boolean yield() {
        while (true) {
            long control = lease.control();
            if (LeaseState.of(control) != LeaseState.ACTIVE) {
                return false;
            }
            if (lease.change(control, Control.with(control, LeaseState.DRAINING))) {
                bells.ringAgent();
                return true;
            }
        }
    }
}
