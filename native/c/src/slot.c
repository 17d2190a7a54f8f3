/*
 * Takes slots for threads of this process and gives them back: io.pvlock.internal.slot.SlotAttacher, VcpuRegistry,
 * AttachedThreads.
 *
 * A slot goes FREE, CLAIMED, ATTACHED (or BORROWED), and back to FREE when its thread detaches with clean hands; or to
 * DEAD, RECLAIMING, FREE when the thread ended otherwise. Every transition is a CAS that names the process making it,
 * so that what a killed process left half-done is finished by another.
 */
#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "region.h"
#include "vcpu.h"

/* A thread that was joined takes a while to end in the kernel, too, and a dead waiter to be passed by the living. */
#define CLAIM_PATIENCE_NS 2000000000
#define CLAIM_PAUSE_NS 1000000

static pthread_mutex_t *sentinel_of(struct pv_core *core, int vcpu) {
    return (pthread_mutex_t *) (void *) (core->base + pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_SENTINEL_OFFSET);
}

static int make_sentinel(pthread_mutex_t *sentinel) {
    pthread_mutexattr_t attributes;
    int error = pthread_mutexattr_init(&attributes);
    if (error != 0) {
        return error;
    }
    error = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (error == 0) {
        error = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    }
    if (error == 0) {
        memset(sentinel, 0, sizeof *sentinel);
        error = pthread_mutex_init(sentinel, &attributes);
    }
    pthread_mutexattr_destroy(&attributes);
    return error;
}

/* The word of a mutex is where it is taken to be, and the kernel knows this thread's robust list. */
static bool probe_robust(void) {
    void *head = NULL;
    size_t length = 0;
    pthread_mutex_t mutex;
    if (syscall(SYS_get_robust_list, 0, &head, &length) != 0 || head == NULL || make_sentinel(&mutex) != 0) {
        return false;
    }
    bool is_free = *(uint32_t *) (void *) &mutex == 0;
    bool locked = pthread_mutex_lock(&mutex) == 0;
    bool held = *(uint32_t *) (void *) &mutex == (uint32_t) pv_gettid();
    bool unlocked = locked && pthread_mutex_unlock(&mutex) == 0;
    pthread_mutex_destroy(&mutex);
    return is_free && held && unlocked;
}

