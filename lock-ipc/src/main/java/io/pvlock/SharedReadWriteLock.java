package io.pvlock;

import static io.pvlock.ipc.layout.ReadWriteLockDescriptor.INCONSISTENT;
import static io.pvlock.ipc.layout.ReadWriteLockDescriptor.LOCKED;
import static io.pvlock.ipc.layout.ReadWriteLockDescriptor.UPDATE;
import static io.pvlock.ipc.layout.ReadWriteLockDescriptor.VERSION_OFFSET;
import static io.pvlock.ipc.layout.ReadWriteLockDescriptor.WAITING;
import static io.pvlock.ipc.layout.ReadWriteLockDescriptor.WRITER_OFFSET;

import io.pvlock.core.KillPoint;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

/**
 * A read-write lock shared by all threads of all processes that have the region open: the kernel's queued one ({@code qrwlock}), with
 * the update lock of Chronicle Map and the optimistic reads of {@link java.util.concurrent.locks.StampedLock}.
 *
 * <p>Fair: whoever cannot enter at once queues, readers and writers in one line; a waiting writer keeps new readers out. A reader
 * sets one word of its own and looks at one that only writers change; a writer looks at the words of all vCPUs that ever read.
 *
 * <p>A thread that holds the write lock may take the others, one that holds the update lock may take the write lock (as soon as all
 * readers have left) and the read lock, and each may be given back in any order: that is upgrading and downgrading. A reader
 * may read again. All else that would wait for itself is an {@link IllegalStateException}.
 *
 * <p>A reader that dies is not counted any more, and so is a writer that waits. A writer that dies writing is told to whoever comes
 * next: {@link #acquireWrite()} returns a guard that says so, all else throws {@link OwnerDiedException} until somebody has repaired
 * the data and called {@link WriteGuard#markConsistent()}; or nobody is told, if so chosen.
 */
public final class SharedReadWriteLock extends SharedObject implements ReadWriteLock {

    /** What keeps readers out. */
    private static final long BARRIER = WAITING | LOCKED | INCONSISTENT;

    private final ReadHolds readers;
    private final int writer;
    private final int version;
    private final boolean continues;
    private final LockOptions.OnDeadlock onDeadlock;

    /** Null if the order of locks is not checked. */
    private final LockOrder order;

    private final Lock readLock = new LockView(region, monitor().cell()) {
        @Override
        boolean take(long deadlineNs, boolean interruptible) throws InterruptedException {
            return read(deadlineNs, interruptible);
        }

        @Override
        public void unlock() {
            unlockRead();
        }
    };

    private final Lock writeLock = new LockView(region, monitor().cell()) {
        @Override
        boolean take(long deadlineNs, boolean interruptible) throws InterruptedException {
            return write(deadlineNs, interruptible, false);
        }

        @Override
        public void unlock() {
            giveUp(LOCKED, "write");
        }
    };

    private final Lock updateLock = new LockView(region, monitor().cell()) {
        @Override
        boolean take(long deadlineNs, boolean interruptible) throws InterruptedException {
            return update(deadlineNs, interruptible);
        }

        @Override
        public void unlock() {
            giveUp(UPDATE, "update");
        }
    };

    // The object's own lock is the kernel's wait_lock, but kept by who updates or writes, so that it alone says who
    // that is
    // and who comes next, and its death is noticed like that of any owner. Only who has it changes the writer's word.
    SharedReadWriteLock(LockRegion region, String name, LockOptions options) {
        super(
                region,
                name,
                ObjectType.READ_WRITE_LOCK,
                LockOptions.defaults().policy(LockOptions.Policy.FAIR).onDeadlock(options.onDeadlock()),
                ReadHolds.bodyLength(region.maxVcpus()));
        this.readers = new ReadHolds(region, extent, body, monitor().cell());
        this.writer = body + WRITER_OFFSET;
        this.version = body + VERSION_OFFSET;
        this.continues = continues(options.onOwnerDeath());
        this.onDeadlock = options.onDeadlock();
        this.order = region.lockOrder();
    }

    private static boolean continues(LockOptions.OnOwnerDeath onOwnerDeath) {
        return switch (onOwnerDeath) {
            case FAIL -> false;
            case CONTINUE -> true;
            case HANDLER ->
                throw new IllegalArgumentException(
                        "a read-write lock takes no repair handler; repair under acquireWrite()");
        };
    }

    /** Many may hold it, as often as they like, while nobody writes. */
    @Override
    public Lock readLock() {
        return readLock;
    }

    /** One may hold it, and nobody reads meanwhile. */
    @Override
    public Lock writeLock() {
        return writeLock;
    }

    /** One may hold it while others read: it alone can take the write lock then. */
    public Lock updateLock() {
        return updateLock;
    }

    /** Takes the write lock, also after a writer's death, and says what came with it. */
    public WriteGuard acquireWrite() {
        try {
            write(Participant.NO_DEADLINE, false, true);
            return guard();
        } catch (InterruptedException e) {
            throw new AssertionError("not interruptible", e);
        }
    }

