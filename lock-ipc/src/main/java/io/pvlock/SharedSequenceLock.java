package io.pvlock;

import io.pvlock.core.KillPoint;
import io.pvlock.core.LockEvent;
import io.pvlock.core.NanoClock;
import io.pvlock.internal.layout.SequenceDescriptor;
import io.pvlock.internal.sequence.SequenceCount;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

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
 * from then on {@link #readBegin()} and {@link #writeLock()} throw {@link OwnerDiedException}, until somebody has taken {@link
 * #acquireWrite()}, repaired the data and called {@link WriteGuard#markConsistent()}. Readers that had begun read again, so nobody ever
 * takes the torn data for whole.
 */
public final class SharedSequenceLock extends SharedObject {

    /** What {@link #readBeginOrLock} returns if it took the lock: no count that a reader may begin with is odd. */
    private static final long LOCKED = 1;

    private static final long OWN_LOCK = 0;
    private static final long NO_LOCK = 1;
    private static final long GIVEN_LOCK = 2;

    /** How long a reader spins before it waits for a writer in its sleep. */
    private static final long SPIN_NS = 5_000;

    private static final long NAP_NS = 50_000;

    private final SequenceCount sequence;
    private final SoleWriter writer;
    private final SharedLock writers;
    private final boolean own;

    private SharedSequenceLock(LockRegion region, String name, long form, SharedLock given) {
        super(
                region,
                name,
                ObjectType.SEQUENCE_LOCK,
                SequenceDescriptor.COPIES_OFFSET,
                new Parameter("lock (0 its own, 1 none, 2 a given one)", form),
                new Parameter("given at offset", given == null ? 0 : given.cell()));
        this.sequence = new SequenceCount(memory, body + SequenceDescriptor.SEQUENCE_OFFSET);
        this.writer = new SoleWriter(this, body + SequenceDescriptor.WRITER_OFFSET);
        this.own = form == OWN_LOCK;
        this.writers = own ? monitor() : given;
    }

    static SharedSequenceLock withOwnLock(LockRegion region, String name) {
        return new SharedSequenceLock(region, name, OWN_LOCK, null);
    }

    static SharedSequenceLock withoutLock(LockRegion region, String name) {
        return new SharedSequenceLock(region, name, NO_LOCK, null);
    }

    static SharedSequenceLock withLock(LockRegion region, String name, SharedLock lock) {
        if (lock.region() != region) {
            throw new IllegalArgumentException(lock + " is not in the region " + region.path());
        }
        return new SharedSequenceLock(region, name, GIVEN_LOCK, lock);
    }

    // ---- write

    /**
     * Begins a write, as soon as no other is under way.
     *
     * @throws OwnerDiedException if a writer died writing and nobody has repaired the data; nothing is begun
     * @throws IllegalStateException if the thread writes already; without a lock, if anybody alive does
     */
    public void writeLock() {
        Vcpu me = beginUse();
        boolean begun = false;
        try {
            checkWritesNot(me);
            int before = SoleWriter.NOBODY;
            if (writers == null) {
                checkOpen();
                before = writer.enter(me, this);
            } else {
                writers.lock();
            }
            try {
                if (SequenceCount.isOdd(sequence.read())) {
                    throw died(writers == null ? before : writer.current());
                }
                begin(me);
                begun = true;
            } finally {
                if (!begun) {
                    leave(before, null);
                }
            }
        } finally {
            if (!begun) {
                endUse(me);
            }
        }
    }

    // Without having begun. The writer before is for whoever comes next to say who died.
    private void leave(int before, LockGuard guard) {
        if (writers == null) {
            writer.leaveTo(before);
        } else if (guard != null) {
            guard.close();
        } else {
            writers.unlock();
        }
    }

    /**
     * Ends the write.
     *
     * @throws IllegalMonitorStateException if the calling thread does not write; nothing is changed
     */
    public void writeUnlock() {
        end(true, null);
    }

    /** Begins a write like {@link #writeLock()}, also after a writer's death, and says what came with it. */
    public WriteGuard acquireWrite() {
        Vcpu me = beginUse();
        boolean begun = false;
        try {
            checkWritesNot(me);
            LockGuard guard = null;
            int before = SoleWriter.NOBODY;
            if (writers == null) {
                checkOpen();
                before = writer.enter(me, this);
            } else if (own) {
                enter(me);
            } else {
                guard = writers.acquire();
            }
            try {
                Recovery recovery = new Recovery(SequenceCount.isOdd(sequence.read()), guard);
                WriteGuard write = new WriteGuard(
                        this, recovery.ownerDied, deadWriter(before), recovery::markConsistent, recovery::end);
                begin(me); // last: once it has begun, nothing may fail
                begun = true;
                return write;
            } finally {
                if (!begun) {
                    leave(before, guard);
                }
            }
        } finally {
            if (!begun) {
                endUse(me);
            }
        }
    }

    /** What a guard's owner found, and whether what it leaves behind is whole. */
    private final class Recovery {

        private final LockGuard lockGuard;
        private final boolean ownerDied;
        private boolean whole;

        private Recovery(boolean torn, LockGuard lockGuard) {
            this.lockGuard = lockGuard;
            this.ownerDied = torn || lockGuard != null && lockGuard.ownerDied();
            this.whole = !torn;
        }

        void markConsistent() {
            if (lockGuard != null) {
                lockGuard.markConsistent();
            }
            whole = true;
        }

        void end() {
            SharedSequenceLock.this.end(whole, lockGuard);
        }
    }

    private void begin(Vcpu me) {
        me.beginHold(this);
        if (writers != null) {
            writer.set(me.participant.ownerWord());
        }
        sequence.beginWrite(); // odd after the name: see checkWriterLives
        KillPoint.hit(KillPoint.SEQUENCE_ODD, me.participant);
    }

    private void end(boolean whole, LockGuard guard) {
        Vcpu me = region.threads().existing();
        if (me == null || writer.current() != me.participant.ownerWord()) {
            throw new IllegalMonitorStateException(
                    "thread '" + Thread.currentThread().getName() + "' does not write " + this);
        }
        if (whole) {
            sequence.endWrite();
            KillPoint.hit(KillPoint.SEQUENCE_EVEN, me.participant);
        }
        me.endHold(this);
        try {
            release(guard);
        } finally {
            endUse(me);
        }
    }

    private void release(LockGuard guard) {
        writer.set(SoleWriter.NOBODY);
        if (guard != null) {
            guard.close();
        } else if (writers != null) {
            writers.unlock();
        }
    }

    /** Whether somebody writes now. */
    public boolean isWriting() {
        int owner = writer.current();
        return owner != SoleWriter.NOBODY && !registry.liveness().ownerDead(owner);
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
        long begin = sequence.read();
        return SequenceCount.isOdd(begin) ? awaitEven() : begin;
    }

    /** Whether what was read since {@code begin} may be torn, and must be read again. */
    public boolean readRetry(long begin) {
        boolean again = begin != LOCKED && sequence.retry(begin);
        if (again) {
            count(LockEvent.SEQLOCK_RETRY);
        }
        return again;
    }

    // Of whoever is attached: a reader need not be.
    private void count(LockEvent event) {
        Vcpu me = region.threads().existing();
        if (me != null) {
            me.participant.count(event, 1);
        }
    }

    /**
     * Begins to read: in pass 0 like {@link #readBegin()}, later with the writers' lock, which is for readers to whom writers come
     * too often. {@link #readDone} ends it when {@link #readRetry} is content.
     *
     * @throws UnsupportedOperationException in a later pass, if there is no lock
     */
    public long readBeginOrLock(int pass) {
        if (pass == 0) {
            return readBegin();
        }
        if (writers == null) {
            throw new UnsupportedOperationException(this + " has no lock that a reader could take");
        }
        Vcpu me = region.threads().existing();
        if (me != null) {
            checkWritesNot(me);
        }
        writers.lock();
        boolean even = false;
        try {
            even = !SequenceCount.isOdd(sequence.read());
            if (!even) {
                throw died(writer.current());
            }
            return LOCKED;
        } finally {
            if (!even) {
                writers.unlock();
            }
        }
    }

    /** Ends what {@link #readBeginOrLock} began. */
    public void readDone(long begin) {
        if (begin == LOCKED) {
            writers.unlock();
        }
    }

    private long awaitEven() {
        count(LockEvent.SEQLOCK_WAIT_WRITER);
        long spinEnd = NanoClock.nowNs() + (region.usableCpus() > 1 ? SPIN_NS : 0);
        for (; ; ) {
            long now = sequence.read();
            if (!SequenceCount.isOdd(now)) {
                return now;
            }
            if (NanoClock.nowNs() - spinEnd < 0) {
                Thread.onSpinWait();
            } else {
                checkWriterLives(now);
                if (writers == null) {
                    checkOpen();
                    nap();
                } else {
                    now = readUnderLock();
                    if (!SequenceCount.isOdd(now)) {
                        return now;
                    }
                }
            }
        }
    }

    // An interrupt does not end the wait, and put by it does not keep it from sleeping either.
    private static void nap() {
        boolean interrupted = Thread.interrupted();
        LockSupport.parkNanos(NAP_NS);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // The writer may be off its processor for long: sleep in its queue, as readers do in a real-time kernel.
    private long readUnderLock() {
        writers.lock();
        try {
            return sequence.read();
        } finally {
            writers.unlock();
        }
    }

    private void checkWriterLives(long odd) {
        Vcpu me = region.threads().existing();
        if (me != null) {
            checkWritesNot(me);
        }
        int owner = writer.current();
        boolean left = owner == SoleWriter.NOBODY || registry.liveness().ownerDead(owner);
        // A writer makes the count odd after its name, and even before it takes its name away: odd and without a living
        // writer it was left, if it still is what it was before we looked for the name.
        if (left && sequence.read() == odd) {
            throw died(owner);
        }
    }

    // Also where a lock keeps writers apart: a reentrant one would let its owner in again.
    private void checkWritesNot(Vcpu me) {
        if (writer.current() == me.participant.ownerWord()) {
            throw new IllegalStateException("thread '" + Thread.currentThread().getName() + "' writes " + this
                    + " itself: end that write first, and read plain meanwhile");
        }
    }

    private OwnerDiedException died(int owner) {
        return OwnerDiedException.ofWriter(this, deadWriter(owner));
    }

    /** Who died writing, as far as it is known; {@code owner}: whom the writer's word named, for whom nobody may have come yet. */
    private Optional<LockGuard.DeadOwner> deadWriter(int owner) {
        LockGuard.DeadOwner named = owner == SoleWriter.NOBODY
                ? null
                : LockGuard.DeadOwner.of(region.inspector().death(owner, 0));
        if (named != null && named.pid() != 0) {
            return Optional.of(named);
        }
        return writers == null ? Optional.empty() : writers.lastDeath();
    }

    private void checkOpen() {
        if (region.isUnusable()) {
            throw region.closedException();
        }
    }
}
