/*
 * What named objects keep besides their lock: io.pvlock.internal.directory.Extents and CellScan. There is no list of
 * free extents: what the entries name is given, and all else is free. Where to look first says room.c. A byte lock lets one
 * process give at a time; the kernel takes it from the dead.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buckets.h"
#include "vcpu.h"

#define PAGE_SHIFT 12
#define PAGE_BYTES (1u << PAGE_SHIFT)

uint32_t pv_extent_at(struct pvlock_region *region, uint32_t entry) {
    /* P28 acquire: parameters are there; pairs with P28 in pv_put_extent. */
    return pv_load32(region->core.base, pv_entry_at(region, entry) + PVLOCK_ENTRY_EXTENT_OFFSET_OFFSET);
}

uint32_t pv_extent_length(struct pvlock_region *region, uint32_t entry) {
    return pv_entry_field(region, entry, PVLOCK_ENTRY_EXTENT_LENGTH_OFFSET);
}

void pv_put_extent(struct pvlock_region *region, uint32_t entry, uint32_t at, uint32_t length) {
    uint32_t entry_at = pv_entry_at(region, entry);
    pv_put32(region->core.base, entry_at + PVLOCK_ENTRY_EXTENT_LENGTH_OFFSET, length);
    /* P28 release: length and parameters before it; pairs with P28 in pv_extent_at. */
    pv_release32(region->core.base, entry_at + PVLOCK_ENTRY_EXTENT_OFFSET_OFFSET, at);
}

/* The offset before the length, so that nobody takes half of it for damage. */
void pv_no_extent(struct pvlock_region *region, uint32_t entry) {
    uint32_t entry_at = pv_entry_at(region, entry);
    pv_store32(region->core.base, entry_at + PVLOCK_ENTRY_EXTENT_OFFSET_OFFSET, 0); /* P28 release */
    pv_put32(region->core.base, entry_at + PVLOCK_ENTRY_EXTENT_LENGTH_OFFSET, 0);
}

static bool has_cells(struct pvlock_region *region, uint32_t entry) {
    uint32_t type = pv_entry_field(region, entry, PVLOCK_ENTRY_TYPE_OFFSET);
    return type == PVLOCK_TYPE_LOCK_ARRAY || type == PVLOCK_TYPE_LOCAL_DATA;
}

uint32_t pv_cell_stride(struct pvlock_region *region, uint32_t entry) {
    if (!has_cells(region, entry)) {
        return 0;
    }
    if (pv_entry_field(region, entry, PVLOCK_ENTRY_TYPE_OFFSET) == PVLOCK_TYPE_LOCK_ARRAY) {
        return PVLOCK_LOCK_CELL_LENGTH;
    }
    uint32_t extent = pv_extent_at(region, entry);
    uint32_t length = pv_extent_length(region, entry);
    if (!pv_holds_extent(&region->layout, extent, length)) {
        return 0;
    }
    /* Local data: a cell and the data of one processor, in whole lines. */
    int64_t bytes = (int64_t) pv_get64(region->core.base, extent + PVLOCK_EXTENT_PARAMETERS_OFFSET);
    bool possible = bytes > 0 && bytes < (int64_t) length;
    int64_t line = PVLOCK_LOCAL_DATA_LINE_BYTES;
    return possible ? (uint32_t) ((PVLOCK_LOCAL_DATA_DATA_AT + bytes + line - 1) / line * line) : 0;
}

/* ---- give */

struct given {
    int64_t begin;
    int64_t end;
};

struct all_given {
    struct given *given;
    int count;
    int64_t used;
    /* Whether one of them cannot be. */
    bool damaged;
};

static int by_offset(const void *a, const void *b) {
    const struct given *one = a;
    const struct given *other = b;
    return (one->begin > other->begin) - (one->begin < other->begin);
}

/*
 * What an entry says may be damaged. An extent that is nowhere takes no room. One that is there, and of which nobody knows
 * how long it is, takes all that is behind it: it may hold the data of an object that is in use.
 */
