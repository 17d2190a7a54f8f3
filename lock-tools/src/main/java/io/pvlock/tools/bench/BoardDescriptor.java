package io.pvlock.tools.bench;

/**
 * What the participants of a crew share: a file of its own, mapped by all, in Java and in C ({@code struct board} in peers.c).
 *
 * <pre>
 *     0 arrived   int: participants at the barrier
 *    64 start     long: when the cell starts, CLOCK_MONOTONIC ns, 0 for not yet; 72 from: since when it is measured; 80 end: until when
 *   128 done      int: participants whose record is complete; 132 past: those that have had the lock after the end
 *   192 counter   long: incremented under the lock, plainly
 *   256 owner     long: participant + 1 who held the lock last; 264 released: when it was about to unlock
 *   384 lock      128 bytes for a lock that lives here, zero before each cell
 *   512 nodes     64 bytes for each participant, for locks with queues, zero before each cell
 * 16896 records   of the participants:
 *
 *   0              8              16             24             32             40             48             64
 *   +--------------+--------------+--------------+--------------+--------------+--------------+--------------+-------
 *   | acquisitions | longest ns   | CPU ns       | voluntary    | involuntary  | most passed  | aside ns     | buckets, longs
 *   +--------------+--------------+--------------+--------------+--------------+--------------+--------------+-------
 * </pre>
 *
 * <p>Aside is the part of the CPU time that threads beside the participant's have used, such as the JVM's compilers. The two kinds of
 * context switches are getrusage's. The buckets are {@link LatencyBuckets}.
 */
final class BoardDescriptor {

    static final int MAX_PARTICIPANTS = 256;
    private static final int LINE = 64;

    static final int ARRIVED_OFFSET = 0;
    static final int START_NS_OFFSET = ARRIVED_OFFSET + LINE;
    static final int FROM_NS_OFFSET = START_NS_OFFSET + Long.BYTES;
    static final int END_NS_OFFSET = FROM_NS_OFFSET + Long.BYTES;
    static final int DONE_OFFSET = START_NS_OFFSET + LINE;
    static final int PAST_OFFSET = DONE_OFFSET + Integer.BYTES;
    static final int COUNTER_OFFSET = DONE_OFFSET + LINE;
    static final int OWNER_OFFSET = COUNTER_OFFSET + LINE;
    static final int RELEASED_NS_OFFSET = OWNER_OFFSET + Long.BYTES;
    static final int LOCK_OFFSET = OWNER_OFFSET + 2 * LINE;
    static final int NODES_OFFSET = LOCK_OFFSET + 2 * LINE;
    static final int RECORDS_OFFSET = NODES_OFFSET + MAX_PARTICIPANTS * LINE;

    static final int ACQUISITIONS_OFFSET = 0;
    static final int LONGEST_NS_OFFSET = ACQUISITIONS_OFFSET + Long.BYTES;
    static final int CPU_NS_OFFSET = LONGEST_NS_OFFSET + Long.BYTES;
    static final int VOLUNTARY_OFFSET = CPU_NS_OFFSET + Long.BYTES;
    static final int INVOLUNTARY_OFFSET = VOLUNTARY_OFFSET + Long.BYTES;
    static final int MOST_PASSED_OFFSET = INVOLUNTARY_OFFSET + Long.BYTES;
    static final int ASIDE_NS_OFFSET = MOST_PASSED_OFFSET + Long.BYTES;
    static final int BUCKETS_OFFSET = LINE;
    static final int RECORD_LENGTH = BUCKETS_OFFSET + LatencyBuckets.COUNT * Long.BYTES;

    private BoardDescriptor() {}

    static int length(int participants) {
        return RECORDS_OFFSET + participants * RECORD_LENGTH;
    }
}
