package io.pvlock.internal.directory;

import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.ProcessTable;
import java.util.BitSet;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Which processes may have an object of an entry, and so know where its cell is: a bit of the entry for each index of the table
 * of processes, modulo {@link EntryDescriptor#USERS_BITS}. A bit counts as long as some process of that index is in the region.
 * It may be the leftover of an earlier process of that index; so there may be a bit too many, but never one too few.
 */
final class EntryUsers {

    private final UnsafeBuffer memory;
    private final RegionLayout layout;
    private final int entriesOffset;

    EntryUsers(UnsafeBuffer memory, RegionLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.entriesOffset = layout.entriesOffset();
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

    /**
     * Which processes are in the region, each asked once. For a look at many entries that nobody finds any more: who enters meanwhile
     * has none of those.
     */
    static final class Entered {

        private final BitSet asked = new BitSet();
        private final BitSet in = new BitSet();

        private boolean is(int process, ProcessTable me) {
            if (!asked.get(process)) {
                in.set(process, me.isEntered(process));
                asked.set(process);
            }
            return in.get(process);
        }
    }

    /** The index of a process in the region, other than {@code me}, that may have an object of it; -1 if there is none. */
    int other(int entry, ProcessTable me) {
        return other(entry, me, new Entered());
    }

    int other(int entry, ProcessTable me, Entered entered) {
        for (int first = 0; first < EntryDescriptor.USERS_BITS; first += Long.SIZE) {
            // P33 acquire
            for (long bits = memory.getLongVolatile(at(entry, first)); bits != 0; bits &= bits - 1) {
                int process = entered(first + Long.numberOfTrailingZeros(bits), me, entered);
                if (process >= 0) {
                    return process;
                }
            }
        }
        return -1;
    }

    private int entered(int bit, ProcessTable me, Entered entered) {
        for (int process = bit; process < layout.maxProcesses(); process += EntryDescriptor.USERS_BITS) {
            if (process != me.index() && entered.is(process, me)) {
                return process;
            }
        }
        return -1;
    }

    private int at(int entry, int process) {
        return entriesOffset
                + entry * EntryDescriptor.LENGTH
                + EntryDescriptor.USERS_OFFSET
                + process % EntryDescriptor.USERS_BITS / Long.SIZE * Long.BYTES;
    }

    private static long bit(int process) {
        return 1L << process % Long.SIZE;
    }
}
