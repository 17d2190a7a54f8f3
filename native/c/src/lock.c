/*
 * A paravirt queued spinlock that survives the death of any participant at any instruction: io.pvlock.core.PvQSpinLock,
 * whose implementation note says why. Uncontended, lock and unlock are one 64-bit compare-and-set each.
 *
 * An attempt ends with an outcome. If it finds damage in its middle, it ends without the lock: give_up() leaves the
 * place, hands on and unlocks, by what memory says, so it may be repeated.
 */
#include "policy.h"
#include "vcpu.h"

/* How often a way out is tried that is itself cut short. */
#define WAYS_OUT 3

/* The kernel's fallback when all four nodes are in use: try, whatever the queue says. PV_UNDECIDED: not yet. */
static int lock_without_node(uint32_t cell, struct pv_me *me, const struct pv_policy *policy) {
    PVLOCK_KILL_POINT(NO_NODE, me->index);
    uint64_t now = pv_read_cell(me->core, cell);
    uint32_t word = pv_word(now);
    if (pv_locked(word) == 0) {
        /* (t,p,0) -> (t,p,LOCKED) */
        if (pv_cas_cell(me->core, cell, now, pv_cell_of(word | PV_LOCKED, me->owner))) {
            pv_count(me, PVLOCK_COUNT_LOCK_NO_NODE, 1);
            return pv_acquired(word);
        }
        return PV_UNDECIDED;
    }
    if (pv_owner(now) == PV_NOT_RECOVERABLE_OWNER) {
        return PV_NOT_RECOVERABLE;
    }
    if (pv_cell_owner_dead(me->core, now)) {
        /* The word stays as it is, SLOW included: a sleeping head still wants its kick. */
        return pv_take_over(cell, now, pv_cell_of(word, me->owner), me) ? PV_OWNER_DIED : PV_UNDECIDED;
    }
    int reason = pv_may_leave(me) ? pv_reason_to_leave(me) : PV_UNDECIDED;
    if (reason == PV_UNDECIDED) {
        int64_t slice = pv_deadline_after(pv_now(), PVLOCK_NO_NODE_SLICE_NS);
        pv_pause_until(me, pv_owner_vcpu(pv_owner(now)), policy, pv_earlier(slice, me->attempt.deadline_ns));
    }
    return reason;
}

static int wait_in_queue(uint32_t cell, struct pv_me *me, const struct pv_policy *policy) {
    uint32_t ref = pv_pick_node(cell, me);
    while (ref == 0) {
        int outcome = lock_without_node(cell, me, policy);
        if (outcome != PV_UNDECIDED) {
            return outcome;
        }
        ref = pv_pick_node(cell, me);
    }
    pv_join(cell, ref, me);
    int left = pv_wait_for_grant(cell, ref, me, policy);
    if (left != PV_UNDECIDED) {
        return left;
    }
    me->stall_cell = 0; /* a head has moved: one that stands in the same place from now on is another */
    int outcome = pv_await_as_head(cell, ref, me, policy);
    pv_hand_off(cell, ref, pv_is_owned(outcome), me, policy);
    return outcome;
}

/* Outline: steal if allowed; queue; wait for the grant; wait as head for the lock; hand the headship on. */
static int steal_or_queue(uint32_t cell, struct pv_me *me, const struct pv_policy *policy) {
    pv_begin_wait(me, cell);
    int outcome = pv_steal(cell, me, policy);
    return outcome == PV_UNDECIDED ? wait_in_queue(cell, me, policy) : outcome;
}

/*
 * The one way out of an attempt that cannot go on. It may be cut short itself; what it has done it finds in memory the
 * next time.
 */
static void give_up(uint32_t cell, struct pv_me *me, const struct pv_policy *policy) {
    for (volatile int way = 0; way < WAYS_OUT; way++) {
        struct pv_trap trap;
        bool done = PV_TRAP(&trap);
        if (done) {
            pv_give_up_place(cell, me, policy);
            if (pv_is_owned_by(me->core, cell, me)) {
                pv_unlock(cell, me);
            }
        }
        pv_untrap(&trap);
        if (done) {
            return;
        }
    }
}

/* Waits, and gives up whatever it has begun if that finds damage. */
static int wait_or_give_up(
        uint32_t cell, struct pv_me *me, const struct pv_policy *policy,
        int (*wait)(uint32_t cell, struct pv_me *me, const struct pv_policy *policy)) {
    int outcome;
    struct pv_trap trap;
    if (PV_TRAP(&trap)) {
        outcome = wait(cell, me, policy);
        pv_untrap(&trap);
    } else {
        pv_untrap(&trap);
        give_up(cell, me, policy);
        outcome = PV_CORRUPT;
    }
    return outcome;
}

static int lock_slow(
        uint32_t cell, struct pv_me *me, const struct pv_policy *policy, int64_t deadline_ns, bool interruptible) {
    if (pv_is_owned_by(me->core, cell, me)) {
        return PV_HELD_ALREADY;
    }
    pv_begin(me, deadline_ns, interruptible);
    uint64_t now = pv_read_cell(me->core, cell);
    uint32_t word = pv_word(now);
    /* Most acquisitions of a lock that others wait for end here: without clock and bookkeeping, and before the trap. */
    if (pv_locked(word) == 0 && pv_may_overtake(policy, word) && pv_overtake(cell, now, me, policy)) {
        return pv_acquired(word);
    }
    int outcome = wait_or_give_up(cell, me, policy, steal_or_queue);
    pv_end(me);
    return outcome;
}

int pv_queue(uint32_t cell, struct pv_me *me, const struct pv_policy *policy, int64_t deadline_ns, bool interruptible) {
    pv_begin_queueing(me, deadline_ns, interruptible);
    return wait_or_give_up(cell, me, policy, wait_in_queue);
}

