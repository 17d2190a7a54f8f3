/* Leaving the queue, and handing the headship on: the second half of io.pvlock.core.PvQueue. */
#include "policy.h"
#include "vcpu.h"

/* ---- leaving */

/* (gen,WAIT) to (gen,ABANDONED). False: I have just been granted, and must leave as head. */
bool pv_abandon_node(uint32_t cell, uint32_t ref, uint32_t node, struct pv_me *me) {
    uint32_t grant = pv_grant(me->core, node);
    if (pv_status(grant) != PVLOCK_NODE_WAIT
            || !pv_cas_grant(me->core, node, grant, pv_with_status(grant, PVLOCK_NODE_ABANDONED))) {
        return false;
    }
    pv_count(me, PVLOCK_COUNT_LOCK_LEFT, 1);
    PVLOCK_KILL_POINT(NODE_ABANDONED, me->index);
    pv_tell_successor(cell, ref, me);
    return true;
}

/*
 * Whoever sleeps behind me watches me for signs of death, and must now watch the one before me. The hints lead to it,
 * past those that were skipped; if it is gone, too, or a hint is missing, only a kick for all is sure to reach it.
 */
void pv_tell_successor(uint32_t cell, uint32_t ref, struct pv_me *me) {
    struct pv_core *core = me->core;
    uint32_t last = ref;
    for (int steps = pv_node_count(core); steps > 0; steps--) {
        if (pv_tail(pv_word(pv_read_cell(core, cell))) == last) {
            return;
        }
        uint32_t successor = pv_next_ref(pv_next(core, pv_node_at(core, last)));
        uint32_t status =
            successor == 0 ? PVLOCK_NODE_FREE : pv_status(pv_grant(core, pv_node_at(core, successor)));
        if (status == PVLOCK_NODE_WAIT && !pv_dead(core, pv_ref_vcpu(successor))) {
            pv_kick_ref(successor, me);
            return;
        }
        if (status != PVLOCK_NODE_SKIPPED) {
            break;
        }
        last = successor;
    }
    pv_kick_all(core);
}

/* ---- nodes that were passed */

/* (gen,SKIPPED) to (gen,FREE), if the owner lives to use it; the generation makes a late attempt harmless. */
static void give_back(struct pv_core *core, uint32_t ref, uint32_t grant) {
    if (pv_status(grant) == PVLOCK_NODE_SKIPPED && !pv_dead(core, pv_ref_vcpu(ref))) {
        pv_cas_grant(core, pv_node_at(core, ref), grant, pv_with_status(grant, PVLOCK_NODE_FREE));
    }
}

void pv_give_back_skipped(struct pv_me *me) {
    for (int i = 0; i < me->skipped_count; i++) {
        give_back(me->core, me->skipped[i].ref, me->skipped[i].grant);
    }
}

/* ---- handing on */

/* Along prev from the tail (I4): stable as long as I hold the headship. */
static uint32_t first_behind(struct pv_core *core, uint32_t cell, uint32_t current, uint32_t tail) {
    uint32_t ref = tail;
    for (int steps = pv_node_count(core); steps >= 0 && ref != 0; steps--) {
        uint32_t before = pv_prev(core, pv_node_at(core, ref));
        if (before == current) {
            return ref;
        }
        ref = before;
    }
    pv_endless(cell, pv_ref_vcpu(tail), pv_ref_vcpu(current));
}

/* The node behind current, which is mine or was passed by me; 0 if there is none, and then the queue is empty. */
static uint32_t successor_of(struct pv_core *core, uint32_t cell, uint32_t current) {
    uint32_t hint = pv_next_ref(pv_next(core, pv_node_at(core, current)));
    if (hint != 0) {
        return hint;
    }
    uint64_t now;
    do {
        now = pv_read_cell(core, cell);
        uint32_t tail = pv_tail(pv_word(now));
        if (tail != current) {
            return first_behind(core, cell, current, tail);
        }
        /* (n,*,l) -> (0,0,l), the overtakes forgotten */
    } while (!pv_cas_cell(core, cell, now, pv_with_tail(now, 0) & ~(uint64_t) (PV_OVERTAKE_MASK | PV_PENDING)));
    return 0;
}

/* The kernel's pv_kick_node: a sleeping successor is made head in its sleep and kicked once, at my unlock. */
static void advance_sleeper(uint32_t cell, uint32_t granted, uint32_t grant, struct pv_me *me) {
    struct pv_core *core = me->core;
    /*
     * P4: after the grant; failure means that it is awake and will see the grant. Matches the CAS in pv_wait_for_grant.
     */
    if (!pv_cas_node_state(
            core,
            pv_node_at(core, granted),
            pv_state_in(grant, PVLOCK_NODE_HALTED),
            pv_state_in(grant, PVLOCK_NODE_HASHED))) {
        return;
    }
    PVLOCK_KILL_POINT(SUCCESSOR_HASHED, me->index);
    /* If it woke by itself meanwhile, it may have entered itself, or left; a second or a stale entry does no harm. */
    pv_enter(cell, granted, me);
    PVLOCK_KILL_POINT(SUCCESSOR_ENTERED, me->index);
    uint64_t now;
    do {
        now = pv_read_cell(core, cell);
        /* P5 release: (t,*,LOCKED) -> (t,*,SLOW), after the entry; pairs with P5 in pv_kick_heads. */
    } while (!pv_cas_cell(core, cell, now, now | PV_SLOW));
}

