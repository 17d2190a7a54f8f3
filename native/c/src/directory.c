/*
 * Named locks and other objects: io.pvlock.internal.directory.LockDirectory. An open-addressing table of buckets, each
 * leading to an entry and its name. Readers wait for nobody.
 *
 * A bucket is claimed by a CAS that names the claimer and the entry, the entry by a CAS that names the bucket; then the
 * entry is filled and the bucket made READY. If the claimer dies on the way, the next one to come by takes the bucket over,
 * and the entry if that names the bucket.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buckets.h"
#include "utf8.h"
#include "vcpu.h"

/* ---- names */

int pv_name_init(struct pv_name *name, const char *bytes, size_t length) {
    if (length == 0 || length > PVLOCK_NAME_NAME_MAX_BYTES) {
        return pv_fail(
            PVLOCK_INVALID, "lock name '%.*s' has %zu bytes in UTF-8, allowed are 1..%d",
            (int) (length > 100 ? 100 : length), bytes, length, PVLOCK_NAME_NAME_MAX_BYTES);
    }
    name->bytes = (const unsigned char *) bytes;
    name->length = length;
    for (size_t at = 0; at < length;) {
        size_t character = pv_utf8_character(name->bytes + at, length - at);
        if (character == 0) {
            return pv_fail(
                PVLOCK_INVALID, "lock name '%.*s' is no UTF-8: byte %zu is 0x%02x", (int) length, bytes, at,
                name->bytes[at]);
        }
        at += character;
    }
    /* FNV-1a, 64 bits, folded so that the low bits depend on all of it. */
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ name->bytes[i]) * UINT64_C(0x100000001b3);
    }
    name->hash = hash ^ hash >> 32;
    return PVLOCK_OK;
}

/* Whether bucket, which is in state, leads to name, or did so until it was removed. */
bool pv_has_name(struct pvlock_region *region, uint32_t bucket, uint64_t state, const struct pv_name *name) {
    unsigned char *base = region->core.base;
    uint32_t entry = pv_bucket_entry(state);
    if (!pv_entry_exists(region, entry)
            || pv_get64(base, pv_bucket_at(region, bucket) + PVLOCK_DIRECTORY_NAME_HASH_OFFSET) != name->hash) {
        return false;
    }
    uint32_t at = pv_name_at(region, entry);
    return pv_get32(base, at + PVLOCK_NAME_NAME_LENGTH_OFFSET) == name->length
        && memcmp(base + at + PVLOCK_NAME_NAME_OFFSET, name->bytes, name->length) == 0;
}

bool pv_is_named(struct pvlock_region *region, uint32_t bucket, uint64_t state, const struct pv_name *name) {
    return pv_bucket_status(state) == PVLOCK_DIRECTORY_READY && pv_has_name(region, bucket, state, name);
}

/* The bucket that leads to name; false if there is none. */
static bool find_bucket(struct pvlock_region *region, const struct pv_name *name, uint32_t *bucket) {
    for (uint32_t probe = 0; probe < pv_bucket_count(region); probe++) {
        *bucket = pv_probed(region, name, probe);
        uint64_t state = pv_bucket_state(region, *bucket);
        if (pv_bucket_status(state) == PVLOCK_DIRECTORY_EMPTY) {
            return false;
        }
        if (pv_is_named(region, *bucket, state, name)) {
            return true;
        }
    }
    return false;
}

/* ---- handles of this process */

static void add_handle(struct pvlock_region *region, uint32_t entry) {
    pthread_mutex_lock(&region->mutex);
    region->handles[entry]++;
    atomic_fetch_or_explicit(&region->ever[entry / 64], UINT64_C(1) << entry % 64, memory_order_relaxed);
    pv_add_user(region, entry);
    pthread_mutex_unlock(&region->mutex);
}

void pv_drop_handle(struct pvlock_region *region, uint32_t entry) {
    pthread_mutex_lock(&region->mutex);
    if (--region->handles[entry] == 0) {
        pv_remove_user(region, entry);
    }
    pthread_mutex_unlock(&region->mutex);
}

/* This process has no handle any more. */
void pv_drop_all_handles(struct pvlock_region *region) {
    for (int entry = 0; entry < region->layout.max_locks; entry++) {
        if (region->handles[entry] != 0) {
            region->handles[entry] = 0;
            pv_remove_user(region, (uint32_t) entry);
        }
    }
}

/* ---- find */

static bool find_entry(struct pvlock_region *region, const struct pv_name *name, uint32_t *entry) {
    uint32_t bucket;
    while (find_bucket(region, name, &bucket)) {
        uint64_t before = pv_bucket_state(region, bucket);
        *entry = pv_bucket_entry(before);
        if (!pv_entry_exists(region, *entry)) {
            continue;
        }
        add_handle(region, *entry);
        /* Looked up again, since the name may have been removed before I was counted. And counted again, since the
           count may have been cleared with the entry before the same name was made anew. */
        uint64_t state = pv_bucket_state(region, bucket);
        bool same = pv_bucket_entry(state) == *entry && pv_is_named(region, bucket, state, name);
        if (same && pv_is_user(region, *entry)) {
            return true;
        }
        pv_drop_handle(region, *entry);
    }
    return false;
}

