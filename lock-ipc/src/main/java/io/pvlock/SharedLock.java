package io.pvlock;

import io.pvlock.core.LockKind;
import io.pvlock.core.Outcome;
import io.pvlock.internal.directory.LockEntry;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;

/**
 * A lock shared by all threads of all processes that have the region open. Not reentrant unless asked for by
 * {@link LockOptions#reentrant()}; locking twice is an error, never a hang.
 *
 * <p>If an owner dies, the lock passes to the next one, who is told: {@link #acquire()} returns a guard that says so,
 * {@code lock()} and its kin do what {@link LockOptions.OnOwnerDeath} says. A paused or stopped owner keeps the lock.
 *
 * <p>Each method comes for the calling thread's own vCPU, looked up, and some for an explicit {@link Vcpu}.
 */
public final class SharedLock extends CellLocking implements Lock, OrderedLock {

    private final int cell;
    private final String name;
    private final LockEntry entry;
    private final LockOptions.Policy policy;

    SharedLock(LockRegion region, String name, LockEntry entry, LockOptions options) {
        super(region, entry.kind(), LockOptions.Policy.fromCode(entry.policy()), options);
        this.name = name;
        this.entry = entry;
        this.policy = LockOptions.Policy.fromCode(entry.policy());
        this.cell = entry.cell();
    }

    /** What it is found by in its region. */
    public String name() {
        return name;
    }

    /** Who may overtake whom, fixed by whoever made it. */
    public LockOptions.Policy policy() {
        return policy;
    }

    /** How this process waits for it, through this object. */
    public LockOptions.WaitMode waitMode() {
        return options().waitMode();
    }

    /** Whether the owner may lock it again through this object. */
    public boolean isReentrant() {
        return options().isReentrant();
    }

    /** Whether nobody overtakes anybody who queues: policy FAIR of kind PV, and of the others all but TAS. */
    public boolean isFair() {
        return kind == LockKind.PV ? policy == LockOptions.Policy.FAIR : kind != LockKind.TAS;
    }

    /** The algorithm, fixed by whoever made it. */
    public LockKind kind() {
        return kind;
    }

    @Override
    public LockRegion region() {
        return region;
    }

