package io.pvlock.internal.directory;

import io.pvlock.RegionException;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.FillLevel;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.ProcessTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Gives named objects their extents. There is no list of free extents: what the entries name is given, and all else is free. So
 * nothing can be lost half-way, and the extent of a removed object becomes free with its entry. Where to look first says {@link
 * ObjectRoom}. A byte lock lets one process give at a time; the kernel takes it from the dead.
 */
final class Extents {

    private static final String REMEDY =
            "remove objects that nobody uses (pvlock ls, pvlock rm NAME, LockRegion.remove), or"
                    + " make the region anew with a larger RegionOptions.objectBytes";

    private final UnsafeBuffer memory;
    private final RegionLayout layout;
    private final ObjectRoom room;
    private final int entriesOffset;
    private final int objectsOffset;
    private final int objectsEnd;
    private final LevelCount level;

    Extents(UnsafeBuffer memory, RegionLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.room = new ObjectRoom(memory, layout);
        this.entriesOffset = layout.entriesOffset();
        this.objectsOffset = layout.objectsOffset();
        this.objectsEnd = objectsOffset + layout.objectsLength();
        this.level = new LevelCount(new FillLevel("bytes for objects", REMEDY), layout);
    }

    ObjectRoom room() {
        return room;
    }

    /**
     * Gives {@code entry} an extent, zero but for the parameters, unless it has one.
     *
     * @param bytes without the line before the body
     * @throws RegionException FULL if there is no room
     */
    void giveOnce(LockEntry entry, long bytes, List<Long> parameters, long tokenFloor, ProcessTable me) {
        if (entry.extentOffset() == 0) {
            me.exclusively(() -> {
                if (entry.extentOffset() == 0) {
                    give(entry, ObjectRoom.NONE, bytes, parameters, tokenFloor, me);
                }
            });
        }
    }

    /**
     * Like {@link #giveOnce}, for an entry that is being made and has none, by who has the byte lock.
     *
     * @param spare of the entry, see {@link ObjectRoom#takeSpare}
     */
    void giveAnew(LockEntry entry, long spare, long bytes, List<Long> parameters, long tokenFloor, ProcessTable me) {
        give(entry, spare, bytes, parameters, tokenFloor, me);
    }

    private void give(
            LockEntry entry, long spare, long bytes, List<Long> parameters, long tokenFloor, ProcessTable me) {
        long length = roundUp(ExtentDescriptor.BODY_OFFSET + bytes);
        int offset = ObjectRoom.length(spare) == length ? ObjectRoom.offset(spare) : room.take(length);
        if (offset == 0) {
            offset = search(length, me);
        }
        long all = objectsEnd - objectsOffset;
        if (level.isDue(offset + length - objectsOffset, all)) {
            level.look(me.region(), used(given()) + length, all);
        }
        memory.setMemory(offset, (int) length, (byte) 0);
        if (entry.hasCells()) {
            memory.putLong(offset + ExtentDescriptor.OWN_OFFSET, tokenFloor); // their fencing token
        }
        for (int i = 0; i < parameters.size(); i++) {
            memory.putLong(offset + ExtentDescriptor.PARAMETERS_OFFSET + i * Long.BYTES, parameters.get(i));
        }
        KillPoint.hit(KillPoint.EXTENT_FILLED);
        entry.extent(offset, (int) length);
    }

    private RegionException noRoom(long length, List<Given> given, ProcessTable me) {
        if (isAnyDamaged()) {
            return new RegionException(
                    RegionException.Category.CORRUPT,
                    me.region() + ": there is no room for " + length + " bytes as far as can be told, for objects have"
                            + " their data where none can be; run pvlock fsck on the region");
        }
        return new RegionException(
                RegionException.Category.FULL,
                me.region() + ": " + used(given) + " of " + (objectsEnd - objectsOffset)
                        + " bytes for objects are used, " + length + " more are asked for, in one piece; " + REMEDY);
    }

    private record Given(int offset, int end) {

        long length() {
            return end - offset;
        }
    }

    private static long used(List<Given> given) {
        return given.stream().mapToLong(Given::length).sum();
    }

    // The first gap that is long enough, behind the last of them at the latest. The longest of what is left is
    // the room from now on, so that the next ones need no search.
    private int search(long length, ProcessTable me) {
        dropSpares();
        List<Given> given = given();
        given.add(new Given(objectsEnd, objectsEnd));
        int found = 0;
        int roomBegin = objectsOffset;
        int roomEnd = objectsOffset;
        int free = objectsOffset;
        for (Given one : given) {
            if (found == 0 && one.offset - free >= length) {
                found = free;
                free += (int) length;
            }
            if (one.offset - free > roomEnd - roomBegin) {
                roomBegin = free;
                roomEnd = one.offset;
            }
            free = Math.max(free, one.end);
        }
        room.put(roomBegin, roomEnd);
        if (found == 0) {
            throw noRoom(length, given, me);
        }
        return found;
    }

    // They are parts of the gaps, and so of the room.
    private void dropSpares() {
        for (int entry = 0; entry < layout.maxLocks(); entry++) {
            int at = entriesOffset + entry * EntryDescriptor.LENGTH;
            if (memory.getInt(at + EntryDescriptor.BUCKET_OFFSET) == 0) {
                room.takeSpare(entry, new LockEntry(memory, at));
            }
        }
    }

    // In the order of the file. This reads every entry and sorts those that have an extent.
    private List<Given> given() {
        List<Given> given = new ArrayList<>();
        for (int entry = 0; entry < layout.maxLocks(); entry++) {
            // An extent that is nowhere takes no room.
            if (contain(offset(entry))) {
                given.add(new Given(offset(entry), end(entry)));
            }
        }
        given.sort(Comparator.comparingInt(Given::offset));
        return given;
    }

    // One that is there, and of which nobody knows how long it is, takes all that is behind it: it may hold the data of
    // an object that is in use.
    private int end(int entry) {
        return isSound(entry) ? (int) roundUp((long) offset(entry) + length(entry)) : objectsEnd;
    }

    private boolean isSound(int entry) {
        return layout.holdsExtent(offset(entry), length(entry));
    }

    private boolean isAnyDamaged() {
        for (int entry = 0; entry < layout.maxLocks(); entry++) {
            if (offset(entry) != 0 && !isSound(entry)) {
                return true;
            }
        }
        return false;
    }

    /** Where the extent of {@code entry} is said to be; 0 if it has none. */
    int offset(int entry) {
        int at = entriesOffset + entry * EntryDescriptor.LENGTH;
        return memory.getInt(at + EntryDescriptor.EXTENT_OFFSET_OFFSET);
    }

    private int length(int entry) {
        int at = entriesOffset + entry * EntryDescriptor.LENGTH;
        return memory.getInt(at + EntryDescriptor.EXTENT_LENGTH_OFFSET);
    }

    private static long roundUp(long bytes) {
        return (bytes + ExtentDescriptor.ALIGNMENT - 1) & -ExtentDescriptor.ALIGNMENT;
    }

    private boolean contain(int offset) {
        return offset >= objectsOffset && offset < objectsEnd;
    }

    /** Whether the cell of a lock can be at {@code offset}. */
    boolean canHold(int offset) {
        return contain(offset) && offset % LockCell.LENGTH == 0;
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
