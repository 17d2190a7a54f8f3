package io.pvlock.internal.layout;

/**
 * What a named object keeps besides its lock: a line of its own, then what the type of object says. The object gets it when it is made,
 * and keeps it until it is removed. All zero at first, but for the parameters.
 *
 * <pre>
 *   0                                 32               40       48          64
 *   +---------------------------------+----------------+--------+-----------+
 *   0 parameters 0, 1, 2, 3           | ticket         | stamp  | own       |
 *   +---------------------------------+----------------+--------+-----------+
 *  64 body
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>0</td><td>4 x 8</td><td>parameters</td><td>maker</td><td>plain before the entry's extent offset</td>
 *     <td>what the maker chose, by type</td></tr>
 * <tr><td>32</td><td>8</td><td>ticket</td><td>who has the lock</td><td>plain, under the lock</td><td>last one drawn</td></tr>
 * <tr><td>40</td><td>8</td><td>stamp</td><td>who has the byte lock for it</td><td>plain</td>
 *     <td>of a spare extent: {@link HintCheck} of it and of the entry that keeps it; 0 as long as it is an object's</td></tr>
 * <tr><td>48</td><td>16</td><td>own</td><td>by type</td><td>by type</td><td>by type</td></tr>
 * </table>
 */
public final class ExtentDescriptor {

    public static final int PARAMETERS_OFFSET = 0;
    public static final int MAX_PARAMETERS = 4;
    public static final int TICKET_OFFSET = PARAMETERS_OFFSET + MAX_PARAMETERS * Long.BYTES;
    public static final int STAMP_OFFSET = TICKET_OFFSET + Long.BYTES;
    public static final int BODY_OFFSET = 64;
    public static final int OWN_OFFSET = BODY_OFFSET - 2 * Long.BYTES;
    public static final int ALIGNMENT = 64;

    private ExtentDescriptor() {}
}
