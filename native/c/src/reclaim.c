/*
 * Makes the slots of dead threads usable again: io.pvlock.internal.slot.SlotReclaimer and SlotNodes. It runs when slots
 * are short.
 *
 * A dead slot is reused only when no cell names it as owner or tail, and no queued node names it as predecessor. Its
 * hash entries are removed. What it left in the words of objects is cleared, since generations wrap. What a dead thread
 * left on locks that nobody uses any more is cleaned here in single CAS steps. Each leaves a legal state, so a
 * reclaimer may die at any point. One reclaimer works at a time, and none while an object is made or removed.
 */
#include <stdlib.h>
#include <string.h>

#include "region.h"
#include "vcpu.h"

/* ---- nodes */

static bool is_free(struct pv_core *core, uint32_t node) {
    return pv_status(pv_grant(core, node)) == PVLOCK_NODE_FREE;
}

bool pv_nodes_are_free(struct pv_core *core, int vcpu) {
    for (uint32_t index = 0; index < PVLOCK_LOCK_WORD_MAX_NODES; index++) {
        if (!is_free(core, pv_node_at(core, pv_ref(vcpu, index)))) {
            return false;
        }
    }
    return true;
}

/* Makes the nodes of a dead slot FREE, in their generation; nothing refers to them. */
static void free_nodes(struct pv_core *core, int vcpu) {
    for (uint32_t index = 0; index < PVLOCK_LOCK_WORD_MAX_NODES; index++) {
        uint32_t node = pv_node_at(core, pv_ref(vcpu, index));
        uint32_t grant = pv_grant(core, node);
        pv_release_node_state(core, node, pv_state_in(grant, PVLOCK_NODE_RUNNING));
        pv_release_grant(core, node, pv_with_status(grant, PVLOCK_NODE_FREE));
    }
}

static bool is_unused(struct pv_core *core, int vcpu) {
    uint32_t status = pv_slot_status(pv_state(core, vcpu));
    return status == PVLOCK_SLOT_FREE || status == PVLOCK_SLOT_CLAIMED || status == PVLOCK_SLOT_IDLE;
}

static bool goes(const struct pv_dead_slots *dead, int vcpu) {
    return vcpu >= 0 && vcpu < dead->capacity && dead->slots[vcpu] && !dead->kept[vcpu];
}

/* A node of a queue long gone names nobody: as long as there are chains that lead through it, there is a tail. */
static bool is_left_over(struct pv_core *core, uint32_t node) {
    return pv_tail(pv_word(pv_read_cell(core, pv_cell_of_node(core, node)))) == 0;
}

static bool keep_predecessors_of(struct pvlock_region *region, int vcpu, struct pv_dead_slots *dead) {
    struct pv_core *core = &region->core;
    bool any = false;
    for (uint32_t index = 0; index < PVLOCK_LOCK_WORD_MAX_NODES; index++) {
        uint32_t node = pv_node_at(core, pv_ref(vcpu, index));
        int predecessor = pv_ref_vcpu(pv_prev(core, node));
        if (!is_free(core, node)
                && goes(dead, predecessor)
                && pv_is_paravirt(region, pv_lock_of(core, node))
                && !is_left_over(core, node)) {
            dead->kept[predecessor] = true;
            any = true;
        }
    }
    return any;
}

static bool stands_in_queue_of_other_kind(struct pvlock_region *region, int vcpu) {
    struct pv_core *core = &region->core;
    for (uint32_t index = 0; index < PVLOCK_LOCK_WORD_MAX_NODES; index++) {
        uint32_t node = pv_node_at(core, pv_ref(vcpu, index));
        if (!is_free(core, node) && !pv_is_paravirt(region, pv_lock_of(core, node))) {
            return true;
        }
    }
    return false;
}

/*
 * Keeps back a slot whose node is the predecessor of a queued node that is not reclaimed itself, and a slot that stands
 * in a queue that nobody repairs. Repeated as long as that keeps more: each slot that is kept may name another one.
 */
