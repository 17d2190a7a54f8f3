package io.pvlock;

import io.pvlock.core.Participant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/** A lock that is a part of something: all ways to take it by one. */
abstract class LockView implements Lock {

    /** Instead of a deadline: do not wait for anybody alive. */
    static final long NOW = Long.MIN_VALUE;

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
        throw new UnsupportedOperationException("a read-write lock has no conditions");
    }
}
