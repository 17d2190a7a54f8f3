package io.pvlock.core;

/** How an attempt to lock ended. */
public enum Outcome {
    /** The caller owns the lock. */
    ACQUIRED(true),
    /** The caller owns the lock, and the data it guards may be damaged: an owner died and nobody declared it repaired. */
    OWNER_DIED(true),
    /** Not owned: the deadline passed. */
    TIMED_OUT(false),
    /** Not owned: the thread was interrupted; the interrupt status is still set. */
    INTERRUPTED(false),
    /** Not owned: the participant was told to leave (its region is being closed). */
    CANCELLED(false),
    /** Not owned: waiting would never end, see {@link Participant#giveUp}. */
    DEADLOCK(false),
    /** Not owned, and nobody ever will: the lock was declared not recoverable. */
    NOT_RECOVERABLE(false);

    private final boolean owned;

    Outcome(boolean owned) {
        this.owned = owned;
    }

    public boolean isOwned() {
        return owned;
    }
}
