/*
 * Waiting for the grant: the kernel's mcs_spinlock.h and pv_wait_node, with a chain that survives the death and the
 * leaving of anybody in it. Every function is called by the owner of the node that it is given. What comes after the
 * grant is in handoff.c.
 */
#include "policy.h"
#include "vcpu.h"

/* Turns between two looks at predecessor, clock and the owner's life, less one; the kernel's PV_PREV_CHECK_MASK. */
#define CHECK_MASK 0x1f
/* Of one who never sleeps, turns between two looks at the lock itself, less one. */
#define BYPASS_MASK 0x3ff

/*
 * The nearest predecessor that still counts. Those that are gone are passed, and marked SKIPPED on the way. A negative
 * result means that the headship was left to me; then ~result says where to stop when the nodes passed are given back:
 * 0, or the dead head.
 */
static int64_t nearest_predecessor(uint32_t node, uint32_t monitor, struct pv_me *me) {
    struct pv_core *core = me->core;
    uint32_t m = monitor;
    int passed = 0;
    while (m != 0) {
        uint32_t m_node = pv_node_at(core, m);
        uint32_t grant = pv_grant(core, m_node);
        uint32_t before = pv_prev(core, m_node);
        bool dead = pv_dead(core, pv_ref_vcpu(m));
        /*
         * After the three reads above: as long as I wait, nobody has freed m, so they are of its place in this queue.
         */
        if (pv_status(pv_grant(core, node)) != PVLOCK_NODE_WAIT) {
            return m;
        }
        switch (pv_status(grant)) {
            case PVLOCK_NODE_SKIPPED:
                m = before;
                if (++passed > pv_node_count(core)) {
                    pv_endless(pv_lock_of(core, node), pv_ref_vcpu(monitor), me->index);
                }
                break;
            case PVLOCK_NODE_GRANTED:
                return dead ? ~(int64_t) m : (int64_t) m;
            case PVLOCK_NODE_WAIT:
            case PVLOCK_NODE_ABANDONED:
                if (!dead && pv_status(grant) == PVLOCK_NODE_WAIT) {
                    return m;
                }
                /*
                 * (gen,WAIT|ABANDONED) -> (gen,SKIPPED); failure: it has been granted, regained or skipped: look again.
                 */
                if (pv_cas_grant(core, m_node, grant, pv_with_status(grant, PVLOCK_NODE_SKIPPED))) {
                    PVLOCK_KILL_POINT(PREDECESSOR_SKIPPED, me->index);
                }
                break;
            default:
                return m; /* FREE: it has handed over; my grant is there */
        }
    }
    return ~(int64_t) 0;
}

static bool is_head(struct pv_core *core, uint32_t monitor) {
    return pv_status(pv_grant(core, pv_node_at(core, monitor))) == PVLOCK_NODE_GRANTED;
}

/* The user-space vcpu_is_preempted: neither asleep by its own word nor silent for long. */
static bool is_running(struct pv_core *core, uint32_t monitor, int64_t now_ns) {
    uint32_t m_node = pv_node_at(core, monitor);
    return pv_node_state(core, m_node) == PVLOCK_NODE_RUNNING
        && pv_difference(now_ns, pv_heartbeat(core, m_node)) < PVLOCK_HEARTBEAT_STALE_NS;
}

static void grant_to_myself(uint32_t node, uint32_t boundary, struct pv_me *me) {
    struct pv_core *core = me->core;
    uint32_t grant = pv_grant(core, node);
    /* (gen,WAIT) -> (gen,GRANTED); failure: the head granted me before it died. */
    if (pv_status(grant) != PVLOCK_NODE_WAIT
            || !pv_cas_grant(core, node, grant, pv_with_status(grant, PVLOCK_NODE_GRANTED))) {
        return;
    }
    pv_count(me, PVLOCK_COUNT_HEAD_DIED, 1);
    PVLOCK_KILL_POINT(SELF_GRANTED, me->index);
    /* After the grant: before it, a survivor behind me might still have needed these links (I5). And only when I
       have walked all of them: once a node is FREE, nothing keeps those before it from being used anew. */
    me->skipped_count = 0;
    for (uint32_t ref = pv_prev(core, node); ref != boundary;) {
        uint32_t passed = pv_node_at(core, ref);
        pv_add_skipped(me, ref, pv_grant(core, passed));
        ref = pv_prev(core, passed);
    }
    pv_give_back_skipped(me);
}

