package io.pvlock.internal.layout;

/**
 * The extent of a semaphore. Its parameters are how many permits there are, and whether it is fair.
 *
 * <pre>
 *   0                                 32               40       48      56 64
 *   +---------------------------------+----------------+--------+-------+--+
 *   0 ExtentDescriptor: parameters    | ticket         | unused | taken |  |
 *   +---------------------------------+----------------+--------+-------+--+
 *  64 permits held: a word for each vCPU, and the marks of their lines
 *     wait queue: a word for each vCPU, and the marks of their lines
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>48</td><td>8</td><td>taken</td><td>who has the lock</td><td>plain, under the lock</td>
 *     <td>permits that are taken, or more: those of the dead are in it until somebody counts again</td></tr>
 * </table>
 */
public final class SemaphoreDescriptor {

    public static final int TAKEN_OFFSET = ExtentDescriptor.OWN_OFFSET;

    private SemaphoreDescriptor() {}
}
