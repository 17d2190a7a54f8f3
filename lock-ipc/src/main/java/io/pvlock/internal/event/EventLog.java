package io.pvlock.internal.event;

import io.pvlock.internal.layout.EventDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import java.lang.invoke.VarHandle;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The ring of events. Any number of threads of any process append; a record is claimed by counting, filled, and published by its
 * sequence, so that what a writer killed on the way left half-written is never read. Events are rare: deaths and what follows.
 */
public final class EventLog {

    private final UnsafeBuffer memory;
    private final int offset;
    private final int capacity;

    public EventLog(UnsafeBuffer memory, RegionLayout layout) {
        this.memory = memory;
        this.offset = layout.eventsOffset();
        this.capacity = layout.eventCapacity();
    }

    /**
     * One event.
     *
     * @param sequence from 1, without gaps but for events lost with their writer
     * @param type see {@code RegionEvent.Type}
     * @param vcpu whom it happened to, -1 for nobody
     * @param cell offset of the lock cell concerned, 0 for none
     * @param owner owner word of the cell before
     * @param taker the vCPU that acted, -1 for none
     * @param durationNs how long it took; 0 if unknown
     */
    public record Entry(
            long sequence,
            int type,
            int vcpu,
            int pid,
            int tid,
            int cell,
            int owner,
            int taker,
            Instant at,
            long durationNs) {}

    /** Appends an event now; its sequence and time are made here. Returns it. */
    public Entry append(int type, int vcpu, int pid, int tid, Subject subject) {
        // P16: counts a record of its own for each writer; pairs with itself.
        long sequence = memory.getAndAddLong(offset + EventDescriptor.NEXT_SEQUENCE_OFFSET, 1) + 1;
        // P16: counted by each writer; pairs with itself, and with P16 acquire in count.
        memory.getAndAddLong(countOffset(type), 1);
        Instant now = Clock.systemUTC().instant();
        int at = recordOffset(sequence);
        // P16 release: 0 while the record is being written; pairs with P16 acquire in read.
        memory.putLongVolatile(at + EventDescriptor.SEQUENCE_OFFSET, 0);
        VarHandle.storeStoreFence();
        memory.putInt(at + EventDescriptor.TYPE_OFFSET, type);
        memory.putInt(at + EventDescriptor.VCPU_OFFSET, vcpu);
        memory.putInt(at + EventDescriptor.PID_OFFSET, pid);
        memory.putInt(at + EventDescriptor.TID_OFFSET, tid);
        memory.putInt(at + EventDescriptor.CELL_OFFSET, subject.cell());
        memory.putInt(at + EventDescriptor.OWNER_OFFSET, subject.owner());
        memory.putInt(at + EventDescriptor.TAKER_OFFSET, subject.taker());
        memory.putLong(at + EventDescriptor.WHEN_OFFSET, toEpochNs(now));
        memory.putLong(at + EventDescriptor.DURATION_OFFSET, subject.durationNs());
        // P16 release: the record before its sequence; pairs with P16 acquire in read.
        memory.putLongRelease(at + EventDescriptor.SEQUENCE_OFFSET, sequence);
        return new Entry(
                sequence,
                type,
                vcpu,
                pid,
                tid,
                subject.cell(),
                subject.owner(),
                subject.taker(),
                now,
                subject.durationNs());
    }

    /** What an event is about; see {@link Entry}. */
    public record Subject(int cell, int owner, int taker, long durationNs) {
        public static final Subject NONE = new Subject(0, 0, -1, 0);
    }

    /** Sequence of the last event, which may be still being written; 0 for none. */
    public long last() {
        // P16 acquire; pairs with P16 in append.
        return memory.getLongVolatile(offset + EventDescriptor.NEXT_SEQUENCE_OFFSET);
    }

    /** How many events of {@code type} there have been since the region was made. */
    public long count(int type) {
        return memory.getLongVolatile(countOffset(type)); // P16 acquire; pairs with P16 in append
    }

    private int countOffset(int type) {
        return offset + EventDescriptor.COUNTS_OFFSET + type * Long.BYTES;
    }

    /** The events after {@code sequence} that are still in the ring, oldest first. */
    public List<Entry> after(long sequence) {
        long last = last();
        List<Entry> entries = new ArrayList<>();
        long first = Math.max(sequence, last - capacity) + 1;
        // Counted by the distance: of a damaged ring, the last may be the largest there is.
        for (long next = first; first <= last && next - last <= 0; next++) {
            Entry entry = read(next);
            if (entry != null) {
                entries.add(entry);
            }
        }
        return entries;
    }

    private Entry read(long sequence) {
        int at = recordOffset(sequence);
        // P16 acquire: the record of that sequence; pairs with P16 release in append.
        if (memory.getLongVolatile(at + EventDescriptor.SEQUENCE_OFFSET) != sequence) {
            return null;
        }
        long when = memory.getLong(at + EventDescriptor.WHEN_OFFSET);
        Entry entry = new Entry(
                sequence,
                memory.getInt(at + EventDescriptor.TYPE_OFFSET),
                memory.getInt(at + EventDescriptor.VCPU_OFFSET),
                memory.getInt(at + EventDescriptor.PID_OFFSET),
                memory.getInt(at + EventDescriptor.TID_OFFSET),
                memory.getInt(at + EventDescriptor.CELL_OFFSET),
                memory.getInt(at + EventDescriptor.OWNER_OFFSET),
                memory.getInt(at + EventDescriptor.TAKER_OFFSET),
                Instant.ofEpochSecond(0, when),
                memory.getLong(at + EventDescriptor.DURATION_OFFSET));
        // P16: overwritten while it was read? The fence orders the reads above before this one.
        VarHandle.loadLoadFence();
        return memory.getLongVolatile(at + EventDescriptor.SEQUENCE_OFFSET) == sequence ? entry : null;
    }

    private int recordOffset(long sequence) {
        return offset
                + EventDescriptor.RECORDS_OFFSET
                + (int) Long.remainderUnsigned(sequence, capacity) * EventDescriptor.RECORD_LENGTH;
    }

    private static long toEpochNs(Instant instant) {
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }
}
