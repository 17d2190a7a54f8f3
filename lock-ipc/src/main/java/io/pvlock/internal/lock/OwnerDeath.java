package io.pvlock.internal.lock;

import io.pvlock.LockOptions.OnOwnerDeath;
import io.pvlock.OwnerDiedException;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.jfr.FlightRecording;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;

/** What becomes of a lock whose owner died: the one that gets it next records it, and does with it what its use of the lock says. */
final class OwnerDeath {

    private final CellLocking lock;
    private final Session session;
    private final LockUse use;

    OwnerDeath(CellLocking lock, Session session, LockUse use) {
        this.lock = lock;
        this.session = session;
        this.use = use;
    }

    /** Under the lock, so that whoever comes after {@code me} knows of it even if {@code me} dies, too. */
    void record(int cell, Attachment me) {
        int owner = me.participant.diedOwner();
        if (owner != 0) {
            LockEntry.Death death = session.inspector().death(owner, lock.lastToken(cell));
            lock.recordDeath(cell, death);
            session.events().ownerReplaced(death, cell, me.participant);
            FlightRecording.ownerDied(
                    session.path().toString(), lock.nameOf(cell), death.pid(), death.tid(), death.token());
        }
    }

    /**
     * {@code me} has got the lock of a dead owner, and keeps it; or this throws, and the lock is not held.
     *
     * @throws OwnerDiedException see {@link OnOwnerDeath}
     */
    // First reads all that is to be known of the attempt: a repair handler may begin others.
    void inherit(int cell, Attachment me) {
        boolean kept = false;
        try {
            record(cell, me);
            lock.heldSinceNs(cell, 0); // it was the dead owner's
            switch (use.onOwnerDeath()) {
                case CONTINUE -> session.paravirt().markConsistent(cell, me.participant);
                case HANDLER -> repair(cell, me);
                case FAIL ->
                    throw new OwnerDiedException(
                            describe(cell) + "; take it with acquire(), repair the data, and call markConsistent()",
                            true);
            }
            kept = true;
        } finally {
            // A repair handler may have given the lock back, or taken it again by a reentrant view.
            while (!kept && lock.isHeldBy(cell, me)) {
                lock.release(cell, me);
            }
        }
    }

    private void repair(int cell, Attachment me) {
        Guard guard = new Guard(lock, cell, me, true, lock.nextToken(cell));
        use.repair().accept(guard);
        if (guard.isAbandoned()) {
            throw notRecoverable(cell);
        }
        if (!lock.isHeldBy(cell, me)) {
            throw new OwnerDiedException(
                    describe(cell) + ", and its repair handler has unlocked it, which it must not", true);
        }
        if (session.isInconsistent(cell)) {
            throw new OwnerDiedException(describe(cell) + ", and its repair handler did not mark it consistent", true);
        }
    }

    private String describe(int cell) {
        return "an owner of lock '" + lock.nameOf(cell) + "' died holding it"
                + DeadOwners.inBrackets(DeadOwners.of(lock.lastDeath(cell)));
    }

    /** Why nobody will ever have the lock. */
    RuntimeException notRecoverable(int cell) {
        if (lock.isRemoved()) {
            return new IllegalStateException("lock '" + lock.nameOf(cell) + "' of " + session.path()
                    + " was removed; look it up again, which makes a new one");
        }
        return new OwnerDiedException("lock '" + lock.nameOf(cell) + "' was given up as not recoverable", false);
    }
}
