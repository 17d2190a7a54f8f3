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
import io.pvlock.ipc.directory.LockEntry;
import io.pvlock.ipc.layout.ConditionDescriptor;
import java.util.List;
import java.util.Objects;
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

    // ---- lock

    final void lock(int cell, Vcpu me) {
        if (!reenters(cell, me)) {
            settle(cell, wait(cell, me, Participant.NO_DEADLINE, false), me);
        }
    }

    /** For whoever makes something of each outcome itself: ACQUIRED, also after an owner's death; else why not, not held. */
    final Outcome lock(int cell, Vcpu me, long deadlineNs, boolean interruptible) {
        if (reenters(cell, me)) {
            return Outcome.ACQUIRED;
        }
        Outcome outcome = wait(cell, me, deadlineNs, interruptible);
        if (outcome == Outcome.OWNER_DIED) {
            settle(cell, outcome, me);
            return Outcome.ACQUIRED;
        }
        if (!outcome.isOwned()) {
            region.threads().giveBack(me);
        }
        return outcome;
    }

    final void lockInterruptibly(int cell) throws InterruptedException {
        throwIfInterrupted();
        lockInterruptibly(cell, region.threads().borrow());
    }

    final void lockInterruptibly(int cell, Vcpu me) throws InterruptedException {
        throwIfInterrupted();
        if (!reenters(cell, me)) {
            settleInterruptible(cell, wait(cell, me, Participant.NO_DEADLINE, true), me);
        }
    }

    final boolean tryLock(int cell, Vcpu me) {
        return reenters(cell, me) || settle(cell, tryOnce(cell, me), me);
    }

    private Outcome tryOnce(int cell, Vcpu me) {
        try {
            Outcome outcome = algorithm.tryLock(cell, me.participant, waitPolicy);
            if (order != null && outcome.isOwned()) {
                order.taken(me, cell, orderClass());
            }
            return outcome;
        } catch (IllegalStateException e) {
            region.threads().giveBack(me);
            throw clear(e);
        }
    }

    private RuntimeException clear(IllegalStateException e) {
        return e instanceof CorruptMemoryException corrupt ? region.corrupt(corrupt) : e;
    }

    /** By a deadline, as {@link LockView} wants it. */
    final boolean take(int cell, Vcpu me, long deadlineNs, boolean interruptible) throws InterruptedException {
        if (deadlineNs == LockView.NOW) {
            return tryLock(cell, me);
        }
        return reenters(cell, me) || settleInterruptible(cell, wait(cell, me, deadlineNs, interruptible), me);
    }

    final boolean tryLock(int cell, long time, TimeUnit unit) throws InterruptedException {
        throwIfInterrupted();
        Objects.requireNonNull(unit, "unit");
        return tryLock(cell, time, unit, region.threads().borrow());
    }

    final boolean tryLock(int cell, long time, TimeUnit unit, Vcpu me) throws InterruptedException {
        throwIfInterrupted();
        long deadlineNs = deadline(time, unit);
        return reenters(cell, me) || settleInterruptible(cell, wait(cell, me, deadlineNs, true), me);
    }

    // ---- acquire

    final LockGuard acquire(int cell, Vcpu me) {
        return reenters(cell, me)
                ? guardAgain(cell, me)
                : guard(cell, wait(cell, me, Participant.NO_DEADLINE, false), me);
    }

    final Optional<LockGuard> tryAcquire(int cell, long time, TimeUnit unit) throws InterruptedException {
        throwIfInterrupted();
        Objects.requireNonNull(unit, "unit");
        return tryAcquire(cell, time, unit, region.threads().borrow());
    }

    final Optional<LockGuard> tryAcquire(int cell, long time, TimeUnit unit, Vcpu me) throws InterruptedException {
        throwIfInterrupted();
        long deadlineNs = deadline(time, unit);
        if (reenters(cell, me)) {
            return Optional.of(guardAgain(cell, me));
        }
        Outcome outcome = wait(cell, me, deadlineNs, true);
        if (outcome == Outcome.TIMED_OUT) {
            region.threads().giveBack(me);
            return Optional.empty();
        }
        throwIfInterrupted(outcome, me);
        return Optional.of(guard(cell, outcome, me));
    }

    private LockGuard guard(int cell, Outcome outcome, Vcpu me) {
        if (!outcome.isOwned()) {
            throw notOwned(cell, outcome, me);
        }
        if (outcome == Outcome.OWNER_DIED) {
            recordDeath(cell, me);
        }
        heldSinceNs(cell, Deadline.neverZero(NanoClock.nowNs()));
        return new LockGuard(this, cell, me, outcome == Outcome.OWNER_DIED, nextToken(cell));
    }

    private LockGuard guardAgain(int cell, Vcpu me) {
        return new LockGuard(this, cell, me, isInconsistent(cell), nextToken(cell));
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
        if (!leavesInner(cell, me)) {
            unlockClearly(cell, me);
            forgetHold(cell, me);
        }
        region.threads().giveBack(me);
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
     * Gives the lock back for the time of a wait, however often it was taken; the vCPU stays in use.
     *
     * @return how often it had been taken again, for {@link #resume}
     */
    final int suspend(int cell, Vcpu me) {
        int reentries = me.reentries(cell);
        heldSinceNs(cell, 0);
        unlockClearly(cell, me);
        forgetHold(cell, me);
        return reentries;
    }

    /** After {@link #suspend} and a new wait that ended with {@code outcome}: throws what {@code lock()} would. */
    final void resume(int cell, Vcpu me, Outcome outcome, int reentries) {
        boolean held = false;
        try {
            held = settle(cell, outcome, me);
        } finally {
            for (int i = 0; i < reentries; i++) {
                if (held) {
                    me.reenter(cell);
                } else {
                    region.threads().giveBack(me);
                }
            }
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
        region.paravirt().abandon(cell, me.participant);
        forgetHold(cell, me);
        region.eventLog().by(RegionEvent.Type.LOCK_ABANDONED, cell, me.participant);
        region.threads().giveBack(me);
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

    final Outcome wait(int cell, Vcpu me, long deadlineNs, boolean interruptible) {
        return wait(cell, me, deadlineNs, interruptible, options.onDeadlock());
    }

    /** For a wait that must end with the lock: a dead-lock is at most reported. */
    final Outcome waitWhateverCircle(int cell, Vcpu me) {
        OnDeadlock asked = options.onDeadlock();
        return wait(cell, me, Participant.NO_DEADLINE, false, asked == OnDeadlock.THROW ? OnDeadlock.REPORT : asked);
    }

    private Outcome wait(int cell, Vcpu me, long deadlineNs, boolean interruptible, OnDeadlock onDeadlock) {
        me.onDeadlock = onDeadlock;
        if (order != null) {
            order.check(me, orderClass());
        }
        if (deadlineNs != Deadline.NONE && isHeldBy(cell, me)) {
            return FutileWait.until(me, deadlineNs, interruptible);
        }
        try {
            Outcome outcome = algorithm.lock(cell, me.participant, waitPolicy, deadlineNs, interruptible);
            if (order != null && outcome.isOwned()) {
                order.taken(me, cell, orderClass());
            }
            return outcome;
        } catch (IllegalStateException e) {
            region.threads().giveBack(me);
            throw clear(e);
        }
    }

    /** Begins a use of {@code me}, which ends with an unlock, or at once without the lock. Whether the owner came again. */
    private boolean reenters(int cell, Vcpu me) {
        region.checkRegion(me);
        me.beginUse();
        try {
            region.checkUsable(me);
        } catch (RegionException e) {
            region.threads().giveBack(me);
            throw e;
        }
        if (!reentrant || !isHeldBy(cell, me)) {
            return false;
        }
        me.reenter(cell);
        return true;
    }

    private static void throwIfInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private boolean settleInterruptible(int cell, Outcome outcome, Vcpu me) throws InterruptedException {
        throwIfInterrupted(outcome, me);
        return settle(cell, outcome, me);
    }

    private void throwIfInterrupted(Outcome outcome, Vcpu me) throws InterruptedException {
        if (outcome == Outcome.INTERRUPTED) {
            region.threads().giveBack(me);
            Thread.interrupted();
            throw new InterruptedException();
        }
    }

    /** Whether the lock is held; makes of the other outcomes what the options say. */
    final boolean settle(int cell, Outcome outcome, Vcpu me) {
        if (outcome == Outcome.ACQUIRED) {
            return true;
        }
        if (outcome == Outcome.TIMED_OUT) {
            region.threads().giveBack(me);
            return false;
        }
        if (outcome != Outcome.OWNER_DIED) {
            throw notOwned(cell, outcome, me);
        }
        recordDeath(cell, me);
        heldSinceNs(cell, 0); // it was the dead owner's
        return switch (options.onOwnerDeath()) {
            case CONTINUE -> {
                region.paravirt().markConsistent(cell, me.participant);
                yield true;
            }
            case HANDLER -> repair(cell, me);
            case FAIL -> throw ownerDied(cell, me);
        };
    }

    private boolean repair(int cell, Vcpu me) {
        LockGuard guard = new LockGuard(this, cell, me, true, nextToken(cell));
        boolean repaired = false;
        try {
            options.repair().accept(guard);
            repaired = guard.isHeld() && !region.isInconsistent(cell);
        } finally {
            if (!repaired) {
                guard.close();
            }
        }
        if (guard.isAbandoned()) {
            throw notRecoverable(cell);
        }
        if (!repaired) {
            throw new OwnerDiedException(
                    describeDeath(cell) + ", and its repair handler did not mark it consistent", true);
        }
        return true;
    }

    private OwnerDiedException ownerDied(int cell, Vcpu me) {
        release(cell, me);
        return new OwnerDiedException(
                describeDeath(cell) + "; take it with acquire(), repair the data, and call markConsistent()", true);
    }

    private String describeDeath(int cell) {
        LockEntry.Death death = lastDeath(cell);
        return "an owner of lock '" + nameOf(cell) + "' died holding it"
                + (death == null ? "" : LockGuard.DeadOwner.of(death).inBrackets());
    }

    private RuntimeException notOwned(int cell, Outcome outcome, Vcpu me) {
        region.threads().giveBack(me);
        if (outcome == Outcome.DEADLOCK) {
            return me.deadlock;
        }
        return outcome == Outcome.NOT_RECOVERABLE ? notRecoverable(cell) : region.closedException();
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
