/*
 * NUMA-aware hand-over (after the kernel's CNA): a lock, and what it guards, stays for a while among the waiters of one
 * NUMA node. NumaOrder.java says why a death does no harm. A call is a hint, and holding back is being slow.
 */
#include "policy.h"
#include "vcpu.h"

/* So many waiters are looked at for one to call: each look takes a cache line from whoever spins on it. */
#define MAX_STEPS 16
/* Between two looks at a cell whose line belongs to another node. */
#define PAUSES 16

static int owners_numa_node(struct pv_core *core, uint64_t cell) {
    uint32_t owner = pv_owner(cell);
    return owner == 0 || owner == PV_NOT_RECOVERABLE_OWNER ? -1 : pv_numa_node_of(core, pv_owner_vcpu(owner));
}

/*
 * Whether to hold back any longer. Not if pending is set: the calls are over. Not if the owner runs on another node:
 * nobody called it, so it calls nobody.
 */
static bool is_worthwhile(uint64_t cell, int favoured, struct pv_me *me) {
    uint32_t owner = pv_owner(cell);
    bool calls = owner == 0 || (owners_numa_node(me->core, cell) == favoured && !pv_owner_dead(me->core, owner));
    return calls && !pv_is_pending(pv_word(cell)) && (!pv_may_leave(me) || pv_reason_to_leave(me) == PV_UNDECIDED);
}

/*
 * Called by a new head: lets waiters of the owner's NUMA node pass, if there are any, for as long as the policy says.
 */
void pv_hold_back(uint32_t cell, uint32_t ref, uint32_t node, struct pv_me *me, const struct pv_policy *policy) {
    struct pv_core *core = me->core;
    uint64_t before = pv_read_cell(core, cell);
    int favoured = owners_numa_node(core, before);
    bool is_remote = favoured >= 0 && me->numa_node >= 0 && favoured != me->numa_node;
    if (!is_remote || pv_is_pending(pv_word(before)) || !pv_call_next(cell, ref, favoured, me)) {
        return;
    }
    pv_count(me, PVLOCK_COUNT_NUMA_HELD_BACK, 1);
    int64_t begin = pv_now();
    int64_t changed = begin;
    for (int64_t now_ns = begin; is_worthwhile(before, favoured, me); now_ns = pv_now()) {
        pv_put_heartbeat(core, node, now_ns);
        /* The cell must change now and then: the one that was called may not come, or an owner may stay. A head that
           sleeps is cheaper then. */
        if (pv_difference(now_ns, begin) >= policy->numa_threshold_ns
                || pv_difference(now_ns, changed) >= policy->spin_ns) {
            return;
        }
        for (int i = 0; i < PAUSES; i++) {
            pv_pause();
        }
        uint64_t now = pv_read_cell(core, cell);
        if (now != before) {
            before = now;
            changed = now_ns;
        }
    }
}

/*
 * Calls the nearest waiter behind ref, my own place, that is awake on numa_node. If I am not the head, the nodes that I
 * walk over may be used anew meanwhile. Then I call another waiter of this lock, or nobody.
 */
bool pv_call_next(uint32_t cell, uint32_t ref, int numa_node, struct pv_me *me) {
    struct pv_core *core = me->core;
    uint32_t next = ref;
    for (int steps = 0; steps < MAX_STEPS; steps++) {
        next = pv_next_ref(pv_next(core, pv_node_at(core, next)));
        if (next == 0) {
            return false;
        }
        uint32_t node = pv_node_at(core, next);
        uint32_t grant = pv_grant(core, node);
        if (pv_status(grant) == PVLOCK_NODE_WAIT
                && pv_ref_index(next) < PVLOCK_LOCK_WORD_MAX_NODES - 1
                && pv_numa_node_of(core, pv_ref_vcpu(next)) == numa_node
                && pv_node_state(core, node) == PVLOCK_NODE_RUNNING
                && pv_lock_of(core, node) == cell
                && !pv_dead(core, pv_ref_vcpu(next))) {
            pv_call(core, node, grant);
            PVLOCK_KILL_POINT(WAITER_CALLED, me->index);
            return true;
        }
    }
    return false;
}

/* The waiter with node was called: takes the lock if it is free. PV_UNDECIDED: not yet, or not any more. */
int pv_take_ahead(uint32_t cell, uint32_t node, struct pv_me *me) {
    struct pv_core *core = me->core;
    uint64_t now = pv_read_cell(core, cell);
    uint32_t word = pv_word(now);
    if (pv_is_pending(word)) {
        pv_call(core, node, 0);
        return PV_UNDECIDED;
    }
    /* (t,0,0) -> (t,0,LOCKED) */
    if (pv_locked(word) != 0 || !pv_cas_cell(core, cell, now, pv_cell_of(word | PV_LOCKED, me->owner))) {
        return PV_UNDECIDED;
    }
    pv_count(me, PVLOCK_COUNT_NUMA_AHEAD, 1);
    PVLOCK_KILL_POINT(TAKEN_AHEAD, me->index);
    return pv_acquired(word);
}

/* Nobody else goes ahead: the head need not hold back any longer. */
void pv_want_head(struct pv_core *core, uint32_t cell) {
    for (;;) {
        uint64_t now = pv_read_cell(core, cell);
        uint32_t word = pv_word(now);
        /* (t,0,*) -> (t,1,*), if there is a queue; the end of the queue clears it, whoever the head is then. */
        if (pv_tail(word) == 0
                || pv_is_pending(word)
                || pv_is_stalled(word)
                || pv_cas_cell(core, cell, now, now | PV_PENDING)) {
            return;
        }
    }
}