bool pv_robust_supported(void) {
    static _Atomic int known;
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (answer == 0) {
        answer = probe_robust() ? 1 : 2;
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer == 1;
}

/* ---- claim */

static bool claim(struct pvlock_region *region, int vcpu, uint64_t state) {
    struct pv_core *core = &region->core;
    uint64_t mine = pv_slot_state(
        PVLOCK_SLOT_CLAIMED, pv_slot_generation(state) + 1, (uint32_t) core->process, core->process_generation);
    /* But for damage, a slot that is free has no place in a queue. */
    return pv_nodes_are_free(core, vcpu) && pv_cas_state(core, vcpu, state, mine);
}

/* A FREE slot, or one whose claimer died before it was used; else one that somebody keeps idle. */
static int claim_unused(struct pvlock_region *region) {
    struct pv_core *core = &region->core;
    for (int vcpu = 0; vcpu < core->vcpus; vcpu++) {
        uint64_t state = pv_state(core, vcpu);
        uint32_t status = pv_slot_status(state);
        bool is_free = status == PVLOCK_SLOT_FREE
            || (status == PVLOCK_SLOT_CLAIMED && pv_is_slot_process_dead(core, state));
        if (is_free && claim(region, vcpu, state)) {
            return vcpu;
        }
    }
    for (int vcpu = 0; vcpu < core->vcpus; vcpu++) {
        uint64_t state = pv_state(core, vcpu);
        if (pv_slot_status(state) == PVLOCK_SLOT_IDLE && claim(region, vcpu, state)) {
            return vcpu;
        }
    }
    return -1;
}

int pv_claim_slot(struct pvlock_region *region) {
    int vcpu = claim_unused(region);
    /* Only if slots are short: it looks at the whole region. */
    return vcpu < 0 && pv_reclaim_dead(region) > 0 ? claim_unused(region) : vcpu;
}

/* ---- set up */

static void describe(struct pv_core *core, int vcpu) {
    unsigned char *base = core->base;
    uint32_t slot = pv_slot_at(core, vcpu);
    char name[32] = "";
    prctl(PR_GET_NAME, name);
    pv_put32(base, slot + PVLOCK_VCPU_SLOT_TID_OFFSET, (uint32_t) pv_gettid());
    pv_put32(base, slot + PVLOCK_VCPU_SLOT_PID_OFFSET, (uint32_t) getpid());
    uint64_t slow_path = pv_get64(base, slot + PVLOCK_VCPU_SLOT_SLOW_PATH_OFFSET);
    /* P8 release: even, whatever the former user died in; pairs with P8 in pv_enter_slow_path. */
    pv_release64(base, slot + PVLOCK_VCPU_SLOT_SLOW_PATH_OFFSET, slow_path + (slow_path & 1));
    pv_put64(base, slot + PVLOCK_VCPU_SLOT_ATTACHED_SINCE_OFFSET, (uint64_t) pv_epoch_ms());
    pv_put64(base, slot + PVLOCK_VCPU_SLOT_WAITING_FOR_OFFSET, 0);
    for (uint32_t i = 0; i < PVLOCK_VCPU_SLOT_MAX_EVENTS; i++) {
        pv_put64(base, slot + PVLOCK_VCPU_SLOT_EVENTS_OFFSET + i * 8, 0);
    }
    pv_put_text(base, slot + PVLOCK_VCPU_SLOT_NAME_OFFSET, PVLOCK_VCPU_SLOT_NAME_MAX_BYTES, name);
}

static int lock_sentinel(struct pv_core *core, int vcpu) {
    pthread_mutex_t *sentinel = sentinel_of(core, vcpu);
    int error = make_sentinel(sentinel);
    PVLOCK_KILL_POINT(SENTINEL_INITIALISED, -1);
    if (error == 0) {
        error = pthread_mutex_lock(sentinel);
    }
    return error == 0
        ? PVLOCK_OK
        : pv_fail_errno(PVLOCK_ERROR, error, "the sentinel of vcpu=%d cannot be locked", vcpu);
}

static int set_up(struct pvlock_region *region, int vcpu, bool sentinel, struct pvlock_vcpu *made) {
    struct pv_core *core = &region->core;
    /* P9 release fence: the new generation before the new identity; pairs with P9 in pv_death_of. */
    atomic_thread_fence(memory_order_release);
    PVLOCK_KILL_POINT(SLOT_CLAIMED, -1);
    describe(core, vcpu);
    /* P6 release; pairs with P6 in pv_kick */
    pv_release32(core->base, pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_PARK_OFFSET, PVLOCK_PARK_EMPTY);
    if (sentinel) {
        int outcome = lock_sentinel(core, vcpu);
        if (outcome != PVLOCK_OK) {
            pv_give_slot_back(region, vcpu, false);
            return outcome;
        }
        PVLOCK_KILL_POINT(SENTINEL_LOCKED, -1);
    } else {
        /*
         * P13: a dead former user has left its mark, which would wake every waiter that depends on this one, again and
         * again.
         */
        pv_store32(core->base, pv_sentinel_at(core, vcpu), 0);
    }
    uint64_t claimed = pv_state(core, vcpu);
    pv_me_init(&made->me, core, vcpu, pv_slot_generation(claimed));
    pv_me_publish(&made->me);
    made->me.user = made;
    if (region->several_numa_nodes) {
        pv_set_numa_node(&made->me, pv_current_numa_node());
    }
    uint32_t status = sentinel ? PVLOCK_SLOT_ATTACHED : PVLOCK_SLOT_BORROWED;
    /* P9 release; see pv_cas_state. Nobody else touches a slot that a live process has claimed. */
    pv_cas_state(core, vcpu, claimed, pv_slot_with_status(claimed, status));
    PVLOCK_KILL_POINT(SLOT_ATTACHED, vcpu);
    return PVLOCK_OK;
}

/* ---- give back */

bool pv_give_slot_back(struct pvlock_region *region, int vcpu, bool locked) {
    struct pv_core *core = &region->core;
    bool clean = pv_nodes_are_free(core, vcpu);
    uint64_t state = pv_state(core, vcpu);
    /* Out of use, but nobody else's while this process lives: the next user of the slot makes the sentinel anew. */
    uint64_t leaving = pv_slot_with_status(state, clean ? PVLOCK_SLOT_CLAIMED : PVLOCK_SLOT_RECLAIMING);
    pv_cas_state(core, vcpu, state, leaving);
    PVLOCK_KILL_POINT(DETACH_MARKED, vcpu);
    if (locked) {
        pthread_mutex_unlock(sentinel_of(core, vcpu));
        PVLOCK_KILL_POINT(SENTINEL_UNLOCKED, vcpu);
    }
    pv_cas_state(core, vcpu, leaving, pv_slot_with_status(state, clean ? PVLOCK_SLOT_FREE : PVLOCK_SLOT_DEAD));
    pv_slots_may_have_come(core);
    /* Who sleeps behind a place that it has left was told when it left. */
    return clean;
}

/* ---- threads of this process */

static int no_slot(struct pvlock_region *region) {
    struct pv_core *core = &region->core;
    int dead = 0;
    int mine = 0;
    for (int vcpu = 0; vcpu < core->vcpus; vcpu++) {
        uint64_t state = pv_state(core, vcpu);
        dead += pv_slot_status(state) == PVLOCK_SLOT_DEAD;
        mine += pv_slot_is_in_use(state) && pv_slot_process(state) == (uint32_t) core->process;
    }
    return pv_fail(
        PVLOCK_FULL,
        "%s: %d of %d vCPU slots used, %d of them dead but still named by a lock or queue, %d by threads of this process. %send or"
        " detach threads that need no lock now (pvlock vcpus shows whose they are), or create the region with a larger max_vcpus",
        region->path, core->vcpus, core->vcpus, dead, mine,
        dead > 0 ? "Let stopped processes run, or run pvlock fsck; " : "");
}

static int attach_patiently(struct pvlock_region *region, bool sentinel, struct pvlock_vcpu *made) {
    int64_t begin = pvlock_now_ns();
    for (;;) {
        /*
         * Decided before the last look: during the one before, if that was slow, others may have freed slots behind it.
         */
        bool last_look = pv_difference(pvlock_now_ns(), begin) > CLAIM_PATIENCE_NS;
        int vcpu = pv_claim_slot(region);
        if (vcpu >= 0) {
            return set_up(region, vcpu, sentinel, made);
        }
        if (last_look) {
            return no_slot(region);
        }
        pv_sleep(CLAIM_PAUSE_NS);
    }
}

bool pv_has_ended(const struct pvlock_vcpu *vcpu) {
    struct pv_core *core = &vcpu->region->core;
    uint32_t word = pv_load32(core->base, pv_sentinel_at(core, vcpu->me.index)); /* P13 acquire; as in sentinel_word */
    /* After the mark: the next user of the slot takes it away before it attaches. */
    return !vcpu->borrowed && ((word & PV_SENTINEL_OWNER_DIED) != 0 || !pv_is_tenant(core, vcpu->me.owner));
}

static void free_vcpu(struct pvlock_vcpu *vcpu) {
    pv_me_free(&vcpu->me);
    free(vcpu);
}

/*
 * The calling thread's vCPU, NULL if it has none; forgets those of threads that have ended. Under the region's mutex.
 */
static struct pvlock_vcpu *attached_thread(struct pvlock_region *region) {
    pid_t tid = pv_gettid();
    struct pvlock_vcpu *mine = NULL;
    for (struct pvlock_vcpu **at = &region->vcpus; *at != NULL;) {
        struct pvlock_vcpu *vcpu = *at;
        /* It may have had the same id. */
        if (pv_has_ended(vcpu)) {
            *at = vcpu->next;
            free_vcpu(vcpu);
            continue;
        }
        if (!vcpu->borrowed && vcpu->tid == tid) {
            mine = vcpu;
        }
        at = &vcpu->next;
    }
    return mine;
}

static int attach(struct pvlock_region *region, bool borrowed, struct pvlock_vcpu **vcpu) {
    *vcpu = NULL;
    int outcome = pv_check_usable(region);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    pthread_mutex_lock(&region->mutex);
    struct pvlock_vcpu *existing = borrowed ? NULL : attached_thread(region);
    if (existing != NULL) {
        existing->uses++;
        *vcpu = existing;
    }
    pthread_mutex_unlock(&region->mutex);
    if (existing != NULL) {
        return PVLOCK_OK;
    }
    struct pvlock_vcpu *made = aligned_alloc(64, (sizeof *made + 63) & ~(size_t) 63);
    if (made == NULL) {
        return pv_fail_errno(PVLOCK_ERROR, ENOMEM, "no memory for a vCPU");
    }
    memset(made, 0, sizeof *made);
    struct pv_trap trap;
    if (PV_TRAP(&trap)) {
        outcome = attach_patiently(region, !borrowed && pv_robust_supported(), made);
        pv_untrap(&trap);
    } else {
        pv_untrap(&trap);
        outcome = pv_fail_corrupt(region);
    }
    if (outcome != PVLOCK_OK) {
        free(made);
        return outcome;
    }
    made->region = region;
    made->tid = pv_gettid();
    made->borrowed = borrowed;
    made->uses = 1;
    pv_set_fast(made, region);
    pthread_mutex_lock(&region->mutex);
    made->next = region->vcpus;
    region->vcpus = made;
    pthread_mutex_unlock(&region->mutex);
    *vcpu = made;
    return PVLOCK_OK;
}

int pvlock_attach(pvlock_region *region, pvlock_vcpu **vcpu) {
    return attach(region, false, vcpu);
}

int pvlock_attach_borrowed(pvlock_region *region, pvlock_vcpu **vcpu) {
    return attach(region, true, vcpu);
}

static int still_holds(struct pvlock_vcpu *vcpu) {
    struct pvlock_region *region = vcpu->region;
    uint32_t cell = pv_cell_owned_by(region, vcpu->me.owner, vcpu->array_pages);
    if (cell != 0) {
        char name[PVLOCK_NAME_MAX + 16];
        if (!pv_name_of_cell(region, cell, name, sizeof name)) {
            strcpy(name, "?");
        }
        return pv_fail(PVLOCK_BUSY, "vcpu=%d still holds lock '%s'; unlock it first", vcpu->me.index, name);
    }
    if (vcpu->holds > 0) {
        return pv_fail(PVLOCK_BUSY, "vcpu=%d still holds a part of an object; give it back first", vcpu->me.index);
    }
    return PVLOCK_OK;
}

static void unlink_vcpu(struct pvlock_vcpu *vcpu) {
    struct pvlock_vcpu **at = &vcpu->region->vcpus;
    while (*at != NULL && *at != vcpu) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = vcpu->next;
    }
}

