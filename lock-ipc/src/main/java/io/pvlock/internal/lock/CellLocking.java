package io.pvlock.internal.lock;

import io.pvlock.LockKind;
import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.LockOptions.Policy;
import io.pvlock.RegionEvent;
import io.pvlock.core.CorruptMemoryException;
import io.pvlock.core.Deadline;
import io.pvlock.core.LockAlgorithm;
import io.pvlock.core.LockCell;
import io.pvlock.core.NanoClock;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import io.pvlock.core.WaitPolicy;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.directory.LockStatistics;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.LockOrder;
import io.pvlock.internal.session.Session;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.agrona.concurrent.UnsafeBuffer;

/** How a cell is locked and unlocked, whether it is a lock's own or one of an array's. The fast paths are in its subclasses. */
public abstract class CellLocking {

    final Session session;
    final UnsafeBuffer memory;

    /**
     * What {@link Attachment#fastSession} must be for the fast paths, which are the PV lock's: the session; or nothing that any
     * attachment has, if the lock is of another kind or reentrant, or the order of locks is checked.
     */
    final Object fastSession;

    private final LockKind kind;
    private final LockAlgorithm algorithm;
    private final WaitPolicy waitPolicy;
    private final LockUse use;
    private final OwnerDeath ownerDeath;
    private final CellWatch watch;

    /** Null if the order of locks is not checked. */
    private final LockOrder order;

    /** @param counts null if nothing is counted */
    CellLocking(Session session, LockKind kind, Policy policy, int overtakeUs, LockUse use, LockStatistics counts) {
        this.session = session;
        this.memory = session.memory();
        this.kind = kind;
        this.algorithm = session.algorithm(kind);
        this.waitPolicy = use.waitPolicy(
                policy, overtakeUs, session.usableCpus(), session.registry().hasSeveralNumaNodes());
        this.use = use;
        this.ownerDeath = new OwnerDeath(this, session, use);
        this.watch = new CellWatch(this, algorithm, policy, counts);
        this.order = session.order();
        this.fastSession = kind == LockKind.PV && !use.reentrant() && order == null ? session : new Object();
    }

    public final Session session() {
        return session;
    }

    public final LockKind kind() {
        return kind;
    }

    /** How this process uses it, through this object. */
    public final LockUse use() {
        return use;
    }

    /** How this process waits for it, through this object. */
    public final WaitPolicy waitPolicy() {
        return waitPolicy;
    }

    /** See {@link Attachment#fastSession}. */
    public final Object fastSession() {
        return fastSession;
    }

    /** The name of the lock at {@code cell}, for people. */
    abstract String nameOf(int cell);

    /** Whose cell it is, or whose extent it is in. */
    abstract LockEntry entry();

    /** What locks are told apart by when their order is checked. */
    abstract String orderClass();

    /** {@code me} may hold {@code cell} from now on: called by every slow path, the first time that it does at the latest. */
    void beginsHold(int cell, Attachment me) {}

    /** A fencing token greater than all before; under the lock. */
    abstract long nextToken(int cell);

    /** The last fencing token drawn; under the lock. */
    abstract long lastToken(int cell);

    /** Since when a guard holds it, in monotonic nanoseconds, 0 for no longer; under the lock. */
    abstract void heldSinceNs(int cell, long sinceNs);

    /** Since when a guard holds it, if one does and has said so; else 0. */
    abstract long heldSinceNs(int cell);

    /** Keeps what is known of an owner that died; under the lock. */
    abstract void recordDeath(int cell, LockEntry.Death death);

    /** The last death recorded; null if none is. */
    abstract LockEntry.Death lastDeath(int cell);

    /** Whether its name was removed, and with it the lock. */
    abstract boolean isRemoved();

    // ---- the one way in

    /**
     * Begins a use of {@code me} and takes the lock, or does neither. Whatever is thrown, the use is over and the lock is not held.
     *
     * @param deadlineNs {@link LockView#NOW} to wait for nobody alive
     * @return ACQUIRED; OWNER_DIED, for {@link #settle} or {@link #guard}; TIMED_OUT or INTERRUPTED, without the lock
     */
    private Outcome begin(int cell, Attachment me, long deadlineNs, boolean interruptible) {
        session.checkMine(me);
        me.beginUse();
        Outcome outcome = null;
        try {
            session.checkUsable(me);
            beginsHold(cell, me);
            if (use.reentrant() && isHeldBy(cell, me)) {
                me.reenter(cell);
                outcome = Outcome.ACQUIRED;
            } else {
                if (me.hasNoted(cell) && !isHeldBy(cell, me)) {
                    forgetHold(cell, me); // it was broken
                }
                outcome = attempt(cell, me, deadlineNs, interruptible, use.onDeadlock());
            }
            return outcome;
        } finally {
            if (outcome == null || !outcome.isOwned()) {
                session.threads().giveBack(me);
            }
        }
    }

