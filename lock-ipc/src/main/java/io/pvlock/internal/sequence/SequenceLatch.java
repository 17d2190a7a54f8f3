package io.pvlock.internal.sequence;

import java.lang.invoke.VarHandle;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The kernel's {@code seqcount_latch_t}: two copies, of which one is always whole, and a count that says which. Readers never
 * wait for a writer. Nobody sees what a writer has half written when it dies. Writers exclude each other by other means.
 *
 * <p>At count 2n, n writes have been published, and copy n modulo 2 is the latest. At 2n+1, the other copy is being written. A
 * writer changes only the copy that is not the latest; the kernel's changes both, one after the other. So a reader is not
 * disturbed by the first write that begins after its look at the count. The second one disturbs it.
 */
public final class SequenceLatch {

    private static final long TORN = -1;

    private final UnsafeBuffer memory;
    private final int offset;
    private final int copiesOffset;
    private final int stride;
    private final int length;

    /**
     * @param offset of the 8 bytes of the count, which begins with 0
     * @param copiesOffset of the first copy
     * @param stride from the first to the second
     * @param length bytes of each
     */
    public SequenceLatch(UnsafeBuffer memory, int offset, int copiesOffset, int stride, int length) {
        this.memory = memory;
        this.offset = offset;
        this.copiesOffset = copiesOffset;
        this.stride = stride;
        this.length = length;
    }

    /** How many writes have been published. */
    public long version() {
        return memory.getLongVolatile(offset) >>> 1; // P22 acquire; pairs with P22 release in publish and begin
    }

    /**
     * Copies the latest to {@code destination}, from its beginning.
     *
     * @return its version
     */
    public long read(MutableDirectBuffer destination) {
        for (; ; ) {
            long version = tryRead(destination);
            if (version != TORN) {
                return version;
            }
            Thread.onSpinWait();
        }
    }

    private long tryRead(MutableDirectBuffer destination) {
        long version = version();
        memory.getBytes(copyOffset(version), destination, 0, length);
        // P22 acquire fence: the data before the count; pairs with P22 release fence in begin.
        VarHandle.acquireFence();
        // P22 opaque, after the fence. At 2v+2 the next version is published, and v is not touched
        // yet. At 2v+3 v is being overwritten.
        // Unsigned: what comes after the last of all numbers is 0.
        return Long.compareUnsigned(memory.getLongOpaque(offset) - 2 * version, 2) <= 0 ? version : TORN;
    }

    /** Begins a write: offset of the copy to change, which holds what the latest holds. Without {@link #publish} nothing is written. */
    public int begin() {
        long version = version();
        // P22 release: the latest copy before the odd count, which may lead a reader to it;
        // pairs with P22 acquire in version.
        memory.putLongRelease(offset, 2 * version + 1);
        // P22 release fence: the count before the data; pairs with P22 acquire fence in tryRead.
        VarHandle.releaseFence();
        int copy = copyOffset(version + 1);
        memory.putBytes(copy, memory, copyOffset(version), length);
        return copy;
    }

    /** Makes what was written since {@link #begin} the latest. */
    public void publish() {
        // P22 release: the data before the count; pairs with P22 acquire in version.
        memory.putLongRelease(offset, memory.getLong(offset) + 1);
    }

    private int copyOffset(long version) {
        return copiesOffset + (int) (version & 1) * stride;
    }
}
