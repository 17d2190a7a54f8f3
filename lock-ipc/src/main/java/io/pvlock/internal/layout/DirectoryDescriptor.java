package io.pvlock.internal.layout;

/**
 * One bucket of the lock directory: from the hash of a name to the index of the lock's entry, by open addressing.
 *
 * <pre>
 *   0                8                16
 *   +----------------+----------------+
 *   | state          | name hash      |
 *   +----------------+----------------+
 *
 *   state:  entry index (24) | claimer's generation (16) | claimer's process index (16) | status (8)
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>0</td><td>8</td><td>state</td><td>claimer, or whoever finishes its work</td><td>CAS</td>
 *     <td>see the status constants</td></tr>
 * <tr><td>8</td><td>8</td><td>name hash</td><td>claimer</td><td>before state is READY</td>
 *     <td>of the whole name</td></tr>
 * </table>
 *
 * <p>The claimer is in the same word as the claim, for people: whoever finds the claim and has the byte lock, without which nobody
 * claims, knows that its claimer is dead.
 */
public final class DirectoryDescriptor {

    public static final int STATE_OFFSET = 0;
    public static final int NAME_HASH_OFFSET = STATE_OFFSET + Long.BYTES;
    public static final int LENGTH = NAME_HASH_OFFSET + Long.BYTES;

    /** Ends every search; may be claimed. */
    public static final int EMPTY = 0;
    /** Its claimer, who has the byte lock for it, fills in hash, name and entry. To who has that lock: the claimer died. */
    public static final int CLAIMED = 1;
    /** Hash, name and entry are valid, until the name is removed. */
    public static final int READY = 2;
    /** The name is removed, hash, name and entry are still there: somebody may have an object of it. A search goes on past it. */
    public static final int REMOVED = 3;
    /** Leads nowhere, may be claimed; but a search goes on past it. */
    public static final int VACANT = 4;

    /** Entry indices are below this. */
    public static final int MAX_ENTRIES = 1 << 24;

    private DirectoryDescriptor() {}

    /** Buckets for {@code maxLocks} locks: at least two for each, and a power of two. */
    public static int capacity(int maxLocks) {
        int wanted = Math.max(2, Math.multiplyExact(2, maxLocks));
        return Integer.highestOneBit(wanted - 1) << 1;
    }

    /**
     * @param process index of the claimer's process record
     * @param generation of that record when the claim was made
     * @param entry index of the lock's entry and name
     */
    public static long state(int status, int process, int generation, int entry) {
        return (long) entry << 40 | (generation & 0xffffL) << 24 | (process & 0xffffL) << 8 | status;
    }

    public static int status(long state) {
        return (int) state & 0xff;
    }

    /** Index of the claimer's process record. */
    public static int process(long state) {
        return (int) (state >>> 8) & 0xffff;
    }

    /** Generation of the claimer's process record. */
    public static int generation(long state) {
        return (int) (state >>> 24) & 0xffff;
    }

    /** Index of the lock's entry and name. */
    public static int entry(long state) {
        return (int) (state >>> 40);
    }
}
