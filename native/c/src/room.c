/*
 * Where there is room for the extent of an object, without a look at all the others:
 * io.pvlock.internal.directory.ObjectRoom. The room that the header names, and spare extents, which unused entries keep of
 * the objects whose they were. Both are hints; where the check beside one does not match, there is no such room.
 */
#include "buckets.h"

/* The room's own place is 0. */
#define ROOM 0

/* The check of a hint in its place, never 0: io.pvlock.internal.layout.HintCheck. */
static uint64_t check_of(uint64_t hint, uint64_t place) {
    uint64_t factor = (uint64_t) PVLOCK_HINT_CHECK_FACTOR;
    uint64_t mixed = (hint ^ hint >> 32) * factor + place;
    mixed = (mixed ^ mixed >> 29) * factor;
    return (mixed ^ mixed >> 32) | 1;
}

static uint64_t word_of(uint32_t low, uint32_t high) {
    return (uint64_t) high << 32 | low;
}

uint32_t pv_take_room(struct pvlock_region *region, int64_t length) {
    unsigned char *base = region->core.base;
    uint64_t room = pv_get64(base, PVLOCK_HEADER_ROOM_OFFSET);
    uint32_t begin = (uint32_t) room;
    int64_t size = (int64_t) (room >> 32) - begin;
    bool known = pv_get64(base, PVLOCK_HEADER_ROOM_CHECK_OFFSET) == check_of(room, ROOM);
    if (!known || !pv_holds_extent(&region->layout, begin, size) || size < length) {
        return 0;
    }
    pv_put_room(region, begin + (uint32_t) length, (uint32_t) (room >> 32));
    return begin;
}

void pv_put_room(struct pvlock_region *region, uint32_t begin, uint32_t end) {
    unsigned char *base = region->core.base;
    uint64_t room = word_of(begin, end);
    pv_put64(base, PVLOCK_HEADER_ROOM_CHECK_OFFSET, 0);
    pv_put64(base, PVLOCK_HEADER_ROOM_OFFSET, room);
    pv_put64(base, PVLOCK_HEADER_ROOM_CHECK_OFFSET, check_of(room, ROOM));
}

void pv_keep_spare(struct pvlock_region *region, uint32_t entry, struct pv_place extent) {
    if (pv_holds_extent(&region->layout, extent.at, extent.length)) {
        uint64_t word = word_of(extent.at, extent.length);
        pv_put64(region->core.base, extent.at + PVLOCK_EXTENT_STAMP_OFFSET, check_of(word, entry + UINT64_C(1)));
        pv_put64(region->core.base, pv_entry_at(region, entry) + PVLOCK_ENTRY_SPARE_OFFSET, word);
    }
}

struct pv_place pv_take_spare(struct pvlock_region *region, uint32_t entry) {
    static const struct pv_place none;
    unsigned char *base = region->core.base;
    uint32_t spare_at = pv_entry_at(region, entry) + PVLOCK_ENTRY_SPARE_OFFSET;
    uint64_t word = pv_get64(base, spare_at);
    struct pv_place extent = {(uint32_t) word, (uint32_t) (word >> 32)};
    if (word == 0) {
        return none;
    }
    pv_put64(base, spare_at, 0);
    if (!pv_holds_extent(&region->layout, extent.at, extent.length)
            || pv_get64(base, extent.at + PVLOCK_EXTENT_STAMP_OFFSET) != check_of(word, entry + UINT64_C(1))) {
        return none;
    }
    pv_put64(base, extent.at + PVLOCK_EXTENT_STAMP_OFFSET, 0);
    return extent;
}
