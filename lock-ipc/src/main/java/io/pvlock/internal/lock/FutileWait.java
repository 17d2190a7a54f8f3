package io.pvlock.internal.lock;

import io.pvlock.core.Deadline;
import io.pvlock.core.Outcome;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.internal.session.Attachment;

/**
 * The wait of a thread for a lock that it holds itself and may not have twice. A try with a time limit is no error then.
 * It waits its time as if another thread held the lock, as {@link
 * java.util.concurrent.locks.StampedLock#tryWriteLock(long, java.util.concurrent.TimeUnit)} does. Without a limit it would
 * wait for ever, which is an {@link IllegalStateException} at once, and no case for this.
 */
public final class FutileWait {

    private FutileWait() {}

    /** Sleeps until {@code deadlineNs}: {@link Outcome#TIMED_OUT}, or why the wait ended before, INTERRUPTED or CANCELLED. */
    public static Outcome until(Attachment me, long deadlineNs, boolean interruptible) {
        if (deadlineNs == Deadline.NOW) {
            return Outcome.TIMED_OUT;
        }
        Participant participant = me.participant;
        participant.begin(deadlineNs, interruptible);
        try {
            Outcome reason = participant.reasonToLeave();
            while (reason == null) {
                me.session().registry().parker().park(participant, Parker.NOBODY, deadlineNs);
                reason = participant.reasonToLeave();
            }
            return reason;
        } finally {
            participant.end();
        }
    }
}
