package io.pvlock.tools.torture;

/**
 * What a torture test's processes share beside the locks, in the region's data area. All fields are longs.
 *
 * <pre>
 *   0        8        16       24       32                              128
 *   +--------+--------+--------+--------+-------------------------------+
 *   0 phase  |stopped |last    |samples | padding                       |
 *   |        |        | signal |        |                               |
 *   +--------+--------+--------+--------+-------------------------------+
 * 128 recovery samples, nanoseconds: 4096                                 |
 *   +---------------------------------------------------------------------+
 *   killed at, monotonic ns, by serial number of the process: 16384, round and round
 *   +---------------------------------------------------------------------+
 *   lock 0, lock 1, ...: 1024 bytes each
 *   +---------------------------------------------------------------------+
 *   thread 0 of worker 0, ...: 128 bytes each
 *
 *   lock:
 *   0        8        16       24                      128      256     1024
 *   +--------+--------+--------+------------------------+--------+-------+
 *   0 inside |held    |last    | padding                | word 0 | ...   |
 *   |        | since  | token  |                        |        | word 6|
 *   +--------+--------+--------+------------------------+--------+-------+
 *
 *   thread:
 *   0        8        16       24       32       40       48       56
 *   +--------+--------+--------+--------+--------+--------+--------+--------+
 *   0 waits  |waiting |acqui-  |repairs |viola-  |state   |near, first and  |
 *   | for    | since  | sitions|        | tions  |        | nested lock     |
 *   +--------+--------+--------+--------+--------+--------+--------+--------+
 *  64 holds  | vCPU   |slot    | padding to 128                             |
 *   |        |        | state  |                                            |
 *   +--------+--------+--------+--------------------------------------------+
 * </pre>
 *
 * <p>Phase, the two fields behind it and the kill times are the parent's. A lock's record belongs to whoever holds the lock; its
 * words are the data that the lock protects: all equal, except inside a critical section. A thread's record belongs to that
 * thread, and to its successor in the process that replaces a killed one; the parent resets it in between.
 */
final class TortureBoardDescriptor {

    static final int PHASE_OFFSET = 0;
    static final int STOPPED_OFFSET = PHASE_OFFSET + Long.BYTES;
    static final int LAST_SIGNAL_NS_OFFSET = STOPPED_OFFSET + Long.BYTES;
    static final int SAMPLE_COUNT_OFFSET = LAST_SIGNAL_NS_OFFSET + Long.BYTES;
    static final int SAMPLES_OFFSET = 128;
    static final int MAX_SAMPLES = 4096;
    static final int KILLED_NS_OFFSET = SAMPLES_OFFSET + MAX_SAMPLES * Long.BYTES;
    static final int MAX_SERIALS = 16384;
    static final int LOCKS_OFFSET = KILLED_NS_OFFSET + MAX_SERIALS * Long.BYTES;

    static final int INSIDE_OFFSET = 0;
    static final int HELD_SINCE_NS_OFFSET = INSIDE_OFFSET + Long.BYTES;
    static final int LAST_TOKEN_OFFSET = HELD_SINCE_NS_OFFSET + Long.BYTES;
    static final int WORDS_OFFSET = 128;
    static final int WORD_LENGTH = 128;
    static final int WORDS = 7;
    static final int LOCK_LENGTH = WORDS_OFFSET + WORDS * WORD_LENGTH;

    static final int WAITING_FOR_OFFSET = 0;
    static final int WAITING_SINCE_NS_OFFSET = WAITING_FOR_OFFSET + Long.BYTES;
    static final int ACQUISITIONS_OFFSET = WAITING_SINCE_NS_OFFSET + Long.BYTES;
    static final int REPAIRS_OFFSET = ACQUISITIONS_OFFSET + Long.BYTES;
    static final int VIOLATIONS_OFFSET = REPAIRS_OFFSET + Long.BYTES;
    static final int STATE_OFFSET = VIOLATIONS_OFFSET + Long.BYTES;
    static final int NEAR_OFFSET = STATE_OFFSET + Long.BYTES;
    static final int HOLDS_OFFSET = NEAR_OFFSET + ThreadRecord.MAX_DEPTH * Long.BYTES;
    static final int VCPU_OFFSET = HOLDS_OFFSET + Long.BYTES;
    static final int SLOT_STATE_OFFSET = VCPU_OFFSET + Long.BYTES;
    static final int THREAD_LENGTH = 128;

    /** Phase: go on. */
    static final long RUN = 0;
    /** Phase: all do nothing, to begin again all at once. */
    static final long PAUSE = 1;
    /** Phase: finish what you do, stay attached. */
    static final long IDLE = 2;
    /** Phase: detach and end. */
    static final long EXIT = 3;

    /** State of a thread that has not attached. */
    static final long STARTING = 0;
    /** It takes locks. */
    static final long RUNNING = 1;
    /** It is attached, holds nothing and waits for nothing, until the phase says EXIT. */
    static final long AT_REST = 2;

    private TortureBoardDescriptor() {}

    static int length(int locks, int threads) {
        return LOCKS_OFFSET + locks * LOCK_LENGTH + threads * THREAD_LENGTH;
    }
}
