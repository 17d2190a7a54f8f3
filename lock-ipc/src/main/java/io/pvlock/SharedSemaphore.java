package io.pvlock;

import io.pvlock.core.KillPoint;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import io.pvlock.ipc.wait.VcpuWords;
import io.pvlock.ipc.wait.WaitQueue;
import java.util.concurrent.TimeUnit;
import org.agrona.collections.MutableLong;

/**
 * A counting semaphore shared by all threads of all processes that have the region open. Unlike {@link
 * java.util.concurrent.Semaphore}'s, its permits belong to the thread that acquired them, which alone can release them: and when that
 * thread dies, or its process is killed, they come back by themselves, without anybody being told. A thread that has permits cannot
 * {@linkplain Vcpu#close() give its vCPU back}; in a region that it has closed it still has them, and can release them.
 *
 * <p>There is no count that a death could leave wrong: what is available is what the living do not hold. Waiters are served in
 * order, but a newcomer may take permits that nobody has taken yet, unless the semaphore is made fair. Each operation takes the
 * semaphore's own lock for as long as it takes to look at one word of each vCPU that ever used it.
 */
public final class SharedSemaphore extends SharedObject {

    private final VcpuWords held;
    private final WaitQueue queue;
    private final int permits;
    private final boolean fair;

    SharedSemaphore(LockRegion region, String name, int permits, boolean fair) {
        super(
                region,
                name,
                ObjectType.SEMAPHORE,
                VcpuWords.length(region.maxVcpus()) + WaitQueue.length(region.maxVcpus()),
                new Parameter("permits", checkPermits(permits)),
                new Parameter("fair", fair ? 1 : 0));
        this.permits = permits;
        this.fair = fair;
        this.held = new VcpuWords(registry, extent, body);
        this.queue = new WaitQueue(
                registry,
                extent,
                body + VcpuWords.length(region.maxVcpus()),
                monitor().cell());
    }

    private static int checkPermits(int permits) {
        if (permits < 1) {
            throw new IllegalArgumentException("permits=" + permits + ", there must be at least one");
        }
        return permits;
    }

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
        acquire(n, Participant.NO_DEADLINE, true);
    }

    /** Takes one permit whatever interrupts come. */
    public void acquireUninterruptibly() {
        try {
            acquire(1, Participant.NO_DEADLINE, false);
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
        Vcpu me = enter();
        try {
            return takeIfFree(me, checkWanted(n));
        } finally {
            exit(me);
        }
    }

    /** Takes {@code n} permits if there are so many in time. */
    public boolean tryAcquire(int n, long time, TimeUnit unit) throws InterruptedException {
        return acquire(n, deadline(time, unit), true);
    }

    private boolean acquire(int n, long deadlineNs, boolean interruptible) throws InterruptedException {
        if (interruptible && Thread.interrupted()) {
            throw new InterruptedException();
        }
        Vcpu me = beginUse();
        try {
            enter(me);
            try {
                if (takeIfFree(me, checkWanted(n))) {
                    return true;
                }
                queue.join(me.participant, true);
                me.onDeadlock = LockOptions.OnDeadlock.IGNORE; // nobody owns what it waits for
            } finally {
                exit(me);
            }
            return await(me, n, deadlineNs, interruptible);
        } finally {
            endUse(me);
        }
    }

    private boolean await(Vcpu me, int n, long deadlineNs, boolean interruptible) throws InterruptedException {
        for (; ; ) {
            // Whoever holds permits: its death gives them back.
            Outcome outcome = queue.await(
                    me.participant, held.firstAliveBut(me.participant.ownerWord()), deadlineNs, interruptible);
            enter(me);
            try {
                queue.passOn();
                if (queue.isTurn(me.participant) && available() >= n) {
                    queue.leave(me.participant);
                    take(me, n);
                    wakeNext();
                    return true;
                }
                if (outcome != Outcome.ACQUIRED) {
                    queue.leave(me.participant);
                    wakeNext(); // whoever was behind me may need less
                    return settle(me, outcome);
                }
                queue.waitAgain(me.participant);
            } finally {
                exit(me);
            }
        }
    }

    private int checkWanted(int n) {
        if (n < 1 || n > permits) {
            throw new IllegalArgumentException(n + " permits asked for, allowed are 1.." + permits + " of " + this);
        }
        return n;
    }

    private boolean takeIfFree(Vcpu me, int n) {
        if (fair && queue.hasWaiters() || available() < n) {
            return false;
        }
        take(me, n);
        return true;
    }

    private void take(Vcpu me, int n) {
        long before = held.get(me.participant);
        if (before == 0) {
            me.beginUse(); // until the last permit is released: they are this vCPU's
            me.beginHold(this);
        }
        held.put(me.participant, before + n);
        KillPoint.hit(KillPoint.PERMITS_TAKEN, me.participant);
    }

    private void wakeNext() {
        if (available() > 0) {
            queue.wake(1);
        }
    }

    /** Gives one permit back. */
    public void release() {
        release(1);
    }

    /**
     * Gives {@code n} permits back.
     *
     * @throws IllegalMonitorStateException if the calling thread does not hold so many; nothing is changed
     */
    public void release(int n) {
        Vcpu me = region.threads().existing();
        long before = me == null ? 0 : held.get(me.participant);
        if (n < 1 || before < n) {
            throw new IllegalMonitorStateException("thread '"
                    + Thread.currentThread().getName() + "' holds " + before + " permits of " + this + ", not " + n);
        }
        me.beginUse();
        try {
            if (entersUnlessClosed(me)) {
                try {
                    held.put(me.participant, before - n);
                    KillPoint.hit(KillPoint.PERMITS_RELEASED, me.participant);
                    wakeNext();
                } finally {
                    exit(me);
                }
            } else {
                held.put(me.participant, before - n);
                registry.parker().kickAll(); // without the lock of the queue: each who waits looks for itself
            }
            if (before == n) {
                me.endHold(this);
                endUse(me);
            }
        } finally {
            endUse(me);
        }
    }

    private boolean entersUnlessClosed(Vcpu me) {
        try {
            enter(me);
            return true;
        } catch (RegionException e) {
            if (region.isUnusable()) {
                return false;
            }
            throw e;
        }
    }

    /** How many permits could be had now. */
    public int availablePermits() {
        return region.whileOpen(this::available);
    }

    /** How many permits there are altogether. */
    public int permits() {
        return permits;
    }

    /** How many threads wait. */
    public int waiting() {
        return region.whileOpen(queue::waiters);
    }

    private int available() {
        MutableLong sum = new MutableLong();
        held.forEach((owner, value) -> {
            if (!held.isDead(owner)) {
                sum.addAndGet(value);
            }
        });
        return permits - (int) sum.get();
    }
}
