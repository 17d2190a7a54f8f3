package io.pvlock.ipc.wait;

import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockEvent;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import io.pvlock.ipc.layout.ExtentDescriptor;
import io.pvlock.ipc.vcpu.VcpuRegistry;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A wait queue after the kernel's {@code wait.c}: waiters are woken in order, all that are not exclusive and as many exclusive ones
 * as asked for. There are no links that a death could break: each waiter has a word with a ticket, and the lowest ticket is first.
 *
 * <p>A waiter that was chosen and dies before it has acted on it leaves its word as it is. Whoever looks next chooses another:
 * {@link #passOn}; waiters look when somebody died and when the bound of their sleep is over, so that no wake-up is lost.
 *
 * <p>All but {@link #await}, {@link #isWoken} and {@link #hasWakeUpToPassOn} is done under the lock of the object that the queue is part of.
 */
public final class WaitQueue {

    // Value of a word: state (3 bits), ticket (45 bits).
    private static final int TICKET_BITS = 45;
    private static final long TICKET_MASK = (1L << TICKET_BITS) - 1;
    private static final long WOKEN = 1L << TICKET_BITS;
    private static final long EXCLUSIVE = WOKEN << 1;
    private static final long WAITING = EXCLUSIVE << 1;

    private static final int NOBODY = -1;

    private final VcpuRegistry registry;
    private final UnsafeBuffer memory;
    private final VcpuWords words;
    private final int ticketOffset;
    private final int cell;

    /**
     * @param wordsOffset see {@link VcpuWords}
     * @param cell of the lock without which no wait ends
     */
    public WaitQueue(VcpuRegistry registry, int extent, int wordsOffset, int cell) {
        this.registry = registry;
        this.memory = registry.vcpus().memory();
        this.words = new VcpuWords(registry, extent, wordsOffset);
        this.cell = cell;
        this.ticketOffset = extent + ExtentDescriptor.TICKET_OFFSET;
    }

    /** Bytes for {@code maxVcpus} words. */
    public static int length(int maxVcpus) {
        return VcpuWords.length(maxVcpus);
    }

    /** Queues {@code me}, behind all others. */
    public void join(Participant me, boolean exclusive) {
        // A former user of my slot may have been chosen and have died: my word takes the place of its.
        passOn();
        long ticket = memory.getLong(ticketOffset) + 1;
        memory.putLong(ticketOffset, ticket);
        words.put(me, WAITING | (exclusive ? EXCLUSIVE : 0) | ticket & TICKET_MASK);
        KillPoint.hit(KillPoint.WAITER_QUEUED, me);
    }

    /** Takes {@code me} out. Whether it had been woken: if it makes no use of that, it wakes another. */
    public boolean leave(Participant me) {
        boolean woken = isWoken(me);
        words.put(me, 0);
        return woken;
    }

    /** Whether {@code me} has been woken, or is not queued. */
    public boolean isWoken(Participant me) {
        long value = words.get(me);
        return value == 0 || (value & WOKEN) != 0;
    }

    /** Whether anybody alive is queued and not woken. */
    public boolean hasWaiters() {
        return scan().waiting > 0;
    }

    /** How many alive are queued and not woken. */
    public int waiters() {
        return scan().waiting;
    }

    /**
     * Wakes in order all that are not exclusive and come before the last, and {@code exclusives} that are.
     *
     * @return how many exclusive ones
     */
    public int wake(int exclusives) {
        int woken = 0;
        while (woken < exclusives) {
            Scan scan = scan();
            if (scan.first == NOBODY_WORD) {
                return woken;
            }
            if (wake(scan.first, scan.firstValue) && (scan.firstValue & EXCLUSIVE) != 0) {
                woken++;
            }
        }
        return woken;
    }

    /** Wakes all that are not exclusive. */
    public void wakeShared() {
        words.forEach((owner, value) -> {
            if ((value & (WOKEN | EXCLUSIVE)) == 0 && !words.isDead(owner)) {
                wake(owner, value);
            }
        });
    }

    /** Wakes all. */
    public void wakeAll() {
        words.forEach((owner, value) -> {
            if ((value & WOKEN) == 0 && !words.isDead(owner)) {
                wake(owner, value);
            }
        });
    }

    // False if it has died meanwhile and its word was cleared: nobody has the wake-up.
    private boolean wake(int owner, long value) {
        if (!words.compareAndSet(owner, value, value | WOKEN)) {
            return false;
        }
        KillPoint.hit(KillPoint.WAITER_CHOSEN);
        registry.parker().kick(LockCell.ownerVcpu(owner));
        return true;
    }

    /** Gives the wake-ups of the dead who did not live to act on them to others. */
    public void passOn() {
        for (Scan scan = scan(); scan.deadChosen != NOBODY_WORD; scan = scan()) {
            // Another is chosen before this one is forgotten: who dies in between has woken one too many, which does no
            // harm.
            // One at a time: whoever is chosen here may be dead at the next look, too.
            wake(1);
            words.compareAndSet(scan.deadChosen, scan.deadChosenValue, 0);
        }
    }

    /** Whether {@link #passOn} has anything to do; also without the lock. */
    public boolean hasWakeUpToPassOn() {
        return scan().deadChosen != NOBODY_WORD;
    }

    /** Whether a vCPU with this word waits and has not been woken. */
    public static boolean waits(long value) {
        return (value & (WAITING | WOKEN)) == WAITING;
    }

    /** Whether a vCPU with this word was woken alone, so that nobody else has its wake-up. */
    public static boolean isChosen(long value) {
        return (value & WOKEN) != 0 && (value & EXCLUSIVE) != 0;
    }

    /** Whether it is the turn of {@code me}, which is queued: nobody alive is before it, woken or not. */
    public boolean isTurn(Participant me) {
        return scan().frontTicket == (words.get(me) & TICKET_MASK);
    }

    /** Takes back the wake-up of {@code me}, which keeps its place: it could not make use of it yet. */
    public void waitAgain(Participant me) {
        words.put(me, words.get(me) & ~WOKEN);
    }

    /**
     * Sleeps, if {@code me} is not woken: until it is, until somebody dies, until the bound of a sleep, or for no reason. The
     * caller then looks at everything again, under the lock, beginning with {@link #passOn}. Without the lock.
     *
     * @param dependsOn owner word of whoever's death concerns the caller; 0 for nobody
     * @return ACQUIRED to look again, or why the wait ends: TIMED_OUT, INTERRUPTED, CANCELLED
     */
    public Outcome await(Participant me, int dependsOn, long deadlineNs, boolean interruptible) {
        me.begin(deadlineNs, interruptible);
        if (isWoken(me)) {
            KillPoint.hit(KillPoint.WAITER_WOKEN, me);
            return Outcome.ACQUIRED;
        }
        Outcome reason = me.reasonToLeave();
        if (reason == null) {
            boolean watch = dependsOn != NOBODY_WORD && dependsOn != me.ownerWord();
            registry.vcpus().beginWait(me.slotOffset(), cell);
            registry.parker().park(me, watch ? LockCell.ownerVcpu(dependsOn) : NOBODY, deadlineNs);
            registry.vcpus().endWait(me.slotOffset());
            me.count(LockEvent.WAIT_QUEUE_SLEEP, 1);
            reason = isWoken(me) ? null : me.reasonToLeave();
            if (isWoken(me)) {
                KillPoint.hit(KillPoint.WAITER_WOKEN, me);
            }
        }
        return reason == null ? Outcome.ACQUIRED : reason;
    }

    /** An owner word that nobody has: vCPU plus 1 is not 0. */
    private static final int NOBODY_WORD = 0;

    private Scan scan() {
        Scan scan = new Scan();
        words.forEach(scan);
        return scan;
    }

    private final class Scan implements VcpuWords.Visitor {
        private int first = NOBODY_WORD;
        private long firstValue;
        private int waiting;
        private int deadChosen = NOBODY_WORD;
        private long deadChosenValue;
        private long frontTicket = Long.MAX_VALUE;

        @Override
        public void see(int owner, long value) {
            boolean dead = words.isDead(owner);
            if (!dead) {
                frontTicket = Math.min(frontTicket, value & TICKET_MASK);
            }
            if (isChosen(value)) {
                if (dead) {
                    deadChosen = owner;
                    deadChosenValue = value;
                }
            } else if ((value & WOKEN) == 0 && !dead) {
                waiting++;
                if (first == NOBODY_WORD || (value & TICKET_MASK) < (firstValue & TICKET_MASK)) {
                    first = owner;
                    firstValue = value;
                }
            }
        }
    }
}
