package io.pvlock;

import io.pvlock.internal.layout.LocalCounterDescriptor;

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
public final class SharedLocalCounter extends SharedObject {

    private final int values;
    private final int drained;

    SharedLocalCounter(LockRegion region, String name) {
        super(region, name, ObjectType.LOCAL_COUNTER, (long) region.maxVcpus() * LocalCounterDescriptor.LINE_BYTES);
        this.values = extent + LocalCounterDescriptor.VALUES_OFFSET;
        this.drained = extent + LocalCounterDescriptor.DRAINED_OFFSET;
    }

    /** Adds 1. */
    public void increment() {
        add(1);
    }

    /** Adds {@code n}, which may be negative. */
    public void add(long n) {
        add(n, region.threads().borrow());
    }

    /** {@link #add(long)} with the calling thread's own vCPU given. */
    public void add(long n, Vcpu me) {
        if (me.fastRegion == region) {
            addToOwn(n, me);
        } else {
            addSlowly(n, me);
        }
    }

    private void addSlowly(long n, Vcpu me) {
        region.checkRegion(me);
        me.beginUse();
        try {
            region.checkUsable(me);
            addToOwn(n, me);
        } finally {
            endUse(me);
        }
    }

    private void addToOwn(long n, Vcpu me) {
        int at = values + me.index() * LocalCounterDescriptor.LINE_BYTES;
        // P26 opaque: one whole store, by the slot's user alone; pairs with P26 in total.
        memory.putLongOpaque(at, memory.getLong(at) + n);
    }

    /** What was added and not drained. Exact if nobody adds meanwhile; else with some of what is being added. */
    public long sum() {
        return region.whileOpen(() -> {
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
     * Takes everything out that was added: what is added now is in this one or the next. Whoever is killed in it has taken it, or
     * has not.
     */
    public long drain() {
        Vcpu me = beginUse();
        try {
            enter(me);
            try {
                long total = total();
                long before = memory.getLong(drained);
                memory.putLongRelease(drained, total); // P26 release; pairs with P26 acquire in sum
                return total - before;
            } finally {
                exit(me);
            }
        } finally {
            endUse(me);
        }
    }

    private long total() {
        long total = 0;
        for (int vcpu = 0; vcpu < region.maxVcpus(); vcpu++) {
            total += memory.getLongVolatile(values + vcpu * LocalCounterDescriptor.LINE_BYTES); // P26 acquire
        }
        return total;
    }
}
