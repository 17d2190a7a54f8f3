package io.pvlock.internal.look;

import io.pvlock.ObjectType;
import io.pvlock.core.LockCell;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.layout.ConditionDescriptor;
import io.pvlock.internal.layout.CounterDescriptor;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.LocalCounterDescriptor;
import io.pvlock.internal.layout.ReadWriteLockDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.layout.SequenceDescriptor;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.internal.wait.ReadWords;
import io.pvlock.internal.wait.VcpuWords;
import io.pvlock.internal.wait.WaitQueue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads what named objects keep in their extents, for the tools, without making the objects: nothing is written, and what is in
 * memory is not trusted. Racy, like {@link RegionInspector}.
 */
public final class ObjectInspector {

    private final VcpuRegistry registry;
    private final RegionLayout layout;
    private final UnsafeBuffer memory;

    ObjectInspector(VcpuRegistry registry, RegionLayout layout) {
        this.registry = registry;
        this.layout = layout;
        this.memory = registry.vcpus().memory();
    }

    /** A part of an object that somebody has. */
    @FunctionalInterface
    interface HoldVisitor {
        /** @param ownerWord who has it, alive */
        void see(String what, int ownerWord, long count);
    }

    /** What the object counts, by name, in an order for people; of a damaged one nothing. */
    Map<String, Long> values(LockEntry entry) {
        Map<String, Long> values = new LinkedHashMap<>();
        if (layout.holdsExtent(entry.extentOffset(), entry.extentLength())) {
            addValues(entry, values::put);
        }
        return values;
    }

    private void addValues(LockEntry entry, BiConsumer<String, Long> values) {
        int extent = entry.extentOffset();
        int body = extent + ExtentDescriptor.BODY_OFFSET;
        long room = entry.extentLength() - ExtentDescriptor.BODY_OFFSET;
        int words = VcpuWords.length(registry.vcpus().capacity());
        switch (ObjectType.fromCode(entry.type())) {
            case LOCK, CONDITION -> {
                if (room >= words) {
                    values.accept("awaiting", count(entry, "waits"));
                }
            }
            case SEMAPHORE -> {
                if (room >= 2L * words) {
                    long permits = memory.getLong(extent + ExtentDescriptor.PARAMETERS_OFFSET);
                    values.accept("permits", permits);
                    values.accept("available", permits - count(entry, "permits"));
                    values.accept("awaiting", count(entry, "waits"));
                }
            }
            case READ_WRITE_LOCK -> {
                if (room >= ReadWords.bodyLength(registry.vcpus().capacity())) {
                    // P18 acquire; pairs with P18 in WriterWord.put.
                    long writer = memory.getLongVolatile(body + ReadWriteLockDescriptor.WRITER_OFFSET);
                    values.accept("readers", holders(entry, "reads"));
                    values.accept("writing", flag(writer, ReadWriteLockDescriptor.LOCKED));
                    values.accept("updating", flag(writer, ReadWriteLockDescriptor.UPDATE));
                    values.accept("torn", flag(writer, ReadWriteLockDescriptor.INCONSISTENT));
                }
            }
            case SEQUENCE_LOCK, RECORD -> {
                if (room >= SequenceDescriptor.COPIES_OFFSET) {
                    // P21 acquire, P22 acquire; pair with endWrite and publish.
                    long sequence = memory.getLongVolatile(body + SequenceDescriptor.SEQUENCE_OFFSET);
                    values.accept("writes", sequence >>> 1);
                    values.accept("odd", sequence & 1);
                }
            }
            case COUNTER -> {
                if (room >= CounterDescriptor.BODY_BYTES) {
                    // P25 acquire, all four; pair with P25 in SharedCounter.
                    values.accept("usage", memory.getLongVolatile(extent + CounterDescriptor.USAGE_OFFSET));
                    values.accept("max", ~memory.getLongVolatile(extent + CounterDescriptor.MAX_OFFSET));
                    values.accept("watermark", memory.getLongVolatile(extent + CounterDescriptor.WATERMARK_OFFSET));
                    values.accept("failures", memory.getLongVolatile(extent + CounterDescriptor.FAILURES_OFFSET));
                }
            }
            case LOCAL_COUNTER -> {
                if (room >= (long) registry.vcpus().capacity() * LocalCounterDescriptor.LINE_BYTES) {
                    values.accept("sum", sum(extent));
                }
            }
            case LOCAL_DATA -> {
                values.accept("bytes", memory.getLong(extent + ExtentDescriptor.PARAMETERS_OFFSET));
                values.accept("held", heldOf(entry));
            }
            case LOCK_ARRAY -> {
                long length = memory.getLong(extent + ExtentDescriptor.PARAMETERS_OFFSET);
                if (length >= 0 && length <= room / LockCell.LENGTH) {
                    values.accept("length", length);
                    values.accept("held", heldOf(entry));
                }
            }
        }
    }