static void keep_predecessors(struct pvlock_region *region, struct pv_dead_slots *dead) {
    for (int vcpu = 0; vcpu < dead->capacity; vcpu++) {
        if (dead->slots[vcpu] && stands_in_queue_of_other_kind(region, vcpu)) {
            dead->kept[vcpu] = true;
        }
    }
    bool again = true;
    while (again) {
        again = false;
        for (int vcpu = 0; vcpu < dead->capacity; vcpu++) {
            if (!goes(dead, vcpu) && !is_unused(&region->core, vcpu)) {
                again |= keep_predecessors_of(region, vcpu, dead);
            }
        }
    }
}

/* ---- cells */

struct settling {
    struct pvlock_region *region;
    struct pv_dead_slots *dead;
    bool released;
};

/* The vCPU that owns a cell; -1 for nobody, also if it was given up for good. */
static int owner_of(uint64_t cell) {
    uint32_t owner = pv_owner(cell);
    return owner == PV_NOT_RECOVERABLE_OWNER ? -1 : pv_owner_vcpu(owner);
}

static int tail_of(uint64_t cell) {
    return pv_ref_vcpu(pv_tail(pv_word(cell)));
}

static bool contains(const struct pv_dead_slots *dead, int vcpu) {
    return vcpu >= 0 && vcpu < dead->capacity && dead->slots[vcpu];
}

/*
 * What the dead owned is released for it, marked inconsistent, in one CAS: as if somebody had taken it over and let go.
 */
static bool release_owned(struct pvlock_region *region, int vcpu, uint32_t cell) {
    struct pv_core *core = &region->core;
    for (uint64_t now = pv_read_cell(core, cell); owner_of(now) == vcpu; now = pv_read_cell(core, cell)) {
        uint32_t word = (pv_word(now) & ~PV_LOCKED_MASK) | PV_INCONSISTENT;
        int64_t entry = pv_entry_of_cell(region, cell);
        if (entry >= 0) {
            struct pv_death death = pv_death_of(core, pv_owner(now), pv_last_token(region, (uint32_t) entry));
            pv_record_death(region, (uint32_t) entry, &death);
        }
        /* P0 release and acquire: (t,p,*) -> (t,p,0) and inconsistent; pairs with P0 in pv_lock. */
        if (pv_cas_cell(core, cell, now, pv_cell_of(word, 0))) {
            PVLOCK_KILL_POINT(OWNER_RELEASED, -1);
            pv_event_of_slot(region, PVLOCK_EVENT_TYPE_OWNER_RECLAIMED, vcpu, cell, 0, -1);
            return true;
        }
    }
    return false;
}

/* Marks an ABANDONED node SKIPPED, as a waiter behind it would; false if it is not ABANDONED any more. */
static bool skip_abandoned(struct pv_core *core, uint32_t node) {
    uint32_t grant = pv_grant(core, node);
    return pv_status(grant) == PVLOCK_NODE_ABANDONED
        && pv_cas_grant(core, node, grant, pv_with_status(grant, PVLOCK_NODE_SKIPPED));
}

/* Whether nobody alive waits behind the dead head, or behind nobody; places that the living have left are passed. */
static bool is_deserted(struct pv_core *core, uint32_t tail, uint32_t cell) {
    uint32_t ref = tail;
    for (int steps = pv_node_count(core); ref != 0 && steps > 0; steps--) {
        uint32_t node = pv_node_at(core, ref);
        uint32_t status = pv_status(pv_grant(core, node));
        bool dead = pv_dead(core, pv_ref_vcpu(ref));
        if (status == PVLOCK_NODE_FREE || pv_lock_of(core, node) != cell) {
            return false;
        }
        if (dead && status == PVLOCK_NODE_GRANTED) {
            return true;
        }
        bool left = status == PVLOCK_NODE_SKIPPED || (status == PVLOCK_NODE_ABANDONED && skip_abandoned(core, node));
        if (!dead && !left) {
            return false;
        }
        ref = pv_prev(core, node);
    }
    return ref == 0;
}