    /**
     * One attempt; the caller keeps count of the uses. Only a deadline and an interrupt are returned; whatever else ends it is thrown.
     */
    private Outcome attempt(int cell, Attachment me, long deadlineNs, boolean interruptible, OnDeadlock onDeadlock) {
        boolean waits = deadlineNs != Deadline.NOW;
        if (order != null && waits) {
            order.check(me, orderClass());
        }
        me.onDeadlock = onDeadlock;
        Outcome outcome;
        try {
            if (!waits) {
                outcome = algorithm.tryLock(cell, me.participant, waitPolicy);
            } else if (deadlineNs != Deadline.NONE && isHeldBy(cell, me)) {
                outcome = FutileWait.until(me, deadlineNs, interruptible);
            } else {
                outcome = watch.lock(cell, me, waitPolicy, deadlineNs, interruptible);
            }
        } catch (CorruptMemoryException e) {
            throw session.corrupt(e);
        }
        switch (outcome) {
            case DEADLOCK -> throw me.deadlock;
            case NOT_RECOVERABLE -> throw ownerDeath.notRecoverable(cell);
            case CANCELLED -> throw session.closedException();
            default -> {}
        }
        if (order != null && outcome.isOwned()) {
            noteTaken(cell, me);
        }
        return outcome;
    }

    private void noteTaken(int cell, Attachment me) {
        boolean noted = false;
        try {
            order.taken(me, cell, orderClass());
            noted = true;
        } finally {
            if (!noted) {
                unlockClearly(cell, me, 0);
            }
        }
    }

    // ---- lock

    /** {@code lock()} without a fast path, which its callers have. */
    public final void lock(int cell, Attachment me) {
        settle(cell, begin(cell, me, Participant.NO_DEADLINE, false), me);
    }

    /** For callers that handle each outcome themselves: ACQUIRED, also after an owner's death; else TIMED_OUT or INTERRUPTED. */
    public final Outcome lock(int cell, Attachment me, long deadlineNs, boolean interruptible) {
        Outcome outcome = begin(cell, me, deadlineNs, interruptible);
        return settle(cell, outcome, me) ? Outcome.ACQUIRED : outcome;
    }

    /**
     * For callers that must have the lock to end what they have begun under it. Works also in a region that has been closed meanwhile.
     */
    public final void lockToEnd(int cell, Attachment me) {
        me.beginUse();
        Outcome outcome;
        try {
            outcome = takeBack(cell, me);
        } catch (Throwable e) {
            endUses(me, 1);
            throw e;
        }
        settle(cell, outcome, me);
    }

    public final void lockInterruptibly(int cell) throws InterruptedException {
        throwIfInterrupted();
        take(cell, session.threads().borrow(Participant.NO_DEADLINE, true), Participant.NO_DEADLINE, true);
    }

    public final void lockInterruptibly(int cell, Attachment me) throws InterruptedException {
        throwIfInterrupted();
        take(cell, me, Participant.NO_DEADLINE, true);
    }

    /** By the calling thread. A virtual one without a slot would have to wait for one: it cannot have the lock now. */
    public final boolean tryLock(int cell) {
        Attachment me = session.threads().borrowNow();
        return me != null && tryLock(cell, me);
    }

    public final boolean tryLock(int cell, Attachment me) {
        return settle(cell, begin(cell, me, Deadline.NOW, false), me);
    }

    /** By a deadline, as {@link LockView} wants it. */
    public final boolean take(int cell, Attachment me, long deadlineNs, boolean interruptible)
            throws InterruptedException {
        Outcome outcome = begin(cell, me, deadlineNs, interruptible);
        throwIfInterrupted(outcome);
        return settle(cell, outcome, me);
    }

    public final boolean tryLock(int cell, long time, TimeUnit unit) throws InterruptedException {
        long deadlineNs = Deadline.in(time, unit);
        throwIfInterrupted();
        Attachment me = session.threads().borrow(deadlineNs, true);
        return me != null && take(cell, me, deadlineNs, true);
    }

