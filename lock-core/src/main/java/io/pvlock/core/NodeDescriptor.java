package io.pvlock.core;

/**
 * One MCS node: a vCPU's place in one queue, alone on its cache line.
 *
 * <pre>
 *   0                4                8                12               16
 *   +----------------+----------------+----------------+----------------+
 *   0 next           | prev           | grant          | state          |
 *   +----------------+----------------+----------------+----------------+
 *  16 lock: offset of the cell        | heartbeat, monotonic ns         |
 *   +---------------------------------+---------------------------------+
 *  32 queued since, monotonic ns      | called         | wake           |
 *   +---------------------------------+----------------+----------------+
 *  48 turn since, monotonic ns        | reserved to 64                  |
 *   +---------------------------------+---------------------------------+
 * </pre>
 *
 * <ul>
 *   <li><b>next</b>: {@code generation << 16 | ref}: a hint to the successor, 0 in the low half until linked. The generation stops
 *       a late linker from writing into a node that has been reused. Written by CAS from the successor.
 *   <li><b>prev</b>: ref of the predecessor, 0 for none. Written by the owner before the tail names the node; the exact chain
 *       from the tail backwards is what makes the queue repairable (I4).
 *   <li><b>grant</b>: {@code generation << 8 | status}, changed by CAS only while queued.
 *   <li><b>state</b>: {@code generation << 8 | } RUNNING, HALTED or HASHED: the kernel's {@code enum vcpu_state}. The generation
 *       stops a late granter from marking a node that sleeps in another queue by now.
 *   <li><b>called</b>: the grant word that a caller saw: its owner may go ahead of a head of another NUMA node, see
 *       {@link NumaOrder}. Anything else: not called. A hint.
 *   <li><b>wake</b>, <b>turn since</b>: how the granter wakes the node's owner, if it sleeps, and since when the granter has the
 *       lock, see {@link WaitCosts}. Written before the grant. If wake is 0, nobody measures the turn, and since when it lasts is not said.
 * </ul>
 *
 * <table>
 * <caption>Grant status: who sets it, and what that allows</caption>
 * <tr><td>{@link #FREE}</td><td>the owner, or whoever skipped the node, after the grant has passed it</td><td>the owner may reuse the node (I5)</td></tr>
 * <tr><td>{@link #WAIT}</td><td>the owner, before the tail names it</td><td>it may be granted, abandoned, or skipped if dead</td></tr>
 * <tr><td>{@link #GRANTED}</td><td>the predecessor, or the owner itself past dead predecessors</td><td>it is queue head (I2)</td></tr>
 * <tr><td>{@link #ABANDONED}</td><td>the owner (time-out, interrupt)</td><td>it may be regained by the owner or skipped by a neighbour</td></tr>
 * <tr><td>{@link #SKIPPED}</td><td>a neighbour, or the owner, which has gone ahead</td><td>its prev is still needed until the grant has passed it</td></tr>
 * </table>
 */
public final class NodeDescriptor {

    public static final int NEXT_OFFSET = 0;
    public static final int PREV_OFFSET = NEXT_OFFSET + Integer.BYTES;
    public static final int GRANT_OFFSET = PREV_OFFSET + Integer.BYTES;
    public static final int STATE_OFFSET = GRANT_OFFSET + Integer.BYTES;
    public static final int LOCK_OFFSET = STATE_OFFSET + Integer.BYTES;
    public static final int HEARTBEAT_OFFSET = LOCK_OFFSET + Long.BYTES;
    public static final int SINCE_OFFSET = HEARTBEAT_OFFSET + Long.BYTES;
    public static final int CALLED_OFFSET = SINCE_OFFSET + Long.BYTES;
    public static final int WAKE_OFFSET = CALLED_OFFSET + Integer.BYTES;
    public static final int TURN_OFFSET = WAKE_OFFSET + Integer.BYTES;
    public static final int LENGTH = 64;

    public static final int FREE = 0;
    public static final int WAIT = 1;
    public static final int GRANTED = 2;
    public static final int ABANDONED = 3;
    public static final int SKIPPED = 4;

    public static final int RUNNING = 0;
    public static final int HALTED = 1;
    public static final int HASHED = 2;

    public static final int WAKE_UNKNOWN = 0;
    public static final int WAKE_AT_UNLOCK = 1;
    public static final int WAKE_EARLY = 2;

    private NodeDescriptor() {}

    static int grant(int generation, int status) {
        return (generation << 8) | status;
    }

    public static int grantStatus(int grant) {
        return grant & 0xff;
    }

    static int withStatus(int grant, int status) {
        return (grant & ~0xff) | status;
    }

    /** The state word of the node in the generation that {@code grant} names. */
    static int state(int grant, int state) {
        return (grant & ~0xff) | state;
    }

    static int next(int generation, int ref) {
        return (generation << 16) | ref;
    }

    static int nextRef(int next) {
        return next & 0xffff;
    }

    static int nextGeneration(int next) {
        return next >>> 16;
    }
}
