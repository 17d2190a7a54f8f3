/* The table of the directory: buckets, and the entries to which they lead. io.pvlock.internal.directory.Buckets. */
#ifndef PVLOCK_BUCKETS_H
#define PVLOCK_BUCKETS_H

#include "region.h"

static inline uint32_t pv_bucket_count(const struct pvlock_region *region) {
    return region->layout.buckets;
}

/* The bucket at which the search for name looks after probe others. */
static inline uint32_t pv_probed(const struct pvlock_region *region, const struct pv_name *name, uint32_t probe) {
    return ((uint32_t) name->hash + probe) & (pv_bucket_count(region) - 1);
}

static inline uint32_t pv_bucket_at(const struct pvlock_region *region, uint32_t bucket) {
    return pv_section(region, PVLOCK_SECTION_DIRECTORY) + bucket * PVLOCK_DIRECTORY_LENGTH;
}

static inline uint64_t pv_bucket_state(struct pvlock_region *region, uint32_t bucket) {
    /* P15 acquire: name and entry are there; pairs with P15 release in pv_cas_bucket. */
    return pv_load64(region->core.base, pv_bucket_at(region, bucket) + PVLOCK_DIRECTORY_STATE_OFFSET);
}

static inline bool pv_cas_bucket(struct pvlock_region *region, uint32_t bucket, uint64_t expected, uint64_t update) {
    /* P15 release: name and entry before READY; pairs with P15 acquire in pv_bucket_state. */
    return pv_cas64(region->core.base, pv_bucket_at(region, bucket) + PVLOCK_DIRECTORY_STATE_OFFSET, expected, update);
}

static inline uint64_t pv_bucket_of(uint32_t status, uint32_t process, uint32_t generation, uint32_t entry) {
    return (uint64_t) entry << PVLOCK_DIRECTORY_ENTRY_SHIFT
        | (uint64_t) (generation & 0xffff) << PVLOCK_DIRECTORY_GENERATION_SHIFT
        | (uint64_t) (process & 0xffff) << PVLOCK_DIRECTORY_PROCESS_SHIFT
        | (uint64_t) status << PVLOCK_DIRECTORY_STATUS_SHIFT;
}

static inline uint32_t pv_bucket_status(uint64_t state) {
    return (uint32_t) state & 0xff;
}

static inline uint32_t pv_bucket_entry(uint64_t state) {
    return (uint32_t) (state >> PVLOCK_DIRECTORY_ENTRY_SHIFT);
}

static inline uint64_t pv_bucket_with_status(uint64_t state, uint32_t status) {
    return (state & ~(uint64_t) 0xff) | status;
}

static inline bool pv_entry_exists(const struct pvlock_region *region, uint32_t entry) {
    return entry < (uint32_t) region->layout.max_locks;
}

static inline uint32_t pv_entry_field(struct pvlock_region *region, uint32_t entry, uint32_t field) {
    return pv_get32(region->core.base, pv_entry_at(region, entry) + field);
}

static inline uint32_t pv_name_at(const struct pvlock_region *region, uint32_t entry) {
    return pv_section(region, PVLOCK_SECTION_NAMES) + entry * PVLOCK_NAME_LENGTH;
}

/* The bucket that leads to entry, as that says itself; it may be none of the table's. */
static inline uint32_t pv_bucket_of_entry(struct pvlock_region *region, uint32_t entry) {
    /* P14 acquire; pairs with P14 in unused.c. Minus 1: none is beyond all buckets. */
    return pv_load32(region->core.base, pv_entry_at(region, entry) + PVLOCK_ENTRY_BUCKET_OFFSET) - 1;
}

/* Instead of a bucket: the entry is unused. */
#define PV_NO_BUCKET UINT32_MAX

/* Instead of an entry: there is none. */
#define PV_NO_ENTRY UINT32_MAX

/* Whether it is a PV lock and nothing else. */
static inline bool pv_is_plain_paravirt(struct pvlock_region *region, uint32_t entry) {
    return pv_entry_field(region, entry, PVLOCK_ENTRY_TYPE_OFFSET) == PVLOCK_TYPE_LOCK
        && pv_entry_field(region, entry, PVLOCK_ENTRY_KIND_OFFSET) == PVLOCK_KIND_PV;
}

/* directory.c */
bool pv_has_name(struct pvlock_region *region, uint32_t bucket, uint64_t state, const struct pv_name *name);
bool pv_is_named(struct pvlock_region *region, uint32_t bucket, uint64_t state, const struct pv_name *name);

/* extent.c */

void pv_put_extent(struct pvlock_region *region, uint32_t entry, uint32_t at, uint32_t length);
/* From now on the entry has none. */
void pv_no_extent(struct pvlock_region *region, uint32_t entry);

/* room.c; under the byte lock */

/* Where bytes are in the file. */
struct pv_place {
    uint32_t at;
    uint32_t length;
};

/* The offset of that many bytes of the room, which are not in it any more; 0 if it is not so large. */
uint32_t pv_take_room(struct pvlock_region *region, int64_t length);
/* From now on the room is what is from begin to end, and no object's. */
void pv_put_room(struct pvlock_region *region, uint32_t begin, uint32_t end);
/* The unused entry keeps that extent, which no object has any more. */
void pv_keep_spare(struct pvlock_region *region, uint32_t entry, struct pv_place extent);
/* The spare extent of the entry, which it does not keep any more; of length 0 if it had none. */
struct pv_place pv_take_spare(struct pvlock_region *region, uint32_t entry);

/* extent.c: an extent for an entry that has none. */
int pv_give_extent(
        struct pvlock_region *region, uint32_t entry, struct pv_place spare, const struct pv_template *template);

/* unused.c; under the byte lock */

/* One that is unused; PV_NO_ENTRY if there is none. It stays in the list until pv_take_out(). */
uint32_t pv_first_unused(struct pvlock_region *region);
/* Reserves the first one for bucket; false if somebody else has it. */
bool pv_reserve(struct pvlock_region *region, uint32_t entry, uint32_t bucket);
/* The caller has reserved entry, or goes on for a dead one that had: it is none of the list any more. */
void pv_take_out(struct pvlock_region *region, uint32_t entry);
/* The entry, of which nothing is in use, is unused from now on. */
void pv_give_entry_back(struct pvlock_region *region, uint32_t entry);

/* users.c */
void pv_add_user(struct pvlock_region *region, uint32_t entry);
bool pv_is_user(struct pvlock_region *region, uint32_t entry);
void pv_remove_user(struct pvlock_region *region, uint32_t entry);
/* Whether another process that is in the region may have a handle of it. */
bool pv_has_other_user(struct pvlock_region *region, uint32_t entry);

/* removed.c; under the byte lock */

/* Finishes the removal of what bucket led to, or undoes it; whether it is removed. */
bool pv_settle_removed(struct pvlock_region *region, uint32_t bucket);
/* Gives back every entry whose name is removed and of which nobody has a handle: how many. */
int pv_reclaim_removed(struct pvlock_region *region);

#endif