static void add_given(struct pvlock_region *region, uint32_t at, uint32_t length, struct all_given *all) {
    int64_t alignment = PVLOCK_EXTENT_ALIGNMENT;
    int64_t section = pv_section(region, PVLOCK_SECTION_OBJECTS);
    int64_t end = section + region->layout.section_bytes[PVLOCK_SECTION_OBJECTS];
    bool sound = pv_holds_extent(&region->layout, at, length);
    all->damaged |= !sound;
    if (at >= section && at < end) {
        int64_t behind = ((int64_t) at + length + alignment - 1) & -alignment;
        all->given[all->count] = (struct given) {at, sound ? behind : end};
        all->used += all->given[all->count].end - at;
        all->count++;
    }
}

/* In the order of the file. */
static void find_given(struct pvlock_region *region, struct all_given *all) {
    for (uint32_t entry = 0; pv_entry_exists(region, entry); entry++) {
        uint32_t at = pv_entry_field(region, entry, PVLOCK_ENTRY_EXTENT_OFFSET_OFFSET);
        if (at != 0) {
            add_given(region, at, pv_extent_length(region, entry), all);
        }
    }
    qsort(all->given, (size_t) all->count, sizeof *all->given, by_offset);
}

/*
 * The first gap that is long enough, behind the last of them at the latest; 0 if there is none. The longest of what is left
 * is the room from now on, so that the next ones need no search.
 */
static uint32_t first_fit(struct pvlock_region *region, const struct all_given *all, int64_t length) {
    int64_t free_at = pv_section(region, PVLOCK_SECTION_OBJECTS);
    int64_t end = free_at + region->layout.section_bytes[PVLOCK_SECTION_OBJECTS];
    int64_t room_begin = free_at;
    int64_t room_end = free_at;
    uint32_t found = 0;
    for (int i = 0; i <= all->count; i++) {
        int64_t gap_end = i < all->count ? all->given[i].begin : end;
        if (found == 0 && gap_end - free_at >= length) {
            found = (uint32_t) free_at;
            free_at += length;
        }
        if (gap_end - free_at > room_end - room_begin) {
            room_begin = free_at;
            room_end = gap_end;
        }
        if (i < all->count && all->given[i].end > free_at) {
            free_at = all->given[i].end;
        }
    }
    pv_put_room(region, (uint32_t) room_begin, (uint32_t) room_end);
    return found;
}

static int no_room(struct pvlock_region *region, const struct all_given *all, int64_t length) {
    uint32_t bytes = region->layout.section_bytes[PVLOCK_SECTION_OBJECTS];
    return all->damaged
        ? pv_fail(
            PVLOCK_CORRUPT,
            "%s: there is no room for %lld bytes as far as can be told, for objects have their data where none can be; run pvlock fsck"
            " on the region",
            region->path, (long long) length)
        : pv_fail(
            PVLOCK_FULL,
            "%s: %lld of %u bytes for objects are used, %lld more are asked for, in one piece; remove objects that nobody uses (pvlock"
            " ls, pvlock rm NAME), or make the region anew with a larger object_bytes",
            region->path, (long long) all->used, bytes, (long long) length);
}

/* They are parts of the gaps, and so of the room. */
static void drop_spares(struct pvlock_region *region) {
    for (uint32_t entry = 0; pv_entry_exists(region, entry); entry++) {
        if (pv_bucket_of_entry(region, entry) == PV_NO_BUCKET) {
            pv_take_spare(region, entry);
        }
    }
}

static int search(struct pvlock_region *region, int64_t length, uint32_t *at) {
    struct all_given all = {.given = malloc((size_t) region->layout.max_locks * sizeof *all.given)};
    if (all.given == NULL) {
        return pv_fail_errno(PVLOCK_ERROR, ENOMEM, "no memory to look for room for an object");
    }
    drop_spares(region);
    find_given(region, &all);
    *at = first_fit(region, &all, length);
    free(all.given);
    return *at == 0 ? no_room(region, &all, length) : PVLOCK_OK;
}

/* By who has the byte lock, to an entry that has none. */
int pv_give_extent(
        struct pvlock_region *region, uint32_t entry, struct pv_place spare, const struct pv_template *template) {
    unsigned char *base = region->core.base;
    int64_t alignment = PVLOCK_EXTENT_ALIGNMENT;
    int64_t length = (PVLOCK_EXTENT_BODY_OFFSET + template->body_bytes + alignment - 1) & -alignment;
    uint32_t at = spare.length == length ? spare.at : pv_take_room(region, length);
    int outcome = at == 0 ? search(region, length, &at) : PVLOCK_OK;
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    memset(base + at, 0, (size_t) length);
    if (has_cells(region, entry)) {
        pv_put64(base, at + PVLOCK_EXTENT_OWN_OFFSET, pv_token_floor(region)); /* their fencing token */
    }
    for (int i = 0; i < template->parameter_count; i++) {
        pv_put64(base, at + PVLOCK_EXTENT_PARAMETERS_OFFSET + (uint32_t) i * 8, template->parameters[i]);
    }
    PVLOCK_KILL_POINT(EXTENT_FILLED, -1);
    pv_put_extent(region, entry, at, (uint32_t) length);
    return PVLOCK_OK;
}

