package io.pvlock.core.testing;

import io.pvlock.core.HashDescriptor;
import io.pvlock.core.Liveness;
import io.pvlock.core.LockCell;
import io.pvlock.core.Participant;
import io.pvlock.core.PvLockHash;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import java.nio.ByteBuffer;
import java.util.function.IntFunction;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The memory of a region without the file: vCPU slots, hash, lock cells, and longs for the data that the locks guard.
 *
 * <pre>
 *   128 slots | hash | cells, 8 bytes each | data, 8 bytes each
 * </pre>
 */
public final class HeapMemory {

    /** Data longs per memory. */
    public static final int DATA_LONGS = 64;

    /** Where the memory comes from. */
    public enum Source {
        /** A Java array: what the garbage collector moves. */
        HEAP {
            @Override
            UnsafeBuffer allocate(int length) {
                if (!Implementation.current().takesArrays()) {
                    return DIRECT.allocate(length);
                }
                byte[] array = new byte[length + Long.BYTES];
                return new UnsafeBuffer(array, alignment(array), length);
            }
        },
        /** Raw memory, as a mapping is. */
        DIRECT {
            @Override
            UnsafeBuffer allocate(int length) {
                return new UnsafeBuffer(direct(length));
            }
        };

        abstract UnsafeBuffer allocate(int length);
    }

    private static final int SLOTS_OFFSET = 128;

    private final UnsafeBuffer buffer;
    private final VcpuTable vcpus;
    private final int hashOffset;
    private final int hashCapacity;
    private final int cellsOffset;
    private final int cells;

    public HeapMemory(Source source, int vcpuCount, int cells) {
        this(source::allocate, vcpuCount, cells);
    }

    private static ByteBuffer direct(int length) {
        return BufferUtil.allocateDirectAligned(length, VcpuSlotDescriptor.ALIGNMENT);
    }

    /** Memory that runs {@code beforeAccess} before every ordered access. */
    public static HeapMemory stepping(int vcpuCount, int cells, Runnable beforeAccess) {
        return new HeapMemory(
                length -> {
                    if (!Implementation.current().takesArrays()) {
                        return new SteppingBuffer(direct(length), beforeAccess);
                    }
                    byte[] array = new byte[length + Long.BYTES];
                    return new SteppingBuffer(array, alignment(array), length, beforeAccess);
                },
                vcpuCount,
                cells);
    }

    private HeapMemory(IntFunction<UnsafeBuffer> allocator, int vcpuCount, int cells) {
        this.hashOffset = SLOTS_OFFSET + VcpuTable.length(vcpuCount);
        this.hashCapacity = HashDescriptor.capacity(vcpuCount);
        this.cellsOffset = hashOffset + HashDescriptor.length(hashCapacity);
        this.cells = cells;
        this.buffer = allocator.apply(cellsOffset + cells * LockCell.LENGTH + DATA_LONGS * Long.BYTES);
        this.vcpus = new VcpuTable(buffer, SLOTS_OFFSET, vcpuCount);
    }

    // Where the elements of an array begin depends on the JVM's object layout.
    private static int alignment(byte[] array) {
        return (int) (-new UnsafeBuffer(array).addressOffset() & (Long.BYTES - 1));
    }

    public UnsafeBuffer buffer() {
        return buffer;
    }

    public VcpuTable vcpus() {
        return vcpus;
    }

    /** What runs before every ordered access; null for nothing. */
    public Runnable beforeAccess() {
        return buffer instanceof SteppingBuffer stepping ? stepping.beforeAccess() : null;
    }

    /** Offset of the hash. */
    public int hashOffset() {
        return hashOffset;
    }

    /** Entries of the hash. */
    public int hashCapacity() {
        return hashCapacity;
    }

    public PvLockHash hash(Liveness liveness) {
        return new PvLockHash(buffer, hashOffset, hashCapacity, vcpus, liveness);
    }

    /** Offset of the {@code i}-th cell. */
    public int cell(int i) {
        return cellsOffset + i * LockCell.LENGTH;
    }

    /** The {@code i}-th cell's content. */
    public long cellValue(int i) {
        return buffer.getLongVolatile(cell(i));
    }

    /** Offset of the {@code i}-th data long. */
    public int data(int i) {
        return cellsOffset + cells * LockCell.LENGTH + i * Long.BYTES;
    }

    /** The handle on slot {@code vcpu}, in a generation that is not 0 and differs from slot to slot. */
    public Participant participant(int vcpu) {
        return new Participant(vcpus, vcpu, 0x4000 + vcpu);
    }
}
