package io.pvlock.internal.layout;

import io.pvlock.core.LockCell;

/**
 * The extent of local data: for each vCPU a lock and what it protects, on cache lines of their own.
 *
 * <pre>
 *   0                 8                                48              64
 *   +-----------------+--------------------------------+-------+-------+
 *   0 bytes           | ExtentDescriptor               | token | unused|
 *   +-----------------+--------------------------------+-------+-------+
 *  64 of vCPU 0:  cell | data, as many bytes as the parameter says | padding
 *     of vCPU 1, at the next multiple of 64: likewise
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>0</td><td>8</td><td>bytes</td><td>maker</td><td>as a parameter</td><td>of the data of one vCPU</td></tr>
 * <tr><td>48</td><td>8</td><td>fencing token</td><td>who makes a guard</td><td>RMW</td><td>the last one drawn for any of them</td></tr>
 * <tr><td>64</td><td>8</td><td>cell</td><td>the lock algorithm</td><td>CAS</td><td>{@link LockCell}, of a PV lock</td></tr>
 * <tr><td>72</td><td>any</td><td>data</td><td>who has the lock</td><td>plain</td><td>the user's</td></tr>
 * </table>
 */
public final class LocalDataDescriptor {

    public static final int FENCING_TOKEN_OFFSET = ExtentDescriptor.OWN_OFFSET;
    public static final int CELLS_OFFSET = ExtentDescriptor.BODY_OFFSET;
    public static final int DATA_AT = LockCell.LENGTH;
    public static final int LINE_BYTES = 64;

    private LocalDataDescriptor() {}

    /** From one vCPU's cell to the next one's. */
    public static long stride(long dataBytes) {
        return (DATA_AT + dataBytes + LINE_BYTES - 1) & -LINE_BYTES;
    }
}