/*
 * What the sentinel says, not the slot: by damage others may have taken this thread for dead. Then the slot is theirs,
 * and the mutex still this thread's, in the list that libc follows.
 */
static void give_back(struct pvlock_vcpu *vcpu) {
    struct pv_core *core = &vcpu->region->core;
    int index = vcpu->me.index;
    bool tenant = pv_is_tenant(core, vcpu->me.owner);
    uint32_t status = pv_slot_status(pv_state(core, index));
    uint32_t word = pv_load32(core->base, pv_sentinel_at(core, index)); /* P13 acquire */
    bool locked = tenant && !vcpu->borrowed && (word & PV_SENTINEL_TID_MASK) == (uint32_t) vcpu->tid;
    if (tenant && (status == PVLOCK_SLOT_ATTACHED || status == PVLOCK_SLOT_BORROWED)) {
        pv_give_slot_back(vcpu->region, index, locked);
    } else if (locked) {
        pthread_mutex_unlock(sentinel_of(core, index));
    }
}

int pvlock_detach(pvlock_vcpu *vcpu) {
    struct pvlock_region *region = vcpu->region;
    if (region->pid != getpid()) {
        return pv_check_usable(region);
    }
    if (!vcpu->borrowed && vcpu->tid != pv_gettid()) {
        return pv_fail(
            PVLOCK_INVALID, "vcpu=%d belongs to thread %d, which alone can give it back", vcpu->me.index, (int) vcpu->tid);
    }
    if (vcpu->uses > 1) {
        vcpu->uses--;
        return PVLOCK_OK;
    }
    struct pv_trap trap;
    volatile int outcome;
    if (PV_TRAP(&trap)) {
        outcome = still_holds(vcpu);
        if (outcome == PVLOCK_OK) {
            pv_set_fast(vcpu, NULL);
            give_back(vcpu);
        }
        pv_untrap(&trap);
    } else {
        pv_untrap(&trap);
        outcome = pv_fail_corrupt(region);
    }
    if (outcome == PVLOCK_OK) {
        pthread_mutex_lock(&region->mutex);
        unlink_vcpu(vcpu);
        pthread_mutex_unlock(&region->mutex);
        free_vcpu(vcpu);
    }
    return outcome;
}

int pvlock_vcpu_index(const pvlock_vcpu *vcpu) {
    return vcpu->me.index;
}

void pvlock_cancel(pvlock_vcpu *vcpu) {
    atomic_store_explicit(&vcpu->me.cancelled, true, memory_order_relaxed);
    pv_kick(vcpu->me.core, vcpu->me.index); /* P6 release: after it */
}

void pvlock_uncancel(pvlock_vcpu *vcpu) {
    atomic_store_explicit(&vcpu->me.cancelled, false, memory_order_relaxed);
}