/* From the queue, where I keep my place, past a head that does not come. PV_UNDECIDED: no. */
static int bypass_stalled_head(
        uint32_t cell, uint32_t ref, uint32_t node, struct pv_me *me, const struct pv_policy *policy) {
    if (!pv_is_head_passed(cell, me, policy)) {
        return PV_UNDECIDED;
    }
    int outcome = pv_steal(cell, me, policy);
    if (outcome == PV_UNDECIDED) {
        me->patience.is_alert = true;
        return PV_UNDECIDED;
    }
    /* With the lock, or because nobody will ever have it. */
    if (!pv_abandon_node(cell, ref, node, me)) {
        /* Granted in the same moment, by a head that left. */
        pv_hand_off(cell, ref, pv_is_owned(outcome), me, policy);
    }
    return outcome;
}

/*
 * Called ahead, see numa.c: takes the lock, calls the next one, leaves the queue. PV_UNDECIDED: not yet, or not any
 * more.
 */
static int go_ahead(uint32_t cell, uint32_t ref, uint32_t node, struct pv_me *me, const struct pv_policy *policy) {
    struct pv_core *core = me->core;
    int outcome = pv_take_ahead(cell, node, me);
    if (outcome == PV_UNDECIDED) {
        return PV_UNDECIDED;
    }
    bool followed = pv_call_next(cell, ref, me->numa_node, me);
    uint32_t grant = pv_grant(core, node);
    /* (gen,WAIT) -> (gen,SKIPPED), given back when the grant has passed it. Not ABANDONED, which I could regain:
       next time I queue at the end. */
    if (pv_status(grant) != PVLOCK_NODE_WAIT
            || !pv_cas_grant(core, node, grant, pv_with_status(grant, PVLOCK_NODE_SKIPPED))) {
        /* Granted in the same moment, by a head that left. */
        pv_hand_off(cell, ref, true, me, policy);
        return outcome;
    }
    PVLOCK_KILL_POINT(PLACE_LEFT_AHEAD, me->index);
    if (!followed) {
        pv_want_head(core, cell);
    }
    pv_tell_successor(cell, ref, me);
    return outcome;
}

/* What one who spins finds at one of its looks. */
enum look { SPIN_ON, LOOK_AGAIN, GO_TO_SLEEP, DONE };

static enum look look_around(
        uint32_t cell,
        uint32_t ref,
        uint32_t node,
        unsigned turn,
        int64_t begin,
        uint32_t *monitor,
        struct pv_me *me,
        const struct pv_policy *policy,
        int *outcome) {
    int64_t nearest = nearest_predecessor(node, *monitor, me);
    if (nearest < 0) {
        grant_to_myself(node, (uint32_t) ~nearest, me);
        return LOOK_AGAIN;
    }
    *monitor = (uint32_t) nearest;
    int reason = pv_may_leave(me) ? pv_reason_to_leave(me) : PV_UNDECIDED;
    if (reason != PV_UNDECIDED) {
        if (pv_abandon_node(cell, ref, node, me)) {
            *outcome = reason;
            return DONE;
        }
        return LOOK_AGAIN;
    }
    int64_t now = pv_now();
    pv_put_heartbeat(me->core, node, now);
    if (pv_difference(now, begin) >= policy->spin_ns) {
        return GO_TO_SLEEP;
    }
    if (policy->spin_ns != INT64_MAX && !is_running(me->core, *monitor, now)) {
        pv_count(me, PVLOCK_COUNT_PV_WAIT_EARLY, 1);
        return GO_TO_SLEEP;
    }
    /* Who never sleeps comes by no other look at a head that does not move. */
    if (policy->spin_ns == INT64_MAX && (turn & BYPASS_MASK) == 0) {
        *outcome = bypass_stalled_head(cell, ref, node, me, policy);
        if (*outcome != PV_UNDECIDED) {
            return DONE;
        }
    }
    return SPIN_ON;
}

