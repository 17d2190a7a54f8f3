/* The table of the directory: buckets, and the entries to which they lead. io.pvlock.internal.directory.Buckets. */
#ifndef PVLOCK_BUCKETS_H
#define PVLOCK_BUCKETS_H

#include "region.h"

static inline uint32_t pv_bucket_count(const struct pvlock_region *region) {
    return pv_directory_capacity(region->layout.max_locks);
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

/* Whether it is a PV lock and nothing else. */
static inline bool pv_is_plain_paravirt(struct pvlock_region *region, uint32_t entry) {
    return pv_entry_field(region, entry, PVLOCK_ENTRY_TYPE_OFFSET) == PVLOCK_TYPE_LOCK
        && pv_entry_field(region, entry, PVLOCK_ENTRY_KIND_OFFSET) == PVLOCK_KIND_PV;
}

/* directory.c */
bool pv_has_name(struct pvlock_region *region, uint32_t bucket, uint64_t state, const struct pv_name *name);
bool pv_is_named(struct pvlock_region *region, uint32_t bucket, uint64_t state, const struct pv_name *name);
void pv_put_extent(struct pvlock_region *region, uint32_t entry, uint32_t at, uint32_t length);

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
