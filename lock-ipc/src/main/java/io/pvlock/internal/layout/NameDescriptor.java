package io.pvlock.internal.layout;

/**
 * The name of one lock; the same index as its entry, but apart from it: entries are hot, names are not.
 *
 * <pre>
 *   0        4                                            84       96
 *   +--------+--------------------------------------------+--------+
 *   | length | name, UTF-8                                | unused |
 *   +--------+--------------------------------------------+--------+
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>0</td><td>4</td><td>length</td><td>bucket's claimer</td><td>plain before bucket's READY</td>
 *     <td>bytes, 1 to 80</td></tr>
 * <tr><td>4</td><td>80</td><td>name</td><td>same</td><td>same</td><td>UTF-8</td></tr>
 * </table>
 */
public final class NameDescriptor {

    public static final int NAME_LENGTH_OFFSET = 0;
    public static final int NAME_OFFSET = NAME_LENGTH_OFFSET + Integer.BYTES;
    public static final int NAME_MAX_BYTES = 80;
    public static final int LENGTH = 96;

    private NameDescriptor() {}
}
