package io.pvlock;

import io.pvlock.core.KillPoint;
import io.pvlock.internal.layout.SequenceDescriptor;
import io.pvlock.internal.object.MonitoredExtent;
import io.pvlock.internal.object.MonitoredExtent.Parameter;
import io.pvlock.internal.object.MonitoredExtent.Plan;
import io.pvlock.internal.object.SingleWriter;
import io.pvlock.internal.sequence.SequenceLatch;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import java.util.Objects;
import java.util.function.Consumer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A record of fixed length that is written as a whole and read as a whole, in any process, after the kernel's {@code seqcount_latch_t}:
 * for the latest of something, such as a market data snapshot.
 *
 * <p>There are two copies. Readers take no lock and wait for nobody; they read again only if two writes came while they read. A writer
 * that dies, or throws, has written nothing: the record is as it was, and nobody needs to be told.
 */
public final class SharedRecord {

    private static final long ONE_WRITER = 0;
    private static final long MANY_WRITERS = 1;

    private final Session session;
    private final MonitoredExtent object;
    private final int bytes;
    private final int copies;
    private final SequenceLatch latch;
    private final UnsafeBuffer[] views = new UnsafeBuffer[2];
    private final SingleWriter writer;
    private final boolean locked;

    SharedRecord(Session session, String name, int bytes, boolean manyWriters) {
        this.session = session;
        this.object = new MonitoredExtent(
                session,
                name,
                Plan.of(
                        ObjectType.RECORD,
                        SequenceDescriptor.COPIES_OFFSET + 2L * stride(checkBytes(bytes)),
                        new Parameter("bytes", bytes),
                        new Parameter("many writers", manyWriters ? MANY_WRITERS : ONE_WRITER)));
        UnsafeBuffer memory = session.memory();
        int body = object.body();
        this.bytes = bytes;
        this.locked = manyWriters;
        this.copies = body + SequenceDescriptor.COPIES_OFFSET;
        this.latch = new SequenceLatch(
                memory, body + SequenceDescriptor.SEQUENCE_OFFSET, copies, (int) stride(bytes), bytes);
        for (int i = 0; i < views.length; i++) {
            views[i] = new UnsafeBuffer(memory, copies + i * (int) stride(bytes), bytes);
        }
        this.writer = new SingleWriter(object, body + SequenceDescriptor.WRITER_OFFSET);
    }

    private static int checkBytes(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("bytes=" + bytes + ", there must be at least one");
        }
        return bytes;
    }

    private static long stride(int bytes) {
        long alignment = SequenceDescriptor.COPY_ALIGNMENT;
        return (bytes + alignment - 1) & -alignment;
    }

    /** What it is found by in its region. */
    public String name() {
        return object.name();
    }

    MonitoredExtent object() {
        return object;
    }

    /** Bytes of the record. */
    public int bytes() {
        return bytes;
    }

    /** How often the record has been written: it has changed if this has. */
    public long version() {
        return latch.version();
    }

    /**
     * Copies the record as it is now to the beginning of {@code destination}.
     *
     * @return how often it had been written: its version
     */
    public long read(MutableDirectBuffer destination) {
        return latch.read(destination);
    }

    /**
     * Lets {@code change} change the record, which it finds as it is; readers see all of the change or nothing. {@code change} uses
     * the buffer only while it runs, and does not write the record again. What it throws is thrown, and nothing is changed.
     *
     * @throws IllegalStateException if the thread writes already; if the record is for one writer, if anybody else does
     */
    public void write(Consumer<? super AtomicBuffer> change) {
        Objects.requireNonNull(change, "change");
        Attachment me = object.beginUse();
        try {
            enterAsWriter(me);
            try {
                UnsafeBuffer copy = views[latch.begin() == copies ? 0 : 1];
                KillPoint.hit(KillPoint.COPY_BEGUN, me.participant);
                change.accept(copy);
                KillPoint.hit(KillPoint.COPY_WRITTEN, me.participant);
                latch.publish();
                KillPoint.hit(KillPoint.COPY_PUBLISHED, me.participant);
            } finally {
                exitAsWriter(me);
            }
        } finally {
            object.endUse(me);
        }
    }

    private void enterAsWriter(Attachment me) {
        if (locked) {
            object.enter(me);
        } else {
            session.checkOpen();
            enterAlone(me);
        }
    }

    // The hold first: once the writer's word is set, nothing may fail.
    private void enterAlone(Attachment me) {
        boolean entered = false;
        me.beginHold(object);
        try {
            writer.enter(me);
            entered = true;
        } finally {
            if (!entered) {
                me.endHold(object);
            }
        }
    }

    private void exitAsWriter(Attachment me) {
        if (locked) {
            object.exit(me);
        } else {
            writer.set(SingleWriter.NOBODY);
            me.endHold(object);
        }
    }

    @Override
    public String toString() {
        return object.toString();
    }
}
