/* A thread's own handle on its slot, and what waiting has cost it: io.pvlock.core.Participant, Attempt, WaitCosts. */
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "vcpu.h"

#define LONG_WAIT_NS 50000000
#define LOOK_MASK 0xf
#define OVERTAKE_CLOCK_MASK 3

/* Budgets change by an eighth. */
#define COST_SHIFT 3
/* A longer turn counts as so long: then the lock was held for long, or somebody had no processor. One turn of so many is
   begun the other way, to see what that costs now. So many must be known of both; until then they take turns. The
   average is of about so many turns. A turn counts as so many times the average at most: one that lasted must not decide
   for hundreds; and an average of 0 can grow. */
#define LONGEST_TURN_NS 200000
#define TRIAL 64
#define ENOUGH 8
#define WINDOW 16
#define MOST 3
#define LEAST_NS 1000

void pv_me_init(struct pv_me *me, struct pv_core *core, int vcpu, uint32_t generation) {
    memset(me, 0, sizeof *me);
    me->core = core;
    me->index = vcpu;
    me->owner = pv_owner_word(vcpu, generation);
    me->held = pv_cell_of(PV_LOCKED, me->owner);
    me->slot = pv_slot_at(core, vcpu);
    me->skipped = me->skipped_at_first;
    me->skipped_capacity = PV_SKIPPED_AT_FIRST;
    me->overtake_clock_mask = OVERTAKE_CLOCK_MASK;
    /* Long ago, whatever the clock's origin. */
    me->overtakes_seen_ns = pv_difference(pv_now(), INT64_MAX / 2);
    me->numa_node = -1;
}

void pv_me_publish(struct pv_me *me) {
    /* P29 opaque; pairs with P29 in pv_numa_node_of. */
    pv_put32(me->core->base, me->slot + PVLOCK_VCPU_SLOT_NUMA_NODE_OFFSET, (uint32_t) (me->numa_node + 1));
}

void pv_me_free(struct pv_me *me) {
    if (me->skipped != me->skipped_at_first) {
        free(me->skipped);
        me->skipped = me->skipped_at_first;
        me->skipped_capacity = PV_SKIPPED_AT_FIRST;
    }
}

void pv_set_numa_node(struct pv_me *me, int numa_node) {
    if (numa_node != me->numa_node) {
        me->numa_node = numa_node;
        pv_me_publish(me);
    }
}

/* ---- patience: the third sleep in a row that came to its end is as long as the place allows */

static int64_t fixed_or(int64_t otherwise_ns) {
    return PVLOCK_TUNED(max_sleep_ns, otherwise_ns);
}

int64_t pv_first_sleep_ns(void) {
    return fixed_or(PVLOCK_FIRST_SLEEP_NS);
}

static void begin_patience(struct pv_patience *patience) {
    patience->longest_ns = pv_first_sleep_ns();
    patience->next_ns = pv_first_sleep_ns();
    patience->is_alert = false;
}

void pv_stand(struct pv_me *me, int64_t longest_ns) {
    me->patience.longest_ns = fixed_or(longest_ns);
}

int64_t pv_sleep_ns(const struct pv_me *me) {
    const struct pv_patience *patience = &me->patience;
    if (patience->is_alert) {
        return pv_first_sleep_ns();
    }
    return patience->next_ns < patience->longest_ns ? patience->next_ns : patience->longest_ns;
}

void pv_slept(struct pv_me *me, bool quiet) {
    struct pv_patience *patience = &me->patience;
    if (!quiet || patience->is_alert) {
        patience->next_ns = pv_first_sleep_ns();
    } else if (patience->next_ns == pv_first_sleep_ns()) {
        patience->next_ns = fixed_or(PVLOCK_SECOND_SLEEP_NS);
    } else {
        patience->next_ns = fixed_or((int64_t) PVLOCK_LONGEST_SLEEP_NS);
    }
    patience->is_alert = false;
}

/* ---- attempts */

void pv_begin(struct pv_me *me, int64_t deadline_ns, bool interruptible) {
    memset(&me->attempt, 0, sizeof me->attempt);
    me->attempt.deadline_ns = deadline_ns;
    me->attempt.interruptible = interruptible;
}

