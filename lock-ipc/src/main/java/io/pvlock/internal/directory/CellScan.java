package io.pvlock.internal.directory;

import io.pvlock.ObjectType;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Looks at the cells of a region: those of the entries, and those of arrays, of which there may be millions. Who knows in which of
 * an array's pages it has ever locked looks at no others.
 */
final class CellScan {

    /** So few at a time: the JVM compiles a method that was called often sooner than one that ran for long. */
    private static final int SOME = 32;

    private final UnsafeBuffer memory;
    private final int entries;
    private final int entriesOffset;
    private final Extents extents;

    CellScan(UnsafeBuffer memory, RegionLayout layout, Extents extents) {
        this.memory = memory;
        this.entries = layout.maxLocks();
        this.entriesOffset = layout.entriesOffset();
        this.extents = extents;
    }

    /** The offset of the first cell that is not 0 and of which {@code isWanted} is true; -1 if there is none. */
    int first(IntPredicate isWanted) {
        int found = -1;
        for (int i = 0; i < entries && found < 0; i++) {
            found = firstOf(i, CellPages.ALL, isWanted);
        }
        return found;
    }

    /**
     * The same, not of all.
     *
     * @param next the first entry to look at from a given one on; beyond all entries if there is none
     * @param pages of arrays, see {@link CellPages}
     */
    int first(IntUnaryOperator next, long pages, IntPredicate isWanted) {
        int found = -1;
        for (int i = next.applyAsInt(0); i < entries && found < 0; i = next.applyAsInt(i + 1)) {
            found = firstOf(i, pages, isWanted);
        }
        return found;
    }

    private int firstOf(int entry, long pages, IntPredicate isWanted) {
        int at = entriesOffset + entry * EntryDescriptor.LENGTH;
        int cell = at + EntryDescriptor.CELL_OFFSET;
        // P0 acquire; pairs with P0 in PvQSpinLock
        if (memory.getLongVolatile(cell) != 0 && isWanted.test(cell)) {
            return cell;
        }
        boolean hasExtent = pages != CellPages.NONE && memory.getInt(at + EntryDescriptor.EXTENT_OFFSET_OFFSET) != 0;
        return hasExtent ? firstOfExtent(new LockEntry(memory, at), pages, isWanted) : -1;
    }

    private int firstOfExtent(LockEntry entry, long pages, IntPredicate isWanted) {
        int begin = entry.extentOffset();
        if (begin == 0 || !entry.hasCells()) {
            return -1;
        }
        extents.check(entry, ObjectType.fromCode(entry.type()).toString(), 0);
        int stride = entry.cellStride();
        int end = begin + entry.extentLength();
        int cell = begin + ExtentDescriptor.BODY_OFFSET;
        while (stride != 0 && cell < end) {
            int pageEnd = Math.min(end, CellPages.endOfPage(cell));
            if (!CellPages.contains(pages, cell)) {
                cell += (pageEnd - cell + stride - 1) / stride * stride;
            }
            while (cell < pageEnd) {
                int someEnd = Math.min(pageEnd, cell + SOME * stride);
                cell = firstUsed(cell, someEnd, stride);
                if (cell < someEnd) {
                    if (isWanted.test(cell)) {
                        return cell;
                    }
                    cell += stride;
                }
            }
        }
        return -1;
    }

    // A method of its own, and short: it sees a million zeros in a process that has just begun, and should be compiled
    // soon.
    private int firstUsed(int begin, int end, int stride) {
        int cell = begin;
        while (cell < end && memory.getLongVolatile(cell) == 0) { // P0 acquire; pairs with P0 in PvQSpinLock
            cell += stride;
        }
        return cell;
    }
}
