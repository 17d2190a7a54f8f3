package io.pvlock.internal.object;

import static io.pvlock.internal.layout.ReadWriteLockDescriptor.INCONSISTENT;
import static io.pvlock.internal.layout.ReadWriteLockDescriptor.LOCKED;
import static io.pvlock.internal.layout.ReadWriteLockDescriptor.UPDATE;
import static io.pvlock.internal.layout.ReadWriteLockDescriptor.WAITING;

import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.LockOptions.Policy;
import io.pvlock.ObjectType;
import io.pvlock.core.Deadline;
import io.pvlock.core.KillPoint;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import io.pvlock.internal.lock.CellLocking;
import io.pvlock.internal.lock.DeadOwners;
import io.pvlock.internal.lock.FutileWait;
import io.pvlock.internal.lock.LockView;
import io.pvlock.internal.object.MonitoredExtent.Plan;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.LockOrder;
import io.pvlock.internal.session.Session;
import io.pvlock.internal.wait.ReadWords;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.function.Function;

/**
 * A read-write lock: the kernel's queued one ({@code qrwlock}), with an update lock and optimistic reads. What users see of it is {@link
 * io.pvlock.SharedReadWriteLock}.
 *
 * <p>A reader sets one word of its own and looks at one that only writers change; a writer looks at the words of those that read, and
 * of their neighbours. The object's monitor is the kernel's wait_lock. Unlike there, whoever updates or writes keeps it. So it alone says who that is
 * and who comes next, and the death of that one is noticed like that of any owner. Only the owner of the monitor changes the writer's
 * word.
 */
public final class ReadWriteLocking {

    /** What keeps readers out. */
    private static final long BARRIER = WAITING | LOCKED | INCONSISTENT;

    private final MonitoredExtent object;
    private final Session session;
    private final ReadHolds readers;
    private final WriterWord writer;
    private final boolean continues;
    private final OnDeadlock onDeadlock;

    /** Null if the order of locks is not checked. */
    private final LockOrder order;

    /**
     * Finds or makes the read-write lock {@code name}.
     *
     * @param continues whether a writer's death is nobody's business
     * @param onDeadlock what this process does about a deadlock
     */
    public ReadWriteLocking(Session session, String name, boolean continues, OnDeadlock onDeadlock) {
        this.object = new MonitoredExtent(
                session,
                name,
                Plan.of(ObjectType.READ_WRITE_LOCK, ReadWords.bodyLength(session.maxVcpus()))
                        .monitor(Policy.FAIR, onDeadlock)
                        .recoverBy(this::recover));
        this.session = session;
        this.readers = new ReadHolds(object);
        this.writer = new WriterWord(object);
        this.continues = continues;
        this.onDeadlock = onDeadlock;
        this.order = session.order();
    }

    public MonitoredExtent object() {
        return object;
    }

    /** For optimistic reads. */
    public WriterWord writer() {
        return writer;
    }

    // ---- the three locks

    public Lock readLock() {
        return view(this::read, this::unlockRead);
    }

    public Lock writeLock() {
        return view((deadlineNs, interruptible) -> write(deadlineNs, interruptible, false), this::unlockWrite);
    }

    public Lock updateLock() {
        return view(this::update, () -> giveUp(UPDATE, "update"));
    }

    private Lock view(LockView.Taking taking, Runnable unlocking) {
        return new LockView(session, object.monitor().cell(), taking, unlocking);
    }

    /** @param toUsers makes of the hold what is returned; if that fails, the lock is not held any more */
    public <G> G acquireWrite(Function<WriteHold, G> toUsers) {
        try {
            write(Participant.NO_DEADLINE, false, true);
            return hold(toUsers);
        } catch (InterruptedException e) {
            throw new AssertionError("not interruptible", e);
        }
    }

    /** {@code toUsers} as in {@link #acquireWrite}. */
    public <G> Optional<G> tryAcquireWrite(long time, TimeUnit unit, Function<WriteHold, Optional<G>> toUsers)
            throws InterruptedException {
        long deadlineNs = Deadline.in(time, unit);
        CellLocking.throwIfInterrupted();
        return write(deadlineNs, true, true) ? hold(toUsers) : Optional.empty();
    }

    /** What stands for the write lock, which has been taken; if this throws, it is not held any more. */
    private <G> G hold(Function<WriteHold, G> toUsers) {
        G hold = null;
        try {
            boolean died = (writer.get() & INCONSISTENT) != 0;
            hold = toUsers.apply(
                    new WriteHold(object, died, object.lastDeath(), this::markConsistent, this::unlockWrite));
            return hold;
        } finally {
            if (hold == null) {
                unlockWrite();
            }
        }
    }

    private void unlockWrite() {
        giveUp(LOCKED, "write");
    }

    private void markConsistent() {
        checkHolds(session.threads().existing(), LOCKED, "write");
        writer.put(writer.get() & ~INCONSISTENT);
    }

