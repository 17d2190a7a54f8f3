package io.pvlock.core;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * The lock cells of a region for {@link PvQSpinLock} and its parts: reads, the one 64-bit compare-and-set by which they change, and
 * what can be said of an owner.
 */
final class Cells {

    private final UnsafeBuffer memory;
    private final Liveness liveness;

    Cells(UnsafeBuffer memory, Liveness liveness) {
        this.memory = memory;
        this.liveness = liveness;
    }

    long read(int cell) {
        // P0 acquire; pairs with P0 release in cas and in PvQSpinLock.unlock.
        return memory.getLongVolatile(cell);
    }

    boolean cas(int cell, long expected, long update) {
        // P0 acquire and release: every change of a cell is one 64-bit CAS, what it means is said where it is called.
        return memory.compareAndSetLong(cell, expected, update);
    }

    /** The queue's last node in {@code cell}; 0 if nobody queues. */
    int tail(int cell) {
        return LockWord.tail(LockCell.word(read(cell)));
    }

    boolean isOwnedBy(int cell, Participant me) {
        return LockCell.owner(read(cell)) == me.ownerWord();
    }

    /**
     * The content of {@code cell}, which {@code me} must own.
     *
     * @throws IllegalMonitorStateException if it does not
     */
    long checkOwner(int cell, Participant me) {
        long now = read(cell);
        int owner = LockCell.owner(now);
        if (owner != me.ownerWord()) {
            throw new IllegalMonitorStateException("vcpu=" + me.index() + " is not the owner, "
                    + (owner == 0
                            ? "nobody is"
                            : owner == LockCell.NOT_RECOVERABLE
                                    ? "the lock was abandoned as not recoverable"
                                    : "owner is vcpu=" + LockCell.ownerVcpu(owner)));
        }
        return now;
    }

    /** Whether the owner named in a {@code cell} that is locked is dead. */
    boolean ownerDead(long cell) {
        int owner = LockCell.owner(cell);
        if (owner == 0) {
            throw new CorruptMemoryException("a lock is held by nobody (I3): " + LockWord.toString(LockCell.word(cell))
                    + "; run pvlock fsck on the region");
        }
        return owner != LockCell.NOT_RECOVERABLE && liveness.ownerDead(owner);
    }

    /** Takes the lock of a dead owner. INCONSISTENT comes in the same CAS, so that the fact survives me. */
    boolean takeOver(int cell, long now, long taken, Participant me) {
        if (!cas(cell, now, taken | LockWord.INCONSISTENT)) {
            return false;
        }
        me.tookOverFrom(LockCell.owner(now));
        me.count(LockEvent.OWNER_DIED);
        KillPoint.hit(KillPoint.TAKEN_OVER, me);
        return true;
    }

    void setPending(int cell) {
        for (; ; ) {
            long now = read(cell);
            int word = LockWord.withHeadAwake(LockCell.word(now));
            if (isWord(cell, now, word)) {
                return;
            }
        }
    }

    /** @param overtakes so many of the head count from now on, or more */
    void clearPending(int cell, int overtakes) {
        for (; ; ) {
            long now = read(cell);
            int word = LockWord.withOvertakes(LockCell.word(now) & ~LockWord.PENDING, overtakes);
            if (isWord(cell, now, word)) {
                return;
            }
        }
    }

    private boolean isWord(int cell, long now, int word) {
        long update = LockCell.of(word, LockCell.owner(now));
        return now == update || cas(cell, now, update);
    }

    /** What a free lock gives whose word was {@code wordBefore}. */
    static Outcome acquired(int wordBefore) {
        return LockWord.isInconsistent(wordBefore) ? Outcome.OWNER_DIED : Outcome.ACQUIRED;
    }

    static long withTail(long cell, int ref) {
        return (cell & ~((long) LockWord.TAIL_MASK & 0xffff_ffffL)) | ((long) ref << LockWord.TAIL_INDEX_SHIFT);
    }
}
