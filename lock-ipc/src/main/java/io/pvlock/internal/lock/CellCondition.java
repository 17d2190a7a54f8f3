package io.pvlock.internal.lock;

import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.LockOptions.Policy;
import io.pvlock.ObjectType;
import io.pvlock.core.Deadline;
import io.pvlock.core.KillPoint;
import io.pvlock.core.NanoClock;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import io.pvlock.core.Patience;
import io.pvlock.internal.directory.LockDirectory.Template;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.layout.ConditionDescriptor;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import io.pvlock.internal.wait.WaitQueue;
import java.util.List;

/**
 * A condition of a lock, with the kernel's wait queue ({@code wait.c}): what users see of it is {@link io.pvlock.SharedCondition}.
 *
 * <p>A signal is never lost to a death: if the waiter that it chose dies before it has the lock again, another is chosen, by whoever
 * next waits, signals or returns, or by those who wait: its death wakes the one behind it, and each looks once a second.
 */
public final class CellCondition {

    private final CellLocking lock;
    private final Session session;
    private final WaitQueue queue;
    private final int cell;

    /** Whose extent it is: while it is reachable nobody else gets that. */
    private final LockEntry entry;

    private CellCondition(CellLocking lock, int cell, LockEntry entry, int extent) {
        this.entry = entry;
        this.lock = lock;
        this.cell = cell;
        this.session = lock.session;
        this.queue = new WaitQueue(session.registry(), extent, extent + ConditionDescriptor.QUEUE_OFFSET, cell);
    }

    /** The lock's own one. */
    public static CellCondition of(EntryLocking lock) {
        Session session = lock.session;
        int extent = session.extent(lock.entry(), lock.name(), bodyLength(session.maxVcpus()), List.of());
        return new CellCondition(lock, lock.cell(), lock.entry(), extent);
    }

    /**
     * Finds or makes the condition {@code name} of the lock at {@code cell}.
     *
     * @throws IllegalArgumentException if the name stands for something else, or for a condition of another lock
     */
    public static CellCondition named(String name, CellLocking lock, int cell) {
        Session session = lock.session;
        int bodyBytes = bodyLength(session.maxVcpus());
        LockEntry entry =
                session.findOrCreate(name, Template.object(ObjectType.CONDITION, Policy.HYBRID, bodyBytes, List.of()));
        int extent = session.extent(entry, name, bodyBytes, List.of());
        lock.entry().markAsBase();
        int lockOf = extent + ConditionDescriptor.LOCK_OFFSET;
        // P23: the first to bind it decides; pairs with itself and with P23 acquire below.
        session.memory().compareAndSetLong(lockOf, 0, cell);
        long bound = session.memory().getLongVolatile(lockOf); // P23 acquire
        if (bound != cell) {
            throw new IllegalArgumentException("condition '" + name + "' belongs to lock '"
                    + session.nameOf((int) bound).orElse("?") + "', not to '" + lock.nameOf(cell) + "'");
        }
        return new CellCondition(lock, cell, entry, extent);
    }

    /** Bytes of the body of its extent. */
    public static int bodyLength(int maxVcpus) {
        return WaitQueue.length(maxVcpus);
    }

    /**
     * Waits; false if the time is over.
     *
     * @param exclusive whether a signal that wakes it is nobody else's
     * @param deadlineNs {@link Participant#NO_DEADLINE} for none
     */
    public boolean await(boolean exclusive, long deadlineNs, boolean interruptible) throws InterruptedException {
        Attachment me = holder("wait");
        if (interruptible && Thread.interrupted()) {
            throw new InterruptedException();
        }
        boolean guarded = lock.heldSinceNs(cell) != 0;
        queue.join(me.participant, exclusive);
        int reentries = suspendOrLeave(me);
        Outcome end;
        boolean woken;
        do {
            end = Outcome.CANCELLED; // should the sleep end by an Error
            try {
                end = sleep(me, deadlineNs, interruptible);
            } finally {
                woken = lookUnderLock(me, end, reentries, guarded);
            }
        } while (!woken && end == Outcome.ACQUIRED);
        if (end == Outcome.CANCELLED) {
            throw session.closedException();
        }
        if (!woken && end == Outcome.INTERRUPTED) {
            Thread.interrupted();
            throw new InterruptedException();
        }
        return woken || end != Outcome.TIMED_OUT;
    }

    // Sleeps are bounded, since a death may have left a wake-up that only an owner of the lock can pass
    // on. ACQUIRED means: take the lock and look.
    private Outcome sleep(Attachment me, long deadlineNs, boolean interruptible) {
        // A signal may come from anybody; the wait for the lock looks itself.
        me.onDeadlock = OnDeadlock.IGNORE;
        for (; ; ) {
            Outcome outcome = queue.await(me.participant, 0, Patience.UNTOLD_NS, deadlineNs, interruptible);
            boolean look = queue.isWoken(me.participant) || queue.hasWakeUpToPassOn() || lock.isGivenUp(cell);
            if (look || outcome != Outcome.ACQUIRED) {
                return outcome;
            }
        }
    }

