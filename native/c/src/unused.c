/*
 * The entries that nobody uses, in a list: io.pvlock.internal.directory.UnusedEntries. The header names the first one, and
 * each of them how far it is to the next. The list is a hint: what is used says the entry itself. When it ends, or leads
 * nowhere, every entry is looked at, and it is made anew.
 */
#include "buckets.h"

/* In a row: each death leaves one at most, so more of them are damage. */
#define MAX_DROPPED 8

static uint32_t head(struct pvlock_region *region) {
    return pv_get32(region->core.base, PVLOCK_HEADER_UNUSED_ENTRY_OFFSET);
}

static void put_head(struct pvlock_region *region, uint32_t entry) {
    pv_put32(region->core.base, PVLOCK_HEADER_UNUSED_ENTRY_OFFSET, entry);
}

static uint32_t link_at(struct pvlock_region *region, uint32_t entry) {
    return pv_entry_at(region, entry) + PVLOCK_ENTRY_LINK_OFFSET;
}

static uint32_t next(struct pvlock_region *region, uint32_t entry) {
    return entry + 1 + pv_get32(region->core.base, link_at(region, entry));
}

/* Written only where it is another, so that a new region's pages stay untouched. */
static void put_next(struct pvlock_region *region, uint32_t entry, uint32_t to) {
    if (next(region, entry) != to) {
        pv_put32(region->core.base, link_at(region, entry), to - entry - 1);
    }
}

static bool is_unused(struct pvlock_region *region, uint32_t entry) {
    return pv_bucket_of_entry(region, entry) == PV_NO_BUCKET;
}

/* Nobody alive has a claim while this runs, but for one that has given its entry back. */
static bool is_left_by_the_dead(struct pvlock_region *region, uint32_t entry) {
    uint32_t bucket = pv_bucket_of_entry(region, entry);
    if (bucket >= pv_bucket_count(region)
            || pv_bucket_status(pv_bucket_state(region, bucket)) != PVLOCK_DIRECTORY_CLAIMED) {
        return false;
    }
    uint32_t at = pv_entry_at(region, entry);
    pv_no_extent(region, entry);
    memset(region->core.base + at + PVLOCK_ENTRY_USERS_OFFSET, 0, PVLOCK_ENTRY_USERS_BITS / 8);
    /* P14 release: nothing of it is in use; pairs with P14 in pv_bucket_of_entry. */
    pv_release32(region->core.base, at + PVLOCK_ENTRY_BUCKET_OFFSET, 0);
    return true;
}

/* Makes the list anew from what the entries say: the first, PV_NO_ENTRY if there is none. */
static uint32_t relink(struct pvlock_region *region) {
    uint32_t first = (uint32_t) region->layout.max_locks;
    for (uint32_t entry = first; entry-- > 0;) {
        if (is_unused(region, entry) || is_left_by_the_dead(region, entry)) {
            put_next(region, entry, first);
            first = entry;
        }
    }
    put_head(region, first);
    return pv_entry_exists(region, first) ? first : PV_NO_ENTRY;
}

/* False: the list has been made anew. */
static bool drop_used(struct pvlock_region *region) {
    for (int dropped = 0; pv_entry_exists(region, head(region)) && !is_unused(region, head(region)); dropped++) {
        if (dropped == MAX_DROPPED) {
            relink(region);
            return false;
        }
        put_head(region, next(region, head(region)));
    }
    return true;
}

uint32_t pv_first_unused(struct pvlock_region *region) {
    drop_used(region);
    uint32_t first = head(region);
    return pv_entry_exists(region, first) && is_unused(region, first) ? first : relink(region);
}

bool pv_reserve(struct pvlock_region *region, uint32_t entry, uint32_t bucket) {
    /* P14: two claimers never share an entry; pairs with itself. */
    return pv_cas32(region->core.base, pv_entry_at(region, entry) + PVLOCK_ENTRY_BUCKET_OFFSET, 0, bucket + 1);
}

void pv_take_out(struct pvlock_region *region, uint32_t entry) {
    PVLOCK_KILL_POINT(ENTRY_RESERVED, -1);
    if (head(region) == entry) {
        put_head(region, next(region, entry));
    }
    PVLOCK_KILL_POINT(ENTRY_UNLISTED, -1);
    pv_put32(region->core.base, link_at(region, entry), 0);
}

void pv_give_entry_back(struct pvlock_region *region, uint32_t entry) {
    /* P14 release: all of it before it is unused; pairs with P14 in pv_bucket_of_entry. */
    pv_store32(region->core.base, pv_entry_at(region, entry) + PVLOCK_ENTRY_BUCKET_OFFSET, 0);
    PVLOCK_KILL_POINT(ENTRY_UNUSED, -1);
    /* Behind a used one it could come to stand twice, once that is given back as well. */
    if (drop_used(region) && head(region) != entry) {
        put_next(region, entry, head(region));
        put_head(region, entry);
    }
}
