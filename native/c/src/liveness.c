/*
 * Proof of death of a vCPU: the kernel's mark in the slot's sentinel, one load; for a slot without sentinel, the byte
 * lock of its process. io.pvlock.internal.slot.SlotLiveness, and the notices of VcpuRegistry.
 *
 * The sentinel is a robust mutex that the attached thread holds as long as it lives. The kernel marks it when the
 * thread ends, whatever ends it, and before it takes the process's memory down.
 */
#include <stdlib.h>

#include "region.h"
#include "vcpu.h"

/* __lock is the first member of glibc's pthread_mutex_t; pv_robust_supported() proves it. */
#define WORD_OFFSET 0

uint32_t pv_sentinel_at(struct pv_core *core, int vcpu) {
    return pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_SENTINEL_OFFSET + WORD_OFFSET;
}

static uint32_t sentinel_word(struct pv_core *core, int vcpu) {
    /* P13 acquire: what the dead did before it died; pairs with the kernel's store when the thread ends. */
    return pv_load32(core->base, pv_sentinel_at(core, vcpu));
}

bool pv_is_slot_process_dead(struct pv_core *core, uint64_t state) {
    return pv_is_process_dead(core, pv_slot_process(state), pv_slot_process_generation(state));
}

bool pv_dead(struct pv_core *core, int vcpu) {
#ifdef PVLOCK_TEST_HOOKS
    if (pvlock_hooks.dead != NULL) {
        pv_slot_at(core, vcpu); /* it exists */
        return pvlock_hooks.dead(vcpu) != 0;
    }
#endif
    uint64_t state = pv_state(core, vcpu);
    switch (pv_slot_status(state)) {
        case PVLOCK_SLOT_ATTACHED:
            return (sentinel_word(core, vcpu) & PV_SENTINEL_OWNER_DIED) != 0;
        case PVLOCK_SLOT_BORROWED:
        case PVLOCK_SLOT_IDLE:
            /* Lent: its process may take it back in the same generation. So its user is not dead until another one
               has claimed the slot. */
            return pv_is_slot_process_dead(core, state);
        default:
            return true; /* nobody is there, or nobody any more */
    }
}

bool pv_is_tenant(struct pv_core *core, uint32_t owner_word) {
    uint64_t state = pv_state(core, pv_owner_vcpu(owner_word));
    return pv_slot_generation(state) == pv_owner_generation(owner_word);
}

bool pv_owner_dead(struct pv_core *core, uint32_t owner_word) {
#ifdef PVLOCK_TEST_HOOKS
    if (pvlock_hooks.dead != NULL) {
        return pv_dead(core, pv_owner_vcpu(owner_word));
    }
#endif
    return !pv_is_tenant(core, owner_word) || pv_dead(core, pv_owner_vcpu(owner_word));
}

uint32_t pv_watch_sentinel(struct pv_core *core, int vcpu) {
    uint32_t at = pv_sentinel_at(core, vcpu);
    for (;;) {
        uint32_t word = pv_load32(core->base, at); /* P13 acquire; pairs with the kernel's store when the thread ends */
        bool held = (word & PV_SENTINEL_TID_MASK) != 0 && (word & PV_SENTINEL_OWNER_DIED) == 0;
        if (!held || (word & PV_SENTINEL_WAITERS) != 0) {
            return word;
        }
        /* P13: bit 31 means "wake somebody"; libc's own unlock honours it, too. */
        if (pv_cas32(core->base, at, word, word | PV_SENTINEL_WAITERS)) {
            return word | PV_SENTINEL_WAITERS;
        }
    }
}

/*
 * Whether the slot has a thread that no process in this region has: it was copied with the file, or survived a reboot,
 * and no kernel will ever mark its sentinel.
 */
static bool is_ghost(struct pv_core *core, uint64_t state) {
    return pv_is_slot_process_dead(core, state);
}

enum notice {
    NOT_DEAD,
    /* Marked; whoever depends on it has to be told. */
    MARKED,
    /* Those who depend on it have been told, then it was marked. */
    TOLD
};

static enum notice mark_if_dead(struct pv_core *core, int vcpu) {
    uint64_t state = pv_state(core, vcpu);
    uint32_t status = pv_slot_status(state);
    bool attached = status == PVLOCK_SLOT_ATTACHED || status == PVLOCK_SLOT_BORROWED;
    if (!attached || (!pv_dead(core, vcpu) && !is_ghost(core, state))) {
        return NOT_DEAD;
    }
    PVLOCK_KILL_POINT(DEATH_SEEN, -1);
    /*
     * The kernel has woken one, me, and this is the first that I do: if I am killed, too, nobody else will do it. Nor do
     * those that I wake, once the slot is marked.
     */
    bool told = pv_wake_watchers(core, vcpu);
    if (!pv_cas_state(core, vcpu, state, pv_slot_with_status(state, PVLOCK_SLOT_DEAD))) {
        return NOT_DEAD;
    }
    PVLOCK_KILL_POINT(DEATH_MARKED, -1);
    return told ? TOLD : MARKED;
}

void pv_notice_death(struct pv_core *core, int vcpu) {
    enum notice notice = mark_if_dead(core, vcpu);
    if (notice == MARKED) {
        pv_kick_all(core);
    }
    if (notice != NOT_DEAD) {
        pv_slots_may_have_come(core);
    }
    if (notice != NOT_DEAD && core->died != NULL) {
        core->died(core, vcpu);
    }
}

/* Like pv_notice_death(), of all: everybody is told once. */
void pv_notice_deaths(struct pv_core *core) {
    bool *marked = calloc((size_t) core->vcpus, sizeof *marked);
    bool any = false;
    bool all = false;
    for (int vcpu = 0; vcpu < core->vcpus; vcpu++) {
        enum notice notice = mark_if_dead(core, vcpu);
        bool now = notice != NOT_DEAD;
        any |= now;
        all |= notice == MARKED;
        if (marked != NULL) {
            marked[vcpu] = now;
        } else if (now && core->died != NULL) {
            core->died(core, vcpu);
        }
    }
    if (all) {
        pv_kick_all(core);
    }
    if (any) {
        pv_slots_may_have_come(core);
    }
    for (int vcpu = 0; any && marked != NULL && core->died != NULL && vcpu < core->vcpus; vcpu++) {
        if (marked[vcpu]) {
            core->died(core, vcpu);
        }
    }
    free(marked);
}

/*
 * Marks the slots of threads that came with a copied file and belong to no process here, and ends what dead processes
 * had begun; before the first attach. The two can be told apart by generations: no slot names a process whose entry has
 * had more than 65,535 users since.
 */
void pv_mark_ghosts(struct pv_core *core) {
    pv_notice_deaths(core);
    for (int vcpu = 0; vcpu < core->vcpus; vcpu++) {
        uint64_t state = pv_state(core, vcpu);
        uint32_t status = pv_slot_status(state);
        bool nobodys = status == PVLOCK_SLOT_CLAIMED || status == PVLOCK_SLOT_IDLE;
        if ((nobodys || status == PVLOCK_SLOT_RECLAIMING) && pv_is_slot_process_dead(core, state)) {
            uint64_t update = nobodys ? pv_slot_free(state) : pv_slot_with_status(state, PVLOCK_SLOT_DEAD);
            pv_cas_state(core, vcpu, state, update);
        }
    }
}

bool pv_is_dead_user(struct pv_core *core, uint32_t owner_word) {
    return pv_is_tenant(core, owner_word) && pv_slot_is_in_use(pv_state(core, pv_owner_vcpu(owner_word)));
}
