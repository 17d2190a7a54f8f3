package io.pvlock.internal.layout;

/**
 * The extent of a named condition. That of a lock's own condition, which is the lock's, is the same but for the lock's offset.
 *
 * <pre>
 *   0                             32       40             48              64
 *   +-----------------------------+--------+--------------+---------------+
 *   0 ExtentDescriptor: none      | ticket | unused       | lock | unused |
 *   +-----------------------------+--------+--------------+---------------+
 *  64 wait queue: a word for each vCPU, and the marks of their lines
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>48</td><td>8</td><td>lock</td><td>who asks for it first</td><td>CAS</td><td>offset of the cell of its lock</td></tr>
 * <tr><td>64</td><td>8 each</td><td>wait queue</td><td>who has the lock</td><td>volatile</td>
 *     <td>generation (16 bits), waiting, exclusive, woken (1 bit each), ticket (45 bits)</td></tr>
 * </table>
 */
public final class ConditionDescriptor {

    public static final int LOCK_OFFSET = ExtentDescriptor.OWN_OFFSET;
    public static final int QUEUE_OFFSET = ExtentDescriptor.BODY_OFFSET;

    private ConditionDescriptor() {}
}
