package io.pvlock.internal.layout;

/**
 * One process that is attached to the region. It names the process for people; what proves its death is the byte lock
 * of the same index and the sentinels of its threads.
 *
 * <pre>
 *   0                8        12       16                24                32
 *   +----------------+--------+--------+-----------------+-----------------+
 *   0 state          | pid    | unused | start time      | boot id         |
 *   +----------------+--------+--------+-----------------+-----------------+
 *  32 boot id        | pid namespace   | attached since  | clock shift     |
 *   +--------+-------+-----------------+-----------------+-----------------+
 *  64 length | command name, UTF-8                                |  bell  |
 *   +--------+----------------------------------------------------+--------+
 * 128
 *
 *   state:  0 (40) | generation (16) | status (8)
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>0</td><td>8</td><td>state</td><td>attacher, reclaimer</td><td>CAS</td><td>status and generation</td></tr>
 * <tr><td>8</td><td>4</td><td>pid</td><td>attacher</td><td>plain before state</td>
 *     <td>in its own pid namespace</td></tr>
 * <tr><td>16</td><td>8</td><td>start time</td><td>attacher</td><td>plain before state</td>
 *     <td>clock ticks since boot</td></tr>
 * <tr><td>24</td><td>16</td><td>boot id</td><td>attacher</td><td>plain before state</td>
 *     <td>most significant half first</td></tr>
 * <tr><td>40</td><td>8</td><td>pid namespace</td><td>attacher</td><td>plain before state</td><td>inode number</td></tr>
 * <tr><td>48</td><td>8</td><td>attached since</td><td>attacher</td><td>plain before state</td>
 *     <td>epoch milliseconds</td></tr>
 * <tr><td>56</td><td>8</td><td>clock shift</td><td>attacher</td><td>plain before state</td>
 *     <td>nanoseconds that its time namespace adds to the monotonic clock; the smallest number there is: not known</td></tr>
 * <tr><td>64</td><td>4 + 56</td><td>command name</td><td>attacher</td><td>plain before state</td>
 *     <td>length in bytes, UTF-8</td></tr>
 * <tr><td>124</td><td>4</td><td>bell</td><td>anybody</td><td>RMW</td>
 *     <td>futex on which the process sleeps for all its virtual threads: a bit for each group of slots of which one was
 *     kicked, and {@link #BELL_SLOTS}; beside what is read for people only</td></tr>
 * </table>
 */
public final class ProcessDescriptor {

    public static final int STATE_OFFSET = 0;
    public static final int PID_OFFSET = STATE_OFFSET + Long.BYTES;
    public static final int START_TIME_OFFSET = PID_OFFSET + Long.BYTES;
    public static final int BOOT_ID_OFFSET = START_TIME_OFFSET + Long.BYTES;
    public static final int PID_NAMESPACE_OFFSET = BOOT_ID_OFFSET + 2 * Long.BYTES;
    public static final int ATTACHED_SINCE_OFFSET = PID_NAMESPACE_OFFSET + Long.BYTES;
    public static final int CLOCK_SHIFT_OFFSET = ATTACHED_SINCE_OFFSET + Long.BYTES;
    public static final int COMMAND_LENGTH_OFFSET = 64;
    public static final int COMMAND_OFFSET = COMMAND_LENGTH_OFFSET + Integer.BYTES;
    public static final int COMMAND_MAX_BYTES = 56;
    public static final int BELL_OFFSET = COMMAND_OFFSET + COMMAND_MAX_BYTES;
    public static final int LENGTH = 128;

    /** Bit i of the bell is for the slots whose index is i modulo this. */
    public static final int BELL_GROUPS = 30;
    /** Bit of the bell: a slot may have come back that somebody waits for. */
    public static final int BELL_SLOTS = 1 << BELL_GROUPS;

    /** Nobody's. Set by the process as it detaches, or by whoever reclaims the record of a dead one. */
    public static final int FREE = 0;
    /** Somebody fills it in. Set by the attacher by CAS from FREE; the other fields mean nothing yet. */
    public static final int CLAIMED = 1;
    /** Filled in. Set by the attacher by CAS from CLAIMED. */
    public static final int LIVE = 2;

    private ProcessDescriptor() {}

    public static long state(int status, int generation) {
        return (generation & 0xffffL) << 8 | status;
    }

    public static int status(long state) {
        return (int) state & 0xff;
    }

    public static int generation(long state) {
        return (int) (state >>> 8) & 0xffff;
    }
}
