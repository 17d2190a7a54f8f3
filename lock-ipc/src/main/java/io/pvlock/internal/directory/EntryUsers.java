package io.pvlock.internal.directory;

import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.ProcessTable;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Which processes may have an object of an entry, and so know where its cell is: a bit of the entry for each index of the table
 * of processes, modulo {@link EntryDescriptor#USERS_BITS}. A bit counts as long as some process of that index is in the region.
 * It may be the leftover of an earlier process of that index; so there may be a bit too many, but never one too few.
 */
final class EntryUsers {

    private final UnsafeBuffer memory;
    private final RegionLayout layout;

    EntryUsers(UnsafeBuffer memory, RegionLayout layout) {
        this.memory = memory;
        this.layout = layout;
    }

    void add(int entry, int process) {
        int at = at(entry, process);
        long bit = bit(process);
        long now;
        do {
            now = memory.getLongVolatile(at); // P33 acquire; pairs with itself
            // P33 full fence: counted before the second look at the bucket; pairs with P33 in RemovedEntries.unlink.
        } while ((now & bit) == 0 && !memory.compareAndSetLong(at, now, now | bit));
    }

    boolean has(int entry, int process) {
        return (memory.getLongVolatile(at(entry, process)) & bit(process)) != 0; // P33 acquire
    }

    /** By the process itself, which makes no use of the region any more. */
    void remove(int entry, int process) {
        if (layout.maxProcesses() > EntryDescriptor.USERS_BITS) {
            return; // the bit may be another's as well
        }
        int at = at(entry, process);
        long now;
        do {
            now = memory.getLongVolatile(at); // P33 acquire
        } while (!memory.compareAndSetLong(at, now, now & ~bit(process)));
    }

    /** The index of a process in the region, other than {@code me}, that may have an object of it; -1 if there is none. */
    int other(int entry, ProcessTable me) {
        for (int first = 0; first < EntryDescriptor.USERS_BITS; first += Long.SIZE) {
            // P33 acquire
            for (long bits = memory.getLongVolatile(at(entry, first)); bits != 0; bits &= bits - 1) {
                int process = entered(first + Long.numberOfTrailingZeros(bits), me);
                if (process >= 0) {
                    return process;
                }
            }
        }
        return -1;
    }

    private int entered(int bit, ProcessTable me) {
        for (int process = bit; process < layout.maxProcesses(); process += EntryDescriptor.USERS_BITS) {
            if (process != me.index() && me.isEntered(process)) {
                return process;
            }
        }
        return -1;
    }

    private int at(int entry, int process) {
        return layout.entriesOffset()
                + entry * EntryDescriptor.LENGTH
                + EntryDescriptor.USERS_OFFSET
                + process % EntryDescriptor.USERS_BITS / Long.SIZE * Long.BYTES;
    }

    private static long bit(int process) {
        return 1L << process % Long.SIZE;
    }
}
