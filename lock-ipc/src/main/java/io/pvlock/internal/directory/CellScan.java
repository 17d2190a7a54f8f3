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

    /**
     * The offset of the first cell that is not 0 and of which {@code isWanted} is true; -1 if there is none.
     *
     * @param next the first entry to look at from a given one on; beyond all entries if there is none
     * @param pages of arrays, see {@link CellPages}
     */
    int first(IntUnaryOperator next, long pages, IntPredicate isWanted) {
        for (int i = next.applyAsInt(0); i < entries; i = next.applyAsInt(i + 1)) {
            int at = entriesOffset + i * EntryDescriptor.LENGTH;
            if (isWanted(at + EntryDescriptor.CELL_OFFSET, isWanted)) {
                return at + EntryDescriptor.CELL_OFFSET;
            }
            if (pages != CellPages.NONE && memory.getInt(at + EntryDescriptor.EXTENT_OFFSET_OFFSET) != 0) {
                int found = firstOfExtent(new LockEntry(memory, at), pages, isWanted);
                if (found >= 0) {
                    return found;
                }
            }
        }
        return -1;
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
            for (cell = firstUsed(cell, pageEnd, stride); cell < pageEnd; cell = firstUsed(cell, pageEnd, stride)) {
                if (isWanted.test(cell)) {
                    return cell;
                }
                cell += stride;
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

    private boolean isWanted(int cell, IntPredicate isWanted) {
        return memory.getLongVolatile(cell) != 0 && isWanted.test(cell); // P0 acquire; pairs with P0 in PvQSpinLock
    }
}
