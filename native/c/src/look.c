/*
 * Reads a lock while others change it: io.pvlock.internal.look.RegionInspector. Nothing is waited for and nothing is
 * written.
 */
#include <string.h>

#include "region.h"
#include "vcpu.h"

static uint32_t slot_field(struct pv_core *core, int vcpu, uint32_t field) {
    return pv_get32(core->base, pv_slot_at(core, vcpu) + field);
}

static bool exists(struct pv_core *core, int vcpu) {
    return vcpu >= 0 && vcpu < core->vcpus;
}

static void thread_name(struct pv_core *core, int vcpu, char *to) {
    pv_get_text(
        core->base, pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_NAME_OFFSET, PVLOCK_VCPU_SLOT_NAME_MAX_BYTES, to);
}

int pvlock_owner(const pvlock_t *lock, pvlock_owner_info *info) {
    struct pvlock_region *region = lock->region;
    struct pv_core *core = &region->core;
    uint32_t owner = pv_owner(pv_read_cell(core, lock->cell_at));
    int vcpu = pv_owner_vcpu(owner);
    if (core->fd < 0) {
        return pv_check_usable(region);
    }
    if (owner == 0 || owner == PV_NOT_RECOVERABLE_OWNER || !exists(core, vcpu)) {
        return PVLOCK_NOT_FOUND;
    }
    uint64_t state = pv_state(core, vcpu);
    *info = (pvlock_owner_info) {
        .vcpu = vcpu,
        .pid = (pid_t) slot_field(core, vcpu, PVLOCK_VCPU_SLOT_PID_OFFSET),
        .tid = (pid_t) slot_field(core, vcpu, PVLOCK_VCPU_SLOT_TID_OFFSET),
        .alive = !pv_owner_dead(core, owner),
        .borrowed = pv_slot_status(state) == PVLOCK_SLOT_BORROWED,
        .since_ns = pv_held_since(region, lock->entry),
    };
    thread_name(core, vcpu, info->thread_name);
    uint32_t process = pv_slot_process(state);
    if (process < core->max_processes) {
        uint32_t at = core->processes_at + process * PVLOCK_PROCESS_LENGTH + PVLOCK_PROCESS_COMMAND_LENGTH_OFFSET;
        pv_get_text(core->base, at, PVLOCK_PROCESS_COMMAND_MAX_BYTES, info->command);
    }
    return PVLOCK_OK;
}

static int waiter_state(struct pv_core *core, uint32_t node) {
    if (pv_status(pv_grant(core, node)) == PVLOCK_NODE_ABANDONED) {
        return PVLOCK_WAITER_ABANDONED;
    }
    switch (pv_node_state(core, node)) {
        case PVLOCK_NODE_HALTED: return PVLOCK_WAITER_HALTED;
        case PVLOCK_NODE_HASHED: return PVLOCK_WAITER_HASHED;
        default: return PVLOCK_WAITER_SPINNING;
    }
}

static void describe(struct pv_core *core, uint32_t ref, pvlock_waiter_info *info) {
    int vcpu = pv_ref_vcpu(ref);
    uint32_t node = pv_node_at(core, ref);
    *info = (pvlock_waiter_info) {
        .vcpu = vcpu,
        .pid = (pid_t) slot_field(core, vcpu, PVLOCK_VCPU_SLOT_PID_OFFSET),
        .tid = (pid_t) slot_field(core, vcpu, PVLOCK_VCPU_SLOT_TID_OFFSET),
        .alive = !pv_dead(core, vcpu),
        .state = waiter_state(core, node),
        .since_ns = (int64_t) pv_get64(core->base, node + PVLOCK_NODE_SINCE_OFFSET),
    };
    thread_name(core, vcpu, info->thread_name);
}

/* From the tail along prev, until the head or until the chain makes no sense any more: the next place; 0 at the end. */
static uint32_t next_place(struct pv_core *core, uint32_t cell, uint32_t ref, bool *counts) {
    if (!exists(core, pv_ref_vcpu(ref))) {
        return *counts = false;
    }
    uint32_t node = pv_node_at(core, ref);
    uint32_t status = pv_status(pv_grant(core, node));
    if (status == PVLOCK_NODE_FREE || pv_lock_of(core, node) != cell) {
        return *counts = false;
    }
    *counts = status != PVLOCK_NODE_SKIPPED;
    return status == PVLOCK_NODE_GRANTED ? 0 : pv_prev(core, node);
}

size_t pvlock_queue(const pvlock_t *lock, pvlock_waiter_info *waiters, size_t capacity) {
    struct pv_core *core = &lock->region->core;
    if (core->fd < 0) {
        return 0;
    }
    uint32_t tail = pv_tail(pv_word(pv_read_cell(core, lock->cell_at)));
    size_t length = 0;
    bool counts;
    int steps = pv_node_count(core);
    for (uint32_t ref = tail; ref != 0 && steps > 0; steps--) {
        ref = next_place(core, lock->cell_at, ref, &counts);
        length += counts;
    }
    /* Once more, to write the places from the end; a queue that has changed meanwhile is as racy as the rest. */
    size_t place = length;
    steps = pv_node_count(core);
    for (uint32_t ref = tail; ref != 0 && place > 0 && steps > 0; steps--) {
        uint32_t here = ref;
        ref = next_place(core, lock->cell_at, here, &counts);
        if (counts && --place < capacity) {
            describe(core, here, &waiters[place]);
        }
    }
    if (place > 0) {
        /* It has become shorter. */
        size_t written = length < capacity ? length : capacity;
        size_t gone = place < written ? place : written;
        memmove(waiters, waiters + gone, (written - gone) * sizeof *waiters);
        length -= place;
    }
    return length;
}

int pvlock_last_death(const pvlock_t *lock, pvlock_death *death, int64_t *count) {
    struct pvlock_region *region = lock->region;
    struct pv_death last;
    uint32_t at = pv_entry_at(region, lock->entry);
    if (count != NULL) {
        /* P31 opaque; pairs with P31 in pv_record_death. */
        *count = (int64_t) pv_get32(region->core.base, at + PVLOCK_ENTRY_DEATH_COUNT_OFFSET);
    }
    if (!pv_last_death(region, lock->entry, &last)) {
        return PVLOCK_NOT_FOUND;
    }
    *death = (pvlock_death) {(pid_t) last.pid, (pid_t) last.tid, last.at_epoch_ms, (int64_t) last.token};
    return PVLOCK_OK;
}