/* ---- make; under the byte lock */

/* A removal of the name that nobody has finished. */
static void settle_removed(struct pvlock_region *region, const struct pv_name *name) {
    for (uint32_t probe = 0; probe < pv_bucket_count(region); probe++) {
        uint32_t bucket = pv_probed(region, name, probe);
        uint64_t state = pv_bucket_state(region, bucket);
        if (pv_bucket_status(state) == PVLOCK_DIRECTORY_EMPTY) {
            return;
        }
        if (pv_bucket_status(state) == PVLOCK_DIRECTORY_REMOVED && pv_has_name(region, bucket, state, name)) {
            pv_settle_removed(region, bucket);
        }
    }
}

/* The first bucket for a name that begins its search at this hash. A claim that is found here was left by the dead. */
static bool find_claimable(struct pvlock_region *region, const struct pv_name *name, uint32_t *bucket) {
    for (uint32_t probe = 0; probe < pv_bucket_count(region); probe++) {
        *bucket = pv_probed(region, name, probe);
        uint32_t status = pv_bucket_status(pv_bucket_state(region, *bucket));
        if (status != PVLOCK_DIRECTORY_READY && status != PVLOCK_DIRECTORY_REMOVED) {
            return true;
        }
    }
    return false;
}

/* PV_NO_ENTRY: there is none left. */
static uint32_t find_unused(struct pvlock_region *region) {
    uint32_t entry = pv_first_unused(region);
    return entry == PV_NO_ENTRY && pv_reclaim_removed(region) > 0 ? pv_first_unused(region) : entry;
}

/* Whether that is a bucket that its dead claimer had reserved an entry for. */
static bool goes_on(struct pvlock_region *region, uint32_t bucket, uint64_t state) {
    return pv_bucket_status(state) == PVLOCK_DIRECTORY_CLAIMED
        && pv_entry_exists(region, pv_bucket_entry(state))
        && pv_bucket_of_entry(region, pv_bucket_entry(state)) == bucket;
}

static int full(struct pvlock_region *region) {
    return pv_fail(
        PVLOCK_FULL,
        "%s: %d of %d locks exist; remove those that nobody uses (pvlock ls, pvlock rm NAME), or make the region anew with a larger"
        " max_locks",
        region->path, region->layout.max_locks, region->layout.max_locks);
}

static int fill(struct pvlock_region *region, uint32_t entry, const struct pv_template *template) {
    unsigned char *base = region->core.base;
    uint32_t at = pv_entry_at(region, entry);
    struct pv_place spare = pv_take_spare(region, entry);
    pv_put32(base, at + PVLOCK_ENTRY_TYPE_OFFSET, template->type);
    pv_put32(base, at + PVLOCK_ENTRY_POLICY_OFFSET, template->policy);
    pv_put32(base, at + PVLOCK_ENTRY_OVERTAKE_US_OFFSET, template->overtake_us);
    pv_put32(base, at + PVLOCK_ENTRY_WAIT_MODE_OFFSET, template->wait_mode);
    pv_put32(base, at + PVLOCK_ENTRY_KIND_OFFSET, PVLOCK_KIND_PV); /* with a kind, the rest is there */
    pv_put64(base, at + PVLOCK_ENTRY_FENCING_TOKEN_OFFSET, pv_token_floor(region));
    pv_clear_statistics(region, entry, pv_token_floor(region));
    pv_no_extent(region, entry); /* whoever was making it before is dead, and what it left is void */
    return template->body_bytes >= 0 ? pv_give_extent(region, entry, spare, template) : PVLOCK_OK;
}

static void put_name(struct pvlock_region *region, uint32_t entry, uint32_t bucket, const struct pv_name *name) {
    unsigned char *base = region->core.base;
    uint32_t at = pv_name_at(region, entry);
    pv_put32(base, at + PVLOCK_NAME_NAME_LENGTH_OFFSET, (uint32_t) name->length);
    memcpy(base + at + PVLOCK_NAME_NAME_OFFSET, name->bytes, name->length);
    pv_put64(base, pv_bucket_at(region, bucket) + PVLOCK_DIRECTORY_NAME_HASH_OFFSET, name->hash);
}

/* The bucket is mine. Whatever goes wrong, it is given back, and so is its entry. */
static int fill_bucket(
        struct pvlock_region *region, uint32_t bucket, const struct pv_name *name, const struct pv_template *template,
        uint32_t entry) {
    if (pv_bucket_of_entry(region, entry) != bucket && !pv_reserve(region, entry, bucket)) {
        return full(region); /* somebody has it, who has not asked for the byte lock */
    }
    pv_take_out(region, entry);
    int outcome = fill(region, entry, template);
    if (outcome == PVLOCK_OK) {
        add_handle(region, entry);
        PVLOCK_KILL_POINT(ENTRY_FILLED, -1);
        put_name(region, entry, bucket, name);
        PVLOCK_KILL_POINT(BUCKET_FILLED, -1);
        return PVLOCK_OK;
    }
    pv_no_extent(region, entry);
    pv_give_entry_back(region, entry);
    return outcome;
}

