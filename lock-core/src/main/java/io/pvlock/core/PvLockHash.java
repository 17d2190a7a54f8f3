package io.pvlock.core;

import static io.pvlock.core.HashDescriptor.*;

import java.util.function.IntPredicate;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Open-addressing map from a lock cell to the vCPUs that sleep, or are about to sleep, as its queue head.
 *
 * <p>Departures from the kernel, all because a participant may vanish between any two steps: an entry is one word; nobody ever
 * replaces or judges the entry of another; a lock may have several entries (of a granter and of the head that it granted, of
 * heads that died or left), and the unlocker kicks and removes them all. An entry is thus removed only by its own vCPU or
 * after a kick (I6), and a missing one is legal. While it is being kicked it is marked as taken: whoever is killed in the middle
 * leaves it to the next unlocker.
 */
public final class PvLockHash {

    private static final long CELL_MASK = 0xffff_ffff_0000_0000L;

    private final UnsafeBuffer memory;
    private final int offset;
    private final int lines;
    private final VcpuTable vcpus;
    private final Liveness liveness;

    /**
     * @param offset of the hash section, a multiple of 64
     * @param capacity number of entries, a power of two, see {@link HashDescriptor#capacity(int)}
     */
    public PvLockHash(UnsafeBuffer memory, int offset, int capacity, VcpuTable vcpus, Liveness liveness) {
        if (Integer.bitCount(capacity) != 1 || capacity < ENTRIES_PER_LINE) {
            throw new IllegalArgumentException(
                    "capacity=" + capacity + " is not a power of two >= " + ENTRIES_PER_LINE);
        }
        memory.boundsCheck(offset, HashDescriptor.length(capacity));
        this.memory = memory;
        this.offset = offset;
        this.lines = capacity / ENTRIES_PER_LINE;
        this.vcpus = vcpus;
        this.liveness = liveness;
    }

    /** Enters {@code ref} as sleeping at the head of {@code cell}; false if the table is full, see {@link #takeStale}. */
    boolean insert(int cell, int ref, Participant me) {
        return insertInEmpty(cell, entry(cell, ref), me);
    }

