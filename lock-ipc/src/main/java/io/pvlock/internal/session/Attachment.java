package io.pvlock.internal.session;

import io.pvlock.DeadlockException;
import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.core.Participant;
import io.pvlock.internal.directory.CellPages;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.agrona.collections.Int2IntCounterMap;

/**
 * A thread in a session: its slot, what it holds, and whether it may take fast paths. Only the thread that attached it uses it; others
 * end it, and forbid its fast paths.
 */
public final class Attachment {

    /** A part of an object that can be held and is not the cell of a lock; its text is for people. */
    public interface Held {

        /** Offset of the object's extent: what tells it from others. */
        int extent();
    }

    /** A copy of what the fast paths look at, for an object that the thread's user passes to them instead. */
    @FunctionalInterface
    public interface FastPathCopy {
        /** By any thread, never by two at a time; see {@link Attachment#fastSession} and {@link Attachment#arrayPages}. */
        void set(Object fastSession, long arrayPages);
    }

    /**
     * The session, as long as this attachment may take its fast paths: attached for good, and the session usable. Null otherwise;
     * then the slow paths find out why.
     */
    public Object fastSession;

    /** What a cell holds while this attachment owns it: fixed, read on the fast path. */
    public final long heldCell;

    /** The pages of arrays in which it has ever locked, {@link CellPages}: what it may still hold is there. */
    public long arrayPages = CellPages.NONE;

    private static final int NOTHING_TIMED = 0;

    /** What to do if the wait under way stands in a circle. */
    public OnDeadlock onDeadlock = OnDeadlock.IGNORE;

    /** Why the last wait was given up; null if it was not. */
    public DeadlockException deadlock;

    public final Participant participant;

    /** What it waits for, and what it has noted of its waits. */
    public final LockWait wait;

    /** Whose it is, while it has a seat in {@link AttachedThreads#recent()}; null else. */
    Thread seated;

    /** Which one. */
    int seat;

    /** What it holds, in the order in which it was taken; only if that is checked. */
    final List<LockOrder.Hold> inOrder = new ArrayList<>(0);

    /** Its slot may be given to others until it is taken out of the pool again. */
    boolean lent;

    /** The thread that uses it, if no sentinel would tell of its end; null while nobody uses it. */
    volatile Thread user;

    private final Session session;
    private final boolean borrowed;
    private Int2IntCounterMap reentries;
    private int uses;

    /** What is held in this attachment's name that is not the cell of a lock, as often as it is. */
    private final List<Held> holds = new ArrayList<>(0);

    /** Null if nobody has one. */
    private FastPathCopy copy;

    private Object handle;
    private boolean pinned;

    /** The cell whose hold is timed, and since when; {@link #NOTHING_TIMED} for none. Until it is given back there are no fast paths. */
    private int timedCell = NOTHING_TIMED;

    private long timedSinceNs;
    private int timedTimes;
    private volatile boolean detached;

    Attachment(Session session, Participant participant, boolean borrowed) {
        this.session = session;
        this.fastSession = borrowed || session.isUnusable() ? null : session;
        this.participant = participant;
        this.wait = new LockWait(session);
        this.heldCell = participant.heldCell();
        this.borrowed = borrowed;
    }

    /** The slot's index in the region. */
    public int index() {
        return participant.index();
    }

    public Session session() {
        return session;
    }

    public boolean isDetached() {
        return detached;
    }

    /** Whether the slot is on loan to a virtual thread. */
    public boolean isBorrowed() {
        return borrowed;
    }

    /** What the user has in place of this attachment, made by {@code make} the first time; by the thread that attached it. */
    @SuppressWarnings("unchecked")
    public <T> T handle(Function<Attachment, T> make) {
        if (handle == null) {
            handle = make.apply(this);
        }
        return (T) handle;
    }

    // ---- fast paths

    /** Sets {@code newCopy} now, and whenever what it copies changes. */
    public synchronized void copyFastPath(FastPathCopy newCopy) {
        copy = newCopy;
        setCopy();
    }

    private synchronized void fastSession(Object newSession) {
        fastSession = newSession;
        setCopy();
    }

    private void setCopy() {
        if (copy != null) {
            copy.set(fastSession, arrayPages);
        }
    }

