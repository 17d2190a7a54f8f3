package io.pvlock;

import io.pvlock.core.CorruptMemoryException;
import io.pvlock.core.LockAlgorithm;
import io.pvlock.core.LockKind;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import io.pvlock.core.WaitPolicy;
import io.pvlock.ipc.directory.LockEntry;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A lock shared by all threads of all processes that have the region open. Not reentrant unless asked for by
 * {@link LockOptions#reentrant()}; locking twice is an error, never a hang.
 *
 * <p>If an owner dies, the lock passes to the next one, who is told: {@link #acquire()} returns a guard that says so,
 * {@code lock()} and its kin do what {@link LockOptions.OnOwnerDeath} says. A paused or stopped owner keeps the lock.
 *
 * <p>Each method comes for the calling thread's own vCPU, looked up, and some for an explicit {@link Vcpu}.
 */
public final class SharedLock implements Lock {

    private final UnsafeBuffer memory;
    private final int cell;
    private final LockRegion region;
    private final LockAlgorithm algorithm;
    private final WaitPolicy waitPolicy;

    /**
     * What a vCPU's {@code fastRegion} must be for the fast paths here, which are the PV lock's: the region; or nothing that any
     * vCPU has, if the lock is of another kind or reentrant.
     */
    private final Object fastRegion;

    private final boolean reentrant;
    private final String name;
    private final LockEntry entry;
    private final LockOptions options;
    private final LockKind kind;

    SharedLock(LockRegion region, String name, LockEntry entry, LockOptions options) {
        this.region = region;
        this.memory = region.memory();
        this.name = name;
        this.entry = entry;
        this.cell = entry.cell();
        this.options = options;
        this.kind = entry.kind();
        this.algorithm = region.algorithm(kind);
        this.waitPolicy = options.waitPolicy(LockOptions.Policy.fromCode(entry.policy()), region.usableCpus());
        this.reentrant = options.isReentrant();
        this.fastRegion = kind == LockKind.PV && !reentrant ? region : new Object();
    }

    public String name() {
        return name;
    }

    public LockKind kind() {
        return kind;
    }

    // ---- lock

    /**
     * Takes the lock, waiting as long as it takes, whatever interrupts come.
     *
     * @throws OwnerDiedException see {@link LockOptions.OnOwnerDeath#FAIL}; the lock is not held
     * @throws IllegalStateException if the thread holds it already
     * @throws RegionException UNAVAILABLE if the region is closed, FULL if there is no slot for this thread
     */
    @Override
    public void lock() {
        lock(region.threads().borrow());
    }

    /** {@link #lock()} with the calling thread's own vCPU given. */
    public void lock(Vcpu me) {
        // P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in unlock.
        if (me.fastRegion != fastRegion || !memory.compareAndSetLong(cell, 0L, me.heldCell)) {
            lockSlow(me);
        }
    }

    private void lockSlow(Vcpu me) {
        if (reenters(me)) {
            return;
        }
        settle(wait(me, Participant.NO_DEADLINE, false), me);
    }

    /** For whoever makes something of each outcome itself: ACQUIRED, also after an owner's death; else why not, not held. */
    Outcome lock(Vcpu me, long deadlineNs, boolean interruptible) {
        if (reenters(me)) {
            return Outcome.ACQUIRED;
        }
        Outcome outcome = wait(me, deadlineNs, interruptible);
        if (outcome == Outcome.OWNER_DIED) {
            settle(outcome, me);
            return Outcome.ACQUIRED;
        }
        if (!outcome.isOwned()) {
            region.threads().giveBack(me);
        }
        return outcome;
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Vcpu me = region.threads().borrow();
        if (!reenters(me)) {
            throwIfInterrupted(wait(me, Participant.NO_DEADLINE, true), me);
        }
    }

    /** Takes the lock if it can be had at once; overtakes a queue only as far as the lock's policy allows. */
    @Override
    public boolean tryLock() {
        return tryLock(region.threads().borrow());
    }

    /** {@link #tryLock()} with the calling thread's own vCPU given. */
    public boolean tryLock(Vcpu me) {
        if (reenters(me)) {
            return true;
        }
        return settle(tryOnce(me), me);
    }

    private Outcome tryOnce(Vcpu me) {
        try {
            return algorithm.tryLock(cell, me.participant, waitPolicy);
        } catch (IllegalStateException e) {
            region.threads().giveBack(me);
            throw clear(e);
        }
    }

    private RuntimeException clear(IllegalStateException e) {
        return e instanceof CorruptMemoryException corrupt ? region.corrupt(corrupt) : e;
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Vcpu me = region.threads().borrow();
        return reenters(me) || throwIfInterrupted(wait(me, deadline(time, unit), true), me);
    }

    // ---- acquire

    /**
     * Takes the lock like {@link #lock()}, also after an owner's death, and says what came with it.
     *
     * @throws OwnerDiedException only if the lock was given up for good
     */
    public LockGuard acquire() {
        return acquire(region.threads().borrow());
    }

    /** {@link #acquire()} with the calling thread's own vCPU given. */
    public LockGuard acquire(Vcpu me) {
        return reenters(me) ? guardAgain(me) : guard(wait(me, Participant.NO_DEADLINE, false), me);
    }

    /** Takes the lock like {@link #acquire()} if it can be had in time; a time of 0 or less makes one attempt. */
    public Optional<LockGuard> tryAcquire(long time, TimeUnit unit) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Vcpu me = region.threads().borrow();
        if (reenters(me)) {
            return Optional.of(guardAgain(me));
        }
        Outcome outcome = wait(me, deadline(time, unit), true);
        if (outcome == Outcome.TIMED_OUT) {
            region.threads().giveBack(me);
            return Optional.empty();
        }
        if (outcome == Outcome.INTERRUPTED) {
            region.threads().giveBack(me);
            Thread.interrupted();
            throw new InterruptedException();
        }
        return Optional.of(guard(outcome, me));
    }

    private LockGuard guard(Outcome outcome, Vcpu me) {
        if (!outcome.isOwned()) {
            throw notOwned(outcome, me);
        }
        if (outcome == Outcome.OWNER_DIED) {
            recordDeath(me);
        }
        entry.heldSinceNs(System.nanoTime());
        return new LockGuard(this, me, outcome == Outcome.OWNER_DIED, entry.nextToken());
    }

    private LockGuard guardAgain(Vcpu me) {
        return new LockGuard(this, me, isInconsistent(), entry.nextToken());
    }

    // ---- unlock

    /**
     * Gives the lock back.
     *
     * @throws IllegalMonitorStateException if the calling thread does not hold it; nothing is changed
     */
    @Override
    public void unlock() {
        Vcpu me = region.threads().existing();
        if (me == null) {
            throw new IllegalMonitorStateException(
                    "thread '" + Thread.currentThread().getName() + "' does not hold " + this);
        }
        unlock(me);
    }

    /** {@link #unlock()} with the calling thread's own vCPU given. */
    public void unlock(Vcpu me) {
        // P0 release: (0,0,LOCKED) -> (0,0,0), owner me -> nobody; pairs with P0 acquire in lock.
        if (me.fastRegion != fastRegion || !memory.compareAndSetLong(cell, me.heldCell, 0L)) {
            unlockSlow(me);
        }
    }

    private void unlockSlow(Vcpu me) {
        checkRegion(me);
        if (!leavesInner(me)) {
            unlockClearly(me);
            me.forgetReentries(cell);
        }
        region.threads().giveBack(me);
    }

    private void unlockClearly(Vcpu me) {
        try {
            algorithm.unlock(cell, me.participant);
        } catch (CorruptMemoryException e) {
            throw region.corrupt(e);
        }
    }

    /** Ends what a guard stands for. */
    void release(Vcpu me) {
        // Before it is unlocked, and only by the owner: the next one writes there, too.
        if (isHeldBy(me) && !isReentered(me)) {
            entry.heldSinceNs(0);
        }
        unlockSlow(me);
    }

    private boolean isReentered(Vcpu me) {
        return reentrant && me.hasReentered(cell);
    }

    private boolean leavesInner(Vcpu me) {
        return reentrant && isHeldBy(me) && me.leaveInner(cell);
    }

    void markConsistent(Vcpu me) {
        if (region.paravirt() == algorithm) {
            region.paravirt().markConsistent(cell, me.participant);
            region.eventLog().by(RegionEvent.Type.MARKED_CONSISTENT, cell, me.participant);
        }
    }

    void abandon(Vcpu me) {
        if (region.paravirt() != algorithm) {
            throw new UnsupportedOperationException(
                    "a lock of kind " + kind + " cannot be given up, only a PV lock can");
        }
        region.paravirt().abandon(cell, me.participant);
        me.forgetReentries(cell);
        region.eventLog().by(RegionEvent.Type.LOCK_ABANDONED, cell, me.participant);
        region.threads().giveBack(me);
    }

    // ---- snapshots

    /** Whether the calling thread holds the lock. */
    public boolean isHeldByCurrentThread() {
        Vcpu me = region.threads().existing();
        return me != null && isHeldBy(me);
    }

    boolean isHeldBy(Vcpu me) {
        return algorithm.owner(cell) == me.participant.ownerWord();
    }

    /** Who holds the lock now. */
    public Optional<OwnerInfo> owner() {
        return region.whileOpen(() -> region.inspector().owner(entry));
    }

    /** Who waits, in order; the queue head comes first. Kinds without a queue of vCPUs return an empty list. */
    public List<WaiterInfo> queue() {
        return region.whileOpen(() -> region.inspector().queue(entry));
    }

    LockRegion region() {
        return region;
    }

    int cell() {
        return cell;
    }

    LockEntry.Death lastDeath() {
        return entry.lastDeath();
    }

    /** Not supported yet. */
    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException("conditions are not supported");
    }

    @Override
    public String toString() {
        return "SharedLock[" + name + " " + kind + " in " + region.path() + "]";
    }

    // ---- outcomes

    private Outcome wait(Vcpu me, long deadlineNs, boolean interruptible) {
        try {
            return algorithm.lock(cell, me.participant, waitPolicy, deadlineNs, interruptible);
        } catch (IllegalStateException e) {
            region.threads().giveBack(me);
            throw clear(e);
        }
    }

    /** Begins a use of {@code me}, which ends with an unlock, or at once without the lock. Whether the owner came again. */
    private boolean reenters(Vcpu me) {
        checkRegion(me);
        me.beginUse();
        checkUsable(me);
        if (!reentrant || !isHeldBy(me)) {
            return false;
        }
        me.reenter(cell);
        return true;
    }

    private boolean isInconsistent() {
        return kind == LockKind.PV && region.isInconsistent(cell);
    }

    private void checkUsable(Vcpu me) {
        if (region.isClosed()) {
            region.threads().giveBack(me);
            throw region.closedException();
        }
        if (me.isDetached()) {
            throw new IllegalStateException(me + " has been closed; attach() again");
        }
    }

    private void checkRegion(Vcpu me) {
        if (me.region != region) {
            throw new IllegalArgumentException(me + " belongs to " + me.region.path() + ", not to " + region.path());
        }
    }

    private boolean throwIfInterrupted(Outcome outcome, Vcpu me) throws InterruptedException {
        if (outcome == Outcome.INTERRUPTED) {
            region.threads().giveBack(me);
            Thread.interrupted();
            throw new InterruptedException();
        }
        return settle(outcome, me);
    }

    /** Whether the lock is held; makes of the other outcomes what the options say. */
    private boolean settle(Outcome outcome, Vcpu me) {
        if (outcome == Outcome.ACQUIRED) {
            return true;
        }
        if (outcome == Outcome.TIMED_OUT) {
            region.threads().giveBack(me);
            return false;
        }
        if (outcome != Outcome.OWNER_DIED) {
            throw notOwned(outcome, me);
        }
        recordDeath(me);
        entry.heldSinceNs(0); // it was the dead owner's
        return switch (options.onOwnerDeath()) {
            case CONTINUE -> {
                region.paravirt().markConsistent(cell, me.participant);
                yield true;
            }
            case HANDLER -> repair(me);
            case FAIL -> throw ownerDied(me);
        };
    }

    private boolean repair(Vcpu me) {
        LockGuard guard = new LockGuard(this, me, true, entry.nextToken());
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
            throw notRecoverable();
        }
        if (!repaired) {
            throw new OwnerDiedException(describeDeath() + ", and its repair handler did not mark it consistent", true);
        }
        return true;
    }

    private OwnerDiedException ownerDied(Vcpu me) {
        release(me);
        return new OwnerDiedException(
                describeDeath() + "; take it with acquire(), repair the data, and call markConsistent()", true);
    }

    private String describeDeath() {
        LockEntry.Death death = entry.lastDeath();
        return "an owner of lock '" + name + "' died holding it (pid " + death.pid() + ", tid " + death.tid() + ")";
    }

    private RuntimeException notOwned(Outcome outcome, Vcpu me) {
        region.threads().giveBack(me);
        return outcome == Outcome.NOT_RECOVERABLE ? notRecoverable() : region.closedException();
    }

    private OwnerDiedException notRecoverable() {
        return new OwnerDiedException("lock '" + name + "' was given up as not recoverable", false);
    }

    /** Under the lock: for whoever comes after me, should I die, too. */
    private void recordDeath(Vcpu me) {
        int owner = me.participant.diedOwner();
        if (owner != 0) {
            LockEntry.Death death = region.inspector().death(owner, entry.lastToken());
            entry.recordDeath(death);
            region.eventLog().ownerReplaced(death, cell, me.participant);
        }
    }

    static long deadline(long time, TimeUnit unit) {
        long now = System.nanoTime();
        long deadline = now + unit.toNanos(Math.max(0, time));
        return deadline < now || deadline == Participant.NO_DEADLINE ? Participant.NO_DEADLINE : deadline;
    }
}