/* True: to sleep; false: `*outcome` says why I left, PV_UNDECIDED for granted. */
static bool spin(
        uint32_t cell, uint32_t ref, uint32_t node, uint32_t *monitor, struct pv_me *me, const struct pv_policy *policy,
        int *outcome) {
    struct pv_core *core = me->core;
    int64_t begin = pv_now();
    *outcome = PV_UNDECIDED;
    for (unsigned turn = 0;; turn++) {
        uint32_t grant = pv_grant(core, node);
        if (pv_status(grant) == PVLOCK_NODE_GRANTED) {
            pv_costs_granted(&me->costs, pv_wake(core, node), pv_turn_since(core, node));
            return false;
        }
        if (pv_is_numa_aware(policy) && pv_is_called(core, node, grant)) {
            *outcome = go_ahead(cell, ref, node, me, policy);
            if (*outcome != PV_UNDECIDED) {
                return false;
            }
        }
        if ((turn & CHECK_MASK) == 0) {
            switch (look_around(cell, ref, node, turn, begin, monitor, me, policy, outcome)) {
                case LOOK_AGAIN: continue;
                case GO_TO_SLEEP: return true;
                case DONE: return false;
                case SPIN_ON: break;
            }
        }
        pv_pause();
    }
}

int pv_wait_for_grant(uint32_t cell, uint32_t ref, struct pv_me *me, const struct pv_policy *policy) {
    struct pv_core *core = me->core;
    uint32_t node = pv_node_at(core, ref);
    for (;;) {
        uint32_t monitor = pv_prev(core, node);
        int outcome;
        if (!spin(cell, ref, node, &monitor, me, policy, &outcome)) {
            return outcome;
        }
        if (pv_is_numa_aware(policy)) {
            pv_call(core, node, 0);
        }
        uint32_t mine = pv_grant(core, node);
        pv_halt(core, node, mine);
        PVLOCK_KILL_POINT(NODE_HALTED, me->index);
        /*
         * P4 load after the volatile store in pv_halt; pairs with the granter's CAS of the grant before its CAS of the
         * state.
         */
        /* A predecessor that is gone asks for action. */
        if (pv_status(pv_grant(core, node)) == PVLOCK_NODE_WAIT && !pv_is_gone(core, monitor)) {
            pv_count(me, PVLOCK_COUNT_PV_WAIT_NODE, 1);
            /* Only who comes next can see that the head does not move, so that one looks more often. */
            pv_stand(me, is_head(core, monitor) ? PVLOCK_FRONT_SLEEP_NS : (int64_t) PVLOCK_LONGEST_SLEEP_NS);
            pv_pause_until(me, pv_ref_vcpu(monitor), policy, me->attempt.deadline_ns);
            PVLOCK_KILL_POINT(NODE_WOKEN, me->index);
        }
        /* P4: failure means HASHED: a granter made me head in my sleep and entered me into the hash, or is about to. */
        pv_cas_node_state(
            core, node, pv_state_in(mine, PVLOCK_NODE_HALTED), pv_state_in(mine, PVLOCK_NODE_RUNNING));
        if (pv_status(pv_grant(core, node)) != PVLOCK_NODE_GRANTED) {
            pv_count(me, PVLOCK_COUNT_PV_SPURIOUS_WAKEUP, 1);
            outcome = bypass_stalled_head(cell, ref, node, me, policy);
            if (outcome != PV_UNDECIDED) {
                return outcome;
            }
        }
    }
}

void pv_endless(uint32_t cell, int from, int to) {
    pv_corrupt("the queue of the lock at offset %u does not lead from vcpu=%d to vcpu=%d; run pvlock fsck on the region",
               cell, from, to);
}