    public final boolean tryLock(int cell, long time, TimeUnit unit, Attachment me) throws InterruptedException {
        long deadlineNs = Deadline.in(time, unit);
        throwIfInterrupted();
        return take(cell, me, deadlineNs, true);
    }

    // ---- acquire

    /** @param toUsers makes of the guard what is returned; if that fails, the lock is not held any more */
    public final <G> G acquire(int cell, Attachment me, Function<Guard, G> toUsers) {
        return guard(cell, begin(cell, me, Participant.NO_DEADLINE, false), me, toUsers);
    }

    /** By the calling thread; {@code toUsers} as in {@link #acquire}. */
    public final <G> Optional<G> tryAcquire(int cell, long time, TimeUnit unit, Function<Guard, Optional<G>> toUsers)
            throws InterruptedException {
        long deadlineNs = Deadline.in(time, unit);
        throwIfInterrupted();
        Attachment me = session.threads().borrow(deadlineNs, true);
        return me == null ? Optional.empty() : tryAcquire(cell, deadlineNs, me, toUsers);
    }

    /** {@code toUsers} as in {@link #acquire}. */
    public final <G> Optional<G> tryAcquire(
            int cell, long time, TimeUnit unit, Attachment me, Function<Guard, Optional<G>> toUsers)
            throws InterruptedException {
        long deadlineNs = Deadline.in(time, unit);
        throwIfInterrupted();
        return tryAcquire(cell, deadlineNs, me, toUsers);
    }

    private <G> Optional<G> tryAcquire(int cell, long deadlineNs, Attachment me, Function<Guard, Optional<G>> toUsers)
            throws InterruptedException {
        Outcome outcome = begin(cell, me, deadlineNs, true);
        throwIfInterrupted(outcome);
        return outcome.isOwned() ? guard(cell, outcome, me, toUsers) : Optional.empty();
    }

    /** What stands for the lock, which has been taken; if this throws, it is not held any more. */
    private <G> G guard(int cell, Outcome outcome, Attachment me, Function<Guard, G> toUsers) {
        G guard = null;
        try {
            if (outcome == Outcome.OWNER_DIED) {
                ownerDeath.record(cell, me);
            }
            boolean again = me.hasReentered(cell);
            if (!again) {
                heldSinceNs(cell, Deadline.neverZero(NanoClock.nowNs()));
            }
            boolean died = again ? isInconsistent(cell) : outcome == Outcome.OWNER_DIED;
            guard = toUsers.apply(new Guard(this, cell, me, died, nextToken(cell)));
            return guard;
        } finally {
            if (guard == null) {
                release(cell, me);
            }
        }
    }

    // ---- unlock

    /** The calling thread's vCPU, which must have locked {@code cell}. */
    public final Attachment holder(int cell) {
        Attachment me = session.threads().existing();
        if (me == null) {
            throw new IllegalMonitorStateException(
                    "thread '" + Thread.currentThread().getName() + "' does not hold lock '" + nameOf(cell) + "'");
        }
        return me;
    }

    /** {@code unlock()} without a fast path, which its callers have. */
    public final void unlock(int cell, Attachment me) {
        session.checkMine(me);
        unlock(cell, me, watch.look(cell), 0);
    }

    /**
     * @param seen the cell as last seen by this thread: one load for all that the way asks of it
     * @param guardedSinceNs see {@link CellWatch#releasing}
     */
    private void unlock(int cell, Attachment me, long seen, long guardedSinceNs) {
        boolean mine = isSeenHeldBy(me, seen);
        // Whichever view took it again: the holds are the vCPU's.
        if (mine && me.leaveInner(cell)) {
            session.threads().giveBack(me);
            return;
        }
        if (!mine) {
            forgetHold(cell, me); // it was broken
        }
        boolean done = false;
        try {
            unlockSeen(cell, me, seen, guardedSinceNs);
            done = true;
        } finally {
            // What fails may have failed after it was released, in waking the next.
            if (done || mine && !isHeldBy(cell, me)) {
                try {
                    forgetHold(cell, me);
                } finally {
                    session.threads().giveBack(me);
                }
            }
        }
    }

    /** @param guardedSinceNs see {@link CellWatch#releasing} */
    final void unlockClearly(int cell, Attachment me, long guardedSinceNs) {
        unlockSeen(cell, me, watch.look(cell), guardedSinceNs);
    }

    private void unlockSeen(int cell, Attachment me, long seen, long guardedSinceNs) {
        watch.releasing(cell, me, seen, guardedSinceNs);
        try {
            algorithm.unlock(cell, seen, me.participant);
        } catch (CorruptMemoryException e) {
            throw session.corrupt(e);
        }
    }

