package io.pvlock;

import static io.pvlock.internal.layout.CounterDescriptor.*;

import io.pvlock.core.KillPoint;
import io.pvlock.internal.object.MonitoredExtent;
import io.pvlock.internal.object.MonitoredExtent.Plan;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A counter with a limit, a level in a tree of them: a charge goes to a level and to all above it, up to the root, or to none if it would
 * exceed the limit of one. After the kernel's {@code page_counter}, for threads of all processes that have the region open.
 *
 * <p>It is exact: no level ever exceeds its limit, and no charge fails because of another one that fails itself. The kernel's
 * adds level by level, takes back what it added when one refuses, and meanwhile may make others fail; here each operation takes
 * the lock of the tree's root for as long as the levels take to write. So charges of different branches wait for each other; with
 * the kernel's, they contend for the root's cache line, too.
 *
 * <p>Whoever is killed in the middle of an operation has done it or not: what the levels will be is written down before, and finished by
 * whoever comes next. Until then single levels may still be read as they were. Charges belong to nobody: those of a thread that dies
 * stay until they are uncharged.
 */
public final class SharedCounter {

    private final Session session;
    private final MonitoredExtent object;
    private final UnsafeBuffer memory;
    private final int extent;
    private final SharedCounter parent;
    private final SharedCounter root;

    /** From this one to the root. */
    private final SharedCounter[] levels;

    SharedCounter(Session session, String name, long max, SharedCounter parent) {
        int bodyBytes = checkArguments(session, name, max, parent);
        this.session = session;
        this.object = new MonitoredExtent(
                session, name, Plan.of(ObjectType.COUNTER, bodyBytes).recoverBy(this::finish));
        this.memory = session.memory();
        this.extent = object.extent();
        this.parent = parent;
        this.root = parent == null ? this : parent.root;
        this.levels = levels();
        long asked = parent == null ? NO_PARENT : parent.extent;
        if (parent != null) {
            parent.object.entry().markAsBase();
        }
        // P25: the first to ask decides; pairs with itself and with P25 acquire below and in max.
        memory.compareAndSetLong(extent + PARENT_OFFSET, 0, asked);
        if (memory.getLongVolatile(extent + PARENT_OFFSET) != asked) { // P25 acquire
            throw new IllegalArgumentException(this + " exists with another parent, not "
                    + (parent == null ? "as the root of a tree" : "with " + parent.name()));
        }
        memory.compareAndSetLong(extent + MAX_OFFSET, 0, ~max); // P25
    }

    // Before the name stands for anything.
    private static int checkArguments(Session session, String name, long max, SharedCounter parent) {
        checkMax(max);
        if (parent != null && parent.session != session) {
            throw new IllegalArgumentException(parent + " was made from another region object");
        }
        if (parent != null && parent.levels.length == MAX_LEVELS) {
            throw new IllegalArgumentException("counter '" + name + "' would be level " + (MAX_LEVELS + 1)
                    + " of its tree, at most " + MAX_LEVELS + " are possible");
        }
        return BODY_BYTES;
    }

    private SharedCounter[] levels() {
        SharedCounter[] above = parent == null ? new SharedCounter[0] : parent.levels;
        SharedCounter[] all = new SharedCounter[above.length + 1];
        all[0] = this;
        System.arraycopy(above, 0, all, 1, above.length);
        return all;
    }

    private static void checkMax(long max) {
        if (max < 0) {
            throw new IllegalArgumentException("max=" + max + " is negative; for no limit take Long.MAX_VALUE");
        }
    }

    private static void checkAmount(long n) {
        if (n < 1) {
            throw new IllegalArgumentException("amount=" + n + ", it must be at least 1");
        }
    }

    /** What it is found by in its region. */
    public String name() {
        return object.name();
    }

    MonitoredExtent object() {
        return object;
    }

    /** What this one is charged with; empty for the root. */
    public Optional<SharedCounter> parent() {
        return Optional.ofNullable(parent);
    }

    /**
     * Charges {@code n} to this level and all above it, or to none.
     *
     * @return empty if it is charged; else the first level, from this one on, whose limit is in the way
     */
    public Optional<SharedCounter> tryCharge(long n) {
        checkAmount(n);
        Attachment me = root.object.enter();
        try {
            root.finishBegun();
            for (SharedCounter level : levels) {
                if (n > level.max() - level.usage()) {
                    level.put(FAILURES_OFFSET, level.failures() + 1);
                    return Optional.of(level);
                }
            }
            root.change(levels, n);
            return Optional.empty();
        } finally {
            root.object.exit(me);
        }
    }

