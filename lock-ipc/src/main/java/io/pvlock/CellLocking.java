package io.pvlock;

import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.core.CorruptMemoryException;
import io.pvlock.core.Deadline;
import io.pvlock.core.LockAlgorithm;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockKind;
import io.pvlock.core.NanoClock;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import io.pvlock.core.WaitPolicy;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.layout.ConditionDescriptor;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * How a cell is locked and unlocked, whether it is a lock's own or one of an array's: all but the fast paths, which their callers
 * have.
 */
abstract class CellLocking {

    final LockRegion region;
    final UnsafeBuffer memory;
    final LockKind kind;
    final LockAlgorithm algorithm;

    /**
     * What a vCPU's {@code fastRegion} must be for the fast paths, which are the PV lock's: the region; or nothing that any
     * vCPU has, if the lock is of another kind or reentrant, or the order of locks is checked.
     */
    final Object fastRegion;

    private final WaitPolicy waitPolicy;
    private final LockOptions options;
    private final boolean reentrant;

    /** Null if the order of locks is not checked. */
    private final LockOrder order;

    CellLocking(LockRegion region, LockKind kind, LockOptions.Policy policy, LockOptions options) {
        this.region = region;
        this.memory = region.memory();
        this.kind = kind;
        this.algorithm = region.algorithm(kind);
        this.waitPolicy = options.waitPolicy(policy, region.usableCpus(), region.hasSeveralNumaNodes());
        this.options = options;
        this.reentrant = options.isReentrant();
        this.order = region.lockOrder();
        this.fastRegion = kind == LockKind.PV && !reentrant && order == null ? region : new Object();
    }

    /** The name of the lock at {@code cell}, for people. */
    abstract String nameOf(int cell);

    /** What locks are told apart by when their order is checked. */
    abstract String orderClass();

    /** {@code me} may hold {@code cell} from now on: called by every slow path, the first time that it does at the latest. */
    void beginsHold(int cell, Vcpu me) {}

    /** A fencing token greater than all before; under the lock. */
    abstract long nextToken(int cell);

    /** The last fencing token drawn; under the lock. */
    abstract long lastToken(int cell);

    /** Since when a guard holds it, in monotonic nanoseconds, 0 for no longer; under the lock. */
    abstract void heldSinceNs(int cell, long sinceNs);

    /** Whether a guard holds it, and said since when. */
    abstract boolean isGuarded(int cell);

    /** Keeps what is known of an owner that died; under the lock. */
    abstract void recordDeath(int cell, LockEntry.Death death);

    /** The last death recorded; null if none is. */
    abstract LockEntry.Death lastDeath(int cell);

    /** Whether its name was removed, and with it the lock. */
    abstract boolean isRemoved();

    // ---- the one way in

    /**
     * Begins a use of {@code me} and takes the lock, or neither: whatever is thrown, the use is over and the lock not held.
     *
     * @param deadlineNs {@link LockView#NOW} to wait for nobody alive
     * @return ACQUIRED; OWNER_DIED, for {@link #settle} or {@link #guard}; TIMED_OUT or INTERRUPTED, without the lock
     */
    private Outcome begin(int cell, Vcpu me, long deadlineNs, boolean interruptible) {
        region.checkRegion(me);
        me.beginUse();
        Outcome outcome = null;
        try {
            region.checkUsable(me);
            beginsHold(cell, me);
            if (reentrant && isHeldBy(cell, me)) {
                me.reenter(cell);
                outcome = Outcome.ACQUIRED;
            } else {
                outcome = attempt(cell, me, deadlineNs, interruptible, options.onDeadlock());
            }
            return outcome;
        } finally {
            if (outcome == null || !outcome.isOwned()) {
                region.threads().giveBack(me);
            }
        }
    }

