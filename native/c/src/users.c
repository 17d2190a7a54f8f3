/*
 * Which processes may have a handle of an entry, and so know where its cell is:
 * io.pvlock.internal.directory.EntryUsers. A bit for each index of the table of processes, modulo
 * PVLOCK_ENTRY_USERS_BITS. There may be a bit too many, but never one too few.
 */
#include "buckets.h"

static uint32_t word_at(const struct pvlock_region *region, uint32_t entry, uint32_t process) {
    return pv_entry_at(region, entry) + PVLOCK_ENTRY_USERS_OFFSET + process % PVLOCK_ENTRY_USERS_BITS / 64 * 8;
}

static uint64_t bit_of(uint32_t process) {
    return UINT64_C(1) << process % 64;
}

void pv_add_user(struct pvlock_region *region, uint32_t entry) {
    uint32_t process = (uint32_t) region->core.process;
    uint32_t at = word_at(region, entry, process);
    uint64_t now;
    do {
        now = pv_load64(region->core.base, at); /* P33 acquire; pairs with itself */
        /* P33 full fence: counted before the second look at the bucket; pairs with P33 in RemovedEntries.unlink. */
    } while ((now & bit_of(process)) == 0 && !pv_cas64(region->core.base, at, now, now | bit_of(process)));
}

bool pv_is_user(struct pvlock_region *region, uint32_t entry) {
    uint32_t process = (uint32_t) region->core.process;
    return (pv_load64(region->core.base, word_at(region, entry, process)) & bit_of(process)) != 0; /* P33 acquire */
}

/* This process makes no use of the entry any more. */
void pv_remove_user(struct pvlock_region *region, uint32_t entry) {
    if (region->layout.max_processes > PVLOCK_ENTRY_USERS_BITS) {
        return; /* the bit may be another's as well */
    }
    uint32_t process = (uint32_t) region->core.process;
    uint32_t at = word_at(region, entry, process);
    uint64_t now;
    do {
        now = pv_load64(region->core.base, at); /* P33 acquire */
    } while (!pv_cas64(region->core.base, at, now, now & ~bit_of(process)));
}

bool pv_has_other_user(struct pvlock_region *region, uint32_t entry) {
    for (uint32_t bit = 0; bit < PVLOCK_ENTRY_USERS_BITS; bit++) {
        uint64_t word = pv_load64(region->core.base, word_at(region, entry, bit)); /* P33 acquire */
        if ((word & bit_of(bit)) == 0) {
            continue;
        }
        for (uint32_t process = bit; process < region->core.max_processes; process += PVLOCK_ENTRY_USERS_BITS) {
            if ((int) process != region->core.process && pv_is_process_entered(&region->core, process)) {
                return true;
            }
        }
    }
    return false;
}
