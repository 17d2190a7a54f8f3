package io.pvlock.internal.lock;

import io.pvlock.LockHold;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;

/**
 * Breaks a lock: it is taken over from its owner, dead or alive, as from a dead one, and released. If whoever breaks it is killed in
 * between, it is a dead owner itself, and the lock is as inconsistent.
 */
public final class ForcedRelease {

    private final Session session;

    public ForcedRelease(Session session) {
        this.session = session;
    }

    /**
     * @return false if the hold that was {@code seen} is over; nothing was changed
     * @throws IllegalArgumentException if it is no PV lock
     */
    public boolean release(LockHold seen) {
        Attachment me = session.threads().borrow();
        me.beginUse();
        try {
            return session.whileOpen(() -> release(seen, me));
        } finally {
            session.threads().giveBack(me);
        }
    }

    private boolean release(LockHold seen, Attachment me) {
        LockEntry entry = session.directory().find(seen.lock());
        if (entry == null) {
            return false;
        }
        if (!entry.isPlainParavirt()) {
            throw new IllegalArgumentException("'" + seen.lock()
                    + "' cannot be broken: only PV locks can, which are repaired after a death; end its owner, or stop all who use"
                    + " it and run pvlock fsck --repair");
        }
        // Read before the cell changes hands. An owner that unlocks, locks and draws a token between the two
        // is mistaken for the one that was seen; nothing in the cell tells.
        if (entry.lastToken() != seen.lastFencingToken()
                || !session.paravirt().takeAway(entry.cell(), seen.ownerWord(), me.participant)) {
            return false;
        }
        try {
            LockEntry.Death death = session.inspector().death(seen.ownerWord(), entry.lastToken());
            entry.recordDeath(death);
            entry.heldSinceNs(0);
            session.events().broken(death, entry.cell(), me.participant);
        } finally {
            session.paravirt().unlock(entry.cell(), me.participant);
        }
        return true;
    }
}
