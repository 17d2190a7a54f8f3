package io.pvlock.internal.layout;

/**
 * The extent of a counter, a level of a tree of limits. The intent is in use in the root of the tree only: what the levels will be,
 * written down before and done after.
 *
 * <pre>
 *   0                                                  48       56        64
 *   +--------------------------------------------------+--------+---------+
 *   0 ExtentDescriptor                                 | parent | max     |
 *   +--------------------------------------------------+--------+---------+
 *   0                8                16               24                 32
 *   +----------------+----------------+----------------+------------------+
 *  64 usage          | watermark      | failures       | intent: levels   |
 *   +----------------+----------------+----------------+------------------+
 *  96 intent, for each level: extent, usage to be
 *   +---------------------------------------------------------------------+
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>48</td><td>8</td><td>parent</td><td>who asks for it first</td><td>CAS</td>
 *     <td>offset of the parent's extent, {@link #NO_PARENT} for none; 0: not known yet</td></tr>
 * <tr><td>56</td><td>8</td><td>max</td><td>same; later who has the root's lock</td><td>CAS, release</td>
 *     <td>bits inverted; 0: not known yet</td></tr>
 * <tr><td>64</td><td>8</td><td>usage</td><td>who has the root's lock</td><td>release</td><td>charged now</td></tr>
 * <tr><td>72</td><td>8</td><td>watermark</td><td>same</td><td>same</td><td>most ever charged</td></tr>
 * <tr><td>80</td><td>8</td><td>failures</td><td>same</td><td>same</td><td>charges that this level's max forbade</td></tr>
 * <tr><td>88</td><td>8</td><td>intent, levels</td><td>same</td><td>release</td>
 *     <td>how many of the following are to be done; 0 for nothing</td></tr>
 * <tr><td>96</td><td>16 each</td><td>intent</td><td>same</td><td>plain before levels</td>
 *     <td>offset of a level's extent (8), its usage to be (8)</td></tr>
 * </table>
 */
public final class CounterDescriptor {

    public static final int PARENT_OFFSET = ExtentDescriptor.OWN_OFFSET;
    public static final int MAX_OFFSET = PARENT_OFFSET + Long.BYTES;
    public static final int USAGE_OFFSET = ExtentDescriptor.BODY_OFFSET;
    public static final int WATERMARK_OFFSET = USAGE_OFFSET + Long.BYTES;
    public static final int FAILURES_OFFSET = WATERMARK_OFFSET + Long.BYTES;
    public static final int INTENT_LEVELS_OFFSET = FAILURES_OFFSET + Long.BYTES;
    public static final int INTENT_OFFSET = INTENT_LEVELS_OFFSET + Long.BYTES;

    /** In an entry of the intent. */
    public static final int INTENT_USAGE_AT = Long.BYTES;

    public static final int INTENT_ENTRY_BYTES = 2 * Long.BYTES;
    public static final int MAX_LEVELS = 8;
    public static final int BODY_BYTES = INTENT_OFFSET + MAX_LEVELS * INTENT_ENTRY_BYTES - ExtentDescriptor.BODY_OFFSET;

    /** Not the offset of any extent. */
    public static final long NO_PARENT = 1;

    private CounterDescriptor() {}
}
