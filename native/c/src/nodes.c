/*
 * A thread's own queue nodes: which one to wait with, and how it comes into the queue; the kernel's grab_mcs_node and
 * xchg_tail.
 */
#include "core.h"
#include "vcpu.h"

/*
 * A node of mine to wait with; 0 if none. A place that I abandoned in this very queue is regained rather than doubled.
 */
uint32_t pv_pick_node(uint32_t cell, struct pv_me *me) {
    struct pv_core *core = me->core;
    uint32_t free_ref = 0;
    for (int index = PVLOCK_LOCK_WORD_MAX_NODES - 1; index >= 0; index--) {
        uint32_t ref = pv_ref(me->index, (uint32_t) index);
        uint32_t node = pv_node_at(core, ref);
        uint32_t grant = pv_grant(core, node);
        if (pv_status(grant) == PVLOCK_NODE_ABANDONED && pv_lock_of(core, node) == cell) {
            /* (gen,ABANDONED) -> (gen,WAIT); failure: a neighbour has just skipped it. */
            if (pv_cas_grant(core, node, grant, pv_with_status(grant, PVLOCK_NODE_WAIT))) {
                return ref;
            }
            grant = pv_grant(core, node);
        }
        if (pv_status(grant) == PVLOCK_NODE_SKIPPED
                && pv_tail(pv_word(pv_read_cell(core, pv_cell_of_node(core, node)))) == 0) {
            /* Whoever skipped it died before giving it back. Its queue is empty, so no chain leads through it. */
            pv_cas_grant(core, node, grant, pv_with_status(grant, PVLOCK_NODE_FREE));
            grant = pv_grant(core, node);
        }
        if (pv_status(grant) == PVLOCK_NODE_FREE) {
            free_ref = ref;
        }
    }
    if (pv_ref_index(free_ref) > 0) {
        pv_count(me, PVLOCK_COUNT_LOCK_USE_NODE2 + (int) pv_ref_index(free_ref) - 1, 1);
    }
    return free_ref;
}

bool pv_is_gone(struct pv_core *core, uint32_t ref) {
    uint32_t status = pv_status(pv_grant(core, pv_node_at(core, ref)));
    return status == PVLOCK_NODE_ABANDONED || status == PVLOCK_NODE_SKIPPED || pv_dead(core, pv_ref_vcpu(ref));
}

static void init_node(struct pv_core *core, uint32_t node, uint32_t generation, uint32_t cell, int64_t now_ns) {
    unsigned char *base = core->base;
    pv_put64(base, node + PVLOCK_NODE_LOCK_OFFSET, cell);
    pv_put64(base, node + PVLOCK_NODE_HEARTBEAT_OFFSET, (uint64_t) now_ns);
    pv_put64(base, node + PVLOCK_NODE_SINCE_OFFSET, (uint64_t) now_ns);
    pv_put32(base, node + PVLOCK_NODE_WAKE_OFFSET, PVLOCK_NODE_WAKE_UNKNOWN);
    uint32_t grant = pv_grant_of(generation, PVLOCK_NODE_WAIT);
    pv_put32(base, node + PVLOCK_NODE_STATE_OFFSET, pv_state_in(grant, PVLOCK_NODE_RUNNING));
    /* P1 release: the node is initialised before the tail names it; pairs with P1 acquire, the enqueuer's tail CAS. */
    pv_release32(base, node + PVLOCK_NODE_NEXT_OFFSET, pv_next_of(generation, 0));
    pv_release32(base, node + PVLOCK_NODE_GRANT_OFFSET, grant);
}

static void enqueue(uint32_t cell, uint32_t ref, uint32_t node, struct pv_me *me) {
    struct pv_core *core = me->core;
    uint32_t generation = (pv_next_generation(pv_next(core, node)) + 1) & 0xffff;
    init_node(core, node, generation, cell, pv_now());
    PVLOCK_KILL_POINT(NODE_INITIALISED, me->index);
    uint64_t now;
    uint32_t old;
    uint32_t old_next;
    do {
        now = pv_read_cell(core, cell);
        old = pv_tail(pv_word(now));
        old_next = old == 0 ? 0 : pv_next(core, pv_node_at(core, old));
        pv_release_prev(core, node, old);
        /* P1 release and acquire: (p,*,*) -> (ref,*,*); pairs with P1 in every reader of the tail and of prev. */
    } while (!pv_cas_cell(core, cell, now, pv_with_tail(now, ref)));
    me->attempt.queued = true;
    PVLOCK_KILL_POINT(TAIL_PUBLISHED, me->index);
    if (old == 0) {
        PVLOCK_KILL_POINT(FIRST_IN_QUEUE, me->index);
        pv_release_grant(core, node, pv_grant_of(generation, PVLOCK_NODE_GRANTED));
        return;
    }
    /* Only a hint. It fails if the predecessor handed over meanwhile, found me by the chain, and reused its node. */
    uint32_t old_generation = pv_next_generation(old_next);
    pv_cas_next(core, pv_node_at(core, old), pv_next_of(old_generation, 0), pv_next_of(old_generation, ref));
    PVLOCK_KILL_POINT(LINKED, me->index);
}

/* Queues with ref, which pv_pick_node gave. */
void pv_join(uint32_t cell, uint32_t ref, struct pv_me *me) {
    me->attempt.ref = ref;
    uint32_t node = pv_node_at(me->core, ref);
    if (pv_status(pv_grant(me->core, node)) == PVLOCK_NODE_FREE) {
        enqueue(cell, ref, node, me);
    } else {
        me->attempt.queued = true;
        PVLOCK_KILL_POINT(NODE_REGAINED, me->index);
    }
}

/*
 * Takes back my nodes in this queue that a neighbour has marked SKIPPED, but was killed before it gave them back. I was
 * head with a later node, so no chain leads through them.
 */
void pv_give_back_own_skipped(uint32_t cell, struct pv_me *me) {
    struct pv_core *core = me->core;
    for (uint32_t index = 0; index < PVLOCK_LOCK_WORD_MAX_NODES; index++) {
        uint32_t node = pv_node_at(core, pv_ref(me->index, index));
        uint32_t grant = pv_grant(core, node);
        if (pv_status(grant) == PVLOCK_NODE_SKIPPED && pv_lock_of(core, node) == cell) {
            pv_cas_grant(core, node, grant, pv_with_status(grant, PVLOCK_NODE_FREE));
        }
    }
}