    // ---- snapshots

    /** How many threads read, each counted once. */
    public int readers() {
        return session.whileOpen(readers::count);
    }

    /** How many read holds there are. */
    public long readHolds() {
        return session.whileOpen(readers::holds);
    }

    /** How often the calling thread reads. */
    public long readHoldsOfMine() {
        Attachment me = session.threads().existing();
        return me == null ? 0 : readers.of(me);
    }

    /** Whether the calling thread holds the write lock. */
    public boolean isWriteLockedByMe() {
        return holdsMyself(LOCKED);
    }

    /** Whether the calling thread holds the update lock. */
    public boolean isUpdateLockedByMe() {
        return holdsMyself(UPDATE);
    }

    private boolean holdsMyself(long flag) {
        Attachment me = session.threads().existing();
        return me != null && object.isMonitorHeldBy(me) && holds(flag);
    }

    public boolean isWriteLocked() {
        return writer.isHeld(LOCKED);
    }

    public boolean isUpdateLocked() {
        return writer.isHeld(UPDATE);
    }

    /** How many threads wait, a writer that waits for readers to leave included. */
    public int waiting() {
        int queued = session.whileOpen(
                () -> session.inspector().queue(object.entry()).size());
        return queued + (writer.isHeld(WAITING) ? 1 : 0);
    }

    // ---- read

    private boolean read(long deadlineNs, boolean interruptible) throws InterruptedException {
        Attachment me = object.beginUse(deadlineNs, interruptible); // until it is unlocked
        if (me == null) {
            return false;
        }
        boolean taken = false;
        try {
            if (order != null && deadlineNs != Deadline.NOW && readers.of(me) == 0) {
                order.check(me, object.name());
            }
            taken = readAtOnce(me) || object.settle(me, readInTurn(me, deadlineNs, interruptible));
            return taken;
        } finally {
            if (!taken) {
                object.endUse(me);
            }
        }
    }

    private boolean readAtOnce(Attachment me) {
        if (session.isUnusable()) {
            throw session.closedException();
        }
        long holds = readers.of(me);
        if (holds == 0) {
            beginReadHold(me); // first: once it is counted, nothing may fail
        }
        boolean counted = false;
        try {
            readers.put(me, holds + 1);
            counted = true;
        } finally {
            if (!counted && holds == 0) {
                forgetReadHold(me);
            }
        }
        KillPoint.hit(KillPoint.READER_COUNTED, me.participant);
        long now = writer.get();
        if (holds > 0 || (now & BARRIER) == 0 || WriterWord.owner(now) == me.participant.ownerWord()) {
            return true;
        }
        endReadHold(me, 0);
        return false;
    }

    // A reader that did not wait has not taken the monitor, whose locking would note the order. So
    // the order is noted here. It is kept under the extent, not under the monitor's cell: a thread
    // that has both gives them back one by one.
    private void beginReadHold(Attachment me) {
        me.beginHold(object);
        if (order != null) {
            order.taken(me, object.extent(), object.name());
        }
    }

    private void endReadHold(Attachment me, long holdsLeft) {
        try {
            readers.leave(me, holdsLeft);
        } finally {
            if (holdsLeft == 0) {
                forgetReadHold(me);
            }
        }
    }

    private void forgetReadHold(Attachment me) {
        me.endHold(object);
        if (order != null) {
            order.givenBack(me, object.extent());
        }
    }

