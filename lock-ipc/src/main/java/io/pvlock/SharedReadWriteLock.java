package io.pvlock;

import io.pvlock.internal.directory.OvertakeTime;
import io.pvlock.internal.lock.LockUse;
import io.pvlock.internal.object.MonitoredExtent;
import io.pvlock.internal.object.ReadWriteLocking;
import io.pvlock.internal.object.WriterWord;
import io.pvlock.internal.session.Session;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

/**
 * A read-write lock shared by all threads of all processes that have the region open: the kernel's queued one ({@code qrwlock}), with
 * the update lock of Chronicle Map and the optimistic reads of {@link java.util.concurrent.locks.StampedLock}.
 *
 * <p>Fair: whoever cannot enter at once queues, readers and writers in one line; a waiting writer keeps new readers out. A reader
 * sets one word of its own and looks at one that only writers change; a writer looks at the words of those that read.
 *
 * <p>Upgrading and downgrading: a thread that holds the write lock may take the other two. One that holds the update
 * lock may take the read lock, and the write lock as soon as all readers have left. They may be given back in any order.
 * A reader may read again. Anything else by which a thread would wait for itself is an {@link IllegalStateException}.
 * But a try is not: it fails when its time is over.
 *
 * <p>A reader that dies is not counted any more, nor is a writer that dies waiting. If a writer dies writing, whoever comes
 * next is told: {@link #acquireWrite()} returns a guard that says so. All else throws {@link OwnerDiedException} until
 * somebody has repaired the data and called {@link WriteGuard#markConsistent()}. With {@link
 * LockOptions.OnOwnerDeath#CONTINUE} nobody is told.
 */
public final class SharedReadWriteLock implements ReadWriteLock {

    private final ReadWriteLocking locking;
    private final WriterWord writer;
    private final Lock readLock;
    private final Lock writeLock;
    private final Lock updateLock;

    SharedReadWriteLock(Session session, String name, LockOptions options) {
        options.checkSame(name, LockKind.PV, LockOptions.Policy.FAIR, OvertakeTime.OF_POLICY);
        if (options.isReentrant()) {
            throw new IllegalArgumentException("read-write lock '" + name
                    + "' cannot be reentrant; without that, who reads may read again, and who writes may read");
        }
        LockUse use = options.use();
        this.locking = new ReadWriteLocking(session, name, continues(use.onOwnerDeath()), use.onDeadlock());
        this.writer = locking.writer();
        this.readLock = locking.readLock();
        this.writeLock = locking.writeLock();
        this.updateLock = locking.updateLock();
    }

    private static boolean continues(LockOptions.OnOwnerDeath onOwnerDeath) {
        return switch (onOwnerDeath) {
            case FAIL -> false;
            case CONTINUE -> true;
            case HANDLER ->
                throw new IllegalArgumentException(
                        "a read-write lock takes no repair handler; repair under acquireWrite()");
        };
    }

    /** What it is found by in its region. */
    public String name() {
        return object().name();
    }

    MonitoredExtent object() {
        return locking.object();
    }

    /** Many may hold it, as often as they like, while nobody writes. */
    @Override
    public Lock readLock() {
        return readLock;
    }

    /** One may hold it, and nobody reads meanwhile. */
    @Override
    public Lock writeLock() {
        return writeLock;
    }

    /** One may hold it while others read: it alone can take the write lock then. */
    public Lock updateLock() {
        return updateLock;
    }

    /** Takes the write lock, also after a writer's death, and says what came with it. */
    public WriteGuard acquireWrite() {
        return locking.acquireWrite(WriteGuard::new);
    }

    /** Takes the write lock like {@link #acquireWrite()} if it can be had in time. A thread that reads, or writes already, cannot have it. */
    public Optional<WriteGuard> tryAcquireWrite(long time, TimeUnit unit) throws InterruptedException {
        return locking.tryAcquireWrite(time, unit, hold -> Optional.of(new WriteGuard(hold)));
    }

    // ---- optimistic reads

    /**
     * A stamp for reading without any lock, or 0 if somebody writes or died writing. What is read is right only if
     * {@link #validate} says so afterwards; until then it may be torn.
     */
    public long tryOptimisticRead() {
        return writer.tryOptimisticRead();
    }

    /** Whether nobody has written since {@link #tryOptimisticRead} gave {@code stamp}; never for 0. */
    public boolean validate(long stamp) {
        return writer.validate(stamp);
    }

    // ---- snapshots

    /** How many threads hold the read lock now, each counted once. */
    public int readers() {
        return locking.readers();
    }

    /** How many read holds there are now: a thread that reads twice counts twice. */
    public int getReadLockCount() {
        return (int) Math.min(Integer.MAX_VALUE, locking.readHolds());
    }

    /** How often the calling thread holds the read lock. */
    public int getReadHoldCount() {
        return (int) Math.min(Integer.MAX_VALUE, locking.readHoldsOfMine());
    }

    /** 1 if the calling thread holds the write lock, else 0. */
    public int getWriteHoldCount() {
        return isWriteLockedByCurrentThread() ? 1 : 0;
    }

    /** Whether the calling thread holds the write lock. */
    public boolean isWriteLockedByCurrentThread() {
        return locking.isWriteLockedByMe();
    }

    /** Whether the calling thread holds the update lock. */
    public boolean isUpdateLockedByCurrentThread() {
        return locking.isUpdateLockedByMe();
    }

    /** Who writes now; empty if nobody does. A writer that waits for readers to leave does not write yet. */
    public Optional<OwnerInfo> writer() {
        return locking.isWriteLocked() ? object().owner() : Optional.empty();
    }

    /** Who has the update lock now; it may have the write lock as well. Empty if nobody has it. */
    public Optional<OwnerInfo> updater() {
        return locking.isUpdateLocked() ? object().owner() : Optional.empty();
    }

    /** True: readers and writers queue in one line. */
    public boolean isFair() {
        return true;
    }

    /** Whether somebody writes now. */
    public boolean isWriteLocked() {
        return locking.isWriteLocked();
    }

    /** Whether somebody has the update lock now. */
    public boolean isUpdateLocked() {
        return locking.isUpdateLocked();
    }

    /** How many threads wait, a writer that waits for readers to leave included. */
    public int getQueueLength() {
        return locking.waiting();
    }

    /** Whether any thread waits. */
    public boolean hasQueuedThreads() {
        return getQueueLength() > 0;
    }

    @Override
    public String toString() {
        return object().toString();
    }
}