    @Override
    public int cell() {
        return cell;
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
            lock(cell, me);
        }
    }

    /** For whoever makes something of each outcome itself: ACQUIRED, also after an owner's death; else TIMED_OUT or INTERRUPTED. */
    Outcome lock(Vcpu me, long deadlineNs, boolean interruptible) {
        return lock(cell, me, deadlineNs, interruptible);
    }

    /** For who must have the lock to end what it has begun under it, also in a region that has been closed meanwhile. */
    void lockToEnd(Vcpu me) {
        lockToEnd(cell, me);
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        lockInterruptibly(cell);
    }

    /** {@link #lockInterruptibly()} with the calling thread's own vCPU given. */
    public void lockInterruptibly(Vcpu me) throws InterruptedException {
        lockInterruptibly(cell, me);
    }

    /**
     * Takes the lock if it can be had at once; overtakes a queue only as far as the lock's policy allows. False if the thread holds it
     * already, unless this is a {@linkplain LockOptions#reentrant() reentrant} view.
     *
     * @throws OwnerDiedException as {@link #lock()}
     */
    @Override
    public boolean tryLock() {
        return tryLock(cell);
    }

    /** {@link #tryLock()} with the calling thread's own vCPU given. */
    public boolean tryLock(Vcpu me) {
        return tryLock(cell, me);
    }

    /**
     * Takes the lock if it can be had in time. A thread that holds it already, and may not have it again, waits its time like any other
     * and gets false, as with {@link java.util.concurrent.locks.StampedLock#tryWriteLock(long, TimeUnit)}.
     *
     * @throws OwnerDiedException as {@link #lock()}
     */
    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        return tryLock(cell, time, unit);
    }

    /** {@link #tryLock(long, TimeUnit)} with the calling thread's own vCPU given. */
    public boolean tryLock(long time, TimeUnit unit, Vcpu me) throws InterruptedException {
        return tryLock(cell, time, unit, me);
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
        return acquire(cell, me);
    }

    /**
     * Takes the lock like {@link #acquire()} if it can be had in time; a time of 0 or less makes one attempt. By who holds it already:
     * as {@link #tryLock(long, TimeUnit)}.
     */
    public Optional<LockGuard> tryAcquire(long time, TimeUnit unit) throws InterruptedException {
        return tryAcquire(cell, time, unit);
    }

    /** {@link #tryAcquire(long, TimeUnit)} with the calling thread's own vCPU given. */
    public Optional<LockGuard> tryAcquire(long time, TimeUnit unit, Vcpu me) throws InterruptedException {
        return tryAcquire(cell, time, unit, me);
    }

    // ---- unlock

    /**
     * Gives the lock back.
     *
     * @throws IllegalMonitorStateException if the calling thread does not hold it; nothing is changed
     */
    @Override
    public void unlock() {
        unlock(holder(cell));
    }

    /** {@link #unlock()} with the calling thread's own vCPU given. */
    public void unlock(Vcpu me) {
        // P0 release: (0,0,LOCKED) -> (0,0,0), owner me -> nobody; pairs with P0 acquire in lock.
        if (me.fastRegion != fastRegion || !memory.compareAndSetLong(cell, me.heldCell, 0L)) {
            unlock(cell, me);
        }
    }

    // ---- snapshots

    /** Whether the calling thread holds the lock. */
    public boolean isHeldByCurrentThread() {
        return isHeldByCurrentThread(cell);
    }

    boolean isHeldBy(Vcpu me) {
        return isHeldBy(cell, me);
    }

    /** Whether anybody holds the lock; it may be dead. A lock that was given up for good counts as held. */
    public boolean isLocked() {
        return algorithm.owner(cell) != 0;
    }

    /** How often the calling thread holds the lock, through whichever views; 0 if it does not. */
    public int getHoldCount() {
        return holdCount(cell, region.threads().existing());
    }

    /** How many threads wait for the lock, a snapshot. Of a kind that has no queue of vCPUs, those that wait for a condition of it count, too. */
    public int getQueueLength() {
        return region.whileOpen(() -> region.inspector().waiting(entry));
    }

    /** Whether any thread waits for the lock; as {@link #getQueueLength()}. */
    public boolean hasQueuedThreads() {
        return getQueueLength() > 0;
    }

    /** Who holds the lock now. */
    public Optional<OwnerInfo> owner() {
        return region.whileOpen(() -> region.inspector().owner(entry));
    }

    /** Who waits, in order; the queue head comes first. Kinds without a queue of vCPUs return an empty list. */
    public List<WaiterInfo> queue() {
        return region.whileOpen(() -> region.inspector().queue(entry));
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
        return new SharedCondition(
                this, cell, entry, region.extent(entry, name, SharedCondition.bodyLength(region), List.of()));
    }

    /**
     * Finds or makes the condition {@code conditionName} of this lock; a name in the region like any other.
     *
     * @throws IllegalArgumentException if the name stands for something else, or for a condition of another lock
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedCondition newCondition(String conditionName) {
        return newCondition(cell, conditionName);
    }

    /** The last owner that died, whether or not its data have been repaired since; empty if none did, or if it is not known. */
    Optional<LockGuard.DeadOwner> lastDeath() {
        return Optional.ofNullable(entry.lastDeath()).map(LockGuard.DeadOwner::of);
    }

    @Override
    public String toString() {
        return "SharedLock[" + name + " " + kind + " in " + region.path() + "]";
    }

    // ---- what CellLocking asks for

    @Override
    String nameOf(int ofCell) {
        return name;
    }

    @Override
    String orderClass() {
        return name;
    }

    @Override
    long nextToken(int ofCell) {
        return entry.nextToken();
    }

    @Override
    long lastToken(int ofCell) {
        return entry.lastToken();
    }

    @Override
    void heldSinceNs(int ofCell, long sinceNs) {
        entry.heldSinceNs(sinceNs);
    }

    @Override
    boolean isGuarded(int ofCell) {
        return entry.heldSinceNs() != 0;
    }

    @Override
    void recordDeath(int ofCell, LockEntry.Death death) {
        entry.recordDeath(death);
    }

    @Override
    LockEntry.Death lastDeath(int ofCell) {
        return entry.lastDeath();
    }

    @Override
    boolean isRemoved() {
        return region.isRemoved(entry);
    }
}
