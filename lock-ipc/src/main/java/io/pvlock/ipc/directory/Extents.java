package io.pvlock.ipc.directory;

import io.pvlock.RegionException;
import io.pvlock.core.KillPoint;
import io.pvlock.ipc.layout.EntryDescriptor;
import io.pvlock.ipc.layout.ExtentDescriptor;
import io.pvlock.ipc.layout.RegionLayout;
import io.pvlock.ipc.vcpu.ProcessTable;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Gives named objects their extents. There is no list of what is free: what the entries name is given, and the rest follows behind
 * the last of it. So nothing can be lost half-way; and one byte lock, which the kernel takes from the dead, lets one give at a
 * time.
 */
final class Extents {

    private final UnsafeBuffer memory;
    private final RegionLayout layout;
    private final int entriesOffset;
    private final int objectsOffset;
    private final int objectsEnd;

    Extents(UnsafeBuffer memory, RegionLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.entriesOffset = layout.entriesOffset();
        this.objectsOffset = layout.objectsOffset();
        this.objectsEnd = objectsOffset + layout.objectsLength();
    }

    /**
     * Gives {@code entry} an extent, zero but for the parameters, unless it has one.
     *
     * @param bytes without the line before the body
     * @throws RegionException FULL if there is no room
     */
    void giveOnce(LockEntry entry, long bytes, List<Long> parameters, ProcessTable me) {
        if (entry.extentOffset() == 0) {
            me.exclusively(() -> {
                if (entry.extentOffset() == 0) {
                    give(entry, bytes, parameters);
                }
            });
        }
    }

    /** Like {@link #giveOnce}, for an entry that is being made: whoever was making it before is dead, and what it left is void. */
    void giveAnew(LockEntry entry, long bytes, List<Long> parameters, ProcessTable me) {
        me.exclusively(() -> {
            entry.extent(0, 0);
            give(entry, bytes, parameters);
        });
    }

    private void give(LockEntry entry, long bytes, List<Long> parameters) {
        int offset = firstFree();
        long length = roundUp(ExtentDescriptor.BODY_OFFSET + bytes);
        if (offset + length > objectsEnd) {
            throw new RegionException(
                    RegionException.Category.FULL,
                    offset - objectsOffset + " of " + (objectsEnd - objectsOffset) + " bytes for objects are used, "
                            + length + " more are asked for; create the region with a larger objectBytes");
        }
        memory.setMemory(offset, (int) length, (byte) 0);
        for (int i = 0; i < parameters.size(); i++) {
            memory.putLong(offset + ExtentDescriptor.PARAMETERS_OFFSET + i * Long.BYTES, parameters.get(i));
        }
        KillPoint.hit(KillPoint.EXTENT_FILLED);
        entry.extent(offset, (int) length);
    }

    private int firstFree() {
        int free = objectsOffset;
        for (int entry = 0; entry < layout.maxLocks(); entry++) {
            int at = entriesOffset + entry * EntryDescriptor.LENGTH;
            int offset = memory.getInt(at + EntryDescriptor.EXTENT_OFFSET_OFFSET);
            if (offset != 0) {
                free = Math.max(free, offset + memory.getInt(at + EntryDescriptor.EXTENT_LENGTH_OFFSET));
            }
        }
        return free;
    }

    private static long roundUp(long bytes) {
        return (bytes + ExtentDescriptor.ALIGNMENT - 1) & -ExtentDescriptor.ALIGNMENT;
    }

    boolean contain(int offset) {
        return offset >= objectsOffset && offset < objectsEnd;
    }

    /** @throws RegionException CORRUPT if the extent is not where extents are, or shorter than {@code bytes} and its line */
    void check(LockEntry entry, String name, long bytes) {
        int offset = entry.extentOffset();
        int length = entry.extentLength();
        if (!layout.holdsExtent(offset, length) || length < ExtentDescriptor.BODY_OFFSET + bytes) {
            throw new RegionException(
                    RegionException.Category.CORRUPT,
                    "'" + name + "' has its data at " + offset + ", " + length
                            + " bytes, which cannot be; run pvlock fsck on the region");
        }
    }
}
