package io.pvlock.internal.layout;

/**
 * Body of the extent of a sequence lock, and of a record, which has two copies of its data behind it.
 *
 * <pre>
 *   0                8         12
 *   +----------------+---------+---------+-- - - - - - - - -+
 *   | sequence       | writer  | 0       |                  |
 *   +----------------+---------+---------+-- - - - - - - - -+
 *  64 copy 0, copy 1, each at a multiple of 64
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>0</td><td>8</td><td>sequence</td><td>who writes</td><td>fences (P21, P22)</td><td>odd while somebody writes</td></tr>
 * <tr><td>8</td><td>4</td><td>writer</td><td>who writes</td><td>CAS (P21)</td><td>its owner word; 0 for nobody</td></tr>
 * <tr><td>64</td><td>2 x</td><td>copies</td><td>who writes</td><td>plain, around the sequence</td><td>a record's</td></tr>
 * </table>
 */
public final class SequenceDescriptor {

    public static final int SEQUENCE_OFFSET = 0;
    public static final int WRITER_OFFSET = SEQUENCE_OFFSET + Long.BYTES;
    public static final int COPIES_OFFSET = 64;
    public static final int COPY_ALIGNMENT = 64;

    private SequenceDescriptor() {}
}
