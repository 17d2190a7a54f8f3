package io.pvlock;

import io.pvlock.core.LockCell;
import io.pvlock.internal.directory.CellPages;
import io.pvlock.internal.directory.OvertakeTime;
import io.pvlock.internal.layout.LockArrayDescriptor;
import io.pvlock.internal.lock.ArrayLocking;
import io.pvlock.internal.lock.CellCondition;
import io.pvlock.internal.lock.FastCell;
import io.pvlock.internal.lock.LockSet;
import io.pvlock.internal.lock.LockView;
import io.pvlock.internal.object.MonitoredExtent;
import io.pvlock.internal.object.MonitoredExtent.Parameter;
import io.pvlock.internal.object.MonitoredExtent.Plan;
import io.pvlock.internal.session.AttachedThreads;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.stream.IntStream;

/**
 * An array of locks, 8 bytes each, for all threads of all processes that have the region open: {@link LockRegion#lockArray}. Each of
 * them is a PV lock of policy HYBRID, as good as a {@link SharedLock} and as fast: uncontended, locking and unlocking are one
 * compare-and-set each. Neighbours share a cache line: whoever cares takes every eighth.
 *
 * <p>Two things do not fit into 8 bytes. Who died last holding a lock is not kept; it is an event of the region. A fencing token
 * of its own a lock does not have: the guards of all locks of the array draw from one sequence.
 *
 * <p>An index that the array does not have is an {@link IndexOutOfBoundsException}. All else is as with {@link SharedLock}.
 */
public final class SharedLockArray {

    private final Session session;
    private final MonitoredExtent object;
    private final ArrayLocking locking;
    private final Attachment[] recent;
    private final Object fastSession;
    private final long base;
    private final int length;

    SharedLockArray(Session session, String name, int length, LockOptions options) {
        options.checkSame(name, LockKind.PV, LockOptions.Policy.HYBRID, options.overtakeUs());
        long bodyBytes = (long) checkLength(length) * LockCell.LENGTH;
        this.session = session;
        Plan plan = Plan.of(ObjectType.LOCK_ARRAY, bodyBytes, new Parameter("length", length));
        this.object = new MonitoredExtent(session, name, plan.overtakeUs(options.overtakeUs()));
        options.checkSame(
                name, LockKind.PV, LockOptions.Policy.HYBRID, object.entry().overtakeUs());
        this.length = length;
        this.locking = new ArrayLocking(
                session,
                name,
                object.entry(),
                object.extent() + LockArrayDescriptor.CELLS_OFFSET,
                LockCell.LENGTH,
                object.extent() + LockArrayDescriptor.FENCING_TOKEN_OFFSET,
                options.use());
        this.recent = session.threads().recent();
        this.fastSession = locking.fastSession();
        this.base = locking.base();
    }

    private static int checkLength(int length) {
        if (length < 1) {
            throw new IllegalArgumentException("length=" + length + ", there must be at least one lock");
        }
        return length;
    }

    /** What it is found by in its region. */
    public String name() {
        return object.name();
    }

    /** As {@link SharedLock#overtakeFor()}, of each of the locks. */
    public Optional<Duration> overtakeFor() {
        return OvertakeTime.of(LockOptions.Policy.HYBRID, object.entry().overtakeUs());
    }

    MonitoredExtent object() {
        return object;
    }

    /** How many locks there are. */
    public int length() {
        return length;
    }

    int cell(int index) {
        if (index < 0 || index >= length) {
            throw new IndexOutOfBoundsException("lock " + index + " of " + this + ", which has " + length);
        }
        return locking.cell(index);
    }

    // ---- lock

    /** {@link SharedLock#lock()} of the lock {@code index}. */
    public void lock(int index) {
        int cell = cell(index); // before anything is borrowed
        Attachment me = AttachedThreads.atHand(recent);
        // P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in unlock.
        if (me == null) {
            locking.lockFast(cell, session.threads().borrow());
        } else if (me.fastSession != fastSession
                || !CellPages.contains(me.arrayPages, cell)
                || !FastCell.cas(this, base + cell, 0L, me.heldCell)) {
            locking.lock(cell, session.threads().borrow());
        }
    }

    /** {@link #lock(int)} with the calling thread's own vCPU given. */
    public void lock(int index, Vcpu me) {
        int cell = cell(index);
        // P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in unlock.
        if (me.fastSession != fastSession
                || !CellPages.contains(me.arrayPages, cell)
                || !FastCell.cas(this, base + cell, 0L, me.heldCell)) {
            locking.lock(cell, me.attachment);
        }
    }

    /** {@link SharedLock#lockInterruptibly()} of the lock {@code index}. */
    public void lockInterruptibly(int index) throws InterruptedException {
        locking.lockInterruptibly(cell(index));
    }

    /** {@link #lockInterruptibly(int)} with the calling thread's own vCPU given. */
    public void lockInterruptibly(int index, Vcpu me) throws InterruptedException {
        locking.lockInterruptibly(cell(index), me.attachment);
    }

    /** {@link SharedLock#tryLock()} of the lock {@code index}. */
    public boolean tryLock(int index) {
        return locking.tryLock(cell(index));
    }

    /** {@link #tryLock(int)} with the calling thread's own vCPU given. */
    public boolean tryLock(int index, Vcpu me) {
        return locking.tryLock(cell(index), me.attachment);
    }

    /** {@link SharedLock#tryLock(long, TimeUnit)} of the lock {@code index}. */
    public boolean tryLock(int index, long time, TimeUnit unit) throws InterruptedException {
        return locking.tryLock(cell(index), time, unit);
    }

