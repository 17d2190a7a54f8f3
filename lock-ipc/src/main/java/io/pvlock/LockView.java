package io.pvlock;

import io.pvlock.core.Deadline;
import io.pvlock.core.Participant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/** A lock that is a part of something: all ways to take it by one. */
abstract class LockView implements OrderedLock {

    /** Instead of a deadline: do not wait for anybody alive. */
    static final long NOW = Deadline.NOW;

    private final LockRegion region;
    private final int cell;

    /** @param cell of the lock that excludes all but what the view shares with others */
    LockView(LockRegion region, int cell) {
        this.region = region;
        this.cell = cell;
    }

    @Override
    public LockRegion region() {
        return region;
    }

    @Override
    public int cell() {
        return cell;
    }

    /**
     * Whether it has been taken.
     *
     * @param deadlineNs in the domain of {@link System#nanoTime()}; {@link Participant#NO_DEADLINE} for none, or {@link #NOW}
     */
    abstract boolean take(long deadlineNs, boolean interruptible) throws InterruptedException;

    @Override
    public void lock() {
        takeUninterruptibly(Participant.NO_DEADLINE);
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        takeInterruptibly(Participant.NO_DEADLINE);
    }

    @Override
    public boolean tryLock() {
        return takeUninterruptibly(NOW);
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        return takeInterruptibly(SharedLock.deadline(time, unit));
    }

    @Override
    public String toString() {
        return region.nameOf(cell).orElse("lock at " + cell) + " in " + region.path();
    }

    private boolean takeInterruptibly(long deadlineNs) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return take(deadlineNs, true);
    }

    private boolean takeUninterruptibly(long deadlineNs) {
        try {
            return take(deadlineNs, false);
        } catch (InterruptedException e) {
            throw new AssertionError("not interruptible", e);
        }
    }

    /** Not supported. */
    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException("neither a read-write lock nor a single lock of an array has one; make"
                + " one of a lock, or with SharedLockArray.newCondition(index, name)");
    }
}