    /** Takes the write lock like {@link #acquireWrite()} if it can be had in time. */
    public Optional<WriteGuard> tryAcquireWrite(long time, TimeUnit unit) throws InterruptedException {
        return write(deadline(time, unit), true, true) ? Optional.of(guard()) : Optional.empty();
    }

    private WriteGuard guard() {
        return new WriteGuard((writerWord() & INCONSISTENT) != 0, lastDeath(), this::markConsistent, writeLock::unlock);
    }

    private void markConsistent() {
        checkHolds(region.threads().existing(), LOCKED, "write");
        putWriter(writerWord() & ~INCONSISTENT);
    }

    // ---- optimistic reads

    /**
     * A stamp for reading without any lock, or 0 if somebody writes or died writing. What is read is right only if
     * {@link #validate} says so afterwards; until then it may be torn.
     */
    public long tryOptimisticRead() {
        // P20 acquire: before the writer's word and the data; pairs with P20 release in awaitReaders.
        long now = memory.getLongVolatile(version);
        return (writerWord() & (LOCKED | INCONSISTENT)) == 0 ? now + 1 : 0;
    }

    /** Whether nobody has written since {@link #tryOptimisticRead} gave {@code stamp}; never for 0. */
    public boolean validate(long stamp) {
        // P20 acquire: the data before the version; pairs with P20 release in awaitReaders.
        VarHandle.acquireFence();
        return memory.getLongOpaque(version) + 1 == stamp;
    }

    // ---- snapshots

    /** How many threads hold the read lock now. */
    public int readers() {
        return region.whileOpen(readers::count);
    }

    /** How often the calling thread holds the read lock. */
    public long readHolds() {
        Vcpu me = region.threads().existing();
        return me == null ? 0 : readers.of(me);
    }

    /** Whether somebody writes now. */
    public boolean isWriteLocked() {
        return isHeld(LOCKED);
    }

    /** Whether somebody has the update lock now. */
    public boolean isUpdateLocked() {
        return isHeld(UPDATE);
    }

    private boolean isHeld(long flag) {
        long now = writerWord();
        return (now & flag) != 0 && !registry.liveness().ownerDead(owner(now));
    }

    /** How many threads wait, a writer that waits for readers to leave included. */
    public int waiting() {
        return waitingForMonitor() + (isHeld(WAITING) ? 1 : 0);
    }

    // ---- read

    private boolean read(long deadlineNs, boolean interruptible) throws InterruptedException {
        Vcpu me = beginUse(); // until it is unlocked
        boolean taken = false;
        try {
            if (order != null && deadlineNs != LockView.NOW && readers.of(me) == 0) {
                order.check(me, name());
            }
            taken = readAtOnce(me) || settle(me, readInTurn(me, deadlineNs, interruptible));
            return taken;
        } finally {
            if (!taken) {
                endUse(me);
            }
        }
    }

    private boolean readAtOnce(Vcpu me) {
        if (region.isUnusable()) {
            throw region.closedException();
        }
        long holds = readers.of(me);
        readers.put(me, holds + 1);
        KillPoint.hit(KillPoint.READER_COUNTED, me.participant);
        long now = writerWord();
        if (holds > 0 || (now & BARRIER) == 0 || owner(now) == me.participant.ownerWord()) {
            if (holds == 0) {
                beginReadHold(me);
            }
            return true;
        }
        readers.leave(me, 0);
        return false;
    }

    // A reader that had not to wait has not come by the monitor, where an order is learned. Not by its cell: who has
    // both
    // gives them back one by one.
    private void beginReadHold(Vcpu me) {
        me.beginHold(this);
        if (order != null) {
            order.taken(me, extent, name());
        }
    }

    private Outcome readInTurn(Vcpu me, long deadlineNs, boolean interruptible) {
        Outcome outcome = enterBy(me, deadlineNs, interruptible);
        if (outcome == Outcome.ACQUIRED) {
            try {
                checkConsistent();
                readers.put(me, 1);
                beginReadHold(me);
            } finally {
                exit(me);
            }
        }
        return outcome;
    }

    private void unlockRead() {
        Vcpu me = region.threads().existing();
        long holds = me == null ? 0 : readers.of(me);
        if (holds == 0) {
            throw notHeld("read");
        }
        readers.leave(me, holds - 1);
        if (holds == 1) {
            me.endHold(this);
            if (order != null) {
                order.givenBack(me, extent);
            }
        }
        endUse(me);
    }

    // ---- write

