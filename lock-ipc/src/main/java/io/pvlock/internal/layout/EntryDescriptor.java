package io.pvlock.internal.layout;

/**
 * One lock, or a named object with the lock that it has inside. The first line belongs to the lock's hot path, the second is written when the lock is made and when an
 * owner dies.
 *
 * <pre>
 *   0                8                16               24       28          32
 *   +----------------+----------------+----------------+--------+-----------+
 *   0 cell           | fencing token  | held since     | bucket | steals    |
 *   +----------------+----------------+----------------+--------+-----------+
 *  32 users                                                                 |
 *   +--------+-------+--------+-------+--------+-------+--------+-----------+
 *  64 kind   |policy |wait    |type   | deaths | link  | owner  | pid       |
 *   +--------+-------+--------+-------+-------+--------+--------+-----------+
 *  96 when           | token          | tid   |extent |extent  | overtake  |
 *                                             |offset |length  | time      |
 *   +----------------+----------------+-------+-------+--------+-------------+
 * 128
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>0</td><td>8</td><td>cell</td><td>the lock algorithm</td><td>CAS</td>
 *     <td>{@link io.pvlock.core.LockCell}</td></tr>
 * <tr><td>8</td><td>8</td><td>fencing token</td><td>the owner</td><td>plain, under the lock</td>
 *     <td>one more with each acquisition</td></tr>
 * <tr><td>16</td><td>8</td><td>held since</td><td>the owner</td><td>plain, under the lock</td>
 *     <td>monotonic nanoseconds</td></tr>
 * <tr><td>24</td><td>4</td><td>bucket</td><td>bucket's claimer</td><td>CAS</td>
 *     <td>index of the directory bucket that leads here, plus 1; 0: unused entry</td></tr>
 * <tr><td>28</td><td>4</td><td>steals</td><td>the owner</td><td>plain, under the lock</td>
 *     <td>taken past a queue, and not yet added to the lock's {@link StatisticsDescriptor}; here, since a thief has this line</td></tr>
 * <tr><td>32</td><td>32</td><td>users</td><td>who looks the name up</td><td>CAS</td>
 *     <td>a bit for each process that may have an object of it, its index modulo {@link #USERS_BITS}</td></tr>
 * <tr><td>64</td><td>4</td><td>kind</td><td>bucket's claimer</td><td>plain before bucket's READY</td>
 *     <td>which algorithm</td></tr>
 * <tr><td>68</td><td>4</td><td>policy</td><td>same</td><td>same</td><td>who may overtake whom</td></tr>
 * <tr><td>72</td><td>4</td><td>wait mode</td><td>same</td><td>same</td><td>how to wait</td></tr>
 * <tr><td>76</td><td>4</td><td>type</td><td>same</td><td>same</td><td>a lock, or the object that the lock is part of</td></tr>
 * <tr><td>80</td><td>4</td><td>death count</td><td>who took over from a dead owner</td><td>plain, under the lock</td>
 *     <td>owners that died</td></tr>
 * <tr><td>84</td><td>4</td><td>link</td><td>who has the byte lock for it; of a used entry who makes something of it</td><td>plain</td>
 *     <td>of an unused entry: how far it is to the next unused one, less 1; of a used one: other than 0 if something may be made of it</td></tr>
 * <tr><td>88</td><td>4</td><td>last death, owner</td><td>same</td><td>0 first, release last</td>
 *     <td>the dead owner's owner word; 0: none, or the rest is being written</td></tr>
 * <tr><td>92</td><td>4</td><td>last death, pid</td><td>same</td><td>plain, in between</td><td>of the dead owner</td></tr>
 * <tr><td>96</td><td>8</td><td>last death, when</td><td>same</td><td>same</td>
 *     <td>epoch milliseconds of the take-over; of an unused entry: its spare extent, offset (32 bits) and length (32), 0 for none</td></tr>
 * <tr><td>104</td><td>8</td><td>last death, token</td><td>same</td><td>same</td>
 *     <td>the last fencing token handed out before</td></tr>
 * <tr><td>112</td><td>4</td><td>last death, tid</td><td>same</td><td>same</td><td>of the dead owner</td></tr>
 * <tr><td>116</td><td>4</td><td>extent, offset</td><td>who holds the byte lock for it</td><td>release, last</td>
 *     <td>the object's {@link ExtentDescriptor} in the file; 0 for none</td></tr>
 * <tr><td>120</td><td>4</td><td>extent, length</td><td>same</td><td>plain before the offset</td><td>bytes</td></tr>
 * <tr><td>124</td><td>4</td><td>overtake time</td><td>bucket's claimer</td><td>plain before bucket's READY</td>
 *     <td>for how long a head may be overtaken, in microseconds; 0: as the policy says</td></tr>
 * </table>
 */
public final class EntryDescriptor {

    public static final int CELL_OFFSET = 0;
    public static final int FENCING_TOKEN_OFFSET = CELL_OFFSET + Long.BYTES;
    public static final int HELD_SINCE_OFFSET = FENCING_TOKEN_OFFSET + Long.BYTES;
    public static final int BUCKET_OFFSET = HELD_SINCE_OFFSET + Long.BYTES;
    public static final int STEALS_OFFSET = BUCKET_OFFSET + Integer.BYTES;
    public static final int USERS_OFFSET = 32;
    public static final int USERS_BITS = 256;
    public static final int KIND_OFFSET = 64;
    public static final int POLICY_OFFSET = KIND_OFFSET + Integer.BYTES;
    public static final int WAIT_MODE_OFFSET = POLICY_OFFSET + Integer.BYTES;
    public static final int TYPE_OFFSET = WAIT_MODE_OFFSET + Integer.BYTES;
    public static final int DEATH_COUNT_OFFSET = TYPE_OFFSET + Integer.BYTES;
    public static final int LINK_OFFSET = DEATH_COUNT_OFFSET + Integer.BYTES;
    public static final int LAST_DEATH_OWNER_OFFSET = LINK_OFFSET + Integer.BYTES;
    public static final int LAST_DEATH_PID_OFFSET = LAST_DEATH_OWNER_OFFSET + Integer.BYTES;
    public static final int LAST_DEATH_AT_OFFSET = LAST_DEATH_PID_OFFSET + Integer.BYTES;
    public static final int LAST_DEATH_TOKEN_OFFSET = LAST_DEATH_AT_OFFSET + Long.BYTES;
    public static final int LAST_DEATH_TID_OFFSET = LAST_DEATH_TOKEN_OFFSET + Long.BYTES;
    public static final int EXTENT_OFFSET_OFFSET = LAST_DEATH_TID_OFFSET + Integer.BYTES;
    public static final int EXTENT_LENGTH_OFFSET = EXTENT_OFFSET_OFFSET + Integer.BYTES;
    public static final int OVERTAKE_US_OFFSET = EXTENT_LENGTH_OFFSET + Integer.BYTES;
    public static final int SPARE_OFFSET = LAST_DEATH_AT_OFFSET;
    public static final int LENGTH = 128;

    private EntryDescriptor() {}
}
