/*
 * Sleeping and waking as the algorithm does them: the kernel's pv_wait and pv_kick, and the hash through which an
 * unlocker finds whom to kick.
 */
#include <sched.h>

#include "core.h"
#include "vcpu.h"

/* Sleeps until kicked, until depends_on dies, until deadline_ns, or for no reason. */
void pv_pause_until(struct pv_me *me, int depends_on, const struct pv_policy *policy, int64_t deadline_ns) {
    if (policy->yields) {
        sched_yield();
    } else {
        pv_park(me, depends_on, deadline_ns);
    }
}

void pv_kick_ref(uint32_t ref, struct pv_me *me) {
    int64_t begin = pv_now();
    pv_slot_at(me->core, pv_ref_vcpu(ref)); /* it exists */
    pv_kick(me->core, pv_ref_vcpu(ref));
    int64_t elapsed = pv_difference(pv_now(), begin);
    pv_count(me, PVLOCK_COUNT_PV_LATENCY_KICK, elapsed);
}

/* Into the hash; a full table is cleared of stale entries, each with a kick, since it may not be stale any more. */
void pv_enter(uint32_t cell, uint32_t ref, struct pv_me *me) {
    while (!pv_hash_insert(cell, ref, me)) {
        for (uint32_t stale = pv_hash_take_stale(me->core); stale != 0; stale = pv_hash_take_stale(me->core)) {
            pv_kick_ref(stale, me);
        }
    }
}

/* Enters ref as the sleeping head of cell, unless it is entered already. */
void pv_enter_once(uint32_t cell, uint32_t ref, struct pv_me *me) {
    if (!pv_hash_contains(me->core, cell, ref)) {
        pv_enter(cell, ref, me);
    }
}

/* Kicks every entry of cell, of whomever: who removes an entry has kicked. */
void pv_kick_heads(uint32_t cell, struct pv_me *me) {
    /* P5 acquire: pairs with P5 release in take_or_mark_slow and advance_sleeper. */
    for (uint32_t ref = pv_hash_take(me->core, cell, 0); ref != 0; ref = pv_hash_take(me->core, cell, ref)) {
        PVLOCK_KILL_POINT(ENTRY_TAKEN, me->index);
        pv_count(me, PVLOCK_COUNT_PV_KICK_UNLOCK, 1);
        int vcpu = pv_ref_vcpu(ref);
        if (vcpu < 0 || vcpu >= me->core->vcpus) {
            pv_hash_drop_taken(me->core, cell, ref); /* it names nobody, which the kick will say */
        }
        pv_kick_ref(ref, me);
        pv_hash_drop_taken(me->core, cell, ref);
    }
}