    private static long flag(long word, long flag) {
        return (word & flag) == 0 ? 0 : 1;
    }

    private long count(LockEntry entry, String wanted) {
        long[] sum = new long[1];
        holds(entry, (what, owner, count) -> sum[0] += what.equals(wanted) ? count : 0);
        return sum[0];
    }

    private long holders(LockEntry entry, String wanted) {
        long[] sum = new long[1];
        holds(entry, (what, owner, count) -> sum[0] += what.equals(wanted) ? 1 : 0);
        return sum[0];
    }

    private long sum(int extent) {
        long sum = -memory.getLongVolatile(extent + LocalCounterDescriptor.DRAINED_OFFSET); // P26 acquire
        for (int vcpu = 0; vcpu < registry.vcpus().capacity(); vcpu++) {
            int at = extent + LocalCounterDescriptor.VALUES_OFFSET + vcpu * LocalCounterDescriptor.LINE_BYTES;
            sum += memory.getLongVolatile(at); // P26 acquire; pairs with P26 in SharedLocalCounter
        }
        return sum;
    }

    private long heldOf(LockEntry entry) {
        long held = 0;
        int stride = entry.cellStride();
        int end = entry.extentOffset() + entry.extentLength();
        for (int cell = entry.extentOffset() + ExtentDescriptor.BODY_OFFSET;
                stride != 0 && cell < end;
                cell += stride) {
            // P0 acquire; pairs with P0 in PvQSpinLock.
            held += LockCell.owner(memory.getLongVolatile(cell)) == 0 ? 0 : 1;
        }
        return held;
    }

    /** Shows who has a part of the object. */
    void holds(LockEntry entry, HoldVisitor visitor) {
        int extent = entry.extentOffset();
        if (!layout.holdsExtent(extent, entry.extentLength())) {
            return;
        }
        int body = extent + ExtentDescriptor.BODY_OFFSET;
        int words = VcpuWords.length(registry.vcpus().capacity());
        switch (ObjectType.fromCode(entry.type())) {
            case LOCK, CONDITION -> waits(entry, extent + ConditionDescriptor.QUEUE_OFFSET, words, visitor);
            case SEMAPHORE -> {
                words(entry, body, words, (owner, count) -> visitor.see("permits", owner, count));
                waits(entry, body + words, words, visitor);
            }
            case READ_WRITE_LOCK -> {
                if (entry.extentLength()
                        >= ExtentDescriptor.BODY_OFFSET
                                + ReadWords.bodyLength(registry.vcpus().capacity())) {
                    alive(ReadWords.of(registry, extent), (owner, count) -> visitor.see("reads", owner, count));
                }
            }
            case SEQUENCE_LOCK, RECORD -> {
                if (entry.extentLength() < ExtentDescriptor.BODY_OFFSET + SequenceDescriptor.COPIES_OFFSET) {
                    return;
                }
                // P21 acquire; pairs with P21 release in SingleWriter.
                int writer = memory.getIntVolatile(body + SequenceDescriptor.WRITER_OFFSET);
                int vcpu = LockCell.ownerVcpu(writer);
                boolean known =
                        writer != 0 && vcpu >= 0 && vcpu < registry.vcpus().capacity();
                if (known && !registry.liveness().ownerDead(writer)) {
                    visitor.see("writes", writer, 1);
                }
            }
            case COUNTER, LOCAL_COUNTER, LOCAL_DATA, LOCK_ARRAY -> {}
        }
    }

    private void waits(LockEntry entry, int at, int length, HoldVisitor visitor) {
        words(entry, at, length, (owner, word) -> {
            if (WaitQueue.waits(word)) {
                visitor.see("waits", owner, 1);
            }
        });
    }

    private void words(LockEntry entry, int at, int length, VcpuWords.Visitor visitor) {
        if (at + length <= entry.extentOffset() + entry.extentLength()) {
            alive(new VcpuWords(registry, at), visitor);
        }
    }

    private static void alive(VcpuWords words, VcpuWords.Visitor visitor) {
        words.forEach((owner, value) -> {
            if (!words.isDead(owner)) {
                visitor.see(owner, value);
            }
        });
    }
}
