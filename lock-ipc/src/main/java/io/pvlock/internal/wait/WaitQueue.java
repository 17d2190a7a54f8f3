package io.pvlock.internal.wait;

import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockEvent;
import io.pvlock.core.Outcome;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.Patience;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.slot.VcpuRegistry;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A wait queue after the kernel's {@code wait.c}: waiters are woken in order, all that are not exclusive and as many exclusive ones
 * as asked for. There are no links that a death could break: each waiter has a word with a ticket, and the lowest ticket is first.
 *
 * <p>A waiter that was chosen and dies before it has acted on it leaves its word as it is. Whoever looks next chooses another:
 * {@link #passOn}; a waiter looks when the one before it has died and when the bound of its sleep is over, so that no wake-up is lost.
 *
 * <p>All but {@link #await}, {@link #isWoken}, {@link #isTurn} and {@link #hasWakeUpToPassOn} is done under the lock of the object that the queue
 * is part of. One exception: a waiter that cannot have that lock any more, after an Error, leaves and wakes another without it.
 */
public final class WaitQueue {

    // Value of a word: state (3 bits), ticket (45 bits).
    private static final int TICKET_BITS = 45;
    private static final long TICKET_MASK = (1L << TICKET_BITS) - 1;
    private static final long WOKEN = 1L << TICKET_BITS;
    private static final long EXCLUSIVE = WOKEN << 1;
    private static final long WAITING = EXCLUSIVE << 1;

    private static final int NO_PLACE = -1;

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
        this.words = new VcpuWords(registry, wordsOffset);
        this.cell = cell;
        this.ticketOffset = extent + ExtentDescriptor.TICKET_OFFSET;
    }

    /** Bytes for {@code maxVcpus} words. */
    public static int length(int maxVcpus) {
        return VcpuWords.length(maxVcpus);
    }

    /** Queues {@code me}, behind all others. */
    public void join(Participant me, boolean exclusive) {
        // A former user of my slot may have been chosen, and have died. My word overwrites its word.
        passOn();
        long ticket = memory.getLong(ticketOffset) + 1;
        memory.putLong(ticketOffset, ticket);
        words.put(me, WAITING | (exclusive ? EXCLUSIVE : 0) | ticket & TICKET_MASK);
        me.patience().resume(Patience.FIRST_NS);
        KillPoint.hit(KillPoint.WAITER_QUEUED, me);
    }

    /**
     * Takes {@code me} out; by {@code me} also without the lock, if it cannot have it. Whether it had been woken: if it makes no use of
     * that, it wakes another.
     */
    public boolean leave(Participant me) {
        boolean woken = isWoken(me);
        words.put(me, 0);
        return woken;
    }

    /** Whether {@code me} has a place, woken or not. */
    public boolean isQueued(Participant me) {
        return words.get(me) != 0;
    }

    /** Whether {@code me} has been woken, or is not queued. */
    public boolean isWoken(Participant me) {
        long value = words.get(me);
        return value == 0 || (value & WOKEN) != 0;
    }

    /** Whether anybody alive is queued and not woken. */
    public boolean hasWaiters() {
        return firstWaiting() != NO_PLACE;
    }

    /** How many alive are queued and not woken. */
    public int waiters() {
        int waiters = 0;
        for (int place = words.next(0); place >= 0; place = words.next(place + 1)) {
            if (waitsAlive(place, words.word(place))) {
                waiters++;
            }
        }
        return waiters;
    }

    /**
     * Wakes in order all that are not exclusive and come before the last, and {@code exclusives} that are.
     *
     * @return how many exclusive ones
     */
    public int wake(int exclusives) {
        int woken = 0;
        while (woken < exclusives) {
            int first = firstWaiting();
            if (first == NO_PLACE) {
                return woken;
            }
            long word = words.word(first);
            if (wake(first, word) && isExclusive(word)) {
                woken++;
            }
        }
        return woken;
    }

    /**
     * Chooses the first who waits; unless one who was chosen before is alive and has not acted on it yet: that one chooses the next, if there
     * is something left for it. So each is woken once, however many things come at a time, as {@code AbstractQueuedSynchronizer} does it:
     * of two who are woken together the second may be there first, and could only wait again.
     *
     * @return whom to {@link #tell} when the lock is free, for which it would only wait again; NOBODY for nobody
     */
    public int choose() {
        int first = NO_PLACE;
        long firstTicket = Long.MAX_VALUE;
        for (int place = words.nextTidying(0); place >= 0; place = words.nextTidying(place + 1)) {
            long word = words.word(place);
            if ((word & WOKEN) != 0) {
                if (isAlive(place, word)) {
                    return Parker.NOBODY;
                }
            } else if (ticket(word) < firstTicket && waits(VcpuWords.value(word))) {
                first = place;
                firstTicket = ticket(word);
            }
        }
        // The next time round it has died, or has left without the lock.
        for (; first != NO_PLACE; first = firstWaiting()) {
            int chosen = choose(first, words.word(first));
            if (chosen != Parker.NOBODY) {
                return chosen;
            }
        }
        return Parker.NOBODY;
    }

    /** Who waits and was not chosen, and is the first of these; NOBODY if there is none. */
    public int first() {
        int first = firstWaiting();
        return first == NO_PLACE ? Parker.NOBODY : LockCell.ownerVcpu(words.ownerWord(first, words.word(first)));
    }

    /** Wakes {@code vcpu}, which was chosen, or is to look again; also without the lock. */
    public void tell(int vcpu) {
        if (vcpu != Parker.NOBODY) {
            KillPoint.hit(KillPoint.WAITER_UNTOLD);
            registry.parker().kick(vcpu);
        }
    }

    /** Wakes all that are not exclusive. */
    public void wakeShared() {
        for (int place = words.next(0); place >= 0; place = words.next(place + 1)) {
            long word = words.word(place);
            if (!isExclusive(word)) {
                wake(place, word);
            }
        }
    }

    /** Wakes all. */
    public void wakeAll() {
        for (int place = words.next(0); place >= 0; place = words.next(place + 1)) {
            wake(place, words.word(place));
        }
    }

    private boolean wake(int place, long word) {
        int chosen = choose(place, word);
        tell(chosen);
        return chosen != Parker.NOBODY;
    }

    // NOBODY if it does not wait any more. Somebody may leave without the lock at the same
    // time; then its word must not come back.
    private int choose(int place, long word) {
        long value = VcpuWords.value(word);
        int owner = words.ownerWord(place, word);
        if (!waitsAlive(place, word) || !words.replace(owner, value, value | WOKEN)) {
            return Parker.NOBODY;
        }
        KillPoint.hit(KillPoint.WAITER_CHOSEN);
        return LockCell.ownerVcpu(owner);
    }

    /** Gives the wake-ups of the dead who did not live to act on them to others. */
    public void passOn() {
        for (int dead = deadChosen(true); dead != NO_PLACE; dead = deadChosen(true)) {
            long word = words.word(dead);
            // Another one is chosen before this one is forgotten. If I die in between, one too many is woken, which
            // does no harm. One at a time: whoever is chosen here may be dead at the next look, too.
            wake(1);
            forget(dead, word);
        }
    }

    /** Whether {@link #passOn} has anything to do; also without the lock. */
    public boolean hasWakeUpToPassOn() {
        return deadChosen(false) != NO_PLACE;
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
        long ticket = ticket(words.get(me));
        for (int place = words.next(0); place >= 0; place = words.next(place + 1)) {
            long word = words.word(place);
            if (VcpuWords.value(word) != 0 && ticket(word) < ticket && isAlive(place, word)) {
                return false;
            }
        }
        return true;
    }

    /** {@link #passOn}, and whether it is then the turn of {@code me}: one look at the words for both, as long as nobody who was chosen dies. */
    public boolean passOnAndIsTurn(Participant me) {
        long mine = ticket(words.get(me));
        boolean turn = true;
        for (int place = words.nextTidying(0); place >= 0; place = words.nextTidying(place + 1)) {
            long word = words.word(place);
            boolean chosen = isChosen(VcpuWords.value(word));
            boolean before = turn && ticket(word) < mine;
            if (chosen || before) {
                boolean alive = isAlive(place, word);
                if (chosen && !alive) {
                    passOn();
                    return isTurn(me);
                }
                turn &= !(before && alive);
            }
        }
        return turn;
    }

    /** How many alive are before {@code me}, which is queued; woken or not. */
    public int before(Participant me) {
        long ticket = ticket(words.get(me));
        int before = 0;
        for (int place = words.next(0); place >= 0; place = words.next(place + 1)) {
            long word = words.word(place);
            if (VcpuWords.value(word) != 0 && ticket(word) < ticket && isAlive(place, word)) {
                before++;
            }
        }
        return before;
    }

    /** Takes back the wake-up of {@code me}, which keeps its place: it could not make use of it yet. */
    public void waitAgain(Participant me) {
        words.put(me, words.get(me) & ~WOKEN);
    }

    /**
     * Sleeps, if {@code me} is not woken: until it is, until {@code dependsOn} dies, until the bound of a sleep, or for no reason. The
     * caller then looks at everything again, under the lock, beginning with {@link #passOn}. Without the lock.
     *
     * @param dependsOn owner word of whoever's death concerns the caller; 0 for nobody but the one before it in the queue
     * @param longestNs see {@link Patience}
     * @return ACQUIRED to look again, or why the wait ends: TIMED_OUT, INTERRUPTED, CANCELLED
     */
    public Outcome await(Participant me, int dependsOn, long longestNs, long deadlineNs, boolean interruptible) {
        me.begin(deadlineNs, interruptible);
        try {
            return sleepUnlessWoken(me, dependsOn, longestNs, deadlineNs);
        } finally {
            me.end();
        }
    }

    private Outcome sleepUnlessWoken(Participant me, int dependsOn, long longestNs, long deadlineNs) {
        Outcome reason = isWoken(me) ? null : me.reasonToLeave();
        if (!isWoken(me) && reason == null) {
            boolean watch = dependsOn != 0 && dependsOn != me.ownerWord();
            long widened = me.patience().widened();
            me.beginWait(cell);
            me.patience().resume(widened);
            me.patience().stand(longestNs);
            // Else what concerns it is the death of the one before it, should that one have been chosen.
            registry.parker().park(me, watch ? LockCell.ownerVcpu(dependsOn) : predecessor(me), deadlineNs);
            me.count(LockEvent.WAIT_QUEUE_SLEEP, 1);
            reason = isWoken(me) ? null : me.reasonToLeave();
        }
        if (isWoken(me)) {
            KillPoint.hit(KillPoint.WAITER_WOKEN, me);
        }
        return reason == null ? Outcome.ACQUIRED : reason;
    }

    // ---- looking at the words of all who are queued

    /** The vCPU that is the last of those alive before {@code me}, woken or not; Parker.NOBODY if there is none. */
    private int predecessor(Participant me) {
        long mine = ticket(words.get(me));
        int last = Parker.NOBODY;
        long lastTicket = -1;
        for (int place = words.next(0); place >= 0; place = words.next(place + 1)) {
            long word = words.word(place);
            boolean isBetween = VcpuWords.value(word) != 0 && ticket(word) < mine && ticket(word) > lastTicket;
            if (isBetween && isAlive(place, word)) {
                last = LockCell.ownerVcpu(words.ownerWord(place, word));
                lastTicket = ticket(word);
            }
        }
        return last;
    }

    /** Where the word of the first is who is alive and has not been woken; NO_PLACE if there is none. */
    private int firstWaiting() {
        for (; ; ) {
            int first = NO_PLACE;
            long firstTicket = Long.MAX_VALUE;
            for (int place = words.next(0); place >= 0; place = words.next(place + 1)) {
                long word = words.word(place);
                if (waits(VcpuWords.value(word)) && ticket(word) < firstTicket) {
                    first = place;
                    firstTicket = ticket(word);
                }
            }
            // Only of the first it is asked whether it lives, which is a look at its slot.
            if (first == NO_PLACE || !forgetDead(first)) {
                return first;
            }
        }
    }

    /** Whether who waits at {@code place} is dead, or does not wait any more. */
    private boolean forgetDead(int place) {
        long word = words.word(place);
        if (!waits(VcpuWords.value(word))) {
            return true;
        }
        if (isAlive(place, word)) {
            return false;
        }
        forget(place, word);
        return true;
    }

    private void forget(int place, long word) {
        words.replace(words.ownerWord(place, word), VcpuWords.value(word), 0);
    }

    /** Where the word of one is who was chosen and has died; NO_PLACE if there is none. */
    private int deadChosen(boolean tidies) {
        for (int place = next(0, tidies); place >= 0; place = next(place + 1, tidies)) {
            long word = words.word(place);
            if (isChosen(VcpuWords.value(word)) && !isAlive(place, word)) {
                return place;
            }
        }
        return NO_PLACE;
    }

    private int next(int place, boolean tidies) {
        return tidies ? words.nextTidying(place) : words.next(place);
    }

    private boolean waitsAlive(int place, long word) {
        return waits(VcpuWords.value(word)) && isAlive(place, word);
    }

    private boolean isAlive(int place, long word) {
        return !words.isDead(words.ownerWord(place, word));
    }

    private static boolean isExclusive(long word) {
        return (word & EXCLUSIVE) != 0;
    }

    private static long ticket(long word) {
        return word & TICKET_MASK;
    }
}
