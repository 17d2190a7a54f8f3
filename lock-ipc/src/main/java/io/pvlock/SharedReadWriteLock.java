package io.pvlock;

import static io.pvlock.internal.layout.ReadWriteLockDescriptor.INCONSISTENT;
import static io.pvlock.internal.layout.ReadWriteLockDescriptor.LOCKED;
import static io.pvlock.internal.layout.ReadWriteLockDescriptor.UPDATE;
import static io.pvlock.internal.layout.ReadWriteLockDescriptor.VERSION_OFFSET;
import static io.pvlock.internal.layout.ReadWriteLockDescriptor.WAITING;
import static io.pvlock.internal.layout.ReadWriteLockDescriptor.WRITER_OFFSET;

import io.pvlock.core.Deadline;
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
 * may read again. All else that would wait for itself is an {@link IllegalStateException}; but a try is not, it fails when its time is
 * over.
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
        super(region, name, ObjectType.READ_WRITE_LOCK, ofMonitor(options), ReadHolds.bodyLength(region.maxVcpus()));
        this.readers = new ReadHolds(region, extent, body, monitor().cell());
        this.writer = body + WRITER_OFFSET;
        this.version = body + VERSION_OFFSET;
        this.continues = continues(options.onOwnerDeath());
        this.onDeadlock = options.onDeadlock();
        this.order = region.lockOrder();
    }

    private static LockOptions ofMonitor(LockOptions options) {
        continues(options.onOwnerDeath()); // an argument is checked before the name stands for anything
        return LockOptions.defaults().policy(LockOptions.Policy.FAIR).onDeadlock(options.onDeadlock());
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

    /** Takes the write lock like {@link #acquireWrite()} if it can be had in time: not by who reads, or writes already. */
    public Optional<WriteGuard> tryAcquireWrite(long time, TimeUnit unit) throws InterruptedException {
        long deadlineNs = deadline(time, unit);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return write(deadlineNs, true, true) ? Optional.of(guard()) : Optional.empty();
    }

    /** What stands for the write lock, which has been taken; if this throws, it is not held any more. */
    private WriteGuard guard() {
        WriteGuard guard = null;
        try {
            boolean died = (writerWord() & INCONSISTENT) != 0;
            guard = new WriteGuard(this, died, lastDeath(), this::markConsistent, writeLock::unlock);
            return guard;
        } finally {
            if (guard == null) {
                giveUp(LOCKED, "write");
            }
        }
    }

    private void markConsistent() {
        checkHolds(region.threads().existing(), LOCKED, "write");
        putWriter(writerWord() & ~INCONSISTENT);
    }

    // ---- optimistic reads
    //
    // The version changes once in a write, at its beginning, between LOCKED and the data. StampedLock has both in one
    // word and changes it at the end, too; here the end is seen in the writer's word. Why what validates is whole:
    //
    //   writer                                  reader
    //   W1  writer's word = LOCKED (volatile)   R1  v = version (volatile)
    //   W2  version = v   (release: after W1)   R2  writer's word (volatile) LOCKED or INCONSISTENT? no stamp
    //       release fence (W2 before the data)  R3  the data
    //   W3  the data                                acquire fence (R3 before R4)
    //   W4  writer's word, not LOCKED (volatile) R4 version == v ?
    //
    // Let R1 read what write v stored in W2. W1 happens before that, so R2 sees W1 or what came after it. It is not
    // LOCKED, so it is W4 of write v or later, and R3 sees the data of write v or later. (A writer that died leaves
    // INCONSISTENT in place of W4, until a later write has repaired its data; or nothing, if so chosen.) If R3 sees
    // anything of a later write v+1, its release fence and the reader's acquire fence make R4 see v+1 or later: it does
    // not validate. So R3 has seen write v, all of it and nothing else. The order of W1 and W2 is what a store with
    // release adds: were W2 seen before W1, R1 could read v, R2 no LOCKED yet, and R4 v again, amid the write.

    /**
     * A stamp for reading without any lock, or 0 if somebody writes or died writing. What is read is right only if
     * {@link #validate} says so afterwards; until then it may be torn.
     */
    public long tryOptimisticRead() {
        // P20 acquire: the version before the writer's word; pairs with P20 release in awaitReaders.
        long now = memory.getLongVolatile(version);
        return (writerWord() & (LOCKED | INCONSISTENT)) == 0 ? now + 1 : 0;
    }

    /** Whether nobody has written since {@link #tryOptimisticRead} gave {@code stamp}; never for 0. */
    public boolean validate(long stamp) {
        // P20 acquire fence: the data before the version; pairs with P20 release fence in awaitReaders.
        VarHandle.acquireFence();
        return memory.getLongOpaque(version) + 1 == stamp;
    }

    // ---- snapshots

    /** How many threads hold the read lock now, each counted once. */
    public int readers() {
        return region.whileOpen(readers::count);
    }

    /** How many read holds there are now: a thread that reads twice counts twice. */
    public int getReadLockCount() {
        return (int) Math.min(Integer.MAX_VALUE, region.whileOpen(readers::holds));
    }

    /** How often the calling thread holds the read lock. */
    public int getReadHoldCount() {
        Vcpu me = region.threads().existing();
        return me == null ? 0 : (int) Math.min(Integer.MAX_VALUE, readers.of(me));
    }

    /** 1 if the calling thread holds the write lock, else 0. */
    public int getWriteHoldCount() {
        return isWriteLockedByCurrentThread() ? 1 : 0;
    }

    /** Whether the calling thread holds the write lock. */
    public boolean isWriteLockedByCurrentThread() {
        return holdsMyself(LOCKED);
    }

    /** Whether the calling thread holds the update lock. */
    public boolean isUpdateLockedByCurrentThread() {
        return holdsMyself(UPDATE);
    }

    private boolean holdsMyself(long flag) {
        Vcpu me = region.threads().existing();
        return me != null && isMonitorHeldBy(me) && holds(flag);
    }

    /** Who writes now; empty if nobody does. A writer that waits for readers to leave does not write yet. */
    public Optional<OwnerInfo> writer() {
        return isHeld(LOCKED) ? monitor().owner() : Optional.empty();
    }

    /** Who has the update lock now, which it may be writing with; empty if nobody has. */
    public Optional<OwnerInfo> updater() {
        return isHeld(UPDATE) ? monitor().owner() : Optional.empty();
    }

    /** True: readers and writers queue in one line. */
    public boolean isFair() {
        return true;
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

    /** {@link #waiting()}, by the name that it has in {@link java.util.concurrent.locks.ReentrantReadWriteLock}. */
    public int getQueueLength() {
        return waiting();
    }

    /** Whether any thread waits. */
    public boolean hasQueuedThreads() {
        return waiting() > 0;
    }

    // ---- read

    private boolean read(long deadlineNs, boolean interruptible) throws InterruptedException {
        Vcpu me = beginUse(deadlineNs, interruptible); // until it is unlocked
        if (me == null) {
            return false;
        }
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
        if (holds == 0) {
            beginReadHold(me); // first: once it is counted, nothing may fail
        }
        readers.put(me, holds + 1);
        KillPoint.hit(KillPoint.READER_COUNTED, me.participant);
        long now = writerWord();
        if (holds > 0 || (now & BARRIER) == 0 || owner(now) == me.participant.ownerWord()) {
            return true;
        }
        endReadHold(me, 0);
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

    private void endReadHold(Vcpu me, long holdsLeft) {
        try {
            readers.leave(me, holdsLeft);
        } finally {
            if (holdsLeft == 0) {
                forgetReadHold(me);
            }
        }
    }

    private void forgetReadHold(Vcpu me) {
        me.endHold(this);
        if (order != null) {
            order.givenBack(me, extent);
        }
    }

    private Outcome readInTurn(Vcpu me, long deadlineNs, boolean interruptible) {
        Outcome outcome = enterBy(me, deadlineNs, interruptible);
        if (outcome == Outcome.ACQUIRED) {
            boolean done = false;
            try {
                countUnderMonitor(me);
                done = true;
            } finally {
                if (!done && readers.of(me) != 0) {
                    endReadHold(me, 0);
                } else if (!done) {
                    forgetReadHold(me);
                }
            }
        }
        return outcome;
    }

    private void countUnderMonitor(Vcpu me) {
        try {
            checkConsistent();
            beginReadHold(me);
            readers.put(me, 1);
        } finally {
            exit(me);
        }
    }

    private void unlockRead() {
        Vcpu me = region.threads().existing();
        long holds = me == null ? 0 : readers.of(me);
        if (holds == 0) {
            throw notHeld("read");
        }
        try {
            endReadHold(me, holds - 1);
        } finally {
            endUse(me);
        }
    }

    // ---- write

    private boolean write(long deadlineNs, boolean interruptible, boolean whateverDied) throws InterruptedException {
        Vcpu me = beginUse(deadlineNs, interruptible);
        if (me == null) {
            return false;
        }
        try {
            boolean upgrade = isMonitorHeldBy(me);
            if (upgrade && region.isUnusable()) {
                throw region.closedException(); // as the monitor would say, which it need not take
            }
            if (upgrade ? holds(LOCKED) : readers.of(me) != 0) {
                return waitForMyself(me, upgrade, "write", deadlineNs, interruptible);
            }
            if (!upgrade) {
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
        Outcome outcome = null;
        try {
            outcome = readers.awaitNone(me, deadlineNs, interruptible);
        } finally {
            if (outcome != Outcome.ACQUIRED) {
                putWriter(before);
            }
        }
        if (outcome != Outcome.ACQUIRED) {
            return outcome;
        }
        putWriter(mine | LOCKED);
        // P20 release: LOCKED before the version; pairs with P20 acquire in tryOptimisticRead. Only its owner changes
        // it.
        memory.putLongRelease(version, memory.getLong(version) + 1);
        // P20 release fence: the version before the data; pairs with P20 acquire fence in validate.
        VarHandle.releaseFence();
        KillPoint.hit(KillPoint.WRITER_LOCKED, me.participant);
        return outcome;
    }

    // ---- update

    private boolean update(long deadlineNs, boolean interruptible) throws InterruptedException {
        Vcpu me = beginUse(deadlineNs, interruptible);
        if (me == null) {
            return false;
        }
        try {
            boolean upgrade = isMonitorHeldBy(me);
            if (upgrade && region.isUnusable()) {
                throw region.closedException(); // as the monitor would say, which it need not take
            }
            if (upgrade ? holds(UPDATE) : readers.of(me) != 0) {
                return waitForMyself(me, upgrade, "update", deadlineNs, interruptible);
            }
            if (upgrade) {
                putWriter(writerWord() | UPDATE);
                return true;
            }
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

    /** By who has the monitor. */
    private boolean holds(long flag) {
        return (writerWord() & flag) != 0;
    }

    // A try is no error: it fails, when its time is over.
    private boolean waitForMyself(Vcpu me, boolean again, String wanted, long deadlineNs, boolean interruptible)
            throws InterruptedException {
        if (deadlineNs != Deadline.NONE) {
            return settle(me, FutileWait.until(me, deadlineNs, interruptible));
        }
        throw new IllegalStateException(
                again
                        ? "thread '" + Thread.currentThread().getName() + "' holds the " + wanted + " lock of " + this
                                + " already"
                        : me + " holds the read lock of " + this + " and would wait for itself with the " + wanted
                                + " lock; take the update lock first, instead of the read lock");
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