    /** One attempt; the caller keeps count of the uses. Throws what ends it but for a deadline and an interrupt. */
    private Outcome attempt(int cell, Vcpu me, long deadlineNs, boolean interruptible, OnDeadlock onDeadlock) {
        boolean waits = deadlineNs != LockView.NOW;
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
                outcome = algorithm.lock(cell, me.participant, waitPolicy, deadlineNs, interruptible);
            }
        } catch (CorruptMemoryException e) {
            throw region.corrupt(e);
        }
        switch (outcome) {
            case DEADLOCK -> throw me.deadlock;
            case NOT_RECOVERABLE -> throw notRecoverable(cell);
            case CANCELLED -> throw region.closedException();
            default -> {}
        }
        if (order != null && outcome.isOwned()) {
            noteTaken(cell, me);
        }
        return outcome;
    }

    private void noteTaken(int cell, Vcpu me) {
        boolean noted = false;
        try {
            order.taken(me, cell, orderClass());
            noted = true;
        } finally {
            if (!noted) {
                algorithm.unlock(cell, me.participant);
            }
        }
    }

    // ---- lock

    final void lock(int cell, Vcpu me) {
        settle(cell, begin(cell, me, Participant.NO_DEADLINE, false), me);
    }

    /** For whoever makes something of each outcome itself: ACQUIRED, also after an owner's death; else TIMED_OUT or INTERRUPTED. */
    final Outcome lock(int cell, Vcpu me, long deadlineNs, boolean interruptible) {
        Outcome outcome = begin(cell, me, deadlineNs, interruptible);
        return settle(cell, outcome, me) ? Outcome.ACQUIRED : outcome;
    }

    /** For who must have the lock to end what it has begun under it, also in a region that has been closed meanwhile. */
    final void lockToEnd(int cell, Vcpu me) {
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

    final void lockInterruptibly(int cell) throws InterruptedException {
        throwIfInterrupted();
        take(cell, region.threads().borrow(Participant.NO_DEADLINE, true), Participant.NO_DEADLINE, true);
    }

    final void lockInterruptibly(int cell, Vcpu me) throws InterruptedException {
        throwIfInterrupted();
        take(cell, me, Participant.NO_DEADLINE, true);
    }

    /** By the calling thread. A virtual one without a slot would have to wait for one: it cannot have the lock now. */
    final boolean tryLock(int cell) {
        Vcpu me = region.threads().borrowNow();
        return me != null && tryLock(cell, me);
    }

    final boolean tryLock(int cell, Vcpu me) {
        return settle(cell, begin(cell, me, LockView.NOW, false), me);
    }

    /** By a deadline, as {@link LockView} wants it. */
    final boolean take(int cell, Vcpu me, long deadlineNs, boolean interruptible) throws InterruptedException {
        Outcome outcome = begin(cell, me, deadlineNs, interruptible);
        throwIfInterrupted(outcome);
        return settle(cell, outcome, me);
    }

    final boolean tryLock(int cell, long time, TimeUnit unit) throws InterruptedException {
        long deadlineNs = deadline(time, unit);
        throwIfInterrupted();
        Vcpu me = region.threads().borrow(deadlineNs, true);
        return me != null && take(cell, me, deadlineNs, true);
    }

    final boolean tryLock(int cell, long time, TimeUnit unit, Vcpu me) throws InterruptedException {
        long deadlineNs = deadline(time, unit);
        throwIfInterrupted();
        return take(cell, me, deadlineNs, true);
    }

    // ---- acquire

    final LockGuard acquire(int cell, Vcpu me) {
        return guard(cell, begin(cell, me, Participant.NO_DEADLINE, false), me);
    }

    final Optional<LockGuard> tryAcquire(int cell, long time, TimeUnit unit) throws InterruptedException {
        long deadlineNs = deadline(time, unit);
        throwIfInterrupted();
        Vcpu me = region.threads().borrow(deadlineNs, true);
        return me == null ? Optional.empty() : tryAcquire(cell, deadlineNs, me);
    }

    final Optional<LockGuard> tryAcquire(int cell, long time, TimeUnit unit, Vcpu me) throws InterruptedException {
        long deadlineNs = deadline(time, unit);
        throwIfInterrupted();
        return tryAcquire(cell, deadlineNs, me);
    }

    private Optional<LockGuard> tryAcquire(int cell, long deadlineNs, Vcpu me) throws InterruptedException {
        Outcome outcome = begin(cell, me, deadlineNs, true);
        throwIfInterrupted(outcome);
        if (!outcome.isOwned()) {
            return Optional.empty();
        }
        LockGuard guard = guard(cell, outcome, me);
        try {
            return Optional.of(guard);
        } catch (OutOfMemoryError e) {
            guard.close();
            throw e;
        }
    }

    /** What stands for the lock, which has been taken; if this throws, it is not held any more. */
    private LockGuard guard(int cell, Outcome outcome, Vcpu me) {
        LockGuard guard = null;
        try {
            if (outcome == Outcome.OWNER_DIED) {
                recordDeath(cell, me);
            }
            boolean again = me.hasReentered(cell);
            if (!again) {
                heldSinceNs(cell, Deadline.neverZero(NanoClock.nowNs()));
            }
            boolean died = again ? isInconsistent(cell) : outcome == Outcome.OWNER_DIED;
            guard = new LockGuard(this, cell, me, died, nextToken(cell));
            return guard;
        } finally {
            if (guard == null) {
                release(cell, me);
            }
        }
    }

    // ---- unlock

    /** The calling thread's vCPU, which must have locked {@code cell}. */
    final Vcpu holder(int cell) {
        Vcpu me = region.threads().existing();
        if (me == null) {
            throw new IllegalMonitorStateException(
                    "thread '" + Thread.currentThread().getName() + "' does not hold lock '" + nameOf(cell) + "'");
        }
        return me;
    }

    final void unlock(int cell, Vcpu me) {
        region.checkRegion(me);
        if (leavesInner(cell, me)) {
            region.threads().giveBack(me);
            return;
        }
        boolean mine = isHeldBy(cell, me);
        boolean done = false;
        try {
            unlockClearly(cell, me);
            done = true;
        } finally {
            // What fails may have failed after it was released, in waking the next.
            if (done || mine && !isHeldBy(cell, me)) {
                try {
                    forgetHold(cell, me);
                } finally {
                    region.threads().giveBack(me);
                }
            }
        }
    }

    private void unlockClearly(int cell, Vcpu me) {
        try {
            algorithm.unlock(cell, me.participant);
        } catch (CorruptMemoryException e) {
            throw region.corrupt(e);
        }
    }

    private void forgetHold(int cell, Vcpu me) {
        me.forgetReentries(cell);
        if (order != null) {
            order.givenBack(me, cell);
        }
    }

    /** Ends what a guard stands for. */
    final void release(int cell, Vcpu me) {
        // Before it is unlocked, and only by the owner: the next one writes there, too.
        if (isHeldBy(cell, me) && !me.hasReentered(cell)) {
            heldSinceNs(cell, 0);
        }
        unlock(cell, me);
    }

    // Whichever view took it again: the holds are the vCPU's.
    private boolean leavesInner(int cell, Vcpu me) {
        return me.hasReentered(cell) && isHeldBy(cell, me) && me.leaveInner(cell);
    }

    /** How often {@code me} holds it. */
    final int holdCount(int cell, Vcpu me) {
        return me != null && isHeldBy(cell, me) ? 1 + me.reentries(cell) : 0;
    }

    /**
     * Gives the lock back for the time of a wait, however often it was taken; the vCPU stays in use. If this throws and the lock is
     * not held any more, all its holds are over, and their uses.
     *
     * @return how often it had been taken again, for {@link #resume}
     */
    final int suspend(int cell, Vcpu me) {
        int reentries = me.reentries(cell);
        heldSinceNs(cell, 0);
        boolean done = false;
        try {
            unlockClearly(cell, me);
            done = true;
        } finally {
            if (done || !isHeldBy(cell, me)) {
                forgetHold(cell, me);
                endUses(me, done ? 0 : 1 + reentries);
            }
        }
        return reentries;
    }

    /**
     * Takes the lock back after {@link #suspend}, whatever circle it stands in, also in a region that has been closed meanwhile. If
     * this throws, {@link #endUses} is due.
     *
     * @return ACQUIRED or OWNER_DIED, for {@link #resume}
     */
    final Outcome takeBack(int cell, Vcpu me) {
        OnDeadlock asked = options.onDeadlock();
        OnDeadlock atMost = asked == OnDeadlock.THROW ? OnDeadlock.REPORT : asked;
        boolean before = me.participant.waitThoughCancelled(true);
        try {
            return attempt(cell, me, Participant.NO_DEADLINE, false, atMost);
        } finally {
            me.participant.waitThoughCancelled(before);
        }
    }

    /** After {@link #takeBack}: throws what {@code lock()} would, and then it is not held. */
    final void resume(int cell, Vcpu me, Outcome outcome, int reentries) {
        boolean held = false;
        try {
            held = settle(cell, outcome, me);
            for (int i = 0; i < reentries; i++) {
                me.reenter(cell);
            }
        } finally {
            if (!held) {
                endUses(me, reentries);
            }
        }
    }

    /** Ends as many uses of {@code me}, which does not hold the lock. */
    final void endUses(Vcpu me, int uses) {
        for (int i = 0; i < uses; i++) {
            region.threads().giveBack(me);
        }
    }

    final void markConsistent(int cell, Vcpu me) {
        if (region.paravirt() == algorithm) {
            region.paravirt().markConsistent(cell, me.participant);
            region.eventLog().by(RegionEvent.Type.MARKED_CONSISTENT, cell, me.participant);
        }
    }

    final void abandon(int cell, Vcpu me) {
        if (region.paravirt() != algorithm) {
            throw new UnsupportedOperationException(
                    "a lock of kind " + kind + " cannot be given up, only a PV lock can");
        }
        boolean mine = isHeldBy(cell, me);
        int uses = 1 + me.reentries(cell);
        boolean done = false;
        try {
            region.paravirt().abandon(cell, me.participant);
            done = true;
        } finally {
            // What fails may have failed after it was given up, in waking the others.
            if (done || mine && !isHeldBy(cell, me)) {
                forgetHold(cell, me);
                try {
                    region.eventLog().by(RegionEvent.Type.LOCK_ABANDONED, cell, me.participant);
                } finally {
                    endUses(me, uses);
                }
            }
        }
    }

    final boolean isHeldByCurrentThread(int cell) {
        Vcpu me = region.threads().existing();
        return me != null && isHeldBy(cell, me);
    }

    final boolean isHeldBy(int cell, Vcpu me) {
        return algorithm.owner(cell) == me.participant.ownerWord();
    }

    /** Whether it was declared not recoverable: nobody will ever have it. */
    final boolean isGivenUp(int cell) {
        return algorithm.owner(cell) == LockCell.NOT_RECOVERABLE;
    }

    final LockOptions options() {
        return options;
    }

    /** Finds or makes the condition {@code name} of the lock at {@code cell}. */
    final SharedCondition newCondition(int cell, String name) {
        long bodyBytes = SharedCondition.bodyLength(region);
        LockEntry named = region.findOrCreate(
                name, SharedObject.template(ObjectType.CONDITION, LockOptions.Policy.HYBRID, bodyBytes, List.of()));
        int extent = region.extent(named, name, bodyBytes, List.of());
        int lockOf = extent + ConditionDescriptor.LOCK_OFFSET;
        // P23: the first to bind it decides; pairs with itself and with P23 acquire below.
        memory.compareAndSetLong(lockOf, 0, cell);
        long bound = memory.getLongVolatile(lockOf); // P23 acquire
        if (bound != cell) {
            throw new IllegalArgumentException("condition '" + name + "' belongs to lock '"
                    + region.nameOf((int) bound).orElse("?") + "', not to '" + nameOf(cell) + "'");
        }
        return new SharedCondition(this, cell, named, extent);
    }

    final boolean isInconsistent(int cell) {
        return kind == LockKind.PV && region.isInconsistent(cell);
    }

    // ---- outcomes

    private static void throwIfInterrupted() throws InterruptedException {
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

    /** Whether the lock is held; makes of an owner's death what the options say. If this throws, it is not held. */
    private boolean settle(int cell, Outcome outcome, Vcpu me) {
        if (outcome == Outcome.OWNER_DIED) {
            inherit(cell, me);
        }
        return outcome.isOwned();
    }

    // Begins with all that is to be known of the attempt: a repair handler may make others.
    private void inherit(int cell, Vcpu me) {
        boolean kept = false;
        try {
            recordDeath(cell, me);
            heldSinceNs(cell, 0); // it was the dead owner's
            switch (options.onOwnerDeath()) {
                case CONTINUE -> region.paravirt().markConsistent(cell, me.participant);
                case HANDLER -> repair(cell, me);
                case FAIL ->
                    throw new OwnerDiedException(
                            describeDeath(cell)
                                    + "; take it with acquire(), repair the data, and call markConsistent()",
                            true);
            }
            kept = true;
        } finally {
            // A repair handler may have given it back, or taken it again by a reentrant view.
            while (!kept && isHeldBy(cell, me)) {
                release(cell, me);
            }
        }
    }

    private void repair(int cell, Vcpu me) {
        LockGuard guard = new LockGuard(this, cell, me, true, nextToken(cell));
        options.repair().accept(guard);
        if (guard.isAbandoned()) {
            throw notRecoverable(cell);
        }
        if (!isHeldBy(cell, me)) {
            throw new OwnerDiedException(
                    describeDeath(cell) + ", and its repair handler has unlocked it, which it must not", true);
        }
        if (region.isInconsistent(cell)) {
            throw new OwnerDiedException(
                    describeDeath(cell) + ", and its repair handler did not mark it consistent", true);
        }
    }

    private String describeDeath(int cell) {
        LockEntry.Death death = lastDeath(cell);
        return "an owner of lock '" + nameOf(cell) + "' died holding it"
                + (death == null ? "" : LockGuard.DeadOwner.of(death).inBrackets());
    }

    private RuntimeException notRecoverable(int cell) {
        if (isRemoved()) {
            return new IllegalStateException("lock '" + nameOf(cell) + "' of " + region.path()
                    + " was removed; look it up again, which makes a new one");
        }
        return new OwnerDiedException("lock '" + nameOf(cell) + "' was given up as not recoverable", false);
    }

    /** Under the lock: for whoever comes after me, should I die, too. */
    private void recordDeath(int cell, Vcpu me) {
        int owner = me.participant.diedOwner();
        if (owner != 0) {
            LockEntry.Death death = region.inspector().death(owner, lastToken(cell));
            recordDeath(cell, death);
            region.eventLog().ownerReplaced(death, cell, me.participant);
        }
    }

    /** A deadline for {@link Participant}, from now. */
    static long deadline(long time, TimeUnit unit) {
        return Deadline.in(unit.toNanos(time));
    }
}