static int claim_and_fill(
        struct pvlock_region *region, uint32_t bucket, const struct pv_name *name, const struct pv_template *template,
        uint32_t unused, uint32_t *entry) {
    uint32_t process = (uint32_t) region->core.process;
    uint32_t generation = region->core.process_generation;
    uint64_t before = pv_bucket_state(region, bucket);
    *entry = goes_on(region, bucket, before) ? pv_bucket_entry(before) : unused;
    if (*entry == PV_NO_ENTRY) {
        return full(region);
    }
    uint64_t claimed = pv_bucket_of(PVLOCK_DIRECTORY_CLAIMED, process, generation, *entry);
    bool empty = pv_bucket_status(before) == PVLOCK_DIRECTORY_EMPTY;
    pv_cas_bucket(region, bucket, before, claimed);
    PVLOCK_KILL_POINT(BUCKET_CLAIMED, -1);
    int outcome = fill_bucket(region, bucket, name, template, *entry);
    uint64_t then = outcome == PVLOCK_OK ? pv_bucket_of(PVLOCK_DIRECTORY_READY, process, generation, *entry)
        : empty ? PVLOCK_DIRECTORY_EMPTY
        : PVLOCK_DIRECTORY_VACANT;
    pv_cas_bucket(region, bucket, claimed, then);
    return outcome;
}

static int make_entry(
        struct pvlock_region *region, const struct pv_name *name, const struct pv_template *template, uint32_t *entry) {
    int outcome = pv_begin_exclusive(region);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    uint32_t bucket;
    settle_removed(region, name);
    if (!find_entry(region, name, entry)) {
        /* Before the bucket: what is given back may change where that is. */
        uint32_t unused = find_unused(region);
        outcome = find_claimable(region, name, &bucket)
            ? claim_and_fill(region, bucket, name, template, unused, entry)
            : full(region);
    }
    pv_end_exclusive(region);
    return outcome;
}

int pv_find_entry(
        struct pvlock_region *region, const struct pv_name *name, const struct pv_template *template, bool create,
        uint32_t *entry) {
    if (find_entry(region, name, entry)) {
        return PVLOCK_OK;
    }
    if (!create) {
        return pv_fail(
            PVLOCK_NOT_FOUND, "there is no '%.*s' in %s", (int) name->length, (const char *) name->bytes, region->path);
    }
    return make_entry(region, name, template, entry);
}

/* ---- what a cell belongs to */

int64_t pv_entry_of_cell(const struct pvlock_region *region, uint32_t cell) {
    uint32_t begin = pv_section(region, PVLOCK_SECTION_ENTRIES);
    uint32_t entry = (cell - begin - PVLOCK_ENTRY_CELL_OFFSET) / PVLOCK_ENTRY_LENGTH;
    return cell >= begin && pv_entry_exists(region, entry) ? (int64_t) entry : -1;
}

bool pv_is_paravirt(struct pvlock_region *region, uint32_t cell) {
    int64_t entry = pv_entry_of_cell(region, cell);
    if (entry >= 0) {
        return pv_entry_field(region, (uint32_t) entry, PVLOCK_ENTRY_KIND_OFFSET) == PVLOCK_KIND_PV;
    }
    /* Of an array: those are PV locks. */
    uint32_t objects = pv_section(region, PVLOCK_SECTION_OBJECTS);
    return cell >= objects && cell < objects + region->layout.section_bytes[PVLOCK_SECTION_OBJECTS];
}

/* Whether entry has a name now. */
static bool has_name_now(struct pvlock_region *region, uint32_t entry) {
    uint32_t bucket = pv_bucket_of_entry(region, entry);
    uint64_t state = bucket < pv_bucket_count(region) ? pv_bucket_state(region, bucket) : 0;
    return pv_bucket_status(state) == PVLOCK_DIRECTORY_READY && pv_bucket_entry(state) == entry;
}

bool pv_name_of_cell(struct pvlock_region *region, uint32_t cell, char *to, size_t size) {
    char name[PVLOCK_NAME_NAME_MAX_BYTES + 1];
    int64_t own = pv_entry_of_cell(region, cell);
    /* Of an array: for the text of an error only, so all entries are looked at. */
    for (uint32_t entry = own < 0 ? 0 : (uint32_t) own; pv_entry_exists(region, entry); entry++) {
        uint32_t begin = pv_extent_at(region, entry) + PVLOCK_EXTENT_BODY_OFFSET;
        uint32_t end = pv_extent_at(region, entry) + pv_extent_length(region, entry);
        uint32_t stride = own < 0 && cell >= begin && cell < end ? pv_cell_stride(region, entry) : 0;
        if ((own >= 0 || stride != 0) && has_name_now(region, entry)) {
            pv_get_text(region->core.base, pv_name_at(region, entry), PVLOCK_NAME_NAME_MAX_BYTES, name);
            if (stride == 0) {
                snprintf(to, size, "%s", name);
            } else {
                snprintf(to, size, "%s[%u]", name, (cell - begin) / stride);
            }
            return true;
        }
        if (own >= 0) {
            return false;
        }
    }
    return false;
}