    private boolean insertInEmpty(int cell, long update, Participant me) {
        int home = home(cell);
        for (int i = 0; i < lines * ENTRIES_PER_LINE; i++) {
            int at = place(home, i);
            if (entryVolatile(at) == 0) {
                useLines(i / ENTRIES_PER_LINE + 1);
                if (casEntry(at, 0, update)) {
                    me.count(LockEvent.PV_HASH_HOPS, i + 1);
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Marks one entry of {@code cell} as taken and returns its ref, which the caller kicks, and then gives to {@link #dropTaken}. 0 if
     * there is none. An entry that another has taken is taken, too.
     */
    int take(int cell) {
        return takeAnother(cell, 0);
    }

    /**
     * Like {@link #take}, of another than {@code kicked}. Who has been kicked looks at the lock before it sleeps again: what it has entered since
     * is for a later unlocker, and to kick it again and again would keep both from their work.
     */
    int takeAnother(int cell, int kicked) {
        int home = home(cell);
        int inUse = linesInUse() * ENTRIES_PER_LINE;
        for (int i = 0; i < inUse; i++) {
            int at = place(home, i);
            for (long found = entryVolatile(at);
                    (found & CELL_MASK) == entry(cell, 0) && entryRef(found) != kicked;
                    found = entryVolatile(at)) {
                if ((found & TAKEN) != 0 || casEntry(at, found, found | TAKEN)) {
                    return entryRef(found);
                }
            }
        }
        return 0;
    }

    /** Removes an entry of {@code ref} that was taken, unless it has gone by now. */
    void dropTaken(int cell, int ref) {
        long taken = entry(cell, ref) | TAKEN;
        int at = find(cell, taken, -1L);
        if (at >= 0) {
            casEntry(at, taken, 0);
        }
    }

    /** Whether {@code ref} is entered as sleeping at the head of {@code cell}, and not taken. */
    boolean contains(int cell, int ref) {
        return find(cell, entry(cell, ref), -1L) >= 0;
    }

    /** Removes every entry that says {@code ref} sleeps at the head of {@code cell}, taken or not. */
    void remove(int cell, int ref) {
        long doomed = entry(cell, ref);
        for (int at = find(cell, doomed, ~TAKEN); at >= 0; at = find(cell, doomed, ~TAKEN)) {
            if (!casEntry(at, doomed, 0)) {
                casEntry(at, doomed | TAKEN, 0);
            }
        }
    }

    /** Removes every entry whose vCPU is {@code doomed}, in one pass; for the reclaimer of dead slots. */
    public void removeVcpus(IntPredicate doomed) {
        int end = entriesEnd();
        for (int at = entriesStart(); at < end; at += ENTRY_LENGTH) {
            long found = entryVolatile(at);
            if (found != 0 && doomed.test(LockWord.refVcpu(entryRef(found)))) {
                casEntry(at, found, 0);
            }
        }
    }

    /** Number of entries; racy, for tests and statistics. */
    public int size() {
        int size = 0;
        for (int at = entriesStart(); at < entriesEnd(); at += ENTRY_LENGTH) {
            if (entryVolatile(at) != 0) {
                size++;
            }
        }
        return size;
    }

    /**
     * Removes one entry that looks stale and returns its ref, which the caller kicks: it may have come to life meanwhile. 0 if
     * there is none. A full table holds some: there are four places for each vCPU, and a living one has two entries at most.
     */
    int takeStale() {
        for (int at = entriesStart(); at < entriesEnd(); at += ENTRY_LENGTH) {
            long found = entryVolatile(at);
            if (found != 0 && isStale(found) && casEntry(at, found, 0)) {
                return entryRef(found);
            }
        }
        return 0;
    }

    private boolean isStale(long entry) {
        int ref = entryRef(entry);
        int node = vcpus.nodeOffset(ref);
        return liveness.dead(LockWord.refVcpu(ref))
                || NodeDescriptor.grantStatus(vcpus.grantVolatile(node)) != NodeDescriptor.GRANTED
                || vcpus.lockOf(node) != entryCell(entry);
    }

    /** Where the first entry of {@code cell} stands that equals {@code wanted} under {@code mask}; -1 for nowhere. */
    private int find(int cell, long wanted, long mask) {
        int home = home(cell);
        int inUse = linesInUse() * ENTRIES_PER_LINE;
        for (int i = 0; i < inUse; i++) {
            int at = place(home, i);
            if ((entryVolatile(at) & mask) == wanted) {
                return at;
            }
        }
        return -1;
    }

    private int linesInUse() {
        // P7 acquire: a line is counted before an entry in it is inserted; pairs with P7 release in useLines.
        int inUse = memory.getIntVolatile(offset + LINES_OFFSET);
        return inUse < 0 || inUse > lines ? lines : inUse;
    }

    private void useLines(int needed) {
        for (int inUse = linesInUse(); inUse < needed; inUse = linesInUse()) {
            // P7 release: before the entry, so that whoever sees SLOW also
            // searches far enough; pairs with P7 in linesInUse.
            memory.compareAndSetInt(offset + LINES_OFFSET, inUse, needed);
        }
    }

    private long entryVolatile(int at) {
        // P5 acquire: an unlocker that saw SLOW sees the entry of before; pairs with P5 release in casEntry.
        return memory.getLongVolatile(at);
    }

    private boolean casEntry(int at, long expected, long update) {
        // P5 release: the entry before the word becomes SLOW; pairs with P5 acquire in entryVolatile.
        return memory.compareAndSetLong(at, expected, update);
    }

    private int entriesStart() {
        return offset + ENTRIES_OFFSET;
    }

    private int entriesEnd() {
        return entriesStart() + lines * LINE_LENGTH;
    }

    /** Where the {@code i}-th entry stands of a search that begins with the line {@code home}, and goes round. */
    private int place(int home, int i) {
        int mask = lines * ENTRIES_PER_LINE - 1;
        return entriesStart() + ((home * ENTRIES_PER_LINE + i) & mask) * ENTRY_LENGTH;
    }

    // Fibonacci hashing of the cell's number, as hash_ptr() does with its address.
    private int home(int cell) {
        return (int) (((cell >>> 3) * 0x9E37_79B9L >>> 16) & (lines - 1));
    }
}
