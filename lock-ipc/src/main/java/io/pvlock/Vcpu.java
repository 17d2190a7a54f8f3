package io.pvlock;

import io.pvlock.core.Participant;
import io.pvlock.internal.directory.CellPages;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.agrona.collections.Int2IntCounterMap;

/**
 * A thread's handle on its slot in a region: passing it to {@link SharedLock#lock(Vcpu)} saves the look-up of the thread's slot.
 * Only the thread that attached it may use it.
 */
public final class Vcpu implements AutoCloseable {

    /**
     * The region, as long as this vCPU may take its fast paths: attached for good, and the region open. Null otherwise; then the
     * slow paths find out why.
     */
    Object fastRegion;

    /** What a cell holds while this vCPU owns it: fixed, read on the fast path. */
    final long heldCell;

    /** Where in arrays it has ever locked, {@link CellPages}: what it may still hold is there. */
    long arrayPages = CellPages.NONE;

    /** What to do if the wait under way stands in a circle. */
    LockOptions.OnDeadlock onDeadlock = LockOptions.OnDeadlock.IGNORE;

    /** What it holds, in the order in which it was taken; only if that is checked. */
    final List<LockOrder.Hold> inOrder = new ArrayList<>(0);

    /** Why the last wait was given up; null if it was not. */
    DeadlockException deadlock;

    /** Its slot may be given to others until it is taken out of the pool again. */
    boolean lent;

    /** Who uses it, if no sentinel tells of that one's end; null while nobody does. */
    volatile Thread user;

    final Participant participant;
    final LockRegion region;
    private final boolean borrowed;
    private Int2IntCounterMap reentries;
    private int uses;

    /** What is held in this vCPU's name that is not the cell of a lock, as often as it is. */
    private final List<SharedObject> holds = new ArrayList<>(0);

    private boolean pinned;
    private volatile boolean detached;

    Vcpu(LockRegion region, Participant participant, boolean borrowed) {
        this.region = region;
        this.fastRegion = borrowed || region.isUnusable() ? null : region;
        this.participant = participant;
        this.heldCell = participant.heldCell();
        this.borrowed = borrowed;
    }

    /** The slot's index in the region. */
    public int index() {
        return participant.index();
    }

    /**
     * Gives the slot back; by the thread that attached it.
     *
     * @throws IllegalStateException if it still holds anything: a lock, a read lock, permits, the right to write
     */
    @Override
    public void close() {
        region.threads().detach(this);
    }

    boolean isDetached() {
        return detached;
    }

    /** No fast path and no wait from now on. False if it was so before. */
    synchronized boolean end() {
        boolean first = !detached;
        detached = true;
        fastRegion = null;
        return first;
    }

    /** No fast path from now on; the region cannot be used any more. */
    synchronized void noFastPaths() {
        fastRegion = null;
    }

    /** Whether the slot is on loan to a virtual thread. */
    boolean isBorrowed() {
        return borrowed;
    }

    /** One more wait or hold, for a vCPU on loan. */
    void beginUse() {
        uses++;
    }

    /** Whether that was the last use. */
    boolean endUse() {
        return --uses == 0;
    }

    /** Until {@link #endHold} the slot cannot be given back: others see in {@code object} that this vCPU holds a part of it. */
    void beginHold(SharedObject object) {
        holds.add(object);
    }

    /** {@code object} may be another one that stands for the same. False if it holds no part of that. */
    boolean endHold(SharedObject object) {
        for (int i = holds.size() - 1; i >= 0; i--) {
            if (holds.get(i).extent == object.extent) {
                holds.remove(i);
                return true;
            }
        }
        return false;
    }

    /** Something that is held, and is not the cell of a lock. */
    Optional<SharedObject> anyHold() {
        return holds.stream().findAny();
    }

    /** Having been handed out by attach() is one use, too, however often. */
    void pin() {
        if (!pinned) {
            pinned = true;
            beginUse();
        }
    }

    /** False if it was not pinned. */
    boolean unpin() {
        boolean was = pinned;
        pinned = false;
        return was;
    }

    /** Counts one more hold of the lock at {@code cell}. Until it is undone no fast path unlocks anything, past the count. */
    void reenter(int cell) {
        if (reentries == null) {
            reentries = new Int2IntCounterMap(0);
        }
        reentries.incrementAndGet(cell);
        fastRegion = null;
    }

    boolean hasReentered(int cell) {
        return reentries(cell) != 0;
    }

    /** How often the lock at {@code cell} was taken again. */
    int reentries(int cell) {
        return reentries == null ? 0 : reentries.get(cell);
    }

    /** Undoes one {@link #reenter}; false if there is none to undo. */
    boolean leaveInner(int cell) {
        if (!hasReentered(cell)) {
            return false;
        }
        reentries.decrementAndGet(cell);
        allowFastPaths();
        return true;
    }

    /** The lock at {@code cell} was given back, however often it had been taken. */
    void forgetReentries(int cell) {
        if (hasReentered(cell)) {
            reentries.remove(cell);
            allowFastPaths();
        }
    }

    // The look and the store are one for who forbids them from another thread.
    private synchronized void allowFastPaths() {
        if (reentries.isEmpty() && !borrowed && !detached && !region.isUnusable()) {
            fastRegion = region;
        }
    }

    @Override
    public String toString() {
        return "vcpu=" + index();
    }
}