    private boolean write(long deadlineNs, boolean interruptible, boolean whateverDied) throws InterruptedException {
        Vcpu me = beginUse();
        try {
            boolean upgrade = isMonitorHeldBy(me);
            if (upgrade) {
                checkNotHeld(LOCKED, "write");
            } else {
                checkReadsNot(me, "write");
                Outcome outcome = enterBy(me, deadlineNs, interruptible);
                if (outcome != Outcome.ACQUIRED) {
                    return settle(me, outcome);
                }
            }
            boolean taken = false;
            try {
                if (!whateverDied) {
                    checkConsistent();
                }
                taken = settle(me, awaitReaders(me, deadlineNs, interruptible));
                return taken;
            } finally {
                if (!taken && !upgrade) {
                    exit(me);
                }
            }
        } finally {
            endUse(me);
        }
    }

    private Outcome awaitReaders(Vcpu me, long deadlineNs, boolean interruptible) {
        long before = writerWord();
        long mine = (long) me.participant.ownerWord() << 32 | before & (UPDATE | INCONSISTENT);
        // P18 full fence: before the look at the readers; pairs with P18 in ReadHolds.put.
        putWriter(mine | WAITING);
        KillPoint.hit(KillPoint.WRITER_WAITING, me.participant);
        me.onDeadlock = onDeadlock;
        Outcome outcome = readers.awaitNone(me, deadlineNs, interruptible);
        if (outcome != Outcome.ACQUIRED) {
            putWriter(before);
            return outcome;
        }
        putWriter(mine | LOCKED);
        memory.putLongOpaque(version, memory.getLongOpaque(version) + 1);
        // P20 release: the version before the data; pairs with P20 acquire in validate.
        VarHandle.releaseFence();
        KillPoint.hit(KillPoint.WRITER_LOCKED, me.participant);
        return outcome;
    }

    // ---- update

    private boolean update(long deadlineNs, boolean interruptible) throws InterruptedException {
        Vcpu me = beginUse();
        try {
            if (isMonitorHeldBy(me)) {
                checkNotHeld(UPDATE, "update");
                putWriter(writerWord() | UPDATE);
                return true;
            }
            checkReadsNot(me, "update");
            Outcome outcome = enterBy(me, deadlineNs, interruptible);
            if (outcome != Outcome.ACQUIRED) {
                return settle(me, outcome);
            }
            boolean taken = false;
            try {
                checkConsistent();
                putWriter((long) me.participant.ownerWord() << 32 | UPDATE);
                taken = true;
                return true;
            } finally {
                if (!taken) {
                    exit(me);
                }
            }
        } finally {
            endUse(me);
        }
    }

    private void giveUp(long flag, String what) {
        Vcpu me = region.threads().existing();
        checkHolds(me, flag, what);
        long left = writerWord() & ~flag;
        boolean last = (left & (LOCKED | UPDATE)) == 0;
        // P18 release: what was written; pairs with P18 acquire in writerWord.
        putWriter(last ? left & INCONSISTENT : left);
        KillPoint.hit(KillPoint.WRITER_RELEASED, me.participant);
        if (last) {
            exit(me);
        }
    }

    // ---- both

    private Outcome enterBy(Vcpu me, long deadlineNs, boolean interruptible) {
        if (deadlineNs == LockView.NOW) {
            return tryEnter(me) ? Outcome.ACQUIRED : Outcome.TIMED_OUT;
        }
        return enter(me, deadlineNs, interruptible);
    }

    /** What a dead holder leaves: a writer's data is damaged, in the same store that frees the lock; no other's. */
    @Override
    void recover(Vcpu me) {
        readers.forgetWaiter();
        putWriter((writerWord() & (LOCKED | INCONSISTENT)) != 0 ? INCONSISTENT : 0);
    }

    private void checkConsistent() {
        long now = writerWord();
        if ((now & INCONSISTENT) == 0) {
            return;
        }
        if (!continues) {
            throw OwnerDiedException.ofWriter(this, lastDeath());
        }
        putWriter(now & ~INCONSISTENT);
    }

    private void checkReadsNot(Vcpu me, String wanted) {
        if (readers.of(me) != 0) {
            throw new IllegalStateException(
                    me + " holds the read lock of " + this + " and would wait for itself with the " + wanted
                            + " lock; take the update lock first, instead of the read lock");
        }
    }

    private void checkNotHeld(long flag, String what) {
        if ((writerWord() & flag) != 0) {
            throw new IllegalStateException("thread '" + Thread.currentThread().getName() + "' holds the " + what
                    + " lock of " + this + " already");
        }
    }

    private void checkHolds(Vcpu me, long flag, String what) {
        if (me == null || !isMonitorHeldBy(me) || (writerWord() & flag) == 0) {
            throw notHeld(what);
        }
    }

    private IllegalMonitorStateException notHeld(String what) {
        return new IllegalMonitorStateException(
                "thread '" + Thread.currentThread().getName() + "' does not hold the " + what + " lock of " + this);
    }

    private static int owner(long word) {
        return (int) (word >>> 32);
    }

    private long writerWord() {
        return memory.getLongVolatile(writer); // P18 acquire; pairs with P18 in putWriter
    }

    private void putWriter(long word) {
        memory.putLongVolatile(writer, word); // P18 full fence; pairs with P18 in ReadHolds.put and writerWord
    }
}
