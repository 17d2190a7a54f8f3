/* What is known about a lock besides its cell: io.pvlock.internal.directory.LockEntry. */
#include <stdatomic.h>

#include "region.h"
#include "vcpu.h"

/* How often to look at a death that is being recorded. That is enough, unless the recorder is stopped or dead. */
#define LAST_DEATH_TRIES 1000

uint64_t pv_last_token(struct pvlock_region *region, uint32_t entry) {
    /* P31 opaque; pairs with P31 in pvlock_token. */
    return pv_get64(region->core.base, pv_entry_at(region, entry) + PVLOCK_ENTRY_FENCING_TOKEN_OFFSET);
}

int64_t pv_held_since(struct pvlock_region *region, uint32_t entry) {
    /* P31 opaque; pairs with P31 below */
    return (int64_t) pv_get64(region->core.base, pv_entry_at(region, entry) + PVLOCK_ENTRY_HELD_SINCE_OFFSET);
}

/* Under the lock. */
void pv_put_held_since(struct pvlock_region *region, uint32_t entry, int64_t since_ns) {
    /* P31 opaque; pairs with P31 above */
    pv_put64(region->core.base, pv_entry_at(region, entry) + PVLOCK_ENTRY_HELD_SINCE_OFFSET, (uint64_t) since_ns);
}

/* What is known about a dead owner, before its slot is used anew. */
struct pv_death pv_death_of(struct pv_core *core, uint32_t owner, uint64_t token) {
    int vcpu = pv_owner_vcpu(owner);
    uint32_t slot = pv_slot_at(core, vcpu);
    uint32_t pid = pv_get32(core->base, slot + PVLOCK_VCPU_SLOT_PID_OFFSET);
    uint32_t tid = pv_get32(core->base, slot + PVLOCK_VCPU_SLOT_TID_OFFSET);
    /* P9 acquire fence: the two before the state. The next user of the slot writes them after the slot was freed, in
       a new generation. Pairs with P9 in set_up. */
    atomic_thread_fence(memory_order_acquire);
    bool same = pv_slot_generation(pv_state(core, vcpu)) == pv_owner_generation(owner);
    return (struct pv_death) {owner, same ? pid : 0, same ? tid : 0, pv_epoch_ms(), token};
}

/* An owner word names another thread some day. If the slot has been reclaimed, the caller does not know whom it
   meant: another has recorded that death before. */
static bool is_recorded(unsigned char *base, uint32_t at, const struct pv_death *death) {
    return pv_get32(base, at + PVLOCK_ENTRY_LAST_DEATH_OWNER_OFFSET) == death->owner
        && (death->pid == 0
            || (pv_get32(base, at + PVLOCK_ENTRY_LAST_DEATH_PID_OFFSET) == death->pid
                && pv_get32(base, at + PVLOCK_ENTRY_LAST_DEATH_TID_OFFSET) == death->tid));
}

/*
 * Records that an owner has died; under the lock, by whoever replaced it, or while the dead still holds it, by whoever
 * is about to release it. Recording a death again does not count it twice.
 */
void pv_record_death(struct pvlock_region *region, uint32_t entry, const struct pv_death *death) {
    unsigned char *base = region->core.base;
    uint32_t at = pv_entry_at(region, entry);
    uint32_t owner_at = at + PVLOCK_ENTRY_LAST_DEATH_OWNER_OFFSET;
    if (!is_recorded(base, at, death)) {
        /* P31 opaque; pairs with P31 in pvlock_last_death. */
        uint32_t count = pv_get32(base, at + PVLOCK_ENTRY_DEATH_COUNT_OFFSET);
        pv_put32(base, at + PVLOCK_ENTRY_DEATH_COUNT_OFFSET, count + 1);
    }
    /* P32 opaque: nobody, as long as the record is being written; the fence orders it before the rest. If I die
       here, it stays "nobody". */
    pv_put32(base, owner_at, 0);
    atomic_thread_fence(memory_order_release); /* P32 release fence; pairs with P32 acquire fence in pv_last_death */
    pv_put32(base, at + PVLOCK_ENTRY_LAST_DEATH_PID_OFFSET, death->pid);
    pv_put32(base, at + PVLOCK_ENTRY_LAST_DEATH_TID_OFFSET, death->tid);
    pv_put64(base, at + PVLOCK_ENTRY_LAST_DEATH_AT_OFFSET, (uint64_t) death->at_epoch_ms);
    pv_put64(base, at + PVLOCK_ENTRY_LAST_DEATH_TOKEN_OFFSET, death->token);
    /* P32 release: the rest before the owner; pairs with P32 acquire in pv_last_death. It fails if two record deaths
       at once. If the two deaths are not the same, their records are mixed now. */
    if (!pv_cas32(base, owner_at, 0, death->owner)
            && pv_load32(base, owner_at) != death->owner) { /* P32 acquire; likewise */
        pv_put32(base, owner_at, 0); /* P32 opaque: not known, rather than mixed */
    }
}

/* The last death recorded, whole; false if there is none, or if it is not known because whoever recorded it died. */
bool pv_last_death(struct pvlock_region *region, uint32_t entry, struct pv_death *death) {
    unsigned char *base = region->core.base;
    uint32_t at = pv_entry_at(region, entry);
    uint32_t owner_at = at + PVLOCK_ENTRY_LAST_DEATH_OWNER_OFFSET;
    if (pv_get32(base, at + PVLOCK_ENTRY_DEATH_COUNT_OFFSET) == 0) { /* P31 opaque */
        return false;
    }
    for (int tries = LAST_DEATH_TRIES; tries > 0; tries--) {
        /* P32 acquire: the owner before the rest; pairs with P32 release in pv_record_death. */
        uint32_t owner = pv_load32(base, owner_at);
        if (owner != 0) {
            *death = (struct pv_death) {
                owner,
                pv_get32(base, at + PVLOCK_ENTRY_LAST_DEATH_PID_OFFSET),
                pv_get32(base, at + PVLOCK_ENTRY_LAST_DEATH_TID_OFFSET),
                (int64_t) pv_get64(base, at + PVLOCK_ENTRY_LAST_DEATH_AT_OFFSET),
                pv_get64(base, at + PVLOCK_ENTRY_LAST_DEATH_TOKEN_OFFSET),
            };
            /* P32 acquire fence: the rest before the second look; pairs with P32 release fence in pv_record_death. */
            atomic_thread_fence(memory_order_acquire);
            if (pv_get32(base, owner_at) == owner) { /* P32 opaque, after the fence */
                return true;
            }
        }
        pv_pause();
    }
    return false;
}
