package io.pvlock;

import io.pvlock.internal.object.MonitoredExtent;
import io.pvlock.internal.object.SequenceLocking;

/**
 * The kernel's {@code seqlock_t}: writers exclude each other by a lock, readers take none, but look afterwards whether somebody wrote,
 * and if so read again. For data that is small, read often and written seldom; what it guards is where the user wants it.
 *
 * <pre>{@code
 * long begin;
 * do {
 *     begin = lock.readBegin();
 *     // read; what is read may be torn until readRetry says that it is not: follow no length and no index in it
 * } while (lock.readRetry(begin));
 * }</pre>
 *
 * <p>A reader costs a writer nothing, and pays two loads. A reader that dies is not noticed. A writer that dies leaves the data torn:
 * from then on {@link #readBegin()} and {@link #writeBegin()} throw {@link OwnerDiedException}, until somebody has taken {@link
 * #acquireWrite()}, repaired the data and called {@link WriteGuard#markConsistent()}. Readers that had begun read again, so nobody ever
 * takes the torn data for whole.
 */
public final class SharedSequenceLock {

    private final SequenceLocking locking;

    SharedSequenceLock(SequenceLocking locking) {
        this.locking = locking;
    }

    /** What it is found by in its region. */
    public String name() {
        return object().name();
    }

    MonitoredExtent object() {
        return locking.object();
    }

    // ---- write

    /**
     * Begins a write, as soon as no other is under way.
     *
     * @throws OwnerDiedException if a writer died writing and nobody has repaired the data; nothing is begun
     * @throws IllegalStateException if the thread writes already; without a lock, if anybody alive does
     */
    public void writeBegin() {
        locking.writeBegin();
    }

    /**
     * Ends the write.
     *
     * @throws IllegalMonitorStateException if the calling thread does not write; nothing is changed
     */
    public void writeEnd() {
        locking.writeEnd();
    }

    /** Begins a write like {@link #writeBegin()}, also after a writer's death, and says what came with it. */
    public WriteGuard acquireWrite() {
        return locking.acquireWrite(WriteGuard::new);
    }

    /** Whether somebody writes now. */
    public boolean isWriteLocked() {
        return locking.isWriteLocked();
    }

    // ---- read

    /**
     * Begins to read: as soon as nobody writes.
     *
     * @return what to give to {@link #readRetry}
     * @throws OwnerDiedException if a writer died writing and nobody has repaired the data
     * @throws IllegalStateException if the thread itself writes
     */
    public long readBegin() {
        return locking.readBegin();
    }

    /** Whether what was read since {@code begin} may be torn, and must be read again. */
    public boolean readRetry(long begin) {
        return locking.readRetry(begin);
    }

    /**
     * Begins to read. In pass 0 it does so like {@link #readBegin()}. In later passes it takes the writers' lock: for readers
     * that are disturbed by writers too often. When {@link #readRetry} is false, {@link #readDone} ends it.
     *
     * @throws UnsupportedOperationException in a later pass, if there is no lock
     */
    public long readBeginOrLock(int pass) {
        return locking.readBeginOrLock(pass);
    }

    /** Ends what {@link #readBeginOrLock} began. */
    public void readDone(long begin) {
        locking.readDone(begin);
    }

    @Override
    public String toString() {
        return object().toString();
    }
}
