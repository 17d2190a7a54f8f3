package io.pvlock.internal.object;

import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.ObjectType;
import io.pvlock.core.KillPoint;
import io.pvlock.core.Outcome;
import io.pvlock.core.Parker;
import io.pvlock.core.Patience;
import io.pvlock.internal.layout.SemaphoreDescriptor;
import io.pvlock.internal.object.MonitoredExtent.Parameter;
import io.pvlock.internal.object.MonitoredExtent.Plan;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import io.pvlock.internal.wait.VcpuWords;
import io.pvlock.internal.wait.WaitQueue;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The permits of a semaphore: who holds how many, and who waits for some. What users see of it is {@link io.pvlock.SharedSemaphore}.
 *
 * <p>What is available is what the living do not hold. Besides there is a count of what is taken, so that nobody need look at the
 * holders while there are permits. It is raised before permits are taken, and lowered after they are given back. So whatever death
 * or failure does to it, it is never less than what the living hold; and who finds too little counts again.
 */
public final class Permits {

    /** For each who is before it a waiter sleeps so much longer. */
    private static final long PLACE_NS = 10_000_000;

    private final MonitoredExtent object;
    private final Session session;
    private final VcpuWords held;
    private final WaitQueue queue;
    private final UnsafeBuffer memory;
    private final int takenOffset;
    private final int permits;
    private final boolean fair;

    /** Finds or makes the semaphore {@code name}. */
    public Permits(Session session, String name, int permits, boolean fair) {
        int words = VcpuWords.length(session.maxVcpus());
        this.object = new MonitoredExtent(
                session,
                name,
                Plan.of(
                        ObjectType.SEMAPHORE,
                        words + WaitQueue.length(session.maxVcpus()),
                        new Parameter("permits", checkPermits(permits)),
                        new Parameter("fair", fair ? 1 : 0)));
        this.session = session;
        this.permits = permits;
        this.fair = fair;
        this.memory = session.memory();
        this.takenOffset = object.extent() + SemaphoreDescriptor.TAKEN_OFFSET;
        this.held = new VcpuWords(session.registry(), object.body());
        this.queue = new WaitQueue(
                session.registry(),
                object.extent(),
                object.body() + words,
                object.monitor().cell());
    }

    private static int checkPermits(int permits) {
        if (permits < 1) {
            throw new IllegalArgumentException("permits=" + permits + ", there must be at least one");
        }
        return permits;
    }

    public MonitoredExtent object() {
        return object;
    }

    /** How many there are altogether. */
    public int all() {
        return permits;
    }

    public boolean isFair() {
        return fair;
    }

    /** How many could be had now. */
    public int free() {
        return session.whileOpen(this::notHeld);
    }

    private int notHeld() {
        return permits - (int) held.sumOfAlive();
    }

    // ---- the count, under the monitor

    /** How many there are; if the count says fewer than {@code wanted}, after another count. */
    private int available(int wanted) {
        int free = permits - taken();
        return free >= wanted && free <= permits ? free : recount();
    }

    private int recount() {
        int taken = (int) held.tidy();
        taken(taken);
        return permits - taken;
    }

    private int taken() {
        return (int) memory.getLong(takenOffset);
    }

    private void taken(int n) {
        memory.putLong(takenOffset, n);
    }

    /** How many threads wait. */
    public int waiting() {
        return session.whileOpen(queue::waiters);
    }

    // ---- acquire

    /** Takes as many permits as there are now, from {@code least} to {@code most}, without waiting: how many. */
    public int takeNow(Attachment me, int least, int most) {
        return takeAtOnce(me, least, most, false);
    }

    /** Takes {@code n} permits, waiting for them; false if the time is over. */
    public boolean acquire(Attachment me, int n, long deadlineNs, boolean interruptible) throws InterruptedException {
        session.checkMine(me);
        me.beginUse();
        try {
            return takeAtOnce(me, n, n, true) > 0 || await(me, n, deadlineNs, interruptible);
        } finally {
            object.endUse(me);
        }
    }