    private Outcome readInTurn(Attachment me, long deadlineNs, boolean interruptible) {
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

    private void countUnderMonitor(Attachment me) {
        try {
            checkConsistent();
            beginReadHold(me);
            readers.put(me, 1);
        } finally {
            object.exit(me);
        }
    }

    private void unlockRead() {
        Attachment me = session.threads().existing();
        long holds = me == null ? 0 : readers.of(me);
        if (holds == 0) {
            throw notHeld("read");
        }
        try {
            endReadHold(me, holds - 1);
        } finally {
            object.endUse(me);
        }
    }

    // ---- write

    private boolean write(long deadlineNs, boolean interruptible, boolean whateverDied) throws InterruptedException {
        Attachment me = object.beginUse(deadlineNs, interruptible);
        if (me == null) {
            return false;
        }
        try {
            boolean upgrade = object.isMonitorHeldBy(me);
            if (upgrade && session.isUnusable()) {
                throw session.closedException(); // as the monitor would say, which it need not take
            }
            if (upgrade ? holds(LOCKED) : readers.of(me) != 0) {
                return waitForMyself(me, upgrade, "write", deadlineNs, interruptible);
            }
            if (!upgrade) {
                Outcome outcome = enterBy(me, deadlineNs, interruptible);
                if (outcome != Outcome.ACQUIRED) {
                    return object.settle(me, outcome);
                }
            }
            boolean taken = false;
            try {
                if (!whateverDied) {
                    checkConsistent();
                }
                taken = object.settle(me, awaitReaders(me, deadlineNs, interruptible));
                return taken;
            } finally {
                if (!taken && !upgrade) {
                    object.exit(me);
                }
            }
        } finally {
            object.endUse(me);
        }
    }

    private Outcome awaitReaders(Attachment me, long deadlineNs, boolean interruptible) {
        long before = writer.get();
        long mine = (long) me.participant.ownerWord() << 32 | before & (UPDATE | INCONSISTENT);
        // P18 full fence: before the look at the readers; pairs with P18 in ReadHolds.put.
        writer.put(mine | WAITING);
        KillPoint.hit(KillPoint.WRITER_WAITING, me.participant);
        me.onDeadlock = onDeadlock;
        Outcome outcome = null;
        try {
            outcome = readers.awaitNone(me, writer.version(), deadlineNs, interruptible);
        } finally {
            if (outcome != Outcome.ACQUIRED) {
                writer.put(before);
            }
        }
        if (outcome != Outcome.ACQUIRED) {
            return outcome;
        }
        writer.put(mine | LOCKED);
        writer.changeVersion();
        KillPoint.hit(KillPoint.WRITER_LOCKED, me.participant);
        return outcome;
    }

    // ---- update

    private boolean update(long deadlineNs, boolean interruptible) throws InterruptedException {
        Attachment me = object.beginUse(deadlineNs, interruptible);
        if (me == null) {
            return false;
        }
        try {
            boolean upgrade = object.isMonitorHeldBy(me);
            if (upgrade && session.isUnusable()) {
                throw session.closedException(); // as the monitor would say, which it need not take
            }
            if (upgrade ? holds(UPDATE) : readers.of(me) != 0) {
                return waitForMyself(me, upgrade, "update", deadlineNs, interruptible);
            }
            if (upgrade) {
                writer.put(writer.get() | UPDATE);
                return true;
            }
            Outcome outcome = enterBy(me, deadlineNs, interruptible);
            if (outcome != Outcome.ACQUIRED) {
                return object.settle(me, outcome);
            }
            boolean taken = false;
            try {
                checkConsistent();
                writer.put((long) me.participant.ownerWord() << 32 | UPDATE);
                taken = true;
                return true;
            } finally {
                if (!taken) {
                    object.exit(me);
                }
            }
        } finally {
            object.endUse(me);
        }
    }

    private void giveUp(long flag, String what) {
        Attachment me = session.threads().existing();
        checkHolds(me, flag, what);
        long left = writer.get() & ~flag;
        boolean last = (left & (LOCKED | UPDATE)) == 0;
        writer.put(last ? left & INCONSISTENT : left);
        KillPoint.hit(KillPoint.WRITER_RELEASED, me.participant);
        if (last) {
            object.exit(me);
        }
    }

    // ---- both

    private Outcome enterBy(Attachment me, long deadlineNs, boolean interruptible) {
        if (deadlineNs == Deadline.NOW) {
            return object.tryEnter(me) ? Outcome.ACQUIRED : Outcome.TIMED_OUT;
        }
        return object.enter(me, deadlineNs, interruptible);
    }

    /**
     * What a dead holder leaves: if it was writing, the data is damaged, which is said in the same
     * store that frees the lock. Otherwise nothing.
     */
    private void recover() {
        readers.recover();
        writer.put((writer.get() & (LOCKED | INCONSISTENT)) != 0 ? INCONSISTENT : 0);
    }

    private void checkConsistent() {
        long now = writer.get();
        if ((now & INCONSISTENT) == 0) {
            return;
        }
        if (!continues) {
            throw DeadOwners.ofWriter(object, object.lastDeath());
        }
        writer.put(now & ~INCONSISTENT);
    }

    /** By who has the monitor. */
    private boolean holds(long flag) {
        return (writer.get() & flag) != 0;
    }

    // A try is no error: it fails, when its time is over.
    private boolean waitForMyself(Attachment me, boolean again, String wanted, long deadlineNs, boolean interruptible)
            throws InterruptedException {
        if (deadlineNs != Deadline.NONE) {
            return object.settle(me, FutileWait.until(me, deadlineNs, interruptible));
        }
        throw new IllegalStateException(
                again
                        ? "thread '" + Thread.currentThread().getName() + "' holds the " + wanted + " lock of " + object
                                + " already"
                        : me + " holds the read lock of " + object + " and would wait for itself with the " + wanted
                                + " lock; take the update lock first, instead of the read lock");
    }

    private void checkHolds(Attachment me, long flag, String what) {
        if (me == null || !object.isMonitorHeldBy(me) || (writer.get() & flag) == 0) {
            throw notHeld(what);
        }
    }

    private IllegalMonitorStateException notHeld(String what) {
        return new IllegalMonitorStateException(
                "thread '" + Thread.currentThread().getName() + "' does not hold the " + what + " lock of " + object);
    }
}