/* The same for a caller that has said itself what it waits for: the attempt begins in the queue. */
void pv_begin_queueing(struct pv_me *me, int64_t deadline_ns, bool interruptible) {
    pv_begin(me, deadline_ns, interruptible);
    begin_patience(&me->patience);
}

/* Marks the beginning of a slow path: the counter becomes odd, and greater. */
void pv_enter_slow_path(struct pv_me *me) {
    uint32_t at = me->slot + PVLOCK_VCPU_SLOT_SLOW_PATH_OFFSET;
    uint64_t counter = pv_get64(me->core->base, at);
    /* P8 release: for whoever asks whether the vCPU is inside a slow path; pairs with P8 in pv_slow_path. */
    pv_release64(me->core->base, at, counter + 1 + (counter & 1));
}

/* Marks its end: the counter becomes even, and greater. */
void pv_exit_slow_path(struct pv_me *me) {
    uint32_t at = me->slot + PVLOCK_VCPU_SLOT_SLOW_PATH_OFFSET;
    uint64_t counter = pv_get64(me->core->base, at);
    /* P8 release: what was done inside comes before; pairs with P8 in pv_slow_path. */
    pv_release64(me->core->base, at, (counter | 1) + 1);
}

static void put_waiting_for(struct pv_me *me, uint64_t what, int64_t since_ns) {
    pv_put64(me->core->base, me->slot + PVLOCK_VCPU_SLOT_WAITING_SINCE_OFFSET, (uint64_t) since_ns);
    /* P10 release: "waiting since" before "waiting for"; snapshots and the search for dead-locks read them. */
    pv_release64(me->core->base, me->slot + PVLOCK_VCPU_SLOT_WAITING_FOR_OFFSET, what);
}

/* For others to see: I wait for something that the owner of cell decides on. */
void pv_begin_wait(struct pv_me *me, uint32_t cell) {
    me->attempt.cell = cell;
    begin_patience(&me->patience);
    me->waits++;
    me->waited_since_ns = pv_now();
    pv_enter_slow_path(me);
    put_waiting_for(me, (uint64_t) pv_owner(pv_read_cell(me->core, cell)) << 32 | cell, me->waited_since_ns);
}

void pv_end(struct pv_me *me) {
    if (me->attempt.cell != 0) {
        put_waiting_for(me, 0, 0);
        pv_exit_slow_path(me);
    }
    me->attempt.cell = 0;
}

/*
 * During a long wait, now and then: whom it waits for may have changed. For what is not read from the file, which may
 * be damaged.
 */
static void look_at_owner(struct pv_me *me) {
    uint64_t before = pv_get64(me->core->base, me->slot + PVLOCK_VCPU_SLOT_WAITING_FOR_OFFSET);
    uint32_t cell = me->attempt.cell;
    if (cell != 0) {
        uint64_t now = (uint64_t) pv_owner(pv_read_cell(me->core, cell)) << 32 | cell;
        if (now != before) {
            put_waiting_for(me, now, pv_now());
        }
    }
}

void pv_long_wait(struct pv_me *me) {
    look_at_owner(me);
    if (me->core->long_wait != NULL) {
        me->core->long_wait(me->core, me);
    }
}

/* Whether some 50 ms have passed since it last said so. */
static bool is_long(struct pv_attempt *attempt) {
    int64_t now = pv_now();
    bool over = attempt->told_long_wait && pv_difference(now, attempt->long_wait_at_ns) >= 0;
    if (over || !attempt->told_long_wait) {
        attempt->told_long_wait = true;
        attempt->long_wait_at_ns = pv_deadline_after(now, LONG_WAIT_NS);
    }
    return over;
}

static bool is_to_leave(struct pv_me *me) {
    bool cancelled = atomic_load_explicit(&me->cancelled, memory_order_relaxed)
        || atomic_load_explicit(&me->core->lost, memory_order_relaxed);
    return cancelled && !me->waits_though_cancelled;
}

