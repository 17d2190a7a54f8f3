package io.pvlock.internal.layout;

/**
 * What is counted of one lock, off the fast path: a block for each of the first {@link #MAX_BLOCKS} entries, beside them. Times are counted by
 * their length, four steps to each power of two.
 *
 * <pre>
 *   0        8        16       24       32       40       48       56       64
 *   +--------+--------+--------+--------+--------+--------+--------+--------+
 *   0 first  | steals | kicks  | waits  |longest | holds  |longest | unused |
 *     token  |        |        |        | wait   |        | hold   |        |
 *   +--------+--------+--------+--------+--------+--------+--------+--------+
 *  64 waits, by length: 118 counts of 4 bytes
 * 536 holds, by length: 118 counts of 4 bytes
 *1008 unused
 *   +-----------------------------------------------------------------------+
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>0</td><td>8</td><td>first token</td><td>bucket's claimer</td><td>plain before bucket's READY</td>
 *     <td>fencing token from which the lock goes on: that many are not its own</td></tr>
 * <tr><td>8</td><td>8</td><td>steals</td><td>the owner</td><td>plain, under the lock</td>
 *     <td>taken past a queue; without those that the entry still has</td></tr>
 * <tr><td>16</td><td>8</td><td>kicks</td><td>the owner</td><td>same</td><td>unlocks that had to wake somebody</td></tr>
 * <tr><td>24</td><td>8</td><td>waits</td><td>the owner</td><td>same</td><td>waits that were counted</td></tr>
 * <tr><td>32</td><td>8</td><td>longest wait</td><td>the owner</td><td>same</td><td>nanoseconds</td></tr>
 * <tr><td>40</td><td>8</td><td>holds</td><td>the owner</td><td>same</td><td>holds that were counted</td></tr>
 * <tr><td>48</td><td>8</td><td>longest hold</td><td>the owner</td><td>same</td><td>nanoseconds</td></tr>
 * <tr><td>64</td><td>118 x 4</td><td>waits by length</td><td>the owner</td><td>same</td>
 *     <td>halved, all of them, when one would not fit its 32 bits</td></tr>
 * <tr><td>536</td><td>118 x 4</td><td>holds by length</td><td>the owner</td><td>same</td><td>same</td></tr>
 * </table>
 *
 * <p>Readers are nobody's concern: what they read may be torn between the fields. Whoever is killed while it counts leaves one time out, or
 * a sum that is one larger than its parts.
 */
public final class StatisticsDescriptor {

    public static final int FIRST_TOKEN_OFFSET = 0;
    public static final int STEALS_OFFSET = FIRST_TOKEN_OFFSET + Long.BYTES;
    public static final int KICKS_OFFSET = STEALS_OFFSET + Long.BYTES;
    public static final int WAITS_OFFSET = KICKS_OFFSET + Long.BYTES;
    public static final int LONGEST_WAIT_OFFSET = WAITS_OFFSET + Long.BYTES;
    public static final int HOLDS_OFFSET = LONGEST_WAIT_OFFSET + Long.BYTES;
    public static final int LONGEST_HOLD_OFFSET = HOLDS_OFFSET + Long.BYTES;

    /** Steps to a power of two, as a power of two. */
    public static final int STEP_SHIFT = 2;
    /** Times below two to this, in nanoseconds, are in the first count. */
    public static final int SHORTEST_SHIFT = 10;
    /** Times of two to this and more are in the last count. */
    public static final int LONGEST_SHIFT = 39;

    public static final int COUNTS = ((LONGEST_SHIFT - SHORTEST_SHIFT) << STEP_SHIFT) + 2;
    public static final int WAIT_COUNTS_OFFSET = 64;
    public static final int HOLD_COUNTS_OFFSET = WAIT_COUNTS_OFFSET + COUNTS * Integer.BYTES;
    public static final int LENGTH = 1024;

    /** A region has no more blocks, however many locks it has. */
    public static final int MAX_BLOCKS = 1024;

    private StatisticsDescriptor() {}

    /** Blocks in a region for {@code maxLocks} locks. */
    public static int blocks(int maxLocks) {
        return Math.min(maxLocks, MAX_BLOCKS);
    }

    /** In which count a time of {@code ns} is. */
    public static int step(long ns) {
        if (ns < 1L << SHORTEST_SHIFT) {
            return 0;
        }
        int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(ns);
        if (power >= LONGEST_SHIFT) {
            return COUNTS - 1;
        }
        int within = (int) (ns >>> power - STEP_SHIFT) & (1 << STEP_SHIFT) - 1;
        return 1 + (power - SHORTEST_SHIFT << STEP_SHIFT) + within;
    }

    /** The longest time that is in count {@code step}. */
    public static long longestOf(int step) {
        if (step == 0) {
            return (1L << SHORTEST_SHIFT) - 1;
        }
        if (step >= COUNTS - 1) {
            return Long.MAX_VALUE;
        }
        int power = SHORTEST_SHIFT + (step - 1 >> STEP_SHIFT);
        long within = step - 1 & (1 << STEP_SHIFT) - 1;
        return ((1L << STEP_SHIFT) + within + 1 << power - STEP_SHIFT) - 1;
    }
}
