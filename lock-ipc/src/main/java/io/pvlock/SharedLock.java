package io.pvlock;

import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.directory.OvertakeTime;
import io.pvlock.internal.lock.CellCondition;
import io.pvlock.internal.lock.EntryLocking;
import io.pvlock.internal.lock.FastCell;
import io.pvlock.internal.session.AttachedThreads;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A lock shared by all threads of all processes that have the region open. Not reentrant unless asked for by
 * {@link LockOptions#reentrant()}; locking twice is an error, never a hang.
 *
 * <p>If an owner dies, the lock passes to the next one, who is told: {@link #acquire()} returns a guard that says so,
 * {@code lock()} and its kin do what {@link LockOptions.OnOwnerDeath} says. A paused or stopped owner keeps the lock.
 *
 * <p>A method without a {@link Vcpu} looks up the one of the calling thread. Many methods also come with a
 * parameter for it, which saves the look-up.
 */
public final class SharedLock implements NamedLock {

    private final Session session;

    // What the fast paths look at is here and in the vCPU: each load on the way there costs.
    private final Attachment[] recent;
    private final Object fastSession;
    private final long address;

    private final int cell;
    private final EntryLocking locking;
    private final LockOptions.Policy policy;

    SharedLock(Session session, String name, LockEntry entry, LockOptions options) {
        this.session = session;
        this.recent = session.threads().recent();
        this.locking = new EntryLocking(session, name, entry, options.use());
        this.fastSession = locking.fastSession();
        this.address = locking.address();
        this.cell = entry.cell();
        this.policy = LockOptions.Policy.fromCode(entry.policy());
    }

    /** Finds the lock {@code name} or makes it. */
    static SharedLock named(Session session, String name, LockOptions options) {
        LockEntry entry = session.findOrCreate(name, options.template(session.usableCpus()));
        options.checkSame(name, entry.kind(), LockOptions.Policy.fromCode(entry.policy()), entry.overtakeUs());
        return new SharedLock(session, name, entry, options);
    }

    /** What it is found by in its region. */
    @Override
    public String name() {
        return locking.name();
    }

    /** Who may overtake whom, fixed by whoever made it. */
    public LockOptions.Policy policy() {
        return policy;
    }

    /**
     * For how long others may take it past the head of its queue, fixed by whoever made it: 0 for not at all, empty for as long as they
     * come. See {@link LockOptions#overtakeFor}; of kinds other than PV it means nothing.
     */
    public Optional<Duration> overtakeFor() {
        return OvertakeTime.of(policy, locking.entry().overtakeUs());
    }

    /** How this process waits for it, through this object. */
    public LockOptions.WaitMode waitMode() {
        return locking.use().waitMode();
    }

    /** Whether the owner may lock it again through this object. */
    public boolean isReentrant() {
        return locking.use().reentrant();
    }

    /** Whether nobody overtakes anybody who queues. Of kind PV: with policy FAIR. Of the others: all but TAS. */
    public boolean isFair() {
        return kind() == LockKind.PV ? policy == LockOptions.Policy.FAIR : kind() != LockKind.TAS;
    }

    /** The algorithm, fixed by whoever made it. */
    public LockKind kind() {
        return locking.kind();
    }

    EntryLocking locking() {
        return locking;
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
        Attachment me = AttachedThreads.atHand(recent);
        // P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in unlock.
        if (me == null) {
            locking.lock(session.threads().borrow()); // with the same fast path
        } else if (me.fastSession != fastSession || !FastCell.cas(this, address, 0L, me.heldCell)) {
            locking.lock(cell, session.threads().borrow());
        }
    }

    /** {@link #lock()} with the calling thread's own vCPU given. */
    public void lock(Vcpu me) {
        // P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in unlock.
        if (me.fastSession != fastSession || !FastCell.cas(this, address, 0L, me.heldCell)) {
            locking.lock(cell, me.attachment);
        }
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        locking.lockInterruptibly(cell);
    }

    /** {@link #lockInterruptibly()} with the calling thread's own vCPU given. */
    public void lockInterruptibly(Vcpu me) throws InterruptedException {
        locking.lockInterruptibly(cell, me.attachment);
    }

    /**
     * Takes the lock if it can be had at once; overtakes a queue only as far as the lock's policy allows. False if the thread holds it
     * already, unless this is a {@linkplain LockOptions#reentrant() reentrant} view.
     *
     * @throws OwnerDiedException as {@link #lock()}
     */
    @Override
    public boolean tryLock() {
        return locking.tryLock(cell);
    }

    /** {@link #tryLock()} with the calling thread's own vCPU given. */
    public boolean tryLock(Vcpu me) {
        return locking.tryLock(cell, me.attachment);
    }

    /**
     * Takes the lock if it can be had in time. A thread that holds it already, and may not have it again, waits its time like any other
     * and gets false, as with {@link java.util.concurrent.locks.StampedLock#tryWriteLock(long, TimeUnit)}.
     *
     * @throws OwnerDiedException as {@link #lock()}
     */
    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        return locking.tryLock(cell, time, unit);
    }

    /** {@link #tryLock(long, TimeUnit)} with the calling thread's own vCPU given. */
    public boolean tryLock(long time, TimeUnit unit, Vcpu me) throws InterruptedException {
        return locking.tryLock(cell, time, unit, me.attachment);
    }

    // ---- acquire

    /**
     * Takes the lock like {@link #lock()}, also after an owner's death, and says what came with it.
     *
     * @throws OwnerDiedException only if the lock was given up for good
     */
    @Override
    public LockGuard acquire() {
        return locking.acquire(cell, session.threads().borrow(), LockGuard::new);
    }

    /** {@link #acquire()} with the calling thread's own vCPU given. */
    public LockGuard acquire(Vcpu me) {
        return locking.acquire(cell, me.attachment, LockGuard::new);
    }

    /**
     * Takes the lock like {@link #acquire()} if it can be had in time; a time of 0 or less makes one attempt. A thread that holds
     * the lock already fares as with {@link #tryLock(long, TimeUnit)}.
     */
    @Override
    public Optional<LockGuard> tryAcquire(long time, TimeUnit unit) throws InterruptedException {
        return locking.tryAcquire(cell, time, unit, LockGuard::optional);
    }

    /** {@link #tryAcquire(long, TimeUnit)} with the calling thread's own vCPU given. */
    public Optional<LockGuard> tryAcquire(long time, TimeUnit unit, Vcpu me) throws InterruptedException {
        return locking.tryAcquire(cell, time, unit, me.attachment, LockGuard::optional);
    }

    // ---- unlock

    /**
     * Gives the lock back.
     *
     * @throws IllegalMonitorStateException if the calling thread does not hold it; nothing is changed
     */
    @Override
    public void unlock() {
        Attachment me = AttachedThreads.atHand(recent);
        // P0 release: (0,0,LOCKED) -> (0,0,0), owner me -> nobody; pairs with P0 acquire in lock.
        if (me == null) {
            locking.unlock(locking.holder(cell)); // with the same fast path
        } else if (me.fastSession != fastSession || !FastCell.cas(this, address, me.heldCell, 0L)) {
            locking.unlock(cell, locking.holder(cell));
        }
    }

    /** {@link #unlock()} with the calling thread's own vCPU given. */
    public void unlock(Vcpu me) {
        // P0 release: (0,0,LOCKED) -> (0,0,0), owner me -> nobody; pairs with P0 acquire in lock.
        if (me.fastSession != fastSession || !FastCell.cas(this, address, me.heldCell, 0L)) {
            locking.unlock(cell, me.attachment);
        }
    }

    // ---- snapshots

    /** Whether the calling thread holds the lock. */
    public boolean isHeldByCurrentThread() {
        return locking.isHeldByCurrentThread(cell);
    }

    /** Whether anybody holds the lock; it may be dead. A lock that was given up for good counts as held. */
    public boolean isLocked() {
        return locking.owner(cell) != 0;
    }

    /** How often the calling thread holds the lock, through whichever views; 0 if it does not. */
    public int getHoldCount() {
        return locking.holdCount(cell, session.threads().existing());
    }

    /**
     * How many threads wait for the lock, a snapshot. For a kind that has no queue of vCPUs, waiters
     * for a condition of the lock count, too.
     */
    public int getQueueLength() {
        return session.whileOpen(() -> session.inspector().waiting(locking.entry()));
    }

    /** Whether any thread waits for the lock; as {@link #getQueueLength()}. */
    public boolean hasQueuedThreads() {
        return getQueueLength() > 0;
    }

    /** Who holds the lock now. */
    public Optional<OwnerInfo> owner() {
        return session.whileOpen(() -> session.inspector().owner(locking.entry()));
    }

    /** Who waits, in order; the queue head comes first. Kinds without a queue of vCPUs return an empty list. */
    public List<WaiterInfo> queue() {
        return session.whileOpen(() -> session.inspector().queue(locking.entry()));
    }

    // ---- conditions

    /**
     * The lock's own condition: the same one for every caller in every process. Whoever needs several names them:
     * {@link #newCondition(String)}.
     *
     * @throws RegionException FULL if the region has no room for it
     */
    @Override
    public SharedCondition newCondition() {
        return new SharedCondition(CellCondition.of(locking));
    }

    /**
     * Finds or makes the condition {@code conditionName} of this lock; a name in the region like any other.
     *
     * @throws IllegalArgumentException if the name stands for something else, or for a condition of another lock
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedCondition newCondition(String conditionName) {
        return new SharedCondition(CellCondition.named(conditionName, locking, cell));
    }

    @Override
    public String toString() {
        return locking.toString();
    }
}