/* Whether the attempt may end without the lock at all; asked again and again while it waits. */
bool pv_may_leave(struct pv_me *me) {
    if ((++me->attempt.looks & LOOK_MASK) == 0 && is_long(&me->attempt)) {
        pv_long_wait(me);
    }
#ifdef PVLOCK_TEST_HOOKS
    if (pvlock_hooks.may_leave != NULL && pvlock_hooks.may_leave(me->index)) {
        return true;
    }
#endif
    return me->attempt.deadline_ns != PV_DEADLINE_NONE
        || me->attempt.interruptible
        || is_to_leave(me)
        || me->attempt.given_up;
}

int pv_reason_to_leave(struct pv_me *me) {
#ifdef PVLOCK_TEST_HOOKS
    if (pvlock_hooks.leave != NULL) {
        int reason = pvlock_hooks.leave(me->index);
        if (reason != PVLOCK_HOOK_STAY) {
            return reason;
        }
    }
#endif
    if (is_to_leave(me)) {
        return PV_CANCELLED;
    }
    if (me->attempt.given_up) {
        return PV_DEADLOCKED;
    }
    if (me->attempt.interruptible && atomic_load_explicit(&me->interrupted, memory_order_relaxed)) {
        return PV_INTERRUPTED;
    }
    if (me->attempt.deadline_ns != PV_DEADLINE_NONE && pv_is_over(me->attempt.deadline_ns, pv_now())) {
        return PV_TIMED_OUT;
    }
    return PV_UNDECIDED;
}

/* ---- what it has seen of others */

/* Whether cell, which its queue's head could have taken, was the same each time that it was seen for long enough. */
bool pv_sees_stall(struct pv_me *me, uint64_t cell) {
    int64_t now = pv_now();
    if (cell != me->stall_cell || pv_difference(now, me->stall_seen_ns) > PVLOCK_TUNED(stall_ns, PVLOCK_STALL_NS)) {
        me->stall_cell = cell;
        me->stall_since_ns = now;
    }
    me->stall_seen_ns = now;
    me->patience.is_alert = true;
    return pv_difference(now, me->stall_since_ns) >= PVLOCK_TUNED(stall_ns, PVLOCK_STALL_NS);
}

/* Whether owner, dead, was seen to own cell for as long as a head may take to replace it. */
bool pv_sees_death(struct pv_me *me, uint32_t cell, uint32_t owner) {
    int64_t now = pv_now();
    if (cell != me->dead_cell || owner != me->dead_owner) {
        me->dead_cell = cell;
        me->dead_owner = owner;
        me->dead_since_ns = now;
    }
    me->patience.is_alert = true;
    return pv_difference(now, me->dead_since_ns) >= PVLOCK_TUNED(stall_ns, PVLOCK_STALL_NS);
}

/*
 * Whether an overtake by this thief counts against the limit of the overtaken head. Every 2^stride_shift-th overtake of
 * a thief counts. So does the first one of all, and the first one, of whichever thief, that comes a quantum of time
 * after the last one that counted.
 */
bool pv_count_overtake(struct pv_me *me, const struct pv_policy *policy, uint32_t seen) {
    me->overtakes++;
    if ((me->overtakes & ((1u << policy->stride_shift) - 1)) == 0) {
        return true;
    }
    if (seen == 0) {
        me->overtakes_seen = 1;
        me->overtakes_seen_ns = pv_now();
        return true;
    }
    bool another = seen != me->overtakes_seen;
    if (!another && (me->overtakes & me->overtake_clock_mask) != 0) {
        return false;
    }
    int64_t now = pv_now();
    int64_t elapsed = pv_difference(now, me->overtakes_seen_ns);
    int64_t quantum = policy->overtake_ns / PV_QUANTA;
    me->overtake_clock_mask = elapsed < quantum / 8 ? OVERTAKE_CLOCK_MASK : 0;
    if (!another && elapsed < quantum) {
        return false;
    }
    me->overtakes_seen = another ? seen : seen + 1;
    me->overtakes_seen_ns = now;
    return !another;
}

/*
 * A hand-over is under way, and must go on: a node that finds no room here stays SKIPPED until its owner finds its
 * queue empty.
 */