    /**
     * Takes a charge of {@code n} back from this level and all above it.
     *
     * @throws IllegalArgumentException if so much is not charged; nothing is changed
     */
    public void uncharge(long n) {
        checkAmount(n);
        Attachment me = root.object.enter();
        try {
            root.finishBegun();
            for (SharedCounter level : levels) {
                if (level.usage() < n) {
                    throw new IllegalArgumentException(
                            n + " to be uncharged, but " + level + " is charged with " + level.usage() + " only");
                }
            }
            root.change(levels, -n);
        } finally {
            root.object.exit(me);
        }
    }

    /**
     * Changes the limit of this level.
     *
     * @return false if more than that is charged already; nothing is changed
     */
    public boolean setMax(long max) {
        checkMax(max);
        Attachment me = root.object.enter();
        try {
            root.finishBegun();
            boolean possible = usage() <= max;
            if (possible) {
                put(MAX_OFFSET, ~max);
            }
            return possible;
        } finally {
            root.object.exit(me);
        }
    }

    // ---- under the root's lock, by the root

    // An Error in the middle of a change leaves it as a death would.
    private void finishBegun() {
        if (get(INTENT_LEVELS_OFFSET) != 0) {
            finish();
        }
    }

    private void change(SharedCounter[] changed, long delta) {
        for (int i = 0; i < changed.length; i++) {
            int entry = extent + INTENT_OFFSET + i * INTENT_ENTRY_BYTES;
            memory.putLong(entry, changed[i].extent);
            memory.putLong(entry + INTENT_USAGE_AT, changed[i].usage() + delta);
        }
        KillPoint.hit(KillPoint.COUNTER_INTENT);
        put(INTENT_LEVELS_OFFSET, changed.length);
        KillPoint.hit(KillPoint.COUNTER_COMMITTED);
        finish();
    }

    // Also by whoever comes after one that died in it: doing a part of it again changes nothing.
    private void finish() {
        int count = (int) Math.min(MAX_LEVELS, get(INTENT_LEVELS_OFFSET));
        for (int i = 0; i < count; i++) {
            checkLevel(memory.getLong(extent + INTENT_OFFSET + i * INTENT_ENTRY_BYTES));
        }
        for (int i = 0; i < count; i++) {
            int entry = extent + INTENT_OFFSET + i * INTENT_ENTRY_BYTES;
            int level = (int) memory.getLong(entry);
            long usage = memory.getLong(entry + INTENT_USAGE_AT);
            memory.putLongRelease(level + USAGE_OFFSET, usage); // P25 release; pairs with P25 in get
            if (usage > memory.getLong(level + WATERMARK_OFFSET)) {
                memory.putLongRelease(level + WATERMARK_OFFSET, usage); // P25 release; pairs with P25 in get
            }
            KillPoint.hit(KillPoint.COUNTER_LEVEL_DONE);
        }
        put(INTENT_LEVELS_OFFSET, 0);
    }

    // Before anything is written: what is in memory is not trusted.
    private void checkLevel(long level) {
        if (!session.layout().holdsCounter(level)) {
            throw new RegionException(
                    RegionException.Category.CORRUPT,
                    this + " has begun a charge that leads to offset " + level
                            + ", where no counter can be; run pvlock fsck on the region");
        }
    }

    // ---- snapshots

    /** What is charged now. */
    public long usage() {
        return get(USAGE_OFFSET);
    }

    /** The limit. */
    public long max() {
        return ~get(MAX_OFFSET);
    }

    /** The most that was ever charged. */
    public long watermark() {
        return get(WATERMARK_OFFSET);
    }

    /** How many charges failed for this level's limit. */
    public long failures() {
        return get(FAILURES_OFFSET);
    }

    private long get(int offset) {
        return memory.getLongVolatile(extent + offset); // P25 acquire; pairs with P25 in put and finish
    }

    private void put(int offset, long value) {
        // P25 release: an intent before it counts, its levels before it is over; pairs with P25 acquire in get.
        memory.putLongRelease(extent + offset, value);
    }

    @Override
    public String toString() {
        return object.toString();
    }
}
