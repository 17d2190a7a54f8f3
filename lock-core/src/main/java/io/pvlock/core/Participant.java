package io.pvlock.core;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A thread's own handle on its vCPU slot: what only that thread reads and writes. Not thread-safe: one thread at a time uses
 * it, but for {@link #cancel()}.
 */
public final class Participant {

    /** No deadline. */
    public static final long NO_DEADLINE = Deadline.NONE;

    /**
     * Longer than a head waits for a processor on a busy machine. Longer than several sleeps of one who is alert, too, so that it
     * looks several times. Tests that let a head stand still make it endless.
     */
    private static final long STALL_NS = Long.getLong("pvlock.stallNs", 200_000_000);

    /** So many waits may be under way at once, each begun by what is called in the middle of the one before. */
    private static final int MAX_ATTEMPTS = LockWord.MAX_NODES;

    private static final int OVERTAKE_CLOCK_MASK = 3;

    private final VcpuTable vcpus;
    private final int index;
    private final int ownerWord;
    private final long heldCell;
    private final int slot;

    private volatile boolean cancelled;
    private boolean waitsThoughCancelled;
    private int numaNode = -1;

    private final Attempt[] attempts = new Attempt[MAX_ATTEMPTS];

    /** How many attempts are under way. */
    private int depth;

    /** How many waits it has begun. */
    private int waits;

    /** The innermost attempt under way; if none is, the last one. */
    private Attempt attempt = new Attempt(this);

    // The last cell that a head could have taken and did not. Kept over several attempts, since each may be short.
    private long stallCell;
    private long stallSinceNs;
    private long stallSeenNs;

    // The dead owner that was seen last, and of what: it does not come back, whatever happens between two looks.
    private int deadCell;
    private int deadOwner;
    private long deadSinceNs;

    // Of this thief's past.
    private int overtakes;
    private int overtakeClockMask = OVERTAKE_CLOCK_MASK;
    private int overtakesSeen;
    private long overtakesSeenNs = NanoClock.nowNs() - Long.MAX_VALUE / 2; // long ago, whatever the clock's origin
    private final WaitCosts costs = new WaitCosts();
    private final Patience patience = new Patience();
    /** Null if nobody is told. */
    private Consumer<Participant> longWait;

    /** Asked at each wait until it has one; null if it never has. */
    private Supplier<SlowPath> slowPaths;
    /** Null while it is Java's own. */
    private volatile SlowPath slowPath;

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
        this.attempts[0] = attempt;
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
    public int numaNode() {
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
        SlowPath known = slowPath;
        if (known != null) {
            known.cancel();
        }
    }

    /** Whether {@link #cancel} asks it to leave whatever it waits for. */
    public boolean isCancelled() {
        return cancelled;
    }

    /**
     * While this is set, a wait goes on although it is cancelled. Some locks must be had to end what was begun under them, such
     * as a place in a wait queue. Called by the participant's own thread, between two attempts.
     *
     * @return whether it was set
     */
    public boolean waitThoughCancelled(boolean waits) {
        boolean before = waitsThoughCancelled;
        waitsThoughCancelled = waits;
        return before;
    }

    /** Whether waits go on although they are cancelled. */
    public boolean waitsThoughCancelled() {
        return waitsThoughCancelled;
    }

    private boolean isToLeave() {
        return cancelled && !waitsThoughCancelled;
    }

    /** How often {@code event} was counted in the slot, by its users so far. */
    public long counted(LockEvent event) {
        return vcpus.eventPlain(index, event);
    }

    /** Adds to a lock event counter of the slot; only the participant itself writes them, so no atomics. */
    public void count(LockEvent event, long delta) {
        vcpus.addEventPlain(slot, event, delta);
    }

    void count(LockEvent event) {
        count(event, 1);
    }

    /**
     * Begins an attempt: what {@link #reasonToLeave} goes by. {@link #end} ends it, whatever comes in between. Another may be begun
     * and ended meanwhile, by what is called in the middle of a wait.
     *
     * @param deadlineNs an instant of {@link NanoClock}; {@link #NO_DEADLINE} for none
     * @throws IllegalStateException if too many are under way; nothing has begun
     */
    public void begin(long deadlineNs, boolean interruptible) {
        if (depth == MAX_ATTEMPTS) {
            throw new IllegalStateException("vcpu=" + index + " waits " + MAX_ATTEMPTS
                    + " times at once: what is called in the middle of a wait may wait itself, but not so deep");
        }
        if (attempts[depth] == null) {
            attempts[depth] = new Attempt(this);
        }
        Attempt begun = attempts[depth];
        begun.begin(deadlineNs, interruptible); // first: if this fails, nothing has begun
        attempt = begun;
        depth++;
    }

    /** The attempt under way begins to wait for something that the owner of {@code cell} decides on: for others to see. */
    public void beginWait(int cell) {
        waits++;
        attempt.cell = cell;
        attempt.sinceNs = NanoClock.nowNs();
        patience.begin();
        vcpus.waitBegun(slot, cell, attempt.sinceNs);
    }

    /**
     * During a long wait, now and then: others may see whom it waits for, and that may have changed. For what it waits is not read
     * from the memory, which may be damaged.
     *
     * @return the vCPU of that one; -1 for nobody
     */
    public int lookAtOwner() {
        return depth > 0 && attempt.cell != 0 ? LockCell.ownerVcpu(vcpus.lookAtOwner(slot, attempt.cell)) : -1;
    }

    /** How many waits it has begun, modulo two to 32: another number than before means that it has waited. */
    public int waitsBegun() {
        return waits;
    }

    /** Since when the attempt under way waits, if it does: an instant of {@link NanoClock}. */
    public long waitingSinceNs() {
        return attempt.sinceNs;
    }

    /** Since when the attempt that has just ended waited, if it did: an instant of {@link NanoClock}. */
    public long waitedSinceNs() {
        return attempts[depth].sinceNs;
    }

    /** Ends what {@link #begin} began; and {@link #beginWait}, if that was called. */
    public void end() {
        boolean waited = attempt.cell != 0;
        depth--;
        if (depth > 0) {
            attempt = attempts[depth - 1];
        }
        if (waited && depth > 0 && attempt.cell != 0) {
            vcpus.waitBegun(slot, attempt.cell, attempt.sinceNs);
        } else if (waited) {
            vcpus.waitEnded(slot);
        }
    }

    /** Marks the beginning of a slow path that is no wait; {@link #exitSlowPath} ends it. */
    void enterSlowPath() {
        vcpus.enterSlowPath(slot);
    }

    void exitSlowPath() {
        // In the middle of a wait, that one's slow path goes on.
        if (depth == 0 || attempt.cell == 0) {
            vcpus.exitSlowPath(slot);
        }
    }

    /** The attempt under way. */
    Attempt attempt() {
        return attempt;
    }

    /**
     * Sets who is told, on this participant's thread, about every 50 ms of a wait that does not sleep; before
     * the first one. Of waits that sleep, the parker knows.
     */
    public void onLongWait(Consumer<Participant> listener) {
        longWait = listener;
    }

    /** Sets who queues instead of Java, or null as long as nobody does; before others see this participant. */
    public void slowPath(Supplier<SlowPath> newSlowPaths) {
        slowPaths = newSlowPaths;
    }

    /** Who queues instead of Java in the attempt under way; null for nobody. */
    SlowPath slowPathToWait() {
        if (depth != 1 || slowPaths == null) {
            return null;
        }
        SlowPath known = slowPath;
        return known != null ? known : findSlowPath();
    }

    private SlowPath findSlowPath() {
        SlowPath found = slowPaths.get();
        slowPath = found;
        if (found != null && cancelled) {
            found.cancel(); // whoever cancelled has not seen it
        }
        return found;
    }

    /** Who lets go instead of Java; null for nobody. */
    SlowPath slowPathToRelease() {
        return depth == 0 ? slowPath : null;
    }

    /**
     * In the middle of a wait by {@link SlowPath}: tells whoever asked that it has become a long one.
     *
     * @return whether it has to end with {@link Outcome#DEADLOCK}
     */
    public boolean tellLongWait() {
        if (longWait != null) {
            longWait.accept(this);
        }
        return attempt.givenUp;
    }

    /** Between two looks of a wait: tells whoever asked to be told if it has become a long one. */
    void noticeLongWait() {
        if (attempt.isLong() && longWait != null) {
            longWait.accept(this);
        }
    }

    long deadlineNs() {
        return attempt.deadlineNs;
    }

    /** The attempt's deadline or {@code endNs}, whichever is earlier. */
    long deadlineOr(long endNs) {
        return Deadline.earlier(endNs, attempt.deadlineNs);
    }

    /** Whether an interrupt ends the attempt under way. */
    public boolean isInterruptible() {
        return attempt.interruptible;
    }

    /** Whether {@code cell}, which its queue's head could have taken, was the same each time that it was seen for long enough. */
    boolean seesStall(long cell) {
        long now = NanoClock.nowNs();
        if (cell != stallCell || now - stallSeenNs > STALL_NS) {
            stallCell = cell;
            stallSinceNs = now;
        }
        stallSeenNs = now;
        patience.alert();
        return now - stallSinceNs >= STALL_NS;
    }

    /** A head has moved: one that stands in the same place from now on is another. */
    void forgetStall() {
        stallCell = 0; // a free lock with no queue, so no head's
    }

    /** Whether {@code owner}, dead, was seen to own {@code cell} for as long as a head may take to replace it. */
    boolean seesDeath(int cell, int owner) {
        long now = NanoClock.nowNs();
        if (cell != deadCell || owner != deadOwner) {
            deadCell = cell;
            deadOwner = owner;
            deadSinceNs = now;
        }
        patience.alert();
        return now - deadSinceNs >= STALL_NS;
    }

    /** Whether the attempt may end without the lock at all; asked again and again while it waits. */
    boolean mayLeave() {
        if (attempt.isLookForLongWait()) {
            noticeLongWait();
        }
        return attempt.deadlineNs != NO_DEADLINE || attempt.interruptible || isToLeave() || attempt.givenUp;
    }

    /** Makes the attempt under way end with {@link Outcome#DEADLOCK}; by its own thread, while it waits. */
    public void giveUp() {
        attempt.givenUp = true;
    }

    /** Why the attempt must end now; null to go on. */
    public Outcome reasonToLeave() {
        if (isToLeave()) {
            return Outcome.CANCELLED;
        }
        if (attempt.givenUp) {
            return Outcome.DEADLOCK;
        }
        if (attempt.interruptible && Thread.currentThread().isInterrupted()) {
            return Outcome.INTERRUPTED;
        }
        if (attempt.deadlineNs != NO_DEADLINE && Deadline.isOver(attempt.deadlineNs, NanoClock.nowNs())) {
            return Outcome.TIMED_OUT;
        }
        return null;
    }

    void tookOverFrom(int owner) {
        attempt.diedOwner = owner;
    }

    /** The owner word of the dead owner that the attempt that has just ended replaced; 0 if it replaced none. */
    public int diedOwner() {
        return attempts[depth].diedOwner;
    }

    /**
     * Whether an overtake by this thief counts against the limit of the overtaken head. Every 2^strideShift-th overtake of a
     * thief counts. So does the first one of all, and the first one, of whichever thief, that comes a quantum of time after the last
     * one that counted. So a head is overtaken for about the same time whether the lock is held for 100 ns or for 10 us, and a head
     * with a count of 0 has not been overtaken. The clock is read at every fourth overtake while they come fast.
     *
     * @param seen how often the head has been overtaken
     */
    boolean countOvertake(WaitPolicy policy, int seen) {
        overtakes++;
        if (policy.countsOvertake(overtakes)) {
            return true;
        }
        if (seen == 0) {
            overtakesSeen = 1;
            overtakesSeenNs = NanoClock.nowNs();
            return true;
        }
        boolean another = seen != overtakesSeen;
        if (!another && (overtakes & overtakeClockMask) != 0) {
            return false;
        }
        long now = NanoClock.nowNs();
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

    /** For how long it sleeps before it looks by itself. */
    public Patience patience() {
        return patience;
    }

    /** What its waits have cost it. */
    WaitCosts costs() {
        return costs;
    }

    /** The pace of the wait that is under way. */
    SpinWait spin() {
        return attempt.spin;
    }

    void clearSkipped() {
        skipped = 0;
    }

    void addSkipped(int ref, int grant) {
        if (skipped == vcpus.nodeCount()) {
            throw new CorruptMemoryException("vcpu=" + index + " has passed " + skipped
                    + " nodes of a queue, all there are: it leads in a circle; run pvlock fsck on the region");
        }
        if (skipped == skippedRefs.length && !growSkipped()) {
            return;
        }
        skippedRefs[skipped] = ref;
        skippedGrants[skipped] = grant;
        skipped++;
    }

    // A hand-over is under way, and must go on. A node that is not noted here stays SKIPPED
    // until its owner finds its queue empty.
    private boolean growSkipped() {
        try {
            int[] refs = Arrays.copyOf(skippedRefs, skipped * 2);
            skippedGrants = Arrays.copyOf(skippedGrants, skipped * 2);
            skippedRefs = refs;
            return true;
        } catch (OutOfMemoryError e) {
            return false;
        }
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
