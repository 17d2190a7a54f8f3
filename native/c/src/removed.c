/*
 * Names that were taken out of the directory: what is half done is finished, and entries are given to other names when
 * nobody can mistake one for the other. io.pvlock.internal.directory.RemovedEntries, which also removes.
 */
#include <string.h>

#include "buckets.h"
#include "vcpu.h"

uint64_t pv_token_floor(struct pvlock_region *region) {
    return pv_get64(region->core.base, PVLOCK_HEADER_TOKEN_FLOOR_OFFSET);
}

/*
 * A lock that gets the name again goes on from this one's fencing token: so does every lock that is made from now on.
 */
static void keep_token(struct pvlock_region *region, uint32_t entry) {
    uint32_t extent = pv_extent_at(region, entry);
    bool in_extent = pv_cell_stride(region, entry) != 0
        && pv_holds_extent(&region->layout, extent, PVLOCK_EXTENT_BODY_OFFSET);
    uint64_t token = in_extent
        ? pv_load64(region->core.base, extent + PVLOCK_EXTENT_OWN_OFFSET) /* P24 */
        : pv_last_token(region, entry);
    if ((int64_t) token > (int64_t) pv_token_floor(region)) {
        pv_put64(region->core.base, PVLOCK_HEADER_TOKEN_FLOOR_OFFSET, token);
    }
}

/* From now on nobody has it; false if somebody does, or waits. */
static bool give_up(struct pvlock_region *region, uint32_t entry) {
    uint32_t cell = pv_entry_at(region, entry) + PVLOCK_ENTRY_CELL_OFFSET;
    for (;;) {
        uint64_t now = pv_read_cell(&region->core, cell);
        uint32_t word = pv_word(now);
        if (pv_owner(now) == PV_NOT_RECOVERABLE_OWNER) {
            return true;
        }
        if (pv_owner(now) != 0 || pv_tail(word) != 0) {
            return false;
        }
        /* P0: (0,0,0) -> (0,0,LOCKED), owner nobody -> never anybody; as pv_abandon leaves it. */
        uint64_t given = pv_cell_of((word & PV_INCONSISTENT) | PV_LOCKED, PV_NOT_RECOVERABLE_OWNER);
        if (pv_cas_cell(&region->core, cell, now, given)) {
            return true;
        }
    }
}

static bool has_own_handle(struct pvlock_region *region, uint32_t entry) {
    pthread_mutex_lock(&region->mutex);
    bool has = region->handles[entry] > 0;
    pthread_mutex_unlock(&region->mutex);
    return has;
}

/* May be done again from the beginning, by whoever comes after one who died in it: it is unused only at the end. */
static void give(struct pvlock_region *region, uint32_t entry) {
    unsigned char *base = region->core.base;
    uint32_t at = pv_entry_at(region, entry);
    keep_token(region, entry);
    struct pv_place extent = {pv_extent_at(region, entry), pv_extent_length(region, entry)};
    pv_no_extent(region, entry);
    pv_put32(base, pv_name_at(region, entry) + PVLOCK_NAME_NAME_LENGTH_OFFSET, 0);
    memset(base + at + PVLOCK_ENTRY_KIND_OFFSET, 0, PVLOCK_ENTRY_LENGTH - PVLOCK_ENTRY_KIND_OFFSET);
    memset(base + at + PVLOCK_ENTRY_USERS_OFFSET, 0, PVLOCK_ENTRY_USERS_BITS / 8);
    pv_put64(base, at + PVLOCK_ENTRY_FENCING_TOKEN_OFFSET, 0);
    pv_put64(base, at + PVLOCK_ENTRY_HELD_SINCE_OFFSET, 0);
    pv_store64(base, at + PVLOCK_ENTRY_CELL_OFFSET, 0); /* P0: nobody knows the cell */
    pv_keep_spare(region, entry, extent);
    PVLOCK_KILL_POINT(ENTRY_CLEARED, -1);
    pv_give_entry_back(region, entry);
}

/* A search goes on past a VACANT bucket. If it would end at the next bucket anyway, it may end here. */
static void vacate(struct pvlock_region *region, uint32_t bucket, uint64_t removed) {
    pv_cas_bucket(region, bucket, removed, PVLOCK_DIRECTORY_VACANT);
    uint32_t mask = pv_bucket_count(region) - 1;
    for (uint32_t at = bucket;
            pv_bucket_state(region, at) == PVLOCK_DIRECTORY_VACANT
                && pv_bucket_state(region, (at + 1) & mask) == PVLOCK_DIRECTORY_EMPTY;
            at = (at - 1) & mask) {
        pv_cas_bucket(region, at, PVLOCK_DIRECTORY_VACANT, PVLOCK_DIRECTORY_EMPTY);
    }
}

static void give_back(struct pvlock_region *region, uint32_t bucket, uint64_t removed) {
    give(region, pv_bucket_entry(removed));
    PVLOCK_KILL_POINT(ENTRY_GIVEN_BACK, -1);
    vacate(region, bucket, removed);
}

bool pv_settle_removed(struct pvlock_region *region, uint32_t bucket) {
    uint64_t removed = pv_bucket_state(region, bucket);
    uint32_t entry = pv_bucket_entry(removed);
    if (!pv_entry_exists(region, entry) || pv_bucket_of_entry(region, entry) != bucket) {
        return true; /* its entry has been given back */
    }
    bool plain = pv_is_plain_paravirt(region, entry);
    bool gone = plain
        ? give_up(region, entry)
        : !pv_has_other_user(region, entry) && !has_own_handle(region, entry);
    if (!gone) {
        pv_cas_bucket(region, bucket, removed, pv_bucket_with_status(removed, PVLOCK_DIRECTORY_READY));
    } else if (plain) {
        keep_token(region, entry); /* the cell says from now on that it is removed */
    } else {
        /* At once: nothing else says that it is removed. */
        give_back(region, bucket, removed);
    }
    return gone;
}

int pv_reclaim_removed(struct pvlock_region *region) {
    int given = 0;
    for (uint32_t bucket = 0; bucket < pv_bucket_count(region); bucket++) {
        uint64_t state = pv_bucket_state(region, bucket);
        uint32_t entry = pv_bucket_entry(state);
        if (pv_bucket_status(state) != PVLOCK_DIRECTORY_REMOVED) {
            continue;
        }
        if (!pv_entry_exists(region, entry) || pv_bucket_of_entry(region, entry) != bucket) {
            vacate(region, bucket, state);
            continue;
        }
        if (pv_has_other_user(region, entry) || has_own_handle(region, entry)) {
            continue;
        }
        /* Whoever removed it may have died before the lock was given up: a thread may hold it all the same. */
        if (pv_is_plain_paravirt(region, entry) && !pv_settle_removed(region, bucket)) {
            continue;
        }
        give_back(region, bucket, state);
        given++;
    }
    return given;
}

bool pv_is_removed(struct pvlock_region *region, uint32_t entry) {
    uint32_t bucket = pv_bucket_of_entry(region, entry);
    uint64_t state = bucket >= pv_bucket_count(region) ? 0 : pv_bucket_state(region, bucket);
    return pv_bucket_status(state) != PVLOCK_DIRECTORY_READY || pv_bucket_entry(state) != entry;
}
