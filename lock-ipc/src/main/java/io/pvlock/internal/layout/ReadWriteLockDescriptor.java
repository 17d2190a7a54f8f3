package io.pvlock.internal.layout;

/**
 * Body of a read-write lock's extent: a line, then a word for each vCPU, its read holds. They are dealt out to as many lines as all of
 * them need, rounded up to a power of two: so vCPUs that follow each other are in different lines.
 *
 * <pre>
 *   0                8                16               24                 64
 *   +----------------+----------------+----------------+-- - - - - - - - -+
 *   | writer         | version        | head           |                  |
 *   +----------------+----------------+----------------+-- - - - - - - - -+
 *  64 words of the vCPUs
 *     a bit for each line of these words
 *
 *   writer:  63              32 31          4    3      2     1     0
 *           +------------------+-------------+------+------+------+-------+
 *           |    owner word    |             | INC. | UPD. | LOCK | WAIT  |
 *           +------------------+-------------+------+------+------+-------+
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>0</td><td>8</td><td>writer</td><td>who has the object's lock</td><td>full fence (P18)</td><td>who it is, and what
 *     for; INCONSISTENT outlives it</td></tr>
 * <tr><td>8</td><td>8</td><td>version</td><td>the writer</td><td>before its data (P20)</td><td>write locks taken</td></tr>
 * <tr><td>16</td><td>8</td><td>head</td><td>who has the object's lock</td><td>full fence (P19)</td><td>owner word of who waits for
 *     readers (high half), of the reader it waits for (low half)</td></tr>
 * <tr><td>64</td><td>8 each</td><td>words</td><td>each vCPU its own</td><td>full fence (P17)</td><td>read holds</td></tr>
 * <tr><td>behind them</td><td>8 each</td><td>marks</td><td>readers, who has the object's lock</td><td>full fence (P34)</td>
 *     <td>lines in which a word may be set</td></tr>
 * </table>
 */
public final class ReadWriteLockDescriptor {

    public static final int WRITER_OFFSET = 0;
    public static final int VERSION_OFFSET = WRITER_OFFSET + Long.BYTES;
    public static final int HEAD_OFFSET = VERSION_OFFSET + Long.BYTES;
    public static final int READERS_OFFSET = 64;

    /** The writer waits for readers to leave; no new ones come. */
    public static final long WAITING = 1;
    /** The writer writes. */
    public static final long LOCKED = WAITING << 1;
    /** The owner has the update lock; readers come and go. */
    public static final long UPDATE = LOCKED << 1;
    /** A writer died writing, and nobody has declared the data repaired. */
    public static final long INCONSISTENT = UPDATE << 1;

    private ReadWriteLockDescriptor() {}
}