int pv_check_extent(struct pvlock_region *region, uint32_t entry, int64_t body_bytes) {
    uint32_t at = pv_extent_at(region, entry);
    uint32_t length = pv_extent_length(region, entry);
    if (pv_holds_extent(&region->layout, at, length) && length >= PVLOCK_EXTENT_BODY_OFFSET + body_bytes) {
        return PVLOCK_OK;
    }
    return pv_fail(
        PVLOCK_CORRUPT, "%s: entry %u has its data at %u, %u bytes, which cannot be; run pvlock fsck on the region",
        region->path, entry, at, length);
}

/* ---- all cells */

static uint32_t first_of_extent(
        struct pvlock_region *region, uint32_t entry, uint64_t pages, bool (*visitor)(void *, uint32_t),
        void *context) {
    uint32_t begin = pv_extent_at(region, entry);
    uint32_t stride = pv_cell_stride(region, entry);
    if (stride == 0 || !pv_holds_extent(&region->layout, begin, pv_extent_length(region, entry))) {
        return 0;
    }
    uint32_t end = begin + pv_extent_length(region, entry);
    uint32_t cell = begin + PVLOCK_EXTENT_BODY_OFFSET;
    while (cell < end) {
        uint32_t page_end = (cell & -PAGE_BYTES) + PAGE_BYTES;
        page_end = page_end < end ? page_end : end;
        if ((pages >> (cell >> PAGE_SHIFT) % 64 & 1) == 0) {
            cell += (page_end - cell + stride - 1) / stride * stride;
        }
        for (; cell < page_end; cell += stride) {
            /* P0 acquire; pairs with P0 in pv_lock */
            if (pv_read_cell(&region->core, cell) != 0 && visitor(context, cell)) {
                return cell;
            }
        }
    }
    return 0;
}

static uint32_t first_of_entry(
        struct pvlock_region *region, uint32_t entry, uint64_t pages, bool (*visitor)(void *, uint32_t), void *context) {
    uint32_t cell = pv_entry_at(region, entry) + PVLOCK_ENTRY_CELL_OFFSET;
    if (pv_read_cell(&region->core, cell) != 0 && visitor(context, cell)) {
        return cell;
    }
    return pages != 0 && pv_entry_field(region, entry, PVLOCK_ENTRY_EXTENT_OFFSET_OFFSET) != 0
        ? first_of_extent(region, entry, pages, visitor, context)
        : 0;
}

uint32_t pv_first_cell(
        struct pvlock_region *region, uint64_t pages, bool (*visitor)(void *context, uint32_t cell), void *context) {
    uint32_t found = 0;
    for (uint32_t entry = 0; found == 0 && pv_entry_exists(region, entry); entry++) {
        found = first_of_entry(region, entry, pages, visitor, context);
    }
    return found;
}

struct owned {
    struct pv_core *core;
    uint32_t owner;
};

static bool is_owned(void *context, uint32_t cell) {
    const struct owned *owned = context;
    /* P0 acquire; pairs with P0 in pv_lock. The owner is in the same half with all kinds. */
    return pv_owner(pv_read_cell(owned->core, cell)) == owned->owner;
}

uint32_t pv_cell_owned_by(struct pvlock_region *region, uint32_t owner_word, uint64_t pages) {
    struct owned owned = {&region->core, owner_word};
    uint32_t found = 0;
    for (uint32_t word = 0; found == 0 && word <= (uint32_t) region->layout.max_locks / 64; word++) {
        uint64_t ever = atomic_load_explicit(&region->ever[word], memory_order_relaxed);
        for (; found == 0 && ever != 0; ever &= ever - 1) {
            found = first_of_entry(region, word * 64 + (uint32_t) __builtin_ctzll(ever), pages, is_owned, &owned);
        }
    }
    return found;
}
