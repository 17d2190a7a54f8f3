package io.pvlock.internal.layout;

/**
 * The extent of a statistics counter: a line for each vCPU, which nobody else writes.
 *
 * <pre>
 *   0                                                  48        56       64
 *   +--------------------------------------------------+---------+--------+
 *   0 ExtentDescriptor                                 | drained | unused |
 *   +--------------------------------------------------+---------+--------+
 *  64 of vCPU 0: value | padding
 * 128 of vCPU 1: value | padding
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>48</td><td>8</td><td>drained</td><td>who has the lock</td><td>release</td>
 *     <td>part of the values' sum that has been drained</td></tr>
 * <tr><td>64</td><td>8 of 64 each</td><td>value</td><td>the vCPU</td><td>opaque</td>
 *     <td>added by whoever has had the slot, living or dead; never goes back to 0</td></tr>
 * </table>
 */
public final class LocalCounterDescriptor {

    public static final int DRAINED_OFFSET = ExtentDescriptor.OWN_OFFSET;
    public static final int VALUES_OFFSET = ExtentDescriptor.BODY_OFFSET;
    public static final int LINE_BYTES = 64;

    private LocalCounterDescriptor() {}
}
