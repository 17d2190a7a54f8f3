package io.pvlock.internal.check;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Extents of entries, none of which has a byte of another one's: so only two of them are looked at for each that comes. */
final class DisjointExtents {

    static final int NONE = -1;

    private record Extent(int entry, long offset, long end) {}

    private final TreeMap<Long, Extent> byOffset = new TreeMap<>();
    private final Map<Integer, Extent> byEntry = new HashMap<>();

    /** The entry that has a byte of this extent; {@link #NONE} if none has: then it is one of them from now on. */
    int add(int entry, long offset, long length) {
        remove(entry);
        Extent extent = new Extent(entry, offset, offset + length);
        Map.Entry<Long, Extent> before = byOffset.lowerEntry(extent.end);
        if (before != null && before.getValue().end > offset) {
            return before.getValue().entry;
        }
        byOffset.put(offset, extent);
        byEntry.put(entry, extent);
        return NONE;
    }

    void remove(int entry) {
        Extent known = byEntry.remove(entry);
        if (known != null) {
            byOffset.remove(known.offset);
        }
    }

    /** Whether that is the extent with which {@code entry} was added. */
    boolean isStill(int entry, long offset, long length) {
        Extent known = byEntry.get(entry);
        return known != null && known.offset == offset && known.end == offset + length;
    }
}
