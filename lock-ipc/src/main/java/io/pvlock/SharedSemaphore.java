package io.pvlock;

import io.pvlock.core.Deadline;
import io.pvlock.core.Participant;
import io.pvlock.internal.lock.CellLocking;
import io.pvlock.internal.object.MonitoredExtent;
import io.pvlock.internal.object.Permits;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import java.util.concurrent.TimeUnit;

/**
 * A counting semaphore shared by all threads of all processes that have the region open. Unlike {@link
 * java.util.concurrent.Semaphore}'s, its permits belong to the thread that acquired them, which alone can release them: and when that
 * thread dies, or its process is killed, they come back by themselves, without anybody being told. A thread that has permits cannot
 * {@linkplain Vcpu#close() give its vCPU back}; in a region that it has closed it still has them, and can release them.
 *
 * <p>What is available is what the living do not hold. Waiters are served in order, but a newcomer may take permits that nobody has
 * taken yet, unless the semaphore is made fair. Each operation takes the semaphore's own lock for a moment; if there are too few
 * permits, or others wait, for as long as it takes to look at one word of each vCPU that holds some or waits. While it waits, a
 * thread does not touch that lock.
 */
public final class SharedSemaphore {

    private final Session session;
    private final Permits permits;

    SharedSemaphore(Session session, String name, int permits, boolean fair) {
        this.session = session;
        this.permits = new Permits(session, name, permits, fair);
    }

    /** What it is found by in its region. */
    public String name() {
        return object().name();
    }

    MonitoredExtent object() {
        return permits.object();
    }

    // ---- acquire

    /** Takes one permit; see {@link #acquire(int)}. */
    public void acquire() throws InterruptedException {
        acquire(1);
    }

    /**
     * Takes {@code n} permits at once, waiting until there are so many.
     *
     * @throws IllegalArgumentException if there will never be so many
     */
    public void acquire(int n) throws InterruptedException {
        permits.checkWanted(n);
        CellLocking.throwIfInterrupted();
        permits.acquire(session.threads().borrow(Participant.NO_DEADLINE, true), n, Participant.NO_DEADLINE, true);
    }

    /** {@link #acquire()} with the calling thread's own vCPU given. */
    public void acquire(Vcpu me) throws InterruptedException {
        acquire(1, me);
    }

    /** {@link #acquire(int)} with the calling thread's own vCPU given. */
    public void acquire(int n, Vcpu me) throws InterruptedException {
        permits.checkWanted(n);
        CellLocking.throwIfInterrupted();
        permits.acquire(me.attachment, n, Participant.NO_DEADLINE, true);
    }

    /** Takes one permit whatever interrupts come. */
    public void acquireUninterruptibly() {
        acquireUninterruptibly(1);
    }

    /** Takes {@code n} permits like {@link #acquire(int)}, whatever interrupts come. */
    public void acquireUninterruptibly(int n) {
        permits.checkWanted(n);
        try {
            permits.acquire(session.threads().borrow(), n, Participant.NO_DEADLINE, false);
        } catch (InterruptedException e) {
            throw new AssertionError("not interruptible", e);
        }
    }

    /** Takes one permit if there is one, overtaking those who wait unless the semaphore is fair. */
    public boolean tryAcquire() {
        return tryAcquire(1);
    }

    /** Takes {@code n} permits if there are so many, overtaking those who wait unless the semaphore is fair. */
    public boolean tryAcquire(int n) {
        permits.checkWanted(n);
        Attachment me = session.threads().borrowNow();
        return me != null && permits.takeNow(me, n, n) > 0;
    }

    /** {@link #tryAcquire()} with the calling thread's own vCPU given. */
    public boolean tryAcquire(Vcpu me) {
        return tryAcquire(1, me);
    }

    /** {@link #tryAcquire(int)} with the calling thread's own vCPU given. */
    public boolean tryAcquire(int n, Vcpu me) {
        permits.checkWanted(n);
        return permits.takeNow(me.attachment, n, n) > 0;
    }

    /** Takes one permit if there is one in time. */
    public boolean tryAcquire(long time, TimeUnit unit) throws InterruptedException {
        return tryAcquire(1, time, unit);
    }

    /** Takes {@code n} permits if there are so many in time. */
    public boolean tryAcquire(int n, long time, TimeUnit unit) throws InterruptedException {
        permits.checkWanted(n);
        long deadlineNs = Deadline.in(time, unit);
        CellLocking.throwIfInterrupted();
        Attachment me = session.threads().borrow(deadlineNs, true);
        return me != null && permits.acquire(me, n, deadlineNs, true);
    }

    /** {@link #tryAcquire(int, long, TimeUnit)} with the calling thread's own vCPU given. */
    public boolean tryAcquire(int n, long time, TimeUnit unit, Vcpu me) throws InterruptedException {
        permits.checkWanted(n);
        long deadlineNs = Deadline.in(time, unit);
        CellLocking.throwIfInterrupted();
        return permits.acquire(me.attachment, n, deadlineNs, true);
    }

    /** Takes all permits that could be had now, overtaking those who wait unless the semaphore is fair. How many that are. */
    public int drainPermits() {
        Attachment me = session.threads().borrowNow();
        return me == null ? 0 : permits.takeNow(me, 1, permits.all());
    }

    // ---- release

    /** Gives one permit back. */
    public void release() {
        release(1);
    }

    /**
     * Gives {@code n} permits back.
     *
     * @throws IllegalArgumentException if {@code n} is not positive
     * @throws IllegalMonitorStateException if the calling thread does not hold so many; nothing is changed
     */
    public void release(int n) {
        Permits.checkReleased(n);
        Attachment me = session.threads().existing();
        if (me == null) {
            throw permits.holdsLess(0, n);
        }
        permits.release(me, n);
    }

    /** {@link #release()} with the calling thread's own vCPU given. */
    public void release(Vcpu me) {
        release(1, me);
    }

    /** {@link #release(int)} with the calling thread's own vCPU given. */
    public void release(int n, Vcpu me) {
        permits.release(me.attachment, n);
    }

    // ---- snapshots

    /** How many permits could be had now. */
    public int availablePermits() {
        return permits.free();
    }

    /** How many permits there are altogether. */
    public int permits() {
        return permits.all();
    }

    /** How many threads wait. */
    public int getQueueLength() {
        return permits.waiting();
    }

    /** Whether any thread waits. */
    public boolean hasQueuedThreads() {
        return getQueueLength() > 0;
    }

    /** Whether nobody takes a permit while others wait. */
    public boolean isFair() {
        return permits.isFair();
    }

    @Override
    public String toString() {
        return object().toString();
    }
}
