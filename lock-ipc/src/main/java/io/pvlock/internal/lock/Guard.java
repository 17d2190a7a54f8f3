package io.pvlock.internal.lock;

import io.pvlock.LockGuard.DeadOwner;
import io.pvlock.internal.session.Attachment;
import java.util.Optional;

/** A lock that is held, and what came with it: what a user's guard stands for. */
public final class Guard {

    private final CellLocking lock;
    private final int cell;
    private final Attachment me;
    private final boolean ownerDied;
    private final long fencingToken;
    private boolean held = true;
    private boolean abandoned;

    Guard(CellLocking lock, int cell, Attachment me, boolean ownerDied, long fencingToken) {
        this.lock = lock;
        this.cell = cell;
        this.me = me;
        this.ownerDied = ownerDied;
        this.fencingToken = fencingToken;
    }

    /** Whether an owner died holding the lock and nobody has declared the data repaired before this acquisition. */
    public boolean ownerDied() {
        return ownerDied;
    }

    /** Who died, if anybody did, and if that is recorded. */
    public Optional<DeadOwner> deadOwner() {
        return ownerDied ? DeadOwners.of(lock.lastDeath(cell)) : Optional.empty();
    }

    public long fencingToken() {
        return fencingToken;
    }

    /** Whether this vCPU still holds what it stands for, in a file that still has its name, as far as is known. */
    public boolean isValid() {
        return held && lock.isHeldBy(cell, me) && !lock.session.hasLostFile();
    }

    public int cell() {
        return cell;
    }

    boolean isAbandoned() {
        return abandoned;
    }

    /** Declares the data repaired. */
    public void markConsistent() {
        checkHeld();
        lock.markConsistent(cell, me);
    }

    /** Gives the lock up for good. */
    public void abandon() {
        checkHeld();
        lock.abandon(cell, me);
        held = false;
        abandoned = true;
    }

    /** Unlocks. Closing twice does nothing. */
    public void close() {
        if (held) {
            held = false;
            lock.release(cell, me);
        }
    }

    private void checkHeld() {
        if (!held) {
            throw new IllegalMonitorStateException("this guard of lock '" + lock.nameOf(cell) + "' is closed");
        }
    }

    @Override
    public String toString() {
        return "LockGuard[" + lock.nameOf(cell) + " by " + me + ", token=" + fencingToken
                + (abandoned ? ", given up" : held ? "" : ", closed")
                + (ownerDied ? ", owner died" : "")
                + DeadOwners.inBrackets(deadOwner()) + "]";
    }
}
