/*
 * The head of a queue waits for the lock: the kernel's pv_wait_head_or_lock. It spins with pending set, then sleeps in
 * the hash with the word SLOW, and between the two lets others overtake it for a while.
 */
#include "policy.h"
#include "vcpu.h"

/* Turns between two looks at clock and the owner's life, less one. */
#define CHECK_MASK 0x1f

/*
 * I was woken, and the lock is held again: I let the thieves have it for as long as they may. A nap lasts at most twice
 * as long as I have been overtaken so far, in case the thieves go away: then nobody wakes me. The thief that takes one of the last overtakes
 * wakes me. If I insisted at once, each wake-up would cost a hand-over, which is several switches between processes.
 */
static void nap(uint32_t cell, uint32_t ref, int64_t since_ns, struct pv_me *me, const struct pv_policy *policy) {
    for (int naps = 0; pv_may_nap(policy); naps++) {
        int64_t now = pv_now();
        uint64_t held = pv_read_cell(me->core, cell);
        uint32_t word = pv_word(held);
        int64_t overtaken = pv_difference(now, since_ns);
        int64_t left = pv_nap_ns(policy) - overtaken;
        if (pv_locked(word) == 0
                || pv_owner(held) == PV_NOT_RECOVERABLE_OWNER
                || pv_cell_owner_dead(me->core, held)
                || pv_is_pending(word)   /* wanted */
                || pv_tail(word) == ref  /* nobody waits but me: there are processors enough */
                || left <= 0
                || pv_is_turn_near(policy, word)
                || (naps > 0 && pv_overtakes(word) == 0) /* held long by one */
                || (pv_may_leave(me) && pv_reason_to_leave(me) != PV_UNDECIDED)) {
            return;
        }
        int64_t longest = 2 * overtaken < PVLOCK_HEAD_NAP_NS ? PVLOCK_HEAD_NAP_NS
            : 2 * overtaken > PVLOCK_HEAD_LONGEST_NAP_NS ? PVLOCK_HEAD_LONGEST_NAP_NS
            : 2 * overtaken;
        pv_enter_once(cell, ref, me);
        pv_count(me, PVLOCK_COUNT_PV_WAIT_AGAIN, 1);
        PVLOCK_KILL_POINT(HEAD_NAPPING, me->index);
        int64_t end = pv_earlier(pv_deadline_after(now, longest < left ? longest : left), me->attempt.deadline_ns);
        pv_pause_until(me, pv_owner_vcpu(pv_owner(held)), policy, end);
    }
}

/*
 * With pending set: takes the lock when it is free or its owner dead. PV_UNDECIDED: the budget is over, or I may have
 * to leave.
 */
static int spin(uint32_t cell, uint32_t node, struct pv_me *me, const struct pv_policy *policy) {
    struct pv_core *core = me->core;
    int64_t begin = pv_now();
    int64_t budget = pv_head_spin_ns(&me->costs, policy);
    for (unsigned turn = 0;; turn++) {
        uint64_t now = pv_read_cell(core, cell);
        if (pv_locked(pv_word(now)) == 0) {
            /* (t,1,0) -> (t,0,LOCKED); matches the CAS of a thief that saw pending clear, one of the two fails. */
            if (pv_cas_cell(core, cell, now, pv_taken_by_head(now, me->owner))) {
                pv_costs_spun(&me->costs, true);
                return pv_acquired(pv_word(now));
            }
            continue;
        }
        if ((turn & CHECK_MASK) == 0) {
            if (pv_owner(now) == PV_NOT_RECOVERABLE_OWNER) {
                return PV_NOT_RECOVERABLE;
            }
            if (pv_cell_owner_dead(core, now)) {
                if (pv_take_over(cell, now, pv_taken_by_head(now, me->owner), me)) {
                    return PV_OWNER_DIED;
                }
                continue;
            }
            if (pv_may_leave(me) && pv_reason_to_leave(me) != PV_UNDECIDED) {
                return PV_UNDECIDED;
            }
            int64_t now_ns = pv_now();
            pv_put_heartbeat(core, node, now_ns);
            if (pv_difference(now_ns, begin) >= budget) {
                pv_costs_spun(&me->costs, false);
                return PV_UNDECIDED;
            }
        }
        pv_pause();
    }
}