    /**
     * Takes as many permits as there are now, from {@code least} to {@code most}, and says how many. If there are fewer than
     * {@code least}, it takes none, and with {@code queues} a place in the queue. If this throws, it has taken neither.
     */
    private int takeAtOnce(Attachment me, int least, int most, boolean queues) {
        object.enter(me);
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
                object.exit(me);
            }
            done = true;
            return taken;
        } finally {
            if (!done) {
                undo(me, before);
            }
        }
    }

    // Works also without the monitor: it changes only what is its own. Waiters behind it look
    // when the bound of their sleep is over.
    private void undo(Attachment me, long before) {
        if (queue.isQueued(me.participant)) {
            queue.leave(me.participant);
        }
        if (held.get(me.participant) != before) {
            held.put(me.participant, before);
        }
        if (before == 0 && me.endHold(object)) {
            object.endUse(me);
        }
    }

    private boolean await(Attachment me, int n, long deadlineNs, boolean interruptible) throws InterruptedException {
        Outcome outcome;
        boolean taken;
        do {
            outcome = Outcome.CANCELLED; // should the sleep end by an Error
            try {
                outcome = sleep(me, n, deadlineNs, interruptible);
            } finally {
                taken = takeInTurn(me, n, outcome);
            }
        } while (!taken && outcome == Outcome.ACQUIRED);
        return taken || object.settle(me, outcome);
    }

    // ACQUIRED: take the monitor and look. Sleeps are bounded and end for no reason: were the monitor taken each
    // time, those who wait would queue for it.
    private Outcome sleep(Attachment me, int n, long deadlineNs, boolean interruptible) {
        me.onDeadlock = OnDeadlock.IGNORE; // nobody owns what it waits for
        for (; ; ) {
            int before = queue.before(me.participant);
            // The first depends on whoever holds permits: a death gives them back. The others depend on the one
            // before them. Nobody tells them when they have become the first: they look, the sooner the nearer it is.
            int holder = before == 0 ? held.firstAliveBut(me.participant.ownerWord()) : 0;
            long longestNs = Math.min(Patience.FIRST_NS + before * PLACE_NS, Patience.UNTOLD_NS);
            Outcome outcome = queue.await(me.participant, holder, longestNs, deadlineNs, interruptible);
            if (outcome != Outcome.ACQUIRED || queue.isWoken(me.participant) || hasToLook(me, n)) {
                return outcome;
            }
        }
    }

    /** Whether {@code me} has something to do though nobody has woken it: who would have may be dead, or holders are. */
    private boolean hasToLook(Attachment me, int n) {
        return queue.hasWakeUpToPassOn() || queue.isTurn(me.participant) && notHeld() >= n;
    }

    /** Takes the permits if it is the turn of {@code me} and there are so many; else its place is kept to look again, or given up. */
    private boolean takeInTurn(Attachment me, int n, Outcome outcome) {
        try {
            object.enterToEnd(me);
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

    private boolean takeUnderMonitor(Attachment me, int n, Outcome outcome) {
        int next = Parker.NOBODY;
        try {
            boolean turn = queue.passOnAndIsTurn(me.participant);
            boolean taken = recount() >= n && turn && outcome != Outcome.CANCELLED;
            if (!taken && outcome == Outcome.ACQUIRED) {
                queue.waitAgain(me.participant);
                next = turn ? Parker.NOBODY : chooseNext(); // as long as I was chosen nobody chose the one before me
                return false;
            }
            queue.leave(me.participant);
            if (taken) {
                take(me, n);
            }
            next = chooseNext(); // whoever was behind me may need less
            if (!taken && next == Parker.NOBODY) {
                next = queue.first(); // it may have depended on me, and depends on the holders now
            }
            return taken;
        } finally {
            exitAndTell(me, next);
        }
    }

    // In this order: who is woken wants the monitor.
    private void exitAndTell(Attachment me, int next) {
        try {
            object.exit(me);
        } finally {
            queue.tell(next);
        }
    }

    /** Whether there could ever be so many. */
    public int checkWanted(int n) {
        if (n < 1 || n > permits) {
            throw new IllegalArgumentException(n + " permits asked for, allowed are 1.." + permits + " of " + object);
        }
        return n;
    }

    private int takeIfFree(Attachment me, int least, int most) {
        if (fair && queue.hasWaiters()) {
            return 0;
        }
        int n = Math.min(most, available(most));
        if (n < least) {
            return 0;
        }
        take(me, n);
        return n;
    }

    private void take(Attachment me, int n) {
        long before = held.get(me.participant);
        if (before == 0) {
            me.beginHold(object);
            me.beginUse(); // until the last permit is released: they are this vCPU's
        }
        taken(taken() + n);
        KillPoint.hit(KillPoint.PERMITS_COUNTED, me.participant);
        held.put(me.participant, before + n);
        KillPoint.hit(KillPoint.PERMITS_TAKEN, me.participant);
    }

    private int chooseNext() {
        return permits > taken() ? queue.choose() : Parker.NOBODY;
    }

    // ---- release

    /** Gives {@code n} permits of {@code me} back. */
    public void release(Attachment me, int n) {
        checkReleased(n);
        session.checkMine(me);
        long before = held.get(me.participant);
        if (before < n) {
            throw holdsLess(before, n);
        }
        object.enterToEnd(me);
        int next = Parker.NOBODY;
        try {
            held.put(me.participant, before - n);
            KillPoint.hit(KillPoint.PERMITS_RELEASED, me.participant);
            taken(taken() - n);
            next = chooseNext();
        } finally {
            try {
                exitAndTell(me, next);
            } finally {
                if (held.get(me.participant) == 0) {
                    me.endHold(object);
                    object.endUse(me);
                }
            }
        }
    }

    public static void checkReleased(int n) {
        if (n < 1) {
            throw new IllegalArgumentException(n + " permits to be released, it must be at least 1");
        }
    }

    public IllegalMonitorStateException holdsLess(long holds, int n) {
        return new IllegalMonitorStateException("thread '"
                + Thread.currentThread().getName() + "' holds " + holds + " permits of " + object + ", not " + n);
    }
}
