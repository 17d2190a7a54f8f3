package io.pvlock.internal.lock;

import io.pvlock.core.Deadline;
import io.pvlock.core.Participant;
import io.pvlock.internal.session.Session;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/** A lock that is a part of something: all ways to take it by one. */
public final class LockView implements Lock {

    private final Session session;
    private final int cell;
    private final Taking taking;
    private final Runnable unlocking;

    /** Takes the lock. */
    @FunctionalInterface
    public interface Taking {
        /**
         * Whether it has been taken.
         *
         * @param deadlineNs in the domain of {@link System#nanoTime()}; {@link Participant#NO_DEADLINE} for none, or {@link
         *     Deadline#NOW} to wait for nobody alive
         */
        boolean take(long deadlineNs, boolean interruptible) throws InterruptedException;
    }

    /** @param cell of the lock by which the views exclude each other, as far as they do */
    public LockView(Session session, int cell, Taking taking, Runnable unlocking) {
        this.session = session;
        this.cell = cell;
        this.taking = taking;
        this.unlocking = unlocking;
    }

    public Session session() {
        return session;
    }

    public int cell() {
        return cell;
    }

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
        return takeUninterruptibly(Deadline.NOW);
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        return takeInterruptibly(Deadline.in(time, unit));
    }

    @Override
    public void unlock() {
        unlocking.run();
    }

    @Override
    public String toString() {
        return session.nameOf(cell).orElse("lock at " + cell) + " in " + session.path();
    }

    private boolean takeInterruptibly(long deadlineNs) throws InterruptedException {
        CellLocking.throwIfInterrupted();
        return taking.take(deadlineNs, true);
    }

    private boolean takeUninterruptibly(long deadlineNs) {
        try {
            return taking.take(deadlineNs, false);
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