    /** Takes the lock back. If the wait is over, {@code me} leaves with the lock; else it has its place only. */
    private boolean lookUnderLock(Attachment me, Outcome end, int reentries, boolean guarded) {
        Outcome taken;
        try {
            taken = lock.takeBack(cell, me);
        } catch (Throwable e) {
            leave(me, true);
            lock.endUses(me, 1 + reentries);
            throw e;
        }
        boolean woken = false;
        boolean looked = false;
        try {
            queue.passOn();
            woken = queue.isWoken(me.participant);
            looked = true;
        } finally {
            if (!looked) {
                comeBack(me, taken, reentries, guarded, true);
            }
        }
        if (!woken && end == Outcome.ACQUIRED && taken == Outcome.ACQUIRED) {
            suspendAgain(me, reentries);
            return false;
        }
        KillPoint.hit(KillPoint.WAITER_RETURNING, me.participant);
        boolean inVain = taken == Outcome.OWNER_DIED || end == Outcome.CANCELLED;
        comeBack(me, taken, reentries, guarded, inVain);
        return woken;
    }

    /** Leaves the queue, with the lock taken back. */
    private void comeBack(Attachment me, Outcome taken, int reentries, boolean guarded, boolean inVain) {
        try {
            leave(me, inVain);
        } finally {
            resume(me, taken, reentries);
            if (guarded) {
                lock.heldSinceNs(cell, Deadline.neverZero(NanoClock.nowNs()));
            }
        }
    }

    // As often as before the wait, the lock has been taken but once since.
    private void suspendAgain(Attachment me, int reentries) {
        boolean done = false;
        try {
            suspendOrLeave(me);
            done = true;
        } finally {
            if (!done && lock.isHeldBy(cell, me)) {
                resume(me, Outcome.ACQUIRED, reentries);
            } else if (!done) {
                lock.endUses(me, reentries);
            }
        }
    }

    private int suspendOrLeave(Attachment me) {
        try {
            return suspend(me);
        } catch (Throwable e) {
            leave(me, true);
            throw e;
        }
    }

    /**
     * Gives the lock back for the time of a wait, however often it was taken; the vCPU stays in use. If this throws and the lock is
     * not held any more, all its holds are over, and their uses.
     *
     * @return how often it had been taken again, for {@link #resume}
     */
    private int suspend(Attachment me) {
        int reentries = me.reentries(cell);
        long guardedSinceNs = lock.heldSinceNs(cell);
        lock.heldSinceNs(cell, 0);
        boolean done = false;
        try {
            lock.unlockClearly(cell, me, guardedSinceNs);
            done = true;
        } finally {
            if (done || !lock.isHeldBy(cell, me)) {
                lock.forgetHold(cell, me);
                lock.endUses(me, done ? 0 : 1 + reentries);
            }
        }
        return reentries;
    }

    /** After {@link CellLocking#takeBack}: throws what {@code lock()} would, and then it is not held. */
    private void resume(Attachment me, Outcome outcome, int reentries) {
        boolean held = false;
        try {
            held = lock.settle(cell, outcome, me);
            for (int i = 0; i < reentries; i++) {
                me.reenter(cell);
            }
        } finally {
            if (!held) {
                lock.endUses(me, reentries);
            }
        }
    }

    // A waiter that was woken has used up the wake-up, even if it was also interrupted, or
    // late. Not if it ends with an exception.
    private void leave(Attachment me, boolean inVain) {
        if (queue.leave(me.participant) && inVain) {
            queue.wake(1);
        }
    }

    /** Wakes the first who waits exclusively, and all who do not. */
    public void signal() {
        holder("signal");
        queue.passOn();
        queue.wakeShared();
        queue.wake(1);
    }

    /** Wakes everybody. */
    public void signalAll() {
        holder("signal");
        queue.wakeAll();
    }

    /** How many threads wait and have not been woken. */
    public int waiting() {
        return session.whileOpen(queue::waiters);
    }

    private Attachment holder(String what) {
        Attachment me = session.threads().existing();
        if (me == null || !lock.isHeldBy(cell, me)) {
            throw new IllegalMonitorStateException(
                    "thread '" + Thread.currentThread().getName() + "' does not hold lock '" + lock.nameOf(cell)
                            + "', which it needs to " + what);
        }
        return me;
    }

    @Override
    public String toString() {
        return "SharedCondition[of " + lock.nameOf(cell) + " in " + session.path() + "]";
    }
}
