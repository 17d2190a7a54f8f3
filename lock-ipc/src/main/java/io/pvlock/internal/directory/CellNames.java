package io.pvlock.internal.directory;

import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * From a cell to the name of its lock. An entry's own cell says which entry that is. Whose the cells of an array are is looked up among
 * the arrays that were there at the last search of all entries; what is found so is compared with what the entry says now. Only a
 * cell that is not found makes for another search.
 */
final class CellNames {

    private final RegionLayout layout;
    private final Buckets buckets;
    private final Extents extents;

    /** Entries of arrays by the offset of their extents; never changed. Null: nobody has asked yet. */
    private volatile NavigableMap<Integer, Integer> arrays;

    CellNames(RegionLayout layout, Buckets buckets, Extents extents) {
        this.layout = layout;
        this.buckets = buckets;
        this.extents = extents;
    }

    /** The name of the lock whose cell is at {@code cell}, {@code name[index]} for one of an array's; null if there is none. */
    String nameOf(int cell) {
        int entry = buckets.entryOfCell(cell);
        if (entry >= 0) {
            return buckets.isNamed(entry) ? buckets.name(entry).toString() : null;
        }
        if (!extents.canHold(cell)) {
            return null;
        }
        String name = nameIn(arrays, cell);
        if (name == null) {
            arrays = search();
            name = nameIn(arrays, cell);
        }
        return name;
    }

    private String nameIn(NavigableMap<Integer, Integer> known, int cell) {
        Map.Entry<Integer, Integer> before = known == null ? null : known.floorEntry(cell);
        if (before == null || !buckets.isNamed(before.getValue())) {
            return null;
        }
        LockEntry of = buckets.entry(before.getValue());
        int begin = of.extentOffset() + ExtentDescriptor.BODY_OFFSET;
        boolean inside = isSound(of) && cell >= begin && cell < of.extentOffset() + of.extentLength();
        int stride = inside ? of.cellStride() : 0;
        return stride == 0 ? null : buckets.name(before.getValue()) + "[" + (cell - begin) / stride + "]";
    }

    private NavigableMap<Integer, Integer> search() {
        NavigableMap<Integer, Integer> found = new TreeMap<>();
        for (int entry = 0; entry < layout.maxLocks(); entry++) {
            LockEntry of = buckets.entry(entry);
            if (of.hasCells() && isSound(of) && buckets.isNamed(entry)) {
                found.put(of.extentOffset(), entry);
            }
        }
        return found;
    }

    private boolean isSound(LockEntry of) {
        return layout.holdsExtent(of.extentOffset(), of.extentLength());
    }
}
