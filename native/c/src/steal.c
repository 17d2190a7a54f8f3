/*
 * Taking the lock past the queue: the kernel's pv_hybrid_queued_unfair_trylock, bounded. A free lock is taken past a
 * head that sleeps, as often as the policy allows. A head that lives and does not come is passed whatever the count
 * says. If the owner is dead, such a head is passed under every policy, so that nobody has to wait for the dead behind
 * a head that does not move.
 */
#include <sched.h>

#include "policy.h"
#include "vcpu.h"

#define THIEF_CHECK_MASK 7

/* Takes a lock that is free, past the queue if there is one. */
static bool take_past(uint32_t cell, uint64_t now, uint32_t taken, struct pv_me *me) {
    if (!pv_cas_cell(me->core, cell, now, pv_cell_of(taken, me->owner))) {
        return false;
    }
    if (pv_tail(taken) != 0) {
        pv_count(me, PVLOCK_COUNT_PV_LOCK_STEALING, 1);
    }
    PVLOCK_KILL_POINT(LOCK_TAKEN, me->index);
    return true;
}

/*
 * Whether the head of the lock's queue lives and does not take the free lock: stopped, or without a processor for as
 * long.
 */
static bool is_head_stalled(uint64_t now, struct pv_me *me, const struct pv_policy *policy) {
    uint32_t word = pv_word(now);
    return policy->overtake_limit > 0 && (pv_is_stalled(word) || (pv_locked(word) == 0 && pv_sees_stall(me, now)));
}

/*
 * Whether the owner is dead, and the head, whose task it is to replace the owner, has not done so for longer than a
 * head may take.
 */
static bool is_death_left_to_others(uint32_t cell, uint64_t now, struct pv_me *me) {
    return pv_tail(pv_word(now)) != 0
        && pv_cell_owner_dead(me->core, now)
        && pv_sees_death(me, cell, pv_owner(now));
}

/*
 * (t,*,l) -> (t,0,l), stalled; the same word where nobody is ever overtaken. SLOW stays: a sleeping head still wants
 * its kick.
 */
static bool take_over_past_head(uint32_t cell, uint64_t now, struct pv_me *me, const struct pv_policy *policy) {
    uint32_t word = pv_word(now);
    uint32_t taken = policy->overtake_limit > 0 ? pv_with_head_stalled(word) : word;
    if (!pv_take_over(cell, now, pv_cell_of(taken, me->owner), me)) {
        return false;
    }
    pv_count(me, PVLOCK_COUNT_PV_LOCK_STEALING, 1);
    return true;
}

/* Tries once to take a free lock, past a head that sleeps, if there is one. */
bool pv_overtake(uint32_t cell, uint64_t now, struct pv_me *me, const struct pv_policy *policy) {
    uint32_t word = pv_word(now);
    uint32_t taken = word | PV_LOCKED;
    if (pv_tail(word) != 0 && pv_count_overtake(me, policy, pv_overtakes(word))) {
        uint32_t counted = pv_with_overtake(word);
        /* The head's turn comes soon, so this unlock wakes it. Then it is awake when its turn comes, and the lock is
           not idle meanwhile. */
        taken = counted | (pv_is_turn_near(policy, counted) ? PV_SLOW : PV_LOCKED);
    }
    /* (t,0,0) -> (t,0,LOCKED or SLOW) */
    return take_past(cell, now, taken, me);
}

/* Whether one who stands in the queue should steal: the lock is there to be had, and the head does not come. */
bool pv_is_head_passed(uint32_t cell, struct pv_me *me, const struct pv_policy *policy) {
    uint64_t now = pv_read_cell(me->core, cell);
    return pv_owner(now) == PV_NOT_RECOVERABLE_OWNER
        || is_head_stalled(now, me, policy)
        || (pv_locked(pv_word(now)) != 0 && is_death_left_to_others(cell, now, me));
}

/* Tries for a while. PV_UNDECIDED: go and queue. */
int pv_steal(uint32_t cell, struct pv_me *me, const struct pv_policy *policy) {
    int64_t begin = policy->spin_ns == 0 ? 0 : pv_now();
    int64_t given = policy->spin_ns < PVLOCK_THIEF_SPIN_NS ? policy->spin_ns : PVLOCK_THIEF_SPIN_NS;
    int64_t budget = pv_thief_spin_ns(&me->costs, given);
    uint64_t gave_way_to = 0; /* the cell, which is not 0 where there is a head */
    for (unsigned turn = 1;; turn++) {
        uint64_t now = pv_read_cell(me->core, cell);
        uint32_t word = pv_word(now);
        bool allowed = pv_may_overtake(policy, word);
        if (pv_locked(word) == 0) {
            if (allowed) {
                if (pv_overtake(cell, now, me, policy)) {
                    if (gave_way_to == 0) {
                        pv_costs_stole(&me->costs, turn == 1 ? 0 : pv_difference(pv_now(), begin), given);
                    }
                    return pv_acquired(word);
                }
                continue;
            }
            if (is_head_stalled(now, me, policy)) {
                /* (t,*,0) -> (t,0,LOCKED), stalled */
                if (take_past(cell, now, pv_with_head_stalled(word) | PV_LOCKED, me)) {
                    return pv_acquired(word);
                }
                continue;
            }
        } else if (pv_owner(now) == PV_NOT_RECOVERABLE_OWNER) {
            return PV_NOT_RECOVERABLE;
        } else if ((turn & THIEF_CHECK_MASK) == 1 && is_death_left_to_others(cell, now, me)) {
            if (take_over_past_head(cell, now, me, policy)) {
                return PV_OWNER_DIED;
            }
            continue;
        }
        /* An empty queue is joined at once, to become head. */
        if (pv_tail(word) == 0 || policy->overtake_limit == 0 || policy->spin_ns == 0) {
            return PV_UNDECIDED;
        }
        bool heads_turn = !allowed && !pv_is_pending(word);
        if (heads_turn && now != gave_way_to) {
            gave_way_to = now;
            begin = pv_now();
            budget = PVLOCK_THIEF_YIELD_NS;
        }
        bool looks = heads_turn || (turn & THIEF_CHECK_MASK) == 0;
        bool too_late = looks && pv_difference(pv_now(), begin) >= budget;
        if (too_late && pv_may_miss_turn(policy, word) && !pv_is_gone(me->core, pv_tail(word))) {
            /* (t,0,0) -> (t,0,LOCKED): the head is on no processor, and loses nothing but half of its time. If it is dead,
               those behind it pass it. If the last one is gone, perhaps nobody is there to do so: then I queue. */
            if (take_past(cell, now, pv_with_exactly(word, (uint32_t) policy->overtake_limit / 2) | PV_LOCKED, me)) {
                return pv_acquired(word);
            }
            continue;
        }
        if (too_late || (looks && pv_may_leave(me) && pv_reason_to_leave(me) != PV_UNDECIDED)) {
            if (gave_way_to == 0) {
                pv_costs_stole(&me->costs, budget, given);
            }
            return PV_UNDECIDED;
        }
        if (heads_turn) {
            /* It may be waiting for this very processor. Whoever sleeps instead has to be woken again. */
            sched_yield();
        } else {
            pv_pause();
        }
    }
}
