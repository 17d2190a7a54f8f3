package io.pvlock.internal.layout;

/**
 * The extent of a lock array.
 *
 * <pre>
 *   0                 8                                48              64
 *   +-----------------+--------------------------------+-------+-------+
 *   0 length          | ExtentDescriptor               | token | unused|
 *   +-----------------+--------------------------------+-------+-------+
 *  64 cell 0, 1, ...
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>0</td><td>8</td><td>length</td><td>maker</td><td>as a parameter</td><td>number of locks</td></tr>
 * <tr><td>48</td><td>8</td><td>fencing token</td><td>who makes a guard</td><td>RMW</td><td>the last one drawn for any of them</td></tr>
 * <tr><td>64</td><td>8 each</td><td>cells</td><td>the lock algorithm</td><td>CAS</td>
 *     <td>{@link io.pvlock.core.LockCell}, of PV locks</td></tr>
 * </table>
 */
public final class LockArrayDescriptor {

    public static final int FENCING_TOKEN_OFFSET = ExtentDescriptor.OWN_OFFSET;
    public static final int CELLS_OFFSET = ExtentDescriptor.BODY_OFFSET;

    private LockArrayDescriptor() {}
}
