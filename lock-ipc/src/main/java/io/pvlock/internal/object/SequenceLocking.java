package io.pvlock.internal.object;

import io.pvlock.LockGuard.DeadOwner;
import io.pvlock.ObjectType;
import io.pvlock.OwnerDiedException;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockEvent;
import io.pvlock.core.NanoClock;
import io.pvlock.internal.layout.SequenceDescriptor;
import io.pvlock.internal.lock.DeadOwners;
import io.pvlock.internal.lock.EntryLocking;
import io.pvlock.internal.lock.Guard;
import io.pvlock.internal.object.MonitoredExtent.Parameter;
import io.pvlock.internal.object.MonitoredExtent.Plan;
import io.pvlock.internal.sequence.SequenceCount;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * The kernel's {@code seqlock_t}; what users see of it is {@link io.pvlock.SharedSequenceLock}.
 *
 * <p>A writer that dies leaves the count odd: from then on nobody reads or writes, until somebody has taken {@link #acquireWrite},
 * repaired the data and said so. Readers that had begun read again, so nobody ever takes the torn data for whole.
 */
public final class SequenceLocking {

    /** What {@link #readBeginOrLock} returns if it took the lock: no count that a reader may begin with is odd. */
    private static final long LOCKED = 1;

    private static final long OWN_LOCK = 0;
    private static final long NO_LOCK = 1;
    private static final long GIVEN_LOCK = 2;

    /** How long a reader spins before it waits for a writer in its sleep. */
    private static final long SPIN_NS = 5_000;

    private static final long NAP_NS = 50_000;

    private final MonitoredExtent object;
    private final Session session;
    private final SequenceCount sequence;
    private final SingleWriter writer;

    /** What keeps writers apart; null if nothing does. */
    private final EntryLocking writers;

    private final boolean own;

    private SequenceLocking(Session session, String name, long form, EntryLocking given) {
        this.object = new MonitoredExtent(
                session,
                name,
                Plan.of(
                        ObjectType.SEQUENCE_LOCK,
                        SequenceDescriptor.COPIES_OFFSET,
                        new Parameter("lock (0 its own, 1 none, 2 a given one)", form),
                        new Parameter("given at offset", given == null ? 0 : given.cell())));
        this.session = session;
        this.sequence = new SequenceCount(object.memory(), object.body() + SequenceDescriptor.SEQUENCE_OFFSET);
        this.writer = new SingleWriter(object, object.body() + SequenceDescriptor.WRITER_OFFSET);
        this.own = form == OWN_LOCK;
        this.writers = own ? object.monitor() : given;
    }

    public static SequenceLocking withOwnLock(Session session, String name) {
        return new SequenceLocking(session, name, OWN_LOCK, null);
    }

    public static SequenceLocking withoutLock(Session session, String name) {
        return new SequenceLocking(session, name, NO_LOCK, null);
    }

    public static SequenceLocking withLock(Session session, String name, EntryLocking lock) {
        if (lock.session() != session) {
            throw new IllegalArgumentException(lock + " is not in the region " + session.path());
        }
        lock.entry().markAsBase();
        return new SequenceLocking(session, name, GIVEN_LOCK, lock);
    }

    public MonitoredExtent object() {
        return object;
    }

    // ---- write

    /**
     * Begins a write, as soon as no other is under way.
     *
     * @throws OwnerDiedException if a writer died writing and nobody has repaired the data; nothing is begun
     * @throws IllegalStateException if the thread writes already; without a lock, if anybody alive does
     */
    public void writeBegin() {
        Attachment me = object.beginUse();
        boolean begun = false;
        try {
            checkWritesNot(me);
            int before = SingleWriter.NOBODY;
            if (writers == null) {
                session.checkOpen();
                before = writer.enter(me);
            } else {
                lockWriters();
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
                object.endUse(me);
            }
        }
    }

    // Without having begun. The dead writer stays named, so that whoever comes next can say who died.
    private void leave(int before, Guard guard) {
        if (writers == null) {
            writer.leaveTo(before);
        } else if (guard != null) {
            guard.close();
        } else {
            unlockWriters();
        }
    }

    /**
     * Ends the write.
     *
     * @throws IllegalMonitorStateException if the calling thread does not write; nothing is changed
     */
    public void writeEnd() {
        end(true, null);
    }

    /**
     * Begins a write like {@link #writeBegin()}, also after a writer's death, and says what came with it.
     *
     * @param toUsers makes of the hold what is returned; if that fails, nothing is begun
     */
    public <G> G acquireWrite(Function<WriteHold, G> toUsers) {
        Attachment me = object.beginUse();
        boolean begun = false;
        try {
            checkWritesNot(me);
            Guard guard = null;
            int before = SingleWriter.NOBODY;
            if (writers == null) {
                session.checkOpen();
                before = writer.enter(me);
            } else if (own) {
                object.enter(me);
            } else {
                guard = writers.acquire(writers.cell(), me, Function.identity());
            }
            try {
                Recovery recovery = new Recovery(SequenceCount.isOdd(sequence.read()), guard);
                G write = toUsers.apply(new WriteHold(
                        object, recovery.ownerDied, deadWriter(before), recovery::markConsistent, recovery::end));
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
                object.endUse(me);
            }
        }
    }

    /** What a guard's owner found, and whether what it leaves behind is whole. */
    private final class Recovery {

        private final Guard lockGuard;
        private final boolean ownerDied;
        private boolean whole;

        private Recovery(boolean torn, Guard lockGuard) {
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
            SequenceLocking.this.end(whole, lockGuard);
        }
    }

    private void begin(Attachment me) {
        me.beginHold(object);
        if (writers != null) {
            writer.set(me.participant.ownerWord());
        }
        sequence.beginWrite(); // odd after the name: see checkWriterLives
        KillPoint.hit(KillPoint.SEQUENCE_ODD, me.participant);
    }

    private void end(boolean whole, Guard guard) {
        Attachment me = session.threads().existing();
        if (me == null || writer.current() != me.participant.ownerWord()) {
            throw new IllegalMonitorStateException(
                    "thread '" + Thread.currentThread().getName() + "' does not write " + object);
        }
        if (whole) {
            sequence.endWrite();
            KillPoint.hit(KillPoint.SEQUENCE_EVEN, me.participant);
        }
        me.endHold(object);
        try {
            release(guard);
        } finally {
            object.endUse(me);
        }
    }

    private void release(Guard guard) {
        writer.set(SingleWriter.NOBODY);
        if (guard != null) {
            guard.close();
        } else if (writers != null) {
            unlockWriters();
        }
    }

    /** Whether somebody writes now. */
    public boolean isWriteLocked() {
        int owner = writer.current();
        return owner != SingleWriter.NOBODY && !object.registry().liveness().ownerDead(owner);
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
        Attachment me = session.threads().existing();
        if (me != null) {
            me.participant.count(event, 1);
        }
    }

    /**
     * Begins to read. In pass 0 it does so like {@link #readBegin()}. In later passes it takes the writers' lock: for readers
     * that are disturbed by writers too often. When {@link #readRetry} is false, {@link #readDone} ends it.
     *
     * @throws UnsupportedOperationException in a later pass, if there is no lock
     */
    public long readBeginOrLock(int pass) {
        if (pass == 0) {
            return readBegin();
        }
        if (writers == null) {
            throw new UnsupportedOperationException(object + " has no lock that a reader could take");
        }
        Attachment me = session.threads().existing();
        if (me != null) {
            checkWritesNot(me);
        }
        lockWriters();
        boolean even = false;
        try {
            even = !SequenceCount.isOdd(sequence.read());
            if (!even) {
                throw died(writer.current());
            }
            return LOCKED;
        } finally {
            if (!even) {
                unlockWriters();
            }
        }
    }

    /** Ends what {@link #readBeginOrLock} began. */
    public void readDone(long begin) {
        if (begin == LOCKED) {
            unlockWriters();
        }
    }

    private long awaitEven() {
        count(LockEvent.SEQLOCK_WAIT_WRITER);
        long spinEnd = NanoClock.nowNs() + (session.usableCpus() > 1 ? SPIN_NS : 0);
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
                    session.checkOpen();
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

    // An interrupt does not end the wait. It is set aside meanwhile, or parkNanos would not sleep.
    private static void nap() {
        boolean interrupted = Thread.interrupted();
        LockSupport.parkNanos(NAP_NS);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // The writer may be off its processor for long: sleep in its queue, as readers do in a real-time kernel.
    private long readUnderLock() {
        lockWriters();
        try {
            return sequence.read();
        } finally {
            unlockWriters();
        }
    }

    private void checkWriterLives(long odd) {
        Attachment me = session.threads().existing();
        if (me != null) {
            checkWritesNot(me);
        }
        int owner = writer.current();
        boolean left =
                owner == SingleWriter.NOBODY || object.registry().liveness().ownerDead(owner);
        // A writer sets its name, then makes the count odd; it makes the count even, then takes its name away. So if
        // the count is odd and no living writer is named, a dead one has left it. That holds only if the count has not
        // changed since before we looked for the name.
        if (left && sequence.read() == odd) {
            throw died(owner);
        }
    }

    // Also checked where a lock keeps writers apart: a reentrant one would let its owner in again.
    private void checkWritesNot(Attachment me) {
        if (writer.current() == me.participant.ownerWord()) {
            throw new IllegalStateException("thread '" + Thread.currentThread().getName() + "' writes " + object
                    + " itself: end that write first, and read plain meanwhile");
        }
    }

    private OwnerDiedException died(int owner) {
        return DeadOwners.ofWriter(object, deadWriter(owner));
    }

    /** Who died writing, as far as it is known; {@code owner}: whom the writer's word named, for whom nobody may have come yet. */
    private Optional<DeadOwner> deadWriter(int owner) {
        DeadOwner named = owner == SingleWriter.NOBODY
                ? null
                : DeadOwners.of(session.inspector().death(owner, 0)).orElseThrow();
        if (named != null && named.pid() != 0) {
            return Optional.of(named);
        }
        return writers == null ? Optional.empty() : writers.lastDeath();
    }

    private void lockWriters() {
        writers.lock(session.threads().borrow());
    }

    private void unlockWriters() {
        writers.unlock(writers.holder(writers.cell()));
    }
}
