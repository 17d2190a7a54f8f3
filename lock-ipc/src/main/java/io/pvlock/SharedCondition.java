package io.pvlock;

import io.pvlock.core.Deadline;
import io.pvlock.core.KillPoint;
import io.pvlock.core.NanoClock;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.layout.ConditionDescriptor;
import io.pvlock.internal.wait.WaitQueue;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/**
 * A condition of a {@link SharedLock}, for threads of all processes: made by {@link SharedLock#newCondition()}, or of a lock of an array
 * by {@link SharedLockArray#newCondition}. Its wait queue is the
 * kernel's ({@code wait.c}): {@link #signal} wakes, in order, one of those who wait exclusively, as {@code await()} does, and everybody
 * who does not, as {@link #awaitShared()} does.
 *
 * <p>A signal is never lost to a death: if the waiter that it chose dies before it has the lock again, another is chosen, by whoever
 * next waits, signals or returns, or by those who wait, who look every 50 ms. If it dies with the lock, whoever gets the lock
 * next is told of it as by {@code lock()}. A wait may end for no reason, as any condition's: whoever waits looks at what it waits for
 * in a loop.
 *
 * <p>What {@code lock()} throws, taking the lock back may throw, too: {@link OwnerDiedException}, without holding the lock. In a
 * closed region a wait ends with a {@link RegionException}, holding the lock, which it waits for in turn. A guard's fencing token is
 * that of its acquisition: after a wait, others may have had later ones.
 *
 * <p>Waiting and signalling look at one word of each vCPU that ever waited. A reentrant hold is given back whole, and had again.
 */
public final class SharedCondition implements Condition {

    private final CellLocking lock;
    private final LockRegion region;
    private final WaitQueue queue;
    private final int cell;

    /** Whose extent it is: while it is reachable nobody else gets that. */
    private final LockEntry entry;

    SharedCondition(CellLocking lock, int cell, LockEntry entry, int extent) {
        this.entry = entry;
        this.lock = lock;
        this.cell = cell;
        this.region = lock.region;
        this.queue = new WaitQueue(region.registry(), extent, extent + ConditionDescriptor.QUEUE_OFFSET, cell);
    }

    static int bodyLength(LockRegion region) {
        return WaitQueue.length(region.maxVcpus());
    }

    /** Waits until it is signalled or interrupted. */
    @Override
    public void await() throws InterruptedException {
        await(true, Participant.NO_DEADLINE, true);
    }

    @Override
    public void awaitUninterruptibly() {
        try {
            await(true, Participant.NO_DEADLINE, false);
        } catch (InterruptedException e) {
            throw new AssertionError("not interruptible", e);
        }
    }

    /** Waits for at most {@code nanosTimeout}; what is left of them. */
    @Override
    public long awaitNanos(long nanosTimeout) throws InterruptedException {
        long beginNs = NanoClock.nowNs();
        await(true, Deadline.after(beginNs, nanosTimeout), true);
        return Deadline.restNs(nanosTimeout, NanoClock.nowNs() - beginNs);
    }

    /** Waits; false if the time is over. */
    @Override
    public boolean await(long time, TimeUnit unit) throws InterruptedException {
        return await(true, CellLocking.deadline(time, unit), true);
    }

    /** Waits; false if {@code deadline} has passed. The clock is looked at once: setting it meanwhile changes nothing. */
    @Override
    public boolean awaitUntil(Date deadline) throws InterruptedException {
        return await(Deadline.between(System.currentTimeMillis(), deadline.getTime()), TimeUnit.MILLISECONDS);
    }

    /** Waits without being exclusive: every signal wakes the caller, whomever else it wakes. */
    public void awaitShared() throws InterruptedException {
        await(false, Participant.NO_DEADLINE, true);
    }

    /** {@link #awaitShared()}; false if the time is over. */
    public boolean awaitShared(long time, TimeUnit unit) throws InterruptedException {
        return await(false, CellLocking.deadline(time, unit), true);
    }

    private boolean await(boolean exclusive, long deadlineNs, boolean interruptible) throws InterruptedException {
        Vcpu me = holder("wait");
        if (interruptible && Thread.interrupted()) {
            throw new InterruptedException();
        }
        boolean guarded = lock.isGuarded(cell);
        queue.join(me.participant, exclusive);
        int reentries = suspend(me);
        Outcome end;
        boolean woken;
        do {
            end = Outcome.CANCELLED; // should the sleep end by an Error
            try {
                end = sleep(me, deadlineNs, interruptible);
            } finally {
                woken = lookUnderLock(me, end, reentries, guarded);
            }
        } while (!woken && end == Outcome.ACQUIRED);
        if (end == Outcome.CANCELLED) {
            throw region.closedException();
        }
        if (!woken && end == Outcome.INTERRUPTED) {
            Thread.interrupted();
            throw new InterruptedException();
        }
        return woken || end != Outcome.TIMED_OUT;
    }