static void end_turn(uint32_t cell, uint32_t ref, struct pv_me *me) {
    uint32_t node = pv_node_at(me->core, ref);
    pv_give_back_skipped(me);
    pv_give_back_own_skipped(cell, me);
    pv_release_grant(me->core, node, pv_with_status(pv_grant(me->core, node), PVLOCK_NODE_FREE));
}

/*
 * Gives the headship to the successor, passing those that left; by the new owner, or by a head that leaves. Nobody is
 * waited for: a successor that has not linked itself is found along prev.
 */
void pv_hand_off(uint32_t cell, uint32_t ref, bool owning, struct pv_me *me, const struct pv_policy *policy) {
    struct pv_core *core = me->core;
    uint32_t granted = 0;
    uint32_t granted_in = 0;
    me->skipped_count = 0;
    /* A turn is measured only where the next owner is the next in the queue. */
    bool measured = owning && policy->overtake_limit == 0;
    int64_t now_ns = measured ? pv_now() : 0;
    if (measured) {
        pv_costs_took(&me->costs, now_ns);
    }
    bool early_is_shorter = measured && pv_wakes_early(&me->costs);
    bool early = false;
    for (uint32_t current = ref; granted == 0;) {
        uint32_t successor = successor_of(core, cell, current);
        if (successor == 0) {
            me->attempt.handed_to = 0;
            me->attempt.handed_on = true;
            PVLOCK_KILL_POINT(QUEUE_DRAINED, me->index);
            break;
        }
        uint32_t s_node = pv_node_at(core, successor);
        uint32_t grant = pv_grant(core, s_node);
        if (pv_status(grant) == PVLOCK_NODE_WAIT) {
            if (measured) {
                /* If nobody waits but the next, there are processors enough, whatever it costs. */
                bool alone = pv_tail(pv_word(pv_read_cell(core, cell))) == successor;
                early = alone || early_is_shorter;
                uint32_t wake = alone ? PVLOCK_NODE_WAKE_UNKNOWN
                    : early ? PVLOCK_NODE_WAKE_EARLY
                    : PVLOCK_NODE_WAKE_AT_UNLOCK;
                pv_turn(core, s_node, wake, now_ns);
            }
            /* P2 release: (gen,WAIT) -> (gen,GRANTED); pairs with P2 acquire in pv_wait_for_grant. */
            if (pv_cas_grant(core, s_node, grant, pv_with_status(grant, PVLOCK_NODE_GRANTED))) {
                me->attempt.handed_to = successor;
                me->attempt.handed_on = true;
                granted = successor;
                granted_in = grant;
            }
        } else if (pv_status(grant) == PVLOCK_NODE_SKIPPED
                || pv_cas_grant(core, s_node, grant, pv_with_status(grant, PVLOCK_NODE_SKIPPED))) {
            /* ABANDONED -> SKIPPED */
            pv_add_skipped(me, successor, pv_with_status(grant, PVLOCK_NODE_SKIPPED));
            PVLOCK_KILL_POINT(SUCCESSOR_SKIPPED, me->index);
            current = successor;
        }
    }
    if (granted != 0) {
        PVLOCK_KILL_POINT(SUCCESSOR_GRANTED, me->index);
        if (owning && !early) {
            advance_sleeper(cell, granted, granted_in, me);
        } else {
            pv_kick_ref(granted, me);
        }
    }
    PVLOCK_KILL_POINT(BEFORE_FREE, me->index);
    end_turn(cell, ref, me);
}

/* ---- the way out */

static void give_up_headship(uint32_t cell, uint32_t ref, struct pv_me *me, const struct pv_policy *policy) {
    pv_hash_remove(me->core, cell, ref);
    if (!me->attempt.handed_on) {
        pv_clear_pending(me->core, cell, 0);
        pv_hand_off(cell, ref, false, me, policy);
        return;
    }
    if (me->attempt.handed_to != 0) {
        /* It may sleep as head, neither in the hash nor kicked. */
        pv_kick_ref(me->attempt.handed_to, me);
    }
    end_turn(cell, ref, me);
}

/*
 * Leaves the queue, wherever the attempt under way was when it could not go on: as a waiter, as head, or in the middle
 * of handing on. Once it has returned there is nothing left to do; until then it can be repeated.
 */
void pv_give_up_place(uint32_t cell, struct pv_me *me, const struct pv_policy *policy) {
    uint32_t ref = me->attempt.ref;
    if (ref == 0) {
        return;
    }
    uint32_t node = pv_node_at(me->core, ref);
    uint32_t grant = pv_grant(me->core, node);
    uint32_t status = pv_status(grant);
    if (status == PVLOCK_NODE_WAIT && !me->attempt.queued) {
        pv_release_grant(me->core, node, pv_with_status(grant, PVLOCK_NODE_FREE));
    } else if (status == PVLOCK_NODE_WAIT && pv_abandon_node(cell, ref, node, me)) {
        return;
    } else if (status == PVLOCK_NODE_ABANDONED || status == PVLOCK_NODE_SKIPPED) {
        pv_tell_successor(cell, ref, me);
    } else if (status != PVLOCK_NODE_FREE) {
        give_up_headship(cell, ref, me, policy);
    }
}