    /** May hold a cell of an array from now on. */
    public void mayHold(int cell) {
        long pages = CellPages.with(arrayPages, cell);
        if (pages != arrayPages) {
            arrayPages(pages);
        }
    }

    private synchronized void arrayPages(long pages) {
        arrayPages = pages;
        setCopy();
    }

    /** No fast path and no wait from now on. False if it was so before. */
    synchronized boolean end() {
        boolean first = !detached;
        detached = true;
        fastSession(null);
        return first;
    }

    /** No fast path from now on; the session cannot be used any more. */
    void noFastPaths() {
        fastSession(null);
    }

    // Synchronized, so that another thread that forbids fast paths comes before the look or after the store.
    private synchronized void allowFastPaths() {
        boolean reentered = reentries != null && !reentries.isEmpty();
        if (!reentered && timedCell == NOTHING_TIMED && !borrowed && !detached && !session.isUnusable()) {
            fastSession(session);
        }
    }

    // ---- uses and holds

    /** One more wait or hold, for a slot on loan. */
    public void beginUse() {
        uses++;
    }

    /** Whether that was the last use. */
    boolean endUse() {
        return --uses == 0;
    }

    /** From now on, until {@link #endHold}, the slot cannot be given back: {@code object} says that this attachment holds a part of it. */
    public void beginHold(Held object) {
        holds.add(object);
    }

    /** {@code object} may be another one that stands for the same. False if it holds no part of that. */
    public boolean endHold(Held object) {
        for (int i = holds.size() - 1; i >= 0; i--) {
            if (holds.get(i).extent() == object.extent()) {
                holds.remove(i);
                return true;
            }
        }
        return false;
    }

    /** Something that is held, and is not the cell of a lock. */
    Optional<Held> anyHold() {
        return holds.stream().findAny();
    }

    /** Having been handed to the user is one use, too, however often. */
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

    // ---- reentrant holds

    /**
     * Counts one more hold of the lock at {@code cell}. Until that is undone there are no fast
     * paths: they would unlock past the count.
     */
    public void reenter(int cell) {
        if (reentries == null) {
            reentries = new Int2IntCounterMap(0);
        }
        reentries.incrementAndGet(cell);
        forbidFastPaths();
    }

    private void forbidFastPaths() {
        if (fastSession != null) { // others only set it to null
            fastSession(null);
        }
    }

    public boolean hasReentered(int cell) {
        return reentries(cell) != 0;
    }

    /** How often the lock at {@code cell} was taken again. */
    public int reentries(int cell) {
        return reentries == null ? 0 : reentries.get(cell);
    }

    /** Undoes one {@link #reenter}; false if there is none to undo. */
    public boolean leaveInner(int cell) {
        if (!hasReentered(cell)) {
            return false;
        }
        reentries.decrementAndGet(cell);
        allowFastPaths();
        return true;
    }

    /** The lock at {@code cell} was given back, however often it had been taken; or it was taken away, and its hold is timed still. */
    public void forgetHold(int cell) {
        if (hasReentered(cell)) {
            reentries.remove(cell);
            allowFastPaths();
        }
        if (isTimed(cell)) {
            endTimedHold();
        }
    }

    // ---- timed holds

    /**
     * From now on, which is {@code nowNs}, {@code cell} is held; it is given back past the fast paths, so that {@link #endTimedHold} is
     * called.
     *
     * @param times for how many holds it stands
     */
    public void beginTimedHold(int cell, long nowNs, int times) {
        timedCell = cell;
        timedSinceNs = nowNs;
        timedTimes = times;
        forbidFastPaths();
    }

    /** Whether the hold of {@code cell} is timed. */
    public boolean isTimed(int cell) {
        return timedCell == cell;
    }

    /** For how many holds the timed one stands. */
    public int timedTimes() {
        return timedTimes;
    }

    /** Whether more is known of a hold of {@code cell} than the cell says. */
    public boolean hasNoted(int cell) {
        return hasReentered(cell) || isTimed(cell);
    }

    /** The cell whose hold is timed is given back: since when it was held. */
    public long endTimedHold() {
        timedCell = NOTHING_TIMED;
        allowFastPaths();
        return timedSinceNs;
    }

    @Override
    public String toString() {
        return "vcpu=" + index();
    }
}
