package io.pvlock;

import io.pvlock.core.KillPoint;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import io.pvlock.internal.wait.VcpuWords;
import io.pvlock.internal.wait.WaitQueue;
import java.util.concurrent.TimeUnit;

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
        checkWanted(n);
        throwIfInterrupted();
        acquire(region.threads().borrow(Participant.NO_DEADLINE, true), n, Participant.NO_DEADLINE, true);
    }

    /** {@link #acquire()} with the calling thread's own vCPU given. */
    public void acquire(Vcpu me) throws InterruptedException {
        acquire(me, 1);
    }

    /** {@link #acquire(int)} with the calling thread's own vCPU given. */
    public void acquire(Vcpu me, int n) throws InterruptedException {
        checkWanted(n);
        throwIfInterrupted();
        acquire(me, n, Participant.NO_DEADLINE, true);
    }

    /** Takes one permit whatever interrupts come. */
    public void acquireUninterruptibly() {
        acquireUninterruptibly(1);
    }

    /** Takes {@code n} permits like {@link #acquire(int)}, whatever interrupts come. */
    public void acquireUninterruptibly(int n) {
        checkWanted(n);
        try {
            acquire(region.threads().borrow(), n, Participant.NO_DEADLINE, false);
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
        checkWanted(n);
        Vcpu me = region.threads().borrowNow();
        return me != null && tryAcquire(me, n);
    }

    /** {@link #tryAcquire()} with the calling thread's own vCPU given. */
    public boolean tryAcquire(Vcpu me) {
        return tryAcquire(me, 1);
    }

    /** {@link #tryAcquire(int)} with the calling thread's own vCPU given. */
    public boolean tryAcquire(Vcpu me, int n) {
        checkWanted(n);
        return takeAtOnce(me, n, n, false) > 0;
    }

    /** Takes one permit if there is one in time. */
    public boolean tryAcquire(long time, TimeUnit unit) throws InterruptedException {
        return tryAcquire(1, time, unit);
    }

    /** Takes {@code n} permits if there are so many in time. */
    public boolean tryAcquire(int n, long time, TimeUnit unit) throws InterruptedException {
        checkWanted(n);
        long deadlineNs = deadline(time, unit);
        throwIfInterrupted();
        Vcpu me = region.threads().borrow(deadlineNs, true);
        return me != null && acquire(me, n, deadlineNs, true);
    }

    /** {@link #tryAcquire(int, long, TimeUnit)} with the calling thread's own vCPU given. */
    public boolean tryAcquire(Vcpu me, int n, long time, TimeUnit unit) throws InterruptedException {
        checkWanted(n);
        long deadlineNs = deadline(time, unit);
        throwIfInterrupted();
        return acquire(me, n, deadlineNs, true);
    }

    /** Takes all permits that could be had now, overtaking those who wait unless the semaphore is fair. How many that are. */
    public int drainPermits() {
        Vcpu me = region.threads().borrowNow();
        return me == null ? 0 : takeAtOnce(me, 1, permits, false);
    }

    private static void throwIfInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private boolean acquire(Vcpu me, int n, long deadlineNs, boolean interruptible) throws InterruptedException {
        region.checkRegion(me);
        me.beginUse();
        try {
            return takeAtOnce(me, n, n, true) > 0 || await(me, n, deadlineNs, interruptible);
        } finally {
            endUse(me);
        }
    }

    /**
     * Takes as many permits as there are now, from {@code least} to {@code most}: how many. If there are less, none, but a place in the
     * queue if {@code queues}. Neither, if this throws.
     */
    private int takeAtOnce(Vcpu me, int least, int most, boolean queues) {
        enter(me);
        long before = held.get(me.participant);
        boolean done = false;
        try {
            int taken;
            try {
                taken = takeIfFree(me, least, most);
                if (taken == 0 && queues) {
                    queue.join(me.participant, true);
                }
            } finally {
                exit(me);
            }
            done = true;
            return taken;
        } finally {
            if (!done) {
                undo(me, before);
            }
        }
    }

    // Also without the monitor: what it changes is its own, and those behind look when the bound of their sleep is
    // over.
    private void undo(Vcpu me, long before) {
        if (queue.isQueued(me.participant)) {
            queue.leave(me.participant);
        }
        if (held.get(me.participant) != before) {
            held.put(me.participant, before);
        }
        if (before == 0 && me.endHold(this)) {
            endUse(me);
        }
    }

    private boolean await(Vcpu me, int n, long deadlineNs, boolean interruptible) throws InterruptedException {
        Outcome outcome;
        boolean taken;
        do {
            outcome = Outcome.CANCELLED; // should the sleep end by an Error
            try {
                outcome = sleep(me, deadlineNs, interruptible);
            } finally {
                taken = takeInTurn(me, n, outcome);
            }
        } while (!taken && outcome == Outcome.ACQUIRED);
        return taken || settle(me, outcome);
    }

    // ACQUIRED: look.
    private Outcome sleep(Vcpu me, long deadlineNs, boolean interruptible) {
        me.onDeadlock = LockOptions.OnDeadlock.IGNORE; // nobody owns what it waits for
        // Whoever holds permits: its death gives them back.
        int holder = held.firstAliveBut(me.participant.ownerWord());
        return queue.await(me.participant, holder, deadlineNs, interruptible);
    }

    /** Takes the permits if it is the turn of {@code me} and there are so many; else its place is kept to look again, or given up. */
    private boolean takeInTurn(Vcpu me, int n, Outcome outcome) {
        try {
            enterToEnd(me);
        } catch (Throwable e) {
            queue.leave(me.participant); // those behind look when the bound of their sleep is over
            throw e;
        }
        long before = held.get(me.participant);
        boolean done = false;
        try {
            boolean taken = takeUnderMonitor(me, n, outcome);
            done = true;
            return taken;
        } finally {
            if (!done) {
                undo(me, before);
            }
        }
    }

    private boolean takeUnderMonitor(Vcpu me, int n, Outcome outcome) {
        try {
            queue.passOn();
            boolean taken = outcome != Outcome.CANCELLED && queue.isTurn(me.participant) && available() >= n;
            if (!taken && outcome == Outcome.ACQUIRED) {
                queue.waitAgain(me.participant);
                return false;
            }
            queue.leave(me.participant);
            if (taken) {
                take(me, n);
            }
            wakeNext(); // whoever was behind me may need less
            return taken;
        } finally {
            exit(me);
        }
    }

    private int checkWanted(int n) {
        if (n < 1 || n > permits) {
            throw new IllegalArgumentException(n + " permits asked for, allowed are 1.." + permits + " of " + this);
        }
        return n;
    }

    private int takeIfFree(Vcpu me, int least, int most) {
        int n = Math.min(most, available());
        if (n < least || fair && queue.hasWaiters()) {
            return 0;
        }
        take(me, n);
        return n;
    }

    private void take(Vcpu me, int n) {
        long before = held.get(me.participant);
        if (before == 0) {
            me.beginHold(this);
            me.beginUse(); // until the last permit is released: they are this vCPU's
        }
        held.put(me.participant, before + n);
        KillPoint.hit(KillPoint.PERMITS_TAKEN, me.participant);
    }

    private void wakeNext() {
        if (available() > 0) {
            queue.wake(1);
        }
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
        checkReleased(n);
        Vcpu me = region.threads().existing();
        if (me == null) {
            throw holdsLess(0, n);
        }
        release(me, n);
    }

    /** {@link #release()} with the calling thread's own vCPU given. */
    public void release(Vcpu me) {
        release(me, 1);
    }

    /** {@link #release(int)} with the calling thread's own vCPU given. */
    public void release(Vcpu me, int n) {
        checkReleased(n);
        region.checkRegion(me);
        long before = held.get(me.participant);
        if (before < n) {
            throw holdsLess(before, n);
        }
        enterToEnd(me);
        try {
            held.put(me.participant, before - n);
            KillPoint.hit(KillPoint.PERMITS_RELEASED, me.participant);
            wakeNext();
        } finally {
            try {
                exit(me);
            } finally {
                if (held.get(me.participant) == 0) {
                    me.endHold(this);
                    endUse(me);
                }
            }
        }
    }

    private static void checkReleased(int n) {
        if (n < 1) {
            throw new IllegalArgumentException(n + " permits to be released, it must be at least 1");
        }
    }

    private IllegalMonitorStateException holdsLess(long holds, int n) {
        return new IllegalMonitorStateException("thread '"
                + Thread.currentThread().getName() + "' holds " + holds + " permits of " + this + ", not " + n);
    }

    // ---- snapshots

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

    /** Whether nobody takes a permit while others wait. */
    public boolean isFair() {
        return fair;
    }

    private int available() {
        return permits - (int) held.sumOfAlive();
    }
}
