package io.pvlock.internal.check;

import io.pvlock.ObjectType;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.layout.CounterDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import org.agrona.concurrent.UnsafeBuffer;

/** What the root of a tree of counters says that is still to be written to its levels. */
final class BegunCharge {

    private final UnsafeBuffer memory;
    private final RegionLayout layout;

    BegunCharge(UnsafeBuffer memory, RegionLayout layout) {
        this.memory = memory;
        this.layout = layout;
    }

    /** Whether {@code entry} is a counter of which a charge has been begun that leads where no counter can be. */
    boolean leadsNowhere(LockEntry entry) {
        int extent = entry.extentOffset();
        if (entry.type() != ObjectType.COUNTER.code() || !layout.holdsCounter(extent)) {
            return false;
        }
        long levels = memory.getLongVolatile(extent + CounterDescriptor.INTENT_LEVELS_OFFSET); // P25 acquire
        for (int i = 0; i < Math.min(levels, CounterDescriptor.MAX_LEVELS); i++) {
            int at = extent + CounterDescriptor.INTENT_OFFSET + i * CounterDescriptor.INTENT_ENTRY_BYTES;
            if (!layout.holdsCounter(memory.getLong(at))) {
                return true;
            }
        }
        return levels < 0 || levels > CounterDescriptor.MAX_LEVELS;
    }

    /** Forgets it; nobody else uses the region. */
    void drop(LockEntry entry) {
        // P25 release; pairs with P25 in SharedCounter.get.
        memory.putLongRelease(entry.extentOffset() + CounterDescriptor.INTENT_LEVELS_OFFSET, 0);
    }
}