    /** {@link #tryLock(int, long, TimeUnit)} with the calling thread's own vCPU given. */
    public boolean tryLock(int index, long time, TimeUnit unit, Vcpu me) throws InterruptedException {
        return locking.tryLock(cell(index), time, unit, me.attachment);
    }

    /**
     * The lock {@code index} as a {@link Lock}, for {@link LockRegion#lockAll} and whoever else wants one. It has no condition of its
     * own: see {@link #newCondition}.
     */
    public Lock at(int index) {
        int cell = cell(index);
        return new LockView(
                session,
                cell,
                (deadlineNs, interruptible) -> {
                    Attachment me = session.threads().borrow(deadlineNs, interruptible);
                    return me != null && locking.take(cell, me, deadlineNs, interruptible);
                },
                () -> unlock(index));
    }

    /**
     * Finds or makes the condition {@code conditionName} of the lock {@code index}; a name in the region like any other.
     *
     * @throws IllegalArgumentException if the name stands for something else, or for a condition of another lock
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedCondition newCondition(int index, String conditionName) {
        return new SharedCondition(CellCondition.named(conditionName, locking, cell(index)));
    }

    /** {@link SharedLock#acquire()} of the lock {@code index}. */
    public LockGuard acquire(int index) {
        int cell = cell(index);
        return locking.acquire(cell, session.threads().borrow(), LockGuard::new);
    }

    /** {@link #acquire(int)} with the calling thread's own vCPU given. */
    public LockGuard acquire(int index, Vcpu me) {
        return locking.acquire(cell(index), me.attachment, LockGuard::new);
    }

    /** {@link SharedLock#tryAcquire} of the lock {@code index}. */
    public Optional<LockGuard> tryAcquire(int index, long time, TimeUnit unit) throws InterruptedException {
        return locking.tryAcquire(cell(index), time, unit, LockGuard::optional);
    }

    /** {@link #tryAcquire(int, long, TimeUnit)} with the calling thread's own vCPU given. */
    public Optional<LockGuard> tryAcquire(int index, long time, TimeUnit unit, Vcpu me) throws InterruptedException {
        return locking.tryAcquire(cell(index), time, unit, me.attachment, LockGuard::optional);
    }

    /**
     * Takes several locks, in the order of their indexes, whatever order they are given in. Threads that take several locks of
     * the array in this way only cannot get into a deadlock with each other.
     *
     * @throws IllegalArgumentException if an index is given twice; no lock is taken
     * @throws OwnerDiedException as {@link #lock(int)}; no lock is held
     */
    public HeldLocks lockAll(int... indexes) {
        int[] sorted = indexes.clone();
        Arrays.sort(sorted);
        for (int i = 0; i < sorted.length; i++) {
            cell(sorted[i]);
            if (i > 0 && sorted[i] == sorted[i - 1]) {
                throw new IllegalArgumentException("lock " + sorted[i] + " of " + this + " is given twice");
            }
        }
        return LockSet.lockAll(sorted.length, i -> lock(sorted[i]), i -> unlock(sorted[i]));
    }

    // ---- unlock

    /** {@link SharedLock#unlock()} of the lock {@code index}. */
    public void unlock(int index) {
        int cell = cell(index);
        Attachment me = AttachedThreads.atHand(recent);
        // P0 release: (0,0,LOCKED) -> (0,0,0), owner me -> nobody; pairs with P0 acquire in lock.
        if (me == null) {
            locking.unlockFast(cell, locking.holder(cell));
        } else if (me.fastSession != fastSession || !FastCell.cas(this, base + cell, me.heldCell, 0L)) {
            locking.unlock(cell, locking.holder(cell));
        }
    }

    /** {@link #unlock(int)} with the calling thread's own vCPU given. */
    public void unlock(int index, Vcpu me) {
        int cell = cell(index);
        // P0 release: (0,0,LOCKED) -> (0,0,0), owner me -> nobody; pairs with P0 acquire in lock.
        if (me.fastSession != fastSession || !FastCell.cas(this, base + cell, me.heldCell, 0L)) {
            locking.unlock(cell, me.attachment);
        }
    }

    // ---- snapshots

    /** Whether anybody holds the lock {@code index}; it may be dead. */
    public boolean isLocked(int index) {
        return locking.owner(cell(index)) != 0;
    }

    /** How often the calling thread holds the lock {@code index}; 0 if it does not. */
    public int getHoldCount(int index) {
        return locking.holdCount(cell(index), session.threads().existing());
    }

    /** Whether the calling thread holds the lock {@code index}. */
    public boolean isHeldByCurrentThread(int index) {
        return locking.isHeldByCurrentThread(cell(index));
    }

    /** Whether an owner of the lock {@code index} died, and nobody has declared its data repaired. */
    public boolean isInconsistent(int index) {
        return session.isInconsistent(cell(index));
    }

    /** Who holds the lock {@code index} now. */
    public Optional<OwnerInfo> owner(int index) {
        int cell = cell(index);
        return session.whileOpen(() -> session.inspector().ownerOf(cell));
    }

    /**
     * Which vCPU holds each of the locks from {@code from} to {@code to}, exclusive: its index, -1 where nobody does. Each is read by
     * itself; together they may never have been so.
     */
    public int[] owners(int from, int to) {
        if (from != to) {
            cell(from);
            cell(to - 1);
        }
        return IntStream.range(from, to)
                .map(index -> LockCell.ownerVcpu(locking.owner(cell(index))))
                .toArray();
    }

    @Override
    public String toString() {
        return object.toString();
    }
}
