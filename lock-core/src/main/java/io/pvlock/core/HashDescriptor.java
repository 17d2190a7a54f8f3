package io.pvlock.core;

/**
 * The lock hash: which sleeping queue head the unlocker of a SLOW lock must kick; the kernel's {@code pv_lock_hash}.
 *
 * <pre>
 *   0                8                                                     64
 *   +----------------+------------------------------------------------------+
 *   0 lines in use   | reserved                                             |
 *   +----------------+----------------+----------------+--------------------+
 *  64 entry | unused | entry | unused | entry | unused | entry | unused     |   four entries of 16 bytes per line
 *   +----------------+----------------+----------------+--------------------+
 *
 *   entry, one long:  cell offset (32) | 0 (15) | taken (1) | node ref (16);  0 = empty
 * </pre>
 *
 * <p>Lock and node are one word, so an entry is never half-written. "Lines in use" is the longest probe sequence so far: it
 * only grows, and it bounds every search, so that "not there" is found without looking at the whole table.
 *
 * <p>An entry is taken by the unlocker that is about to kick its vCPU, and removed when that is done. For the vCPU itself it is
 * not there any more; for other unlockers it is, since the one that has taken it may die before it kicks.
 */
public final class HashDescriptor {

    public static final int LINES_OFFSET = 0;
    public static final int ENTRIES_OFFSET = 64;
    public static final int ENTRY_LENGTH = 16;
    public static final int ENTRIES_PER_LINE = 4;
    public static final int LINE_LENGTH = ENTRY_LENGTH * ENTRIES_PER_LINE;

    /** Set in an entry that an unlocker has taken. */
    public static final int TAKEN = 1 << 16;

    private HashDescriptor() {}

    /** Entries for {@code vcpus} vCPUs: at least four for each, and a power of two. */
    public static int capacity(int vcpus) {
        int wanted = Math.max(ENTRIES_PER_LINE, Math.multiplyExact(4, vcpus));
        return Integer.highestOneBit(wanted - 1) << 1;
    }

    /** Bytes of a hash with {@code capacity} entries. */
    public static int length(int capacity) {
        return ENTRIES_OFFSET + capacity * ENTRY_LENGTH;
    }

    static long entry(int cell, int ref) {
        return ((long) cell << 32) | ref;
    }

    static int entryCell(long entry) {
        return (int) (entry >>> 32);
    }

    static int entryRef(long entry) {
        return (int) entry & 0xffff;
    }
}