/*
 * A queue in which nobody alive waits is emptied in one CAS by whoever reclaims the slot of its tail. Until then nobody
 * else can get that slot, queue with it again, and so make the cell look the same. A queue with a live waiter is
 * repaired by that waiter.
 */
static void drop_dead_queue(struct pv_core *core, uint32_t cell) {
    uint64_t now = pv_read_cell(core, cell);
    if (is_deserted(core, pv_tail(pv_word(now)), cell)) {
        uint32_t word = pv_word(now) & ~(PVLOCK_LOCK_WORD_TAIL_MASK | PV_PENDING | PV_OVERTAKE_MASK);
        /* P1 acquire: the tail has not changed, so nobody joined; pairs with P1 in pv_join. */
        if (pv_cas_cell(core, cell, now, pv_cell_of(word, pv_owner(now)))) {
            PVLOCK_KILL_POINT(DEAD_QUEUE_DROPPED, -1);
        }
    }
}

/* Lets go of what the dead own and of the queues in which only they stand; keeps back whom a cell still names. */
static bool settle(void *context, uint32_t cell) {
    struct settling *settling = context;
    struct pvlock_region *region = settling->region;
    struct pv_dead_slots *dead = settling->dead;
    struct pv_core *core = &region->core;
    bool paravirt = pv_is_paravirt(region, cell);
    uint64_t now = pv_read_cell(core, cell);
    if (contains(dead, owner_of(now)) && paravirt && release_owned(region, owner_of(now), cell)) {
        settling->released = true;
    }
    if (contains(dead, tail_of(pv_read_cell(core, cell))) && paravirt) {
        drop_dead_queue(core, cell);
    }
    now = pv_read_cell(core, cell);
    if (contains(dead, owner_of(now))) {
        dead->kept[owner_of(now)] = true;
    }
    if (contains(dead, tail_of(now)) && paravirt) {
        dead->kept[tail_of(now)] = true;
    }
    return false;
}

/* ---- slots */

/*
 * A claimer that died has left nothing, so the next attacher takes the slot as it is. A live reclaimer keeps what it
 * has taken.
 */
static bool is_reclaimable(struct pv_core *core, uint64_t state) {
    uint32_t status = pv_slot_status(state);
    return status == PVLOCK_SLOT_DEAD
        || (status == PVLOCK_SLOT_RECLAIMING && pv_is_slot_process_dead(core, state));
}

static uint64_t mine(struct pv_core *core, uint64_t before) {
    return pv_slot_state(
        PVLOCK_SLOT_RECLAIMING, pv_slot_generation(before), (uint32_t) core->process, core->process_generation);
}

static int take(struct pv_core *core, struct pv_dead_slots *dead) {
    int taken = 0;
    for (int vcpu = 0; vcpu < core->vcpus; vcpu++) {
        uint64_t before = pv_state(core, vcpu);
        if (is_reclaimable(core, before) && pv_cas_state(core, vcpu, before, mine(core, before))) {
            dead->slots[vcpu] = true;
            dead->before[vcpu] = before;
            taken++;
            PVLOCK_KILL_POINT(RECLAIM_MARKED, -1);
        }
    }
    return taken;
}

static int free_slots(struct pvlock_region *region, struct pv_dead_slots *dead) {
    struct pv_core *core = &region->core;
    int freed = 0;
    for (int vcpu = 0; vcpu < dead->capacity; vcpu++) {
        if (dead->goes[vcpu]) {
            free_nodes(core, vcpu);
            PVLOCK_KILL_POINT(DEAD_NODES_FREED, -1);
            pv_event_of_slot(region, PVLOCK_EVENT_TYPE_SLOT_RECLAIMED, vcpu, 0, 0, -1);
            uint64_t before = dead->before[vcpu];
            pv_cas_state(core, vcpu, mine(core, before), pv_slot_with_status(before, PVLOCK_SLOT_FREE));
            dead->slots[vcpu] = false;
            freed++;
        }
    }
    if (freed > 0) {
        pv_slots_may_have_come(core);
    }
    return freed;
}

