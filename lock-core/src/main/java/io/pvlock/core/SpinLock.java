package io.pvlock.core;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the kinds without crash recovery have in common. They work on the 32-bit lock word, as their ancestors in the kernel do; the
 * owner half of the cell is written by the owner alone, after it has the lock and before it lets go, to catch misuse and
 * for people to read.
 *
 * <p>A killed holder or waiter blocks everybody for good: use them where that cannot happen, or to compare. Waiters never sleep: they
 * spin for {@link WaitPolicy#spinNs()} and then yield between two looks.
 *
 * <p>A place in their queues cannot be given back. So an attempt that may end without the lock (with a deadline, interruptible, or
 * cancelled before it began) does not queue: it tries again and again, and may starve behind those who do queue. An attempt that
 * does queue ends with the lock, whatever happens meanwhile.
 */
// ORDERING. Labels as in PvQSpinLock; there is one more:
//   label | store      | load  | makes visible
//   P27   | owner word | owner | nothing but itself: only the owner compares it with its own, all others just report it
abstract sealed class SpinLock implements LockAlgorithm permits NativeQSpinLock, TicketLock, McsLock, TasLock {

    final UnsafeBuffer memory;
    final VcpuTable vcpus;
    final Parker parker;

    SpinLock(VcpuTable vcpus, Parker parker) {
        this.memory = vcpus.memory();
        this.vcpus = vcpus;
        this.parker = parker;
    }

    /** One attempt, with acquire order if it succeeds. */
    abstract boolean tryTake(int cell);

    /** Whether {@link #tryTake} is worth an attempt. */
    abstract boolean isFree(int word);

    /** Whether who waits takes a place, which it cannot leave without having had the lock. */
    boolean hasQueue() {
        return true;
    }

    /** Waits for the lock, come what may, and takes it with acquire order; if there is a queue. */
    abstract void waitAndTake(int cell, Participant me);

    /** Lets go, with release order. */
    abstract void release(int cell, Participant me);

    @Override
    public final Outcome lock(int cell, Participant me, WaitPolicy policy, long deadlineNs, boolean interruptible) {
        return tryTake(cell) ? acquired(cell, me) : lockSlow(cell, me, policy, deadlineNs, interruptible);
    }

    @Override
    public final Outcome tryLock(int cell, Participant me, WaitPolicy policy) {
        if (tryTake(cell)) {
            return acquired(cell, me);
        }
        return Outcome.TIMED_OUT; // also if I hold it: a try does not wait, so it cannot wait for ever
    }

    @Override
    public final void unlock(int cell, Participant me) {
        int owner = owner(cell);
        if (owner != me.ownerWord()) {
            throw new IllegalMonitorStateException("vcpu=" + me.index() + " is not the owner, "
                    + (owner == 0 ? "nobody is" : "owner is vcpu=" + LockCell.ownerVcpu(owner)));
        }
        // P27 release: before the word is free, or it would erase the next owner; pairs with P27 in owner.
        memory.putIntRelease(cell + LockCell.OWNER_OFFSET, 0);
        release(cell, me);
    }

    @Override
    public final int owner(int cell) {
        // P27 acquire; pairs with P27 in acquired and unlock.
        return memory.getIntVolatile(cell + LockCell.OWNER_OFFSET);
    }

    private Outcome lockSlow(int cell, Participant me, WaitPolicy policy, long deadlineNs, boolean interruptible) {
        checkNotOwner(cell, me);
        me.begin(deadlineNs, interruptible);
        try {
            me.beginWait(cell);
            me.spin().begin(parker, policy.spinNs());
            boolean mayLeave = me.mayLeave();
            Outcome reason = mayLeave || !hasQueue() ? poll(cell, me, mayLeave) : queue(cell, me);
            return reason != null ? reason : acquired(cell, me);
        } finally {
            me.end();
        }
    }

    // What was thrown meanwhile is thrown when it can be: without the lock.
    private Outcome queue(int cell, Participant me) {
        StackReserve.check();
        waitAndTake(cell, me);
        Throwable failure = me.spin().failure();
        if (failure != null) {
            release(cell, me);
            throw SpinLock.<RuntimeException>asThrown(failure);
        }
        return null;
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T asThrown(Throwable t) throws T {
        throw (T) t;
    }

    /** The kernel's fallback when all four nodes are in use: tries until nobody holds the lock and nobody queues. */
    final void takeWithoutNode(int cell, Participant me) {
        while (!isFree(wordVolatile(cell)) || !tryTake(cell)) {
            me.spin().turn();
        }
    }

    // Tries without queueing. Null: taken. Otherwise why it was given up.
    private Outcome poll(int cell, Participant me, boolean mayLeave) {
        while (!isFree(wordVolatile(cell)) || !tryTake(cell)) {
            Outcome reason = mayLeave ? me.reasonToLeave() : null;
            if (reason != null) {
                return reason;
            }
            me.spin().turn();
            if (me.spin().failure() != null) {
                throw SpinLock.<RuntimeException>asThrown(me.spin().failure());
            }
        }
        return null;
    }

    final int wordVolatile(int cell) {
        // P0 acquire; pairs with P0 release in release.
        return memory.getIntVolatile(cell + LockCell.WORD_OFFSET);
    }

    final boolean casWord(int cell, int expected, int update) {
        // P0 acquire and release: what the change means is said where it is called.
        return memory.compareAndSetInt(cell + LockCell.WORD_OFFSET, expected, update);
    }

    final int addToWord(int cell, int delta) {
        // P0 acquire and release: what the change means is said where it is called.
        return memory.getAndAddInt(cell + LockCell.WORD_OFFSET, delta);
    }

    private Outcome acquired(int cell, Participant me) {
        // P27 release: nothing hangs on it, a late sight of it does no harm; pairs with P27 in owner.
        memory.putIntRelease(cell + LockCell.OWNER_OFFSET, me.ownerWord());
        return Outcome.ACQUIRED;
    }

    private void checkNotOwner(int cell, Participant me) {
        if (owner(cell) == me.ownerWord()) {
            throw new IllegalStateException(
                    "vcpu=" + me.index() + " already holds this lock: a second lock() would wait for "
                            + "ever; unlock first, or use a reentrant view");
        }
    }
}
