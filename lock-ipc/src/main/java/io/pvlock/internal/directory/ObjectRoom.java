package io.pvlock.internal.directory;

import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.HeaderDescriptor;
import io.pvlock.internal.layout.HintCheck;
import io.pvlock.internal.layout.RegionLayout;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Where there is room for the extent of an object, without a look at all the others: in the room that the header names, which
 * shrinks from its beginning; and in spare extents, which unused entries keep of the objects whose they were. Both are hints. Each has
 * a check beside it, since nobody looks whether another has those bytes: where it does not match, there is no such room.
 *
 * <p>Room is named when all entries have been looked at, and it is made smaller before an object gets a part of it. So who dies in
 * between leaves bytes that nobody has, and the next search finds them. A spare extent has its check in its own first line, which
 * goes as soon as somebody gets that line: who gets any of its bytes by a search gets those first.
 */
final class ObjectRoom {

    /** Offset 0 is the header's. */
    static final long NONE = 0;

    private final UnsafeBuffer memory;
    private final RegionLayout layout;

    ObjectRoom(UnsafeBuffer memory, RegionLayout layout) {
        this.memory = memory;
        this.layout = layout;
    }

    // ---- the room

    /** The offset of {@code length} bytes of the room, which are not in it any more; 0 if it is not so large. */
    int take(long length) {
        long room = memory.getLong(HeaderDescriptor.ROOM_OFFSET);
        int begin = offset(room);
        int end = length(room);
        boolean known = memory.getLong(HeaderDescriptor.ROOM_CHECK_OFFSET) == HintCheck.of(room, 0);
        if (!known || !layout.holdsExtent(begin, (long) end - begin) || end - begin < length) {
            return 0;
        }
        put(begin + (int) length, end);
        return begin;
    }

    /** From now on the room is what is from {@code begin} to {@code end}, and no object's. */
    void put(int begin, int end) {
        long room = word(begin, end);
        memory.putLong(HeaderDescriptor.ROOM_CHECK_OFFSET, 0);
        memory.putLong(HeaderDescriptor.ROOM_OFFSET, room);
        memory.putLong(HeaderDescriptor.ROOM_CHECK_OFFSET, HintCheck.of(room, 0));
    }

    // ---- spare extents

    /** The unused entry {@code of} keeps the bytes of {@code extent}, see {@link #word}, which no object has any more. */
    void keep(int entry, LockEntry of, long extent) {
        if (layout.holdsExtent(offset(extent), length(extent))) {
            memory.putLong(offset(extent) + ExtentDescriptor.STAMP_OFFSET, HintCheck.of(extent, stamp(entry)));
            memory.putLong(of.offset() + EntryDescriptor.SPARE_OFFSET, extent);
        }
    }

    /** The spare extent of {@code entry}, which it does not keep any more; {@link #NONE} if it had none. */
    long takeSpare(int entry, LockEntry of) {
        long extent = memory.getLong(of.offset() + EntryDescriptor.SPARE_OFFSET);
        if (extent == NONE) {
            return NONE;
        }
        memory.putLong(of.offset() + EntryDescriptor.SPARE_OFFSET, NONE);
        int at = offset(extent);
        if (!layout.holdsExtent(at, length(extent))
                || memory.getLong(at + ExtentDescriptor.STAMP_OFFSET) != HintCheck.of(extent, stamp(entry))) {
            return NONE;
        }
        memory.putLong(at + ExtentDescriptor.STAMP_OFFSET, 0);
        return extent;
    }

    // The room's own place is 0.
    private static long stamp(int entry) {
        return entry + 1L;
    }

    // ---- words

    static long word(int offset, int length) {
        return (long) length << 32 | offset & 0xffff_ffffL;
    }

    static int offset(long word) {
        return (int) word;
    }

    static int length(long word) {
        return (int) (word >>> 32);
    }
}