void pv_add_skipped(struct pv_me *me, uint32_t ref, uint32_t grant) {
    if (me->skipped_count == pv_node_count(me->core)) {
        pv_corrupt("vcpu=%d has passed %d nodes of a queue, all there are: it leads in a circle; run pvlock fsck on the region",
                   me->index, me->skipped_count);
    }
    if (me->skipped_count == me->skipped_capacity) {
        size_t capacity = 2 * (size_t) me->skipped_capacity;
        struct pv_skipped *grown = malloc(capacity * sizeof *grown);
        if (grown == NULL) {
            return;
        }
        memcpy(grown, me->skipped, (size_t) me->skipped_count * sizeof *grown);
        pv_me_free(me);
        me->skipped = grown;
        me->skipped_capacity = (int) capacity;
    }
    me->skipped[me->skipped_count++] = (struct pv_skipped) {ref, grant};
}

/* ---- costs */

static int64_t within(int64_t budget_ns, int64_t given_ns, int times) {
    return budget_ns < given_ns ? given_ns : budget_ns > times * given_ns ? times * given_ns : budget_ns;
}

static int64_t changed(int64_t budget_ns, bool in_time) {
    int64_t change = budget_ns >> COST_SHIFT;
    return in_time ? budget_ns + change : budget_ns - change;
}

/* For how long a head spins before it sleeps: what the policy says, up to twice as long by success. */
int64_t pv_head_spin_ns(struct pv_costs *costs, const struct pv_policy *policy) {
    int64_t given = policy->spin_ns;
    if (given == 0 || given == INT64_MAX) {
        return given;
    }
    costs->spin_ns = within(costs->spin_ns, given, 2);
    return costs->spin_ns;
}

void pv_costs_spun(struct pv_costs *costs, bool in_time) {
    costs->spin_ns = changed(costs->spin_ns, in_time);
}

/* For how long a thief spins before it queues: given_ns, up to four times as long by success. */
int64_t pv_thief_spin_ns(struct pv_costs *costs, int64_t given_ns) {
    costs->thief_spin_ns = within(costs->thief_spin_ns, given_ns, 4);
    return costs->thief_spin_ns;
}

/* A thief has the lock, after so long, or has gone to queue. Later than given_ns is in vain. */
void pv_costs_stole(struct pv_costs *costs, int64_t elapsed_ns, int64_t given_ns) {
    costs->thief_spin_ns = changed(costs->thief_spin_ns, elapsed_ns < given_ns);
}

void pv_costs_granted(struct pv_costs *costs, uint32_t wake, int64_t turn_since_ns) {
    costs->wake = wake;
    costs->turn_since_ns = turn_since_ns;
}

static void add_turn(struct pv_turns *turns, int64_t ns) {
    int64_t most = MOST * turns->average_ns + LEAST_NS;
    int64_t counted = turns->known < ENOUGH || ns < most ? ns : most;
    turns->known = turns->known < WINDOW ? turns->known + 1 : WINDOW;
    turns->average_ns += (counted - turns->average_ns) / turns->known;
}

void pv_costs_took(struct pv_costs *costs, int64_t now_ns) {
    int64_t turn_ns = pv_difference(now_ns, costs->turn_since_ns);
    turn_ns = turn_ns < 0 ? 0 : turn_ns > LONGEST_TURN_NS ? LONGEST_TURN_NS : turn_ns;
    if (costs->wake == PVLOCK_NODE_WAKE_EARLY) {
        add_turn(&costs->early, turn_ns);
    } else if (costs->wake == PVLOCK_NODE_WAKE_AT_UNLOCK) {
        add_turn(&costs->late, turn_ns);
    }
    costs->wake = PVLOCK_NODE_WAKE_UNKNOWN;
}

/*
 * Whether to wake the next one as soon as it is head instead of at the unlock, where nobody may take the lock before
 * that one comes: whatever has made turns shorter, from one owner to the next; the unlock unless early is shorter by a
 * fifth. Asked once for each turn.
 */
bool pv_wakes_early(struct pv_costs *costs) {
    costs->turns++;
    if (costs->early.known < ENOUGH || costs->late.known < ENOUGH) {
        return costs->turns % 2 == 0;
    }
    bool is_shorter = 5 * costs->early.average_ns < 4 * costs->late.average_ns;
    return costs->turns % TRIAL == 0 ? !is_shorter : is_shorter;
}
