package io.pvlock;

import io.pvlock.internal.layout.LocalCounterDescriptor;
import io.pvlock.internal.object.MonitoredExtent;
import io.pvlock.internal.object.MonitoredExtent.Plan;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A counter for statistics, which many threads of many processes count with and few read: adding touches a cache line that is the
 * vCPU's own, without a compare-and-set or a fence, and so scales with the processors. Reading looks at every vCPU's line. After the
 * kernel's per-CPU counters.
 *
 * <p>Nothing is lost, nothing is counted twice: whoever is killed has added or not; its line keeps its value, and the next user of its
 * slot goes on from there. Each takes 64 bytes for each of {@link RegionOptions#maxVcpus}.
 *
 * <p>For more than a number, {@link SharedLocalData}.
 */
public final class SharedLocalCounter {

    private final Session session;
    private final MonitoredExtent object;
    private final UnsafeBuffer memory;
    private final int values;
    private final int drained;

    SharedLocalCounter(Session session, String name) {
        long bodyBytes = (long) session.maxVcpus() * LocalCounterDescriptor.LINE_BYTES;
        this.session = session;
        this.object = new MonitoredExtent(session, name, Plan.of(ObjectType.LOCAL_COUNTER, bodyBytes));
        this.memory = session.memory();
        this.values = object.extent() + LocalCounterDescriptor.VALUES_OFFSET;
        this.drained = object.extent() + LocalCounterDescriptor.DRAINED_OFFSET;
    }

    /** What it is found by in its region. */
    public String name() {
        return object.name();
    }

    MonitoredExtent object() {
        return object;
    }

    /** Adds 1. */
    public void increment() {
        add(1);
    }

    /** Adds {@code n}, which may be negative. */
    public void add(long n) {
        Attachment me = session.threads().borrow();
        if (me.fastSession == session) {
            addToOwn(n, me.index());
        } else {
            addSlowly(n, me);
        }
    }

    /** {@link #add(long)} with the calling thread's own vCPU given. */
    public void add(long n, Vcpu me) {
        if (me.fastSession == session) {
            addToOwn(n, me.index());
        } else {
            addSlowly(n, me.attachment);
        }
    }

    private void addSlowly(long n, Attachment me) {
        session.checkMine(me);
        me.beginUse();
        try {
            session.checkUsable(me);
            addToOwn(n, me.index());
        } finally {
            object.endUse(me);
        }
    }

    private void addToOwn(long n, int vcpu) {
        int at = values + vcpu * LocalCounterDescriptor.LINE_BYTES;
        // P26 opaque: one whole store, by the slot's user alone; pairs with P26 in total.
        memory.putLongOpaque(at, memory.getLong(at) + n);
    }

    /** What was added and not drained. Exact if nobody adds meanwhile; else with some of what is being added. */
    public long sum() {
        return session.whileOpen(() -> {
            for (; ; ) {
                long before = memory.getLongVolatile(drained); // P26 acquire; pairs with P26 in drain
                long total = total();
                if (memory.getLongVolatile(drained) == before) { // P26 acquire: nobody has drained meanwhile
                    return total - before;
                }
            }
        });
    }

    /**
     * Takes out everything that was added. What is added at the same time is in this sum or in the next. A thread that is killed
     * in this call has either taken everything or nothing.
     */
    public long drain() {
        Attachment me = object.beginUse();
        try {
            object.enter(me);
            try {
                long total = total();
                long before = memory.getLong(drained);
                memory.putLongRelease(drained, total); // P26 release; pairs with P26 acquire in sum
                return total - before;
            } finally {
                object.exit(me);
            }
        } finally {
            object.endUse(me);
        }
    }

    private long total() {
        long total = 0;
        for (int vcpu = 0; vcpu < session.maxVcpus(); vcpu++) {
            total += memory.getLongVolatile(values + vcpu * LocalCounterDescriptor.LINE_BYTES); // P26 acquire
        }
        return total;
    }

    @Override
    public String toString() {
        return object.toString();
    }
}