    // Not for long: a death may have left a wake-up that only who has the lock can pass on. ACQUIRED: take the lock and
    // look.
    private Outcome sleep(Vcpu me, long deadlineNs, boolean interruptible) {
        me.onDeadlock =
                LockOptions.OnDeadlock.IGNORE; // a signal may come from anybody; the wait for the lock looks itself
        for (; ; ) {
            Outcome outcome = queue.await(me.participant, 0, deadlineNs, interruptible);
            boolean look = queue.isWoken(me.participant) || queue.hasWakeUpToPassOn() || lock.isGivenUp(cell);
            if (look || outcome != Outcome.ACQUIRED) {
                return outcome;
            }
        }
    }

    /** Takes the lock back. If the wait is over, {@code me} leaves with the lock; else it has its place only. */
    private boolean lookUnderLock(Vcpu me, Outcome end, int reentries, boolean guarded) {
        Outcome taken;
        try {
            taken = lock.takeBack(cell, me);
        } catch (Throwable e) {
            leave(me, true);
            lock.endUses(me, 1 + reentries);
            throw e;
        }
        boolean woken = false;
        boolean looked = false;
        try {
            queue.passOn();
            woken = queue.isWoken(me.participant);
            looked = true;
        } finally {
            if (!looked) {
                comeBack(me, taken, reentries, guarded, true);
            }
        }
        if (!woken && end == Outcome.ACQUIRED && taken == Outcome.ACQUIRED) {
            suspendAgain(me, reentries);
            return false;
        }
        KillPoint.hit(KillPoint.WAITER_RETURNING, me.participant);
        boolean inVain = taken == Outcome.OWNER_DIED || end == Outcome.CANCELLED;
        comeBack(me, taken, reentries, guarded, inVain);
        return woken;
    }

    /** Leaves the queue, with the lock taken back. */
    private void comeBack(Vcpu me, Outcome taken, int reentries, boolean guarded, boolean inVain) {
        try {
            leave(me, inVain);
        } finally {
            lock.resume(cell, me, taken, reentries);
            if (guarded) {
                lock.heldSinceNs(cell, Deadline.neverZero(NanoClock.nowNs()));
            }
        }
    }

    // As often as before the wait, the lock has been taken but once since.
    private void suspendAgain(Vcpu me, int reentries) {
        boolean done = false;
        try {
            suspend(me);
            done = true;
        } finally {
            if (!done && lock.isHeldBy(cell, me)) {
                lock.resume(cell, me, Outcome.ACQUIRED, reentries);
            } else if (!done) {
                lock.endUses(me, reentries);
            }
        }
    }

    private int suspend(Vcpu me) {
        try {
            return lock.suspend(cell, me);
        } catch (Throwable e) {
            leave(me, true);
            throw e;
        }
    }

    // Whoever has been woken has the wake-up, also if it was interrupted or late as well; unless it ends with an
    // exception.
    private void leave(Vcpu me, boolean inVain) {
        if (queue.leave(me.participant) && inVain) {
            queue.wake(1);
        }
    }

    /** Wakes the first who waits exclusively, and all who do not. */
    @Override
    public void signal() {
        holder("signal");
        queue.passOn();
        queue.wakeShared();
        queue.wake(1);
    }

    /** Wakes everybody. */
    @Override
    public void signalAll() {
        holder("signal");
        queue.wakeAll();
    }

    /** How many threads wait and have not been woken. */
    public int waiting() {
        return region.whileOpen(queue::waiters);
    }

    private Vcpu holder(String what) {
        Vcpu me = region.threads().existing();
        if (me == null || !lock.isHeldBy(cell, me)) {
            throw new IllegalMonitorStateException(
                    "thread '" + Thread.currentThread().getName() + "' does not hold lock '" + lock.nameOf(cell)
                            + "', which it needs to " + what);
        }
        return me;
    }

    @Override
    public String toString() {
        return "SharedCondition[of " + lock.nameOf(cell) + " in " + region.path() + "]";
    }
}
