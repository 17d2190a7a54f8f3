package io.pvlock.core;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * A thread's own handle on its vCPU slot: what only that thread reads and writes. Not thread-safe: one thread at a time uses
 * it, but for {@link #cancel()}.
 */
public final class Participant {

    /** No deadline. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    /**
     * Longer than a head waits for a processor on a busy machine, and several sleeps, so that waiters look several times. Endless
     * in tests that let a head stand still for their own purposes.
     */
    private static final long STALL_NS = Long.getLong("pvlock.stallNs", 200_000_000);

    private static final long LONG_WAIT_NS = 50_000_000;
    private static final int LOOK_MASK = 0xf;

    private static final int OVERTAKE_CLOCK_MASK = 3;

    private final VcpuTable vcpus;
    private final int index;
    private final int ownerWord;
    private final long heldCell;
    private final int slot;

    private volatile boolean cancelled;
    private boolean waitsThoughCancelled;
    private int numaNode = -1;

    // Of the attempt that is under way.
    private long deadlineNs;
    private boolean interruptible;
    private int diedOwner;
    private boolean givenUp;
    private int looks;
    private long longWaitAtNs;

    // The last cell that was free and not to be had, over several attempts, too: each may be short.
    private long freeCell;
    private long freeSinceNs;
    private long freeSeenNs;

    // Of this thief's past.
    private int overtakes;
    private int overtakeClockMask = OVERTAKE_CLOCK_MASK;
    private int overtakesSeen;
    private long overtakesSeenNs;
    private final WaitCosts costs = new WaitCosts();
    private final SpinWait spin = new SpinWait(this);
    private Consumer<Participant> longWait = me -> {};

    // Nodes passed in a hand-off, to be given back after the grant: refs, and the grant words they had.
    private int[] skippedRefs = new int[16];
    private int[] skippedGrants = new int[16];
    private int skipped;

    /**
     * A handle on slot {@code index} in its present {@code generation}; the caller has claimed the slot.
     *
     * @param generation 16 bits
     */
    public Participant(VcpuTable vcpus, int index, int generation) {
        this.vcpus = vcpus;
        this.index = vcpus.checkIndex(index);
        this.ownerWord = LockCell.ownerWord(index, generation);
        this.heldCell = LockCell.of(LockWord.LOCKED, ownerWord);
        this.slot = vcpus.slotOffset(index);
        vcpus.numaNodeOpaque(slot, numaNode);
    }

    /** The slot's index in the table of vCPUs. */
    public int index() {
        return index;
    }

    /** What a cell's owner half holds while this participant owns it. */
    public int ownerWord() {
        return ownerWord;
    }

    /** The whole cell while this participant owns it and nobody waits: what the fast paths compare and set. */
    public long heldCell() {
        return heldCell;
    }

    /** Offset of the slot in the region. */
    public int slotOffset() {
        return slot;
    }

    /** The NUMA node on which the thread runs; -1 for unknown: it neither holds back nor is called ahead. */
    int numaNode() {
        return numaNode;
    }

    /** Says on which NUMA node the thread runs; by itself, whenever it has looked. */
    public void numaNode(int newNumaNode) {
        if (newNumaNode != numaNode) {
            numaNode = newNumaNode;
            vcpus.numaNodeOpaque(slot, newNumaNode);
        }
    }

    /** Makes the present and every later wait of this participant end with {@link Outcome#CANCELLED}; the caller kicks it. */
    public void cancel() {
        cancelled = true;
    }

    public boolean isCancelled() {
        return cancelled;
    }

    /**
     * While set, a wait goes on whether or not it is cancelled: for a lock that must be had to end what was begun under it, such as a
     * place in a wait queue. By the participant's own thread, between two attempts.
     */
    public void waitThoughCancelled(boolean waits) {
        waitsThoughCancelled = waits;
    }

    private boolean isToLeave() {
        return cancelled && !waitsThoughCancelled;
    }

    /** Adds to a lock event counter of the slot; only the participant itself writes them, so no atomics. */
    public void count(LockEvent event, long delta) {
        vcpus.addEventPlain(slot, event, delta);
    }

    void count(LockEvent event) {
        count(event, 1);
    }

    /** Begins an attempt: what {@link #reasonToLeave} goes by. */
    public void begin(long newDeadlineNs, boolean newInterruptible) {
        deadlineNs = newDeadlineNs;
        interruptible = newInterruptible;
        diedOwner = 0;
        givenUp = false;
        looks = 0;
        longWaitAtNs = 0;
    }

    /**
     * Sets who is told, on this participant's thread, about every {@value #LONG_WAIT_NS} ns of a wait that does not sleep; before
     * the first one. Of waits that sleep, the parker knows.
     */
    public void onLongWait(Consumer<Participant> listener) {
        longWait = listener;
    }

    /** Between two looks of a wait: tells whoever asked to be told if it has become a long one. */
    void noticeLongWait() {
        long now = System.nanoTime();
        if (longWaitAtNs == 0) {
            longWaitAtNs = now + LONG_WAIT_NS;
        } else if (now - longWaitAtNs >= 0) {
            longWaitAtNs = now + LONG_WAIT_NS;
            longWait.accept(this);
        }
    }

    long deadlineNs() {
        return deadlineNs;
    }

    /** Whether an interrupt ends the attempt under way. */
    public boolean isInterruptible() {
        return interruptible;
    }

    /** Whether {@code cell}, free and not to be had, was the same each time that it was seen for long enough. */
    boolean seesStall(long cell) {
        long now = System.nanoTime();
        if (cell != freeCell || now - freeSeenNs > STALL_NS) {
            freeCell = cell;
            freeSinceNs = now;
        }
        freeSeenNs = now;
        return now - freeSinceNs >= STALL_NS;
    }

    /** Whether the attempt may end without the lock at all; asked again and again while it waits. */
    boolean mayLeave() {
        if ((++looks & LOOK_MASK) == 0) {
            noticeLongWait();
        }
        return deadlineNs != NO_DEADLINE || interruptible || isToLeave() || givenUp;
    }

    /** Makes the attempt under way end with {@link Outcome#DEADLOCK}; by its own thread, while it waits. */
    public void giveUp() {
        givenUp = true;
    }

    /** Why the attempt must end now; null to go on. */
    public Outcome reasonToLeave() {
        if (isToLeave()) {
            return Outcome.CANCELLED;
        }
        if (givenUp) {
            return Outcome.DEADLOCK;
        }
        if (interruptible && Thread.currentThread().isInterrupted()) {
            return Outcome.INTERRUPTED;
        }
        if (deadlineNs != NO_DEADLINE && deadlineNs - System.nanoTime() <= 0) {
            return Outcome.TIMED_OUT;
        }
        return null;
    }

    void tookOverFrom(int owner) {
        diedOwner = owner;
    }

    /** The owner word of the dead owner that the present attempt replaced; 0 if it replaced none. */
    public int diedOwner() {
        return diedOwner;
    }

    /**
     * Whether an overtake by this thief counts for the overtaken head: every 2^strideShift-th does, and the first one a quantum of
     * time after the last that did, of whichever thief. So a head is overtaken for about the same time whether the lock is held for
     * 100 ns or for 10 us. The clock is read at every fourth overtake while they come fast.
     *
     * @param seen how often the head has been overtaken
     */
    boolean countOvertake(WaitPolicy policy, int seen) {
        overtakes++;
        if (policy.countsOvertake(overtakes)) {
            return true;
        }
        boolean another = seen != overtakesSeen;
        if (!another && (overtakes & overtakeClockMask) != 0) {
            return false;
        }
        long now = System.nanoTime();
        long elapsed = now - overtakesSeenNs;
        long quantum = policy.overtakeQuantumNs();
        overtakeClockMask = elapsed < quantum / 8 ? OVERTAKE_CLOCK_MASK : 0;
        if (!another && elapsed < quantum) {
            return false;
        }
        overtakesSeen = another ? seen : seen + 1;
        overtakesSeenNs = now;
        return !another;
    }

    /** What its waits have cost it. */
    WaitCosts costs() {
        return costs;
    }

    /** The pace of the wait that is under way; one object per participant, so that waiting allocates nothing. */
    SpinWait spin() {
        return spin;
    }

    void clearSkipped() {
        skipped = 0;
    }

    void addSkipped(int ref, int grant) {
        if (skipped == vcpus.nodeCount()) {
            throw new CorruptMemoryException("vcpu=" + index + " has passed " + skipped
                    + " nodes of a queue, all there are: it leads in a circle; run pvlock fsck on the region");
        }
        if (skipped == skippedRefs.length) {
            skippedRefs = Arrays.copyOf(skippedRefs, skipped * 2);
            skippedGrants = Arrays.copyOf(skippedGrants, skipped * 2);
        }
        skippedRefs[skipped] = ref;
        skippedGrants[skipped] = grant;
        skipped++;
    }

    int skippedCount() {
        return skipped;
    }

    int skippedRef(int i) {
        return skippedRefs[i];
    }

    int skippedGrant(int i) {
        return skippedGrants[i];
    }
}