/* With my entry in the hash: takes the lock after all, or makes its holder kick me. PV_UNDECIDED: the word is SLOW. */
static int take_or_mark_slow(uint32_t cell, struct pv_me *me) {
    struct pv_core *core = me->core;
    for (;;) {
        uint64_t now = pv_read_cell(core, cell);
        uint32_t word = pv_word(now);
        if (pv_locked(word) == 0) {
            if (pv_cas_cell(core, cell, now, pv_taken_by_head(now, me->owner))) {
                return pv_acquired(word);
            }
        } else if (pv_owner(now) == PV_NOT_RECOVERABLE_OWNER) {
            return PV_NOT_RECOVERABLE;
        } else if (pv_cell_owner_dead(core, now)) {
            if (pv_take_over(cell, now, pv_taken_by_head(now, me->owner), me)) {
                return PV_OWNER_DIED;
            }
        } else if (pv_locked(word) == PV_SLOW) {
            /*
             * P5: my entry, then this look; the unlocker's CAS, then its look at the entries: a store buffer, all
             * volatile.
             */
            return PV_UNDECIDED;
        } else if (pv_cas_cell(core, cell, now, now | PV_SLOW)) {
            /* P5 release: (t,0,LOCKED) -> (t,0,SLOW), after the hash entry; pairs with P5 in pv_kick_heads. */
            return PV_UNDECIDED;
        }
    }
}

/* With the word SLOW. */
static void sleep_as_head(uint32_t cell, int waits, struct pv_me *me, const struct pv_policy *policy) {
    uint64_t now = pv_read_cell(me->core, cell);
    uint32_t owner = pv_owner(now);
    /* Only to save a sleep: an unlocker that comes between here and the sleep leaves a permit. */
    if (pv_locked(pv_word(now)) != PV_SLOW
            || owner == PV_NOT_RECOVERABLE_OWNER
            || pv_cell_owner_dead(me->core, now)) {
        return;
    }
    pv_count(me, PVLOCK_COUNT_PV_WAIT_HEAD, 1);
    if (waits > 0) {
        pv_count(me, PVLOCK_COUNT_PV_WAIT_AGAIN, 1);
    }
    pv_stand(me, PVLOCK_FRONT_SLEEP_NS);
    PVLOCK_KILL_POINT(HEAD_PARKING, me->index);
    pv_pause_until(me, pv_owner_vcpu(owner), policy, me->attempt.deadline_ns);
    PVLOCK_KILL_POINT(HEAD_WOKEN, me->index);
}

/* Waits with ref, which has been granted; what follows is pv_hand_off(). Not owned: why I leave. */
int pv_await_as_head(uint32_t cell, uint32_t ref, struct pv_me *me, const struct pv_policy *policy) {
    struct pv_core *core = me->core;
    PVLOCK_KILL_POINT(HEAD_GRANTED, me->index);
    uint32_t node = pv_node_at(core, ref);
    uint32_t mine = pv_grant(core, node);
    bool entered = pv_node_state(core, node) == PVLOCK_NODE_HASHED;
    int outcome = PV_UNDECIDED;
    int64_t head_since_ns = pv_now();
    for (int waits = 0; outcome == PV_UNDECIDED; waits++) {
        pv_release_node_state(core, node, pv_state_in(mine, PVLOCK_NODE_RUNNING));
        if (entered) {
            nap(cell, ref, head_since_ns, me, policy);
        }
        if (waits == 0 && pv_is_numa_aware(policy)) {
            pv_hold_back(cell, ref, node, me, policy);
        }
        /* (t,0,*) -> (t,1,*): I am awake, nobody steals. */
        pv_set_pending(core, cell);
        PVLOCK_KILL_POINT(PENDING_SET, me->index);
        outcome = spin(cell, node, me, policy);
        if (pv_is_owned(outcome)) {
            break;
        }
        /* (t,1,*) -> (t,0,*): I go to sleep or leave, steal at will; unless my time is over, whatever the thieves have
           counted. */
        pv_clear_pending(core, cell, pv_overtakes_after(policy, pv_difference(pv_now(), head_since_ns)));
        PVLOCK_KILL_POINT(PENDING_CLEARED, me->index);
        if (outcome == PV_UNDECIDED) {
            outcome = pv_may_leave(me) ? pv_reason_to_leave(me) : PV_UNDECIDED;
        }
        if (outcome != PV_UNDECIDED) {
            break;
        }
        pv_enter_once(cell, ref, me);
        entered = true;
        PVLOCK_KILL_POINT(HASHED, me->index);
        outcome = take_or_mark_slow(cell, me);
        if (outcome == PV_UNDECIDED) {
            PVLOCK_KILL_POINT(SLOW_SET, me->index);
            pv_release_node_state(core, node, pv_state_in(mine, PVLOCK_NODE_HASHED));
            sleep_as_head(cell, waits, me, policy);
        }
    }
    if (pv_is_owned(outcome)) {
        pv_count(me, PVLOCK_COUNT_LOCK_SLOWPATH, 1);
        PVLOCK_KILL_POINT(HEAD_ACQUIRED, me->index);
    } else {
        pv_count(me, PVLOCK_COUNT_LOCK_LEFT, 1);
        PVLOCK_KILL_POINT(HEAD_LEAVING, me->index);
    }
    if (entered) {
        pv_hash_remove(core, cell, ref);
    }
    return outcome;
}