    final void forgetHold(int cell, Attachment me) {
        me.forgetHold(cell);
        if (order != null) {
            order.givenBack(me, cell);
        }
    }

    /** Ends what a guard stands for. */
    final void release(int cell, Attachment me) {
        session.checkMine(me);
        // Before it is unlocked, and only by the owner: the next one writes there, too.
        long guardedSinceNs = 0;
        long seen = watch.look(cell);
        if (isSeenHeldBy(me, seen) && !me.hasReentered(cell)) {
            guardedSinceNs = heldSinceNs(cell);
            heldSinceNs(cell, 0);
        }
        unlock(cell, me, seen, guardedSinceNs);
    }

    /** How often {@code me} holds it. */
    public final int holdCount(int cell, Attachment me) {
        return me != null && isHeldBy(cell, me) ? 1 + me.reentries(cell) : 0;
    }

    /**
     * Takes the lock back after a wait that gave it back, whatever circle it stands in, also in a region that has been closed meanwhile. If
     * this throws, {@link #endUses} is due.
     *
     * @return ACQUIRED or OWNER_DIED, for {@link #settle}
     */
    final Outcome takeBack(int cell, Attachment me) {
        OnDeadlock asked = use.onDeadlock();
        OnDeadlock atMost = asked == OnDeadlock.THROW ? OnDeadlock.REPORT : asked;
        boolean before = me.participant.waitThoughCancelled(true);
        try {
            return attempt(cell, me, Participant.NO_DEADLINE, false, atMost);
        } finally {
            me.participant.waitThoughCancelled(before);
        }
    }

    /** Ends as many uses of {@code me}, which does not hold the lock. */
    final void endUses(Attachment me, int uses) {
        for (int i = 0; i < uses; i++) {
            session.threads().giveBack(me);
        }
    }

    final void markConsistent(int cell, Attachment me) {
        if (kind == LockKind.PV) {
            session.paravirt().markConsistent(cell, me.participant);
            session.events().by(RegionEvent.Type.MARKED_CONSISTENT, cell, me.participant);
        }
    }

    final void abandon(int cell, Attachment me) {
        if (kind != LockKind.PV) {
            throw new UnsupportedOperationException(
                    "a lock of kind " + kind + " cannot be given up, only a PV lock can");
        }
        long seen = watch.look(cell);
        boolean mine = isSeenHeldBy(me, seen);
        watch.releasing(cell, me, seen, 0);
        int uses = 1 + me.reentries(cell);
        boolean done = false;
        try {
            session.paravirt().abandon(cell, me.participant);
            done = true;
        } finally {
            // What fails may have failed after it was given up, in waking the others.
            if (done || mine && !isHeldBy(cell, me)) {
                forgetHold(cell, me);
                try {
                    session.events().by(RegionEvent.Type.LOCK_ABANDONED, cell, me.participant);
                } finally {
                    endUses(me, uses);
                }
            }
        }
    }

    /** Owner word of who holds it, 0 for nobody. */
    public final int owner(int cell) {
        return algorithm.owner(cell);
    }

    public final boolean isHeldByCurrentThread(int cell) {
        Attachment me = session.threads().existing();
        return me != null && isHeldBy(cell, me);
    }

    public final boolean isHeldBy(int cell, Attachment me) {
        return isSeenHeldBy(me, watch.look(cell));
    }

    private static boolean isSeenHeldBy(Attachment me, long seen) {
        return LockCell.owner(seen) == me.participant.ownerWord();
    }

    /** Whether it was declared not recoverable: nobody will ever have it. */
    final boolean isGivenUp(int cell) {
        return algorithm.owner(cell) == LockCell.NOT_RECOVERABLE;
    }

    final boolean isInconsistent(int cell) {
        return kind == LockKind.PV && session.isInconsistent(cell);
    }

    // ---- outcomes

    /** Before a wait that an interrupt ends: one that came earlier ends it, too. */
    public static void throwIfInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private static void throwIfInterrupted(Outcome outcome) throws InterruptedException {
        if (outcome == Outcome.INTERRUPTED) {
            Thread.interrupted();
            throw new InterruptedException();
        }
    }

    /** Whether the lock is held; makes of an owner's death what its use says. If this throws, it is not held. */
    final boolean settle(int cell, Outcome outcome, Attachment me) {
        if (outcome == Outcome.OWNER_DIED) {
            ownerDeath.inherit(cell, me);
        }
        return outcome.isOwned();
    }
}
