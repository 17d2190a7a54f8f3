package io.pvlock.tools.scorecard;

/**
 * What the processes of a scorecard share beside the lock, a mapped file. {@code struct board} of {@code victims.c}.
 *
 * <pre>
 *   0        4        8                 16                24             64
 *   +--------+--------+-----------------+-----------------+---------------+
 *   0 inside | unused | first           | second          | unused        |
 *   +--------+--------+-----------------+-----------------+---------------+
 *  64 victim | stop   | unused                                            |
 *   +--------+--------+---------------------------------------------------+
 * 128 record of member 0, 1, 2, 3: 64 bytes each                          |
 *   +---------------------------------------------------------------------+
 * 384 lock in C, 128 bytes; nodes of an MCS lock, 64 bytes for each member |
 *   +---------------------------------------------------------------------+
 *
 *   record:
 *   0        4        8        12       16       20       24       32   64
 *   +--------+--------+--------+--------+--------+--------+--------+------+
 *   | state  | told   | torn   | untold |overlaps| passes |entered |unused|
 *   +--------+--------+--------+--------+--------+--------+--------+------+
 * </pre>
 *
 * <p>inside and victim are a member and 1, or 0. first and second are the data: who holds the lock writes them, one after the
 * other. entered is in ns of the monotonic clock, 0 for not yet. A record has one writer, its member; the rest of the lines before
 * the records that are not said here the driver writes.
 */
final class KillBoardDescriptor {

    static final int MEMBERS = 4;

    static final int INSIDE_OFFSET = 0;
    static final int FIRST_OFFSET = 8;
    static final int SECOND_OFFSET = FIRST_OFFSET + Long.BYTES;
    static final int VICTIM_OFFSET = 64;
    static final int STOP_OFFSET = VICTIM_OFFSET + Integer.BYTES;
    static final int RECORDS_OFFSET = 128;

    static final int STATE_OFFSET = 0;
    static final int TOLD_OFFSET = STATE_OFFSET + Integer.BYTES;
    static final int TORN_OFFSET = TOLD_OFFSET + Integer.BYTES;
    static final int UNTOLD_OFFSET = TORN_OFFSET + Integer.BYTES;
    static final int OVERLAPS_OFFSET = UNTOLD_OFFSET + Integer.BYTES;
    static final int PASSES_OFFSET = OVERLAPS_OFFSET + Integer.BYTES;
    static final int ENTERED_OFFSET = PASSES_OFFSET + Integer.BYTES;
    static final int RECORD_LENGTH = 64;

    static final int LOCK_OFFSET = RECORDS_OFFSET + MEMBERS * RECORD_LENGTH;
    /** What a trial begins with as zero; the lock goes on. */
    static final int OF_A_TRIAL = LOCK_OFFSET;

    static final int LENGTH = LOCK_OFFSET + 128 + MEMBERS * 64;

    /** States of a member: it has opened the lock, and does nothing. */
    static final int READY = 1;

    static final int WAITING = 2;
    static final int INSIDE = 3;
    /** It has given it back. */
    static final int DONE = 4;
    /** The lock has thrown; of members in Java. */
    static final int FAILED = 5;

    private KillBoardDescriptor() {}

    static int recordOffset(int member) {
        return RECORDS_OFFSET + member * RECORD_LENGTH;
    }
}