static int reclaim(struct pvlock_region *region, struct pv_dead_slots *dead) {
    struct pv_core *core = &region->core;
    struct settling settling = {region, dead, false};
    pv_first_cell(region, UINT64_MAX, settle, &settling);
    bool forgotten = pv_forget_words(region, dead);
    if (settling.released || forgotten) {
        /* Kicks everybody, since one that noticed a death may have been killed before it told the others. */
        pv_kick_all(core);
    }
    /*
     * After the cells: a waiter that queues behind a dead tail meanwhile is seen as the new tail, or by its
     * predecessor.
     */
    keep_predecessors(region, dead);
    for (int vcpu = 0; vcpu < dead->capacity; vcpu++) {
        dead->goes[vcpu] = goes(dead, vcpu);
    }
    pv_hash_remove_vcpus(core, dead->goes);
    PVLOCK_KILL_POINT(DEAD_UNHASHED, -1);
    return free_slots(region, dead);
}

static void give_back(struct pv_core *core, struct pv_dead_slots *dead) {
    for (int vcpu = 0; vcpu < dead->capacity; vcpu++) {
        if (dead->slots[vcpu]) {
            uint64_t before = dead->before[vcpu];
            pv_cas_state(core, vcpu, mine(core, before), pv_slot_with_status(before, PVLOCK_SLOT_DEAD));
        }
    }
}

static bool any_is_reclaimable(struct pv_core *core) {
    for (int vcpu = 0; vcpu < core->vcpus; vcpu++) {
        if (is_reclaimable(core, pv_state(core, vcpu))) {
            return true;
        }
    }
    return false;
}

/* How many were freed; `*left`: whether some were kept. */
static int reclaim_once(struct pvlock_region *region, struct pv_dead_slots *dead, bool *left) {
    struct pv_core *core = &region->core;
    *left = false;
    /* Whoever sleeps on a sentinel may not have been told of the death, and nobody would tell once it is reclaimed. */
    pv_notice_deaths(core);
    /* Under the byte lock, so that no object is made or removed meanwhile. It is not waited for: whoever is short of
       slots comes again. */
    if (!any_is_reclaimable(core) || !pv_try_exclusive(region)) {
        return 0;
    }
    volatile int freed = 0;
    struct pv_trap trap;
    if (PV_TRAP(&trap) && take(core, dead) > 0) {
        freed = reclaim(region, dead);
    }
    pv_untrap(&trap);
    give_back(core, dead);
    pv_end_exclusive(region);
    for (int vcpu = 0; vcpu < dead->capacity; vcpu++) {
        *left |= dead->slots[vcpu];
    }
    return freed;
}

int pv_reclaim_dead(struct pvlock_region *region) {
    size_t capacity = (size_t) region->core.vcpus;
    /* One block: the words first. */
    unsigned char *block = malloc(capacity * (sizeof(uint64_t) + 3 * sizeof(bool)));
    if (block == NULL) {
        return 0;
    }
    struct pv_dead_slots dead = {.capacity = (int) capacity, .before = (uint64_t *) (void *) block};
    dead.slots = (bool *) (block + capacity * sizeof(uint64_t));
    dead.kept = dead.slots + capacity;
    dead.goes = dead.kept + capacity;
    int freed = 0;
    int now;
    bool left;
    do {
        memset(block, 0, capacity * (sizeof(uint64_t) + 3 * sizeof(bool)));
        now = reclaim_once(region, &dead, &left);
        freed += now;
        /* Some were kept. They may be free to go now: those that went may have been the last to name them. */
    } while (now > 0 && left);
    free(block);
    return freed;
}
