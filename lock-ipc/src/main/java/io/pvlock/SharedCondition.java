package io.pvlock;

import io.pvlock.core.Deadline;
import io.pvlock.core.NanoClock;
import io.pvlock.core.Participant;
import io.pvlock.internal.lock.CellCondition;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/**
 * A condition of a {@link SharedLock}, for threads of all processes: made by {@link SharedLock#newCondition()}, or of a lock of an array
 * by {@link SharedLockArray#newCondition}. Its wait queue is the kernel's ({@code wait.c}): {@link #signal} wakes the first who waits
 * exclusively, by {@code await()}, and everybody who waits by {@link #awaitShared()}.
 *
 * <p>A death loses no signal. If the waiter that was chosen dies before it has the lock again, another one is chosen: by whoever
 * next waits, signals or returns, or by the one behind it, whom its death wakes; at the latest a second later. If it dies with the lock, the next owner is told,
 * as by {@code lock()}. As with any condition, a wait may end for no reason, so wait in a loop.
 *
 * <p>A wait takes the lock back, which may throw what {@code lock()} throws: after an {@link OwnerDiedException} the lock is not
 * held. If the region is closed, a wait takes the lock back in its turn, and ends with a {@link RegionException}, holding the
 * lock. A guard's fencing token is that of its acquisition: after a wait, others may have had later ones.
 *
 * <p>Waiting and signalling look at one word of each vCPU that waits. A wait gives a reentrant hold back whole, and takes it back whole.
 */
public final class SharedCondition implements Condition {

    private final CellCondition condition;

    SharedCondition(CellCondition condition) {
        this.condition = condition;
    }

    /** Waits until it is signalled or interrupted. */
    @Override
    public void await() throws InterruptedException {
        condition.await(true, Participant.NO_DEADLINE, true);
    }

    @Override
    public void awaitUninterruptibly() {
        try {
            condition.await(true, Participant.NO_DEADLINE, false);
        } catch (InterruptedException e) {
            throw new AssertionError("not interruptible", e);
        }
    }

    /** Waits for at most {@code nanosTimeout}; what is left of them. */
    @Override
    public long awaitNanos(long nanosTimeout) throws InterruptedException {
        long beginNs = NanoClock.nowNs();
        condition.await(true, Deadline.after(beginNs, nanosTimeout), true);
        return Deadline.restNs(nanosTimeout, NanoClock.nowNs() - beginNs);
    }

    /** Waits; false if the time is over. */
    @Override
    public boolean await(long time, TimeUnit unit) throws InterruptedException {
        return condition.await(true, Deadline.in(time, unit), true);
    }

    /** Waits; false if {@code deadline} has passed. The clock is looked at once: setting it meanwhile changes nothing. */
    @Override
    public boolean awaitUntil(Date deadline) throws InterruptedException {
        return await(Deadline.between(System.currentTimeMillis(), deadline.getTime()), TimeUnit.MILLISECONDS);
    }

    /** Waits without being exclusive: every signal wakes the caller, whomever else it wakes. */
    public void awaitShared() throws InterruptedException {
        condition.await(false, Participant.NO_DEADLINE, true);
    }

    /** {@link #awaitShared()}; false if the time is over. */
    public boolean awaitShared(long time, TimeUnit unit) throws InterruptedException {
        return condition.await(false, Deadline.in(time, unit), true);
    }

    /** Wakes the first who waits exclusively, and all who do not. */
    @Override
    public void signal() {
        condition.signal();
    }

    /** Wakes everybody. */
    @Override
    public void signalAll() {
        condition.signalAll();
    }

    /** How many threads wait and have not been woken, a snapshot. */
    public int getWaitQueueLength() {
        return condition.waiting();
    }

    /** Whether any thread waits and has not been woken; as {@link #getWaitQueueLength()}. */
    public boolean hasWaiters() {
        return getWaitQueueLength() > 0;
    }

    @Override
    public String toString() {
        return condition.toString();
    }
}