int pv_lock(uint32_t cell, struct pv_me *me, const struct pv_policy *policy, int64_t deadline_ns, bool interruptible) {
    /* Looked at first: callers with a fast path have failed already, and a failed CAS takes the line from its owner. */
    /* P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in pv_unlock. */
    if (pv_read_cell(me->core, cell) == 0 && pv_cas64(me->core->base, cell, 0, me->held)) {
        PVLOCK_KILL_POINT(LOCK_TAKEN, me->index);
        return PV_ACQUIRED;
    }
    return lock_slow(cell, me, policy, deadline_ns, interruptible);
}

static int trylock_held(uint64_t now, struct pv_me *me) {
    struct pv_trap trap;
    volatile int outcome = PV_CORRUPT;
    if (PV_TRAP(&trap)) {
        bool alive = pv_owner(now) == me->owner || !pv_cell_owner_dead(me->core, now);
        outcome = !alive ? PV_UNDECIDED
            : pv_owner(now) == PV_NOT_RECOVERABLE_OWNER ? PV_NOT_RECOVERABLE
            : PV_TIMED_OUT;
    }
    pv_untrap(&trap);
    return outcome;
}

int pv_trylock(uint32_t cell, struct pv_me *me, const struct pv_policy *policy) {
    /* Looked at first, as in pv_lock. */
    uint64_t now = pv_read_cell(me->core, cell);
    if (now == 0) {
        /* P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in pv_unlock. */
        if (pv_cas64(me->core->base, cell, 0, me->held)) {
            PVLOCK_KILL_POINT(LOCK_TAKEN, me->index);
            return PV_ACQUIRED;
        }
        now = pv_read_cell(me->core, cell);
    }
    int outcome = pv_locked(pv_word(now)) != 0 ? trylock_held(now, me) : PV_UNDECIDED;
    /*
     * Free, or its owner is dead, but a queue is in the way, whose members may all be dead: join it with no time to
     * lose.
     */
    return outcome == PV_UNDECIDED ? lock_slow(cell, me, policy, PV_DEADLINE_NOW, false) : outcome;
}

/* ---- unlock */

/* Kicks who sleeps at the head of cell, which has just been let go of. After damage everybody is kicked: an entry
   may have been taken out without its kick. */
static int kick_heads(uint32_t cell, struct pv_me *me) {
    struct pv_trap trap;
    bool sound = PV_TRAP(&trap);
    if (sound) {
        pv_kick_heads(cell, me);
    }
    pv_untrap(&trap);
    if (!sound) {
        pv_kick_all(me->core);
    }
    return sound ? PV_ACQUIRED : PV_CORRUPT;
}

int pv_release_slow(uint32_t cell, struct pv_me *me) {
    uint64_t now;
    do {
        now = pv_read_cell(me->core, cell);
        /* P0 release, P6 release: (t,p,SLOW) -> (t,p,0) before the kick; pairs with P6 in pv_park. */
    } while (!pv_cas_cell(me->core, cell, now, pv_released(now)));
    PVLOCK_KILL_POINT(RELEASED, me->index);
    /*
     * After the release: a look before it could miss the head that replaces a dead one in between, finds SLOW set and
     * sleeps.
     */
    return kick_heads(cell, me);
}

static int unlock_slow(uint32_t cell, struct pv_me *me) {
    struct pv_core *core = me->core;
    for (;;) {
        uint64_t now = pv_read_cell(core, cell);
        if (pv_owner(now) != me->owner) {
            return PV_NOT_THE_OWNER;
        }
        if (pv_locked(pv_word(now)) == PV_SLOW) {
            break;
        }
        /* P0 release: (t,p,LOCKED) -> (t,p,0); fails when a waiter changes another field or makes it SLOW. */
        if (pv_cas_cell(core, cell, now, pv_released(now))) {
            return PV_ACQUIRED;
        }
    }
    pv_enter_slow_path(me);
    int outcome = pv_release_slow(cell, me);
    pv_exit_slow_path(me);
    return outcome;
}

int pv_unlock(uint32_t cell, struct pv_me *me) {
    /* Looked at first, as in pv_lock. */
    /* P0 release: (0,0,LOCKED) -> (0,0,0), owner me -> nobody; pairs with P0 acquire in pv_lock. */
    bool released = pv_read_cell(me->core, cell) == me->held && pv_cas64(me->core->base, cell, me->held, 0);
    return released ? PV_ACQUIRED : unlock_slow(cell, me);
}

/* ---- after a death */

/* Declares the data of the lock repaired: later acquirers are not told of the owner's death any more. */
int pv_mark_consistent(uint32_t cell, struct pv_me *me) {
    uint64_t now;
    do {
        now = pv_read_cell(me->core, cell);
        if (pv_owner(now) != me->owner) {
            return PV_NOT_THE_OWNER;
        }
    } while (!pv_cas_cell(me->core, cell, now, now & ~(uint64_t) PV_INCONSISTENT));
    return PV_ACQUIRED;
}

/* Gives the lock up for good: whoever waits or comes later is told PV_NOT_RECOVERABLE. */
int pv_abandon(uint32_t cell, struct pv_me *me) {
    uint64_t now = pv_read_cell(me->core, cell);
    if (pv_owner(now) != me->owner) {
        return PV_NOT_THE_OWNER;
    }
    pv_enter_slow_path(me);
    do {
        now = pv_read_cell(me->core, cell);
    } while (!pv_cas_cell(me->core, cell, now, pv_cell_of(pv_word(now), PV_NOT_RECOVERABLE_OWNER)));
    int outcome = kick_heads(cell, me);
    pv_exit_slow_path(me);
    return outcome;
}
