package io.pvlock.core;

/**
 * The 8-byte lock cell: {@link LockWord} in the low half, the owner word in the high half.
 *
 * <pre>
 *  63               48 47               32 31                               0
 * +-------------------+-------------------+----------------------------------+
 * |  slot generation  |  owner vCPU + 1   |            lock word             |
 * +-------------------+-------------------+----------------------------------+
 * </pre>
 *
 * <p>Taking the lock and naming its owner is one compare-and-set, and so is giving both up (I3: locked == 0 if and only if
 * owner == 0). Every read-modify-write of a cell is a 64-bit operation: never a mix of widths on one word. The generation
 * tells a dead owner from a later user of the same slot.
 */
public final class LockCell {

    /** Bytes, and the alignment that a cell must have: a CAS across cache lines is not atomic for free (split-lock trap). */
    public static final int LENGTH = 8;

    /** Offset of the lock word, for the kinds that work on 32 bits. The region is little-endian. */
    public static final int WORD_OFFSET = 0;
    /** Offset of the owner word, for the kinds that work on 32 bits. */
    public static final int OWNER_OFFSET = WORD_OFFSET + Integer.BYTES;

    /**
     * The owner of a lock that was declared not recoverable: held for ever by nobody, and never dead. Below the 16-bit vCPU
     * range of a tail, so no slot can have it.
     */
    public static final int NOT_RECOVERABLE = 0xffff_ffff;

    private LockCell() {}

    public static long of(int word, int owner) {
        return ((long) owner << 32) | (word & 0xffff_ffffL);
    }

    public static int word(long cell) {
        return (int) cell;
    }

    public static int owner(long cell) {
        return (int) (cell >>> 32);
    }

    /** The owner word of {@code vcpu} in its {@code generation}; never 0. */
    public static int ownerWord(int vcpu, int generation) {
        return (generation << 16) | (vcpu + 1);
    }

    /** The vCPU that an owner word names; -1 for nobody. */
    public static int ownerVcpu(int owner) {
        return (owner & 0xffff) - 1;
    }

    public static int ownerGeneration(int owner) {
        return owner >>> 16;
    }

    /** The cell after a free lock was taken by {@code owner}: (t,*,0) to (t,0,LOCKED), the overtakes forgotten. */
    static long takenByHead(long cell, int owner) {
        int word = word(cell) & ~(LockWord.LOCKED_MASK | LockWord.PENDING | LockWord.OVERTAKE_MASK);
        return of(word | LockWord.LOCKED, owner);
    }

    /** The cell after its owner let go: (t,p,*) to (t,p,0), owner nobody; all other bits stay. */
    static long released(long cell) {
        return of(word(cell) & ~LockWord.LOCKED_MASK, 0);
    }
}
