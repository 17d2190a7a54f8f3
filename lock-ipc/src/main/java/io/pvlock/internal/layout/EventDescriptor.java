package io.pvlock.internal.layout;

/**
 * The ring of events: a line with the next sequence number, how many there have been of each type, then the records. It outlives everybody
 * who wrote into it.
 *
 * <pre>
 *   0                8                                                     64
 *   +----------------+------------------------------------------------------+
 *   0 next sequence  | padding                                              |
 *   +----------------+------------------------------------------------------+
 *  64 events of type 0, 1, ... 15: a count of 8 bytes for each
 *   +-----------------------------------------------------------------------+
 * 192 record 0, 1, ... of 64 bytes
 *
 *   record:
 *   0                8        12       16       20       24       28       32
 *   +----------------+--------+--------+--------+--------+--------+--------+
 *   0 sequence       | type   | vCPU   | pid    | tid    | cell   | owner  |
 *   +--------+-------+--------+--------+--------+--------+--------+--------+
 *  32 taker  |unused | when            | duration        | unused          |
 *   +--------+-------+-----------------+-----------------+-----------------+
 * </pre>
 *
 * <table>
 * <caption>Fields; from 0 in the record, but for the first two</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>0</td><td>8</td><td>next sequence</td><td>who reports an event</td><td>RMW</td>
 *     <td>events so far; the record is this modulo the capacity</td></tr>
 * <tr><td>64</td><td>16 x 8</td><td>counts</td><td>same</td><td>RMW</td><td>events so far, by type</td></tr>
 * <tr><td>0</td><td>8</td><td>sequence</td><td>same</td><td>release, last</td>
 *     <td>number of the event, from 1; 0 while it is being written</td></tr>
 * <tr><td>8</td><td>4</td><td>type</td><td>same</td><td>plain before sequence</td><td>what happened</td></tr>
 * <tr><td>12</td><td>4</td><td>vCPU</td><td>same</td><td>plain before sequence</td>
 *     <td>index of the slot it happened to, -1 for none</td></tr>
 * <tr><td>16</td><td>4</td><td>pid</td><td>same</td><td>plain before sequence</td><td>of that slot</td></tr>
 * <tr><td>20</td><td>4</td><td>tid</td><td>same</td><td>plain before sequence</td><td>of that slot</td></tr>
 * <tr><td>24</td><td>4</td><td>cell</td><td>same</td><td>plain before sequence</td>
 *     <td>offset of the lock cell, 0 for none</td></tr>
 * <tr><td>28</td><td>4</td><td>owner</td><td>same</td><td>plain before sequence</td>
 *     <td>owner word of the cell at that time</td></tr>
 * <tr><td>32</td><td>4</td><td>taker</td><td>same</td><td>plain before sequence</td>
 *     <td>index of the slot that took over, -1 for none</td></tr>
 * <tr><td>40</td><td>8</td><td>when</td><td>same</td><td>plain before sequence</td><td>epoch nanoseconds</td></tr>
 * <tr><td>48</td><td>8</td><td>duration</td><td>same</td><td>plain before sequence</td>
 *     <td>nanoseconds, 0 if unknown</td></tr>
 * </table>
 */
public final class EventDescriptor {

    public static final int NEXT_SEQUENCE_OFFSET = 0;
    public static final int COUNTS_OFFSET = 64;
    /** Types are below this. */
    public static final int MAX_TYPES = 16;

    public static final int RECORDS_OFFSET = COUNTS_OFFSET + MAX_TYPES * Long.BYTES;

    public static final int SEQUENCE_OFFSET = 0;
    public static final int TYPE_OFFSET = SEQUENCE_OFFSET + Long.BYTES;
    public static final int VCPU_OFFSET = TYPE_OFFSET + Integer.BYTES;
    public static final int PID_OFFSET = VCPU_OFFSET + Integer.BYTES;
    public static final int TID_OFFSET = PID_OFFSET + Integer.BYTES;
    public static final int CELL_OFFSET = TID_OFFSET + Integer.BYTES;
    public static final int OWNER_OFFSET = CELL_OFFSET + Integer.BYTES;
    public static final int TAKER_OFFSET = OWNER_OFFSET + Integer.BYTES;
    public static final int WHEN_OFFSET = TAKER_OFFSET + Long.BYTES;
    public static final int DURATION_OFFSET = WHEN_OFFSET + Long.BYTES;
    public static final int RECORD_LENGTH = 64;

    private EventDescriptor() {}
}
