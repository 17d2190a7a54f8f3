package io.pvlock.internal.sequence;

import java.lang.invoke.VarHandle;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The kernel's {@code seqcount_t}: odd while somebody writes, and greater after each write. What was read between two looks that
 * found the same even number was whole. Writers exclude each other by other means; readers read plain.
 *
 * <p>A writer that dies leaves the count odd, and so it stays until somebody ends a write: no torn data is ever found right.
 */
public final class SequenceCount {

    private final UnsafeBuffer memory;
    private final int offset;

    /** @param offset of the 8 bytes of the count, which begins with 0 */
    public SequenceCount(UnsafeBuffer memory, int offset) {
        this.memory = memory;
        this.offset = offset;
    }

    public static boolean isOdd(long sequence) {
        return (sequence & 1) != 0;
    }

    /** The count, before what is read next; odd: after what its writer did before {@link #beginWrite}. */
    public long read() {
        // P21 acquire: the data of the write that ended, the name of the writer that began; pairs with P21 release in
        // endWrite and beginWrite.
        return memory.getLongVolatile(offset);
    }

    /** Whether what was read since {@link #read} returned {@code begin} may be torn. */
    public boolean retry(long begin) {
        // P21 acquire fence: the data before the count; pairs with P21 release fence in beginWrite.
        VarHandle.acquireFence();
        return memory.getLongOpaque(offset) != begin;
    }

    /**
     * Makes the count odd, before what is written next and after all that was written before, such as the writer's name; it is odd
     * already if the last writer died.
     */
    public void beginWrite() {
        // P21 release: the writer's name before the count; pairs with P21 acquire in read. Only the writer changes it.
        memory.putLongRelease(offset, memory.getLong(offset) | 1);
        // P21 release fence: the count before the data; pairs with P21 acquire fence in retry.
        VarHandle.releaseFence();
    }

    /** Makes the count even, after what has been written. */
    public void endWrite() {
        // P21 release: the data before the count; pairs with P21 acquire in read.
        memory.putLongRelease(offset, memory.getLong(offset) + 1);
    }
}
