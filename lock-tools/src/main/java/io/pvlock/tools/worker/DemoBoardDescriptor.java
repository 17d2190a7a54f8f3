package io.pvlock.tools.worker;

/**
 * What the processes of a demonstration share beside the lock, in the region's data area. All numbers are longs.
 *
 * <pre>
 *   0        8                                                            128
 *   +--------+------------------------------------------------------------+
 *   0 counter| padding: the counter is alone on its lines                 |
 *   +--------+------------------------------------------------------------+
 * 128 go     | padding                                                    |
 *   +--------+------------------------------------------------------------+
 * 256 worker 0, worker 1, ...: 384 bytes each
 *
 *   worker:
 *   0        8        16       24       32       40       48              64
 *   +--------+--------+--------+--------+--------+--------+---------------+
 *   0 state  |progress|elapsed |longest | p50    | p99    | unused        |
 *   +--------+--------+--------+--------+--------+--------+---------------+
 *  64 lock event counters, 32 longs, by ordinal; 64 bytes unused          |
 *   +---------------------------------------------------------------------+
 * </pre>
 *
 * <p>The counter is read and written plainly, by whoever holds the lock. Everything else has one writer: go the parent, a
 * worker's record that worker; its state is written last, with release.
 */
public final class DemoBoardDescriptor {

    public static final int COUNTER_OFFSET = 0;
    public static final int GO_OFFSET = COUNTER_OFFSET + 128;
    public static final int WORKERS_OFFSET = GO_OFFSET + 128;

    public static final int STATE_OFFSET = 0;
    public static final int PROGRESS_OFFSET = STATE_OFFSET + Long.BYTES;
    public static final int ELAPSED_NS_OFFSET = PROGRESS_OFFSET + Long.BYTES;
    public static final int LONGEST_WAIT_NS_OFFSET = ELAPSED_NS_OFFSET + Long.BYTES;
    public static final int P50_WAIT_NS_OFFSET = LONGEST_WAIT_NS_OFFSET + Long.BYTES;
    public static final int P99_WAIT_NS_OFFSET = P50_WAIT_NS_OFFSET + Long.BYTES;
    public static final int EVENTS_OFFSET = 64;
    public static final int MAX_EVENTS = 32;
    public static final int WORKER_LENGTH = EVENTS_OFFSET + MAX_EVENTS * Long.BYTES + 64;

    /** State of a worker that has not reached the start barrier. */
    public static final long STARTING = 0;
    /** At the start barrier. */
    public static final long READY = 1;
    /** Through, and its record is complete. */
    public static final long DONE = 2;

    private DemoBoardDescriptor() {}

    /** Bytes of the board for {@code workers} workers. */
    public static int length(int workers) {
        return Math.addExact(WORKERS_OFFSET, Math.multiplyExact(workers, WORKER_LENGTH));
    }

    static int workerOffset(int worker) {
        return WORKERS_OFFSET + worker * WORKER_LENGTH;
    }
}
