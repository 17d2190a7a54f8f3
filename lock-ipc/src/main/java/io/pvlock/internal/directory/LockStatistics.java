package io.pvlock.internal.directory;

import io.pvlock.LockStats;
import io.pvlock.TimeSummary;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.layout.StatisticsDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Flyweight over what is counted of one lock. Whoever counts holds the lock, so plain accesses do; who reads takes what it gets. Of a lock
 * that has no block only what stands in its entry is counted.
 */
public final class LockStatistics {

    private static final int NO_BLOCK = 0;

    /** So many steals wait in the entry at most before they are added to the block: its count is one of 32 bits. */
    private static final int MOVE_STEALS = 1 << 30;

    private final UnsafeBuffer memory;
    private final RegionLayout layout;
    private final LockEntry entry;
    private final int stealsAt;

    /** Offset of the block; {@link #NO_BLOCK} if there is none. */
    private final int block;

    /** Of {@code entry}. */
    public LockStatistics(UnsafeBuffer memory, RegionLayout layout, LockEntry entry) {
        this.memory = memory;
        this.layout = layout;
        this.entry = entry;
        int entryOffset = entry.cell() - EntryDescriptor.CELL_OFFSET;
        int index = (entryOffset - layout.entriesOffset()) / EntryDescriptor.LENGTH;
        this.stealsAt = entryOffset + EntryDescriptor.STEALS_OFFSET;
        this.block = index < StatisticsDescriptor.blocks(layout.maxLocks())
                ? layout.statisticsOffset() + index * StatisticsDescriptor.LENGTH
                : NO_BLOCK;
    }

    /**
     * Begins anew, for a lock that is being made.
     *
     * @param firstToken from which its fencing tokens go on
     */
    void clear(long firstToken) {
        memory.putInt(stealsAt, 0);
        if (block != NO_BLOCK) {
            memory.setMemory(block, StatisticsDescriptor.LENGTH, (byte) 0);
            memory.putLong(block + StatisticsDescriptor.FIRST_TOKEN_OFFSET, firstToken);
        }
    }

    /** Whether waits and holds are counted at all. */
    public boolean isKept() {
        return block != NO_BLOCK;
    }

    // ---- by the owner, under the lock

    /** The lock was taken past its queue. */
    public void stolen() {
        int steals = memory.getInt(stealsAt) + 1;
        if (steals >= MOVE_STEALS && block != NO_BLOCK) {
            add(StatisticsDescriptor.STEALS_OFFSET, steals);
            steals = 0;
        }
        if (steals > 0 || block != NO_BLOCK) {
            memory.putInt(stealsAt, steals);
        }
    }

    /** The owner is about to unlock and has to wake somebody. */
    public void kicked() {
        if (block != NO_BLOCK) {
            add(StatisticsDescriptor.KICKS_OFFSET, 1);
        }
    }

    /** The owner has waited for it for {@code ns}, and is counted {@code times}. */
    public void waited(long ns, int times) {
        if (block != NO_BLOCK) {
            count(
                    StatisticsDescriptor.WAITS_OFFSET,
                    StatisticsDescriptor.LONGEST_WAIT_OFFSET,
                    StatisticsDescriptor.WAIT_COUNTS_OFFSET,
                    ns,
                    times);
        }
    }

    /** The owner has held it for {@code ns} and is about to unlock it; counted {@code times}. */
    public void held(long ns, int times) {
        if (block != NO_BLOCK) {
            count(
                    StatisticsDescriptor.HOLDS_OFFSET,
                    StatisticsDescriptor.LONGEST_HOLD_OFFSET,
                    StatisticsDescriptor.HOLD_COUNTS_OFFSET,
                    ns,
                    times);
        }
    }

    private void count(int total, int longest, int counts, long ns, int times) {
        long positive = Math.max(0, ns);
        int at = block + counts + StatisticsDescriptor.step(positive) * Integer.BYTES;
        long count = Integer.toUnsignedLong(memory.getInt(at)) + times;
        if (count > 0xffff_ffffL) {
            halve(counts);
            count = Integer.toUnsignedLong(memory.getInt(at)) + times;
        }
        add(total, times);
        memory.putInt(at, (int) count);
        if (positive > memory.getLong(block + longest)) {
            memory.putLong(block + longest, positive);
        }
    }

    // They stand for the shape only; how many there were is in the total.
    private void halve(int counts) {
        for (int step = 0; step < StatisticsDescriptor.COUNTS; step++) {
            int at = block + counts + step * Integer.BYTES;
            memory.putInt(at, memory.getInt(at) >>> 1);
        }
    }

    private void add(int field, long delta) {
        memory.putLong(block + field, memory.getLong(block + field) + delta);
    }

    // ---- by anybody

    /** As it is now. */
    public LockStats read() {
        boolean inExtent = layout.holdsExtent(entry.extentOffset(), entry.extentLength());
        long tokens = inExtent ? entry.lastTokenOfAny() : entry.lastToken();
        long steals = Integer.toUnsignedLong(memory.getInt(stealsAt));
        if (block == NO_BLOCK) {
            return new LockStats(tokens, 0, steals, 0, entry.deathCount(), TimeSummary.NONE, TimeSummary.NONE);
        }
        long waits = field(StatisticsDescriptor.WAITS_OFFSET);
        long taken = tokens - field(StatisticsDescriptor.FIRST_TOKEN_OFFSET);
        return new LockStats(
                Math.max(Math.max(taken, waits), 0),
                waits,
                steals + field(StatisticsDescriptor.STEALS_OFFSET),
                field(StatisticsDescriptor.KICKS_OFFSET),
                entry.deathCount(),
                summary(
                        waits,
                        field(StatisticsDescriptor.LONGEST_WAIT_OFFSET),
                        StatisticsDescriptor.WAIT_COUNTS_OFFSET),
                summary(
                        field(StatisticsDescriptor.HOLDS_OFFSET),
                        field(StatisticsDescriptor.LONGEST_HOLD_OFFSET),
                        StatisticsDescriptor.HOLD_COUNTS_OFFSET));
    }

    // A damaged file may hold anything.
    private long field(int at) {
        return Math.max(0, memory.getLong(block + at));
    }

    private TimeSummary summary(long total, long longest, int counts) {
        long[] copy = new long[StatisticsDescriptor.COUNTS];
        long sum = 0;
        for (int step = 0; step < copy.length; step++) {
            copy[step] = Integer.toUnsignedLong(memory.getInt(block + counts + step * Integer.BYTES));
            sum += copy[step];
        }
        return new TimeSummary(total, percentile(copy, sum, 50, longest), percentile(copy, sum, 99, longest), longest);
    }

    private static long percentile(long[] counts, long sum, int percent, long longest) {
        long rank = (sum * percent + 99) / 100;
        long seen = 0;
        for (int step = 0; step < counts.length && sum > 0; step++) {
            seen += counts[step];
            if (seen >= rank) {
                return Math.min(StatisticsDescriptor.longestOf(step), longest);
            }
        }
        return 0;
    }
}
