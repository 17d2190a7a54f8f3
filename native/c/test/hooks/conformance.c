/*
 * The way in for the tests of lock-core, which are in Java: the algorithm on memory of theirs, with what they say of
 * the world. Java calls these functions by JNA, and the hooks call Java; Conformance.java knows both.
 */
#include <setjmp.h>
#include <stdlib.h>

#include "core.h"
#include "pvlock.h"
#include "vcpu.h"

/* A hook said that the caller shall end. */
#define ENDED (-1)
/* As interrupted: what only Java has. */
#define INTERRUPTED 9

static _Thread_local jmp_buf *entry;
static _Thread_local struct pv_me *current;
static int (*java_step)(void);
static int (*java_kill_point)(int point, int vcpu);

static void end(void) {
    longjmp(*entry, 1);
}

/* A test may move a participant to another node in the middle of a wait, and says so in its slot. */
static void look_where_i_am(void) {
    current->numa_node = pv_numa_node_of(current->core, current->index);
}

static int step(void) {
    int go_on = java_step();
    look_where_i_am();
    return go_on;
}

static int kill_point(int point, int vcpu) {
    int go_on = java_kill_point(point, vcpu);
    look_where_i_am();
    return go_on;
}

PVLOCK_API void conformance_hooks(
    int (*new_step)(void), int (*new_kill_point)(int, int), int64_t (*now_ns)(void), int (*park)(int, int, int64_t),
    int (*kick)(int), int (*kick_all)(void), int (*dead)(int), int (*may_leave)(int), int (*leave)(int)) {
    pvlock_hooks_way_out = end;
    java_step = new_step;
    java_kill_point = new_kill_point;
    pvlock_hooks = (struct pvlock_hooks){.step = step,
                                         .kill_point = kill_point,
                                         .now_ns = now_ns,
                                         .park = park,
                                         .kick = kick,
                                         .kick_all = kick_all,
                                         .dead = dead,
                                         .leave = leave,
                                         .may_leave = may_leave};
}

PVLOCK_API void *conformance_table(unsigned char *base, int slots, int vcpus, int hash, int hash_capacity) {
    struct pv_core *core = calloc(1, sizeof *core);
    if (core) {
        core->base = base;
        core->length = UINT32_MAX; /* the tests know */
        core->vcpus_at = (uint32_t) slots;
        core->vcpus = vcpus;
        core->hash_at = (uint32_t) hash;
        core->hash_lines = (uint32_t) hash_capacity / PVLOCK_HASH_ENTRIES_PER_LINE;
        core->fd = -1;
    }
    return core;
}

PVLOCK_API void *conformance_participant(struct pv_core *core, int vcpu, int generation) {
    struct pv_me *me = calloc(1, sizeof *me);
    if (me) {
        pv_me_init(me, core, vcpu, (uint32_t) generation & 0xffff);
        me->numa_node = pv_numa_node_of(core, vcpu);
    }
    return me;
}

static int outcome(int pv) {
    switch (pv) {
    case PV_ACQUIRED:
        return PVLOCK_OK;
    case PV_OWNER_DIED:
        return PVLOCK_OWNER_DIED;
    case PV_TIMED_OUT:
        return PVLOCK_TIMED_OUT;
    case PV_INTERRUPTED:
        return INTERRUPTED;
    case PV_CANCELLED:
        return PVLOCK_CANCELLED;
    case PV_DEADLOCKED:
    case PV_HELD_ALREADY:
        return PVLOCK_DEADLOCK;
    case PV_NOT_RECOVERABLE:
        return PVLOCK_NOT_RECOVERABLE;
    case PV_CORRUPT:
        return PVLOCK_CORRUPT;
    case PV_NOT_THE_OWNER:
        return PVLOCK_NOT_OWNER;
    default:
        return PVLOCK_ERROR;
    }
}

/* Runs call, which a hook may end. */
#define ENTER(me, stepping, call)                                                                                      \
    do {                                                                                                               \
        jmp_buf here;                                                                                                  \
        jmp_buf *outer_entry = entry;                                                                                  \
        struct pv_me *outer = current;                                                                                 \
        struct pv_trap *trap = pv_innermost_trap;                                                                      \
        bool outer_stepping = pvlock_hooks_stepping;                                                                   \
        volatile int result = ENDED;                                                                                   \
        if (setjmp(here) == 0) {                                                                                       \
            entry = &here;                                                                                             \
            current = (me);                                                                                            \
            look_where_i_am();                                                                                         \
            pvlock_hooks_stepping = (stepping) != 0;                                                                   \
            result = outcome(call);                                                                                    \
        }                                                                                                              \
        pvlock_hooks_stepping = outer_stepping;                                                                        \
        pv_innermost_trap = trap;                                                                                      \
        current = outer;                                                                                               \
        entry = outer_entry;                                                                                           \
        return result;                                                                                                 \
    } while (0)

PVLOCK_API int conformance_lock(
    struct pv_me *me, int stepping, int cell, int overtake_limit, int stride_shift, int64_t overtake_ns,
    int64_t spin_ns, int yields, int64_t numa_threshold_ns, int64_t deadline_ns, int interruptible) {
    struct pv_policy policy = {overtake_limit, stride_shift, overtake_ns, spin_ns, yields != 0, numa_threshold_ns};
    ENTER(me, stepping, pv_lock((uint32_t) cell, me, &policy, deadline_ns, interruptible != 0));
}

PVLOCK_API int conformance_trylock(
    struct pv_me *me, int stepping, int cell, int overtake_limit, int stride_shift, int64_t overtake_ns,
    int64_t spin_ns, int yields, int64_t numa_threshold_ns) {
    struct pv_policy policy = {overtake_limit, stride_shift, overtake_ns, spin_ns, yields != 0, numa_threshold_ns};
    ENTER(me, stepping, pv_trylock((uint32_t) cell, me, &policy));
}

/* What a SlowPath of Java's does: the rest of a lock that has not been stolen, and of an unlock that finds SLOW. */
PVLOCK_API int conformance_queue(
    struct pv_me *me, int stepping, int cell, int overtake_limit, int stride_shift, int64_t overtake_ns,
    int64_t spin_ns, int yields, int64_t numa_threshold_ns, int64_t deadline_ns, int interruptible) {
    struct pv_policy policy = {overtake_limit, stride_shift, overtake_ns, spin_ns, yields != 0, numa_threshold_ns};
    ENTER(me, stepping, pv_queue((uint32_t) cell, me, &policy, deadline_ns, interruptible != 0));
}

PVLOCK_API int conformance_release(struct pv_me *me, int stepping, int cell) {
    ENTER(me, stepping, pv_release_slow((uint32_t) cell, me));
}

PVLOCK_API int conformance_unlock(struct pv_me *me, int stepping, int cell) {
    ENTER(me, stepping, pv_unlock((uint32_t) cell, me));
}

PVLOCK_API int conformance_consistent(struct pv_me *me, int stepping, int cell) {
    ENTER(me, stepping, pv_mark_consistent((uint32_t) cell, me));
}

PVLOCK_API int conformance_abandon(struct pv_me *me, int stepping, int cell) {
    ENTER(me, stepping, pv_abandon((uint32_t) cell, me));
}

PVLOCK_API int conformance_died_owner(struct pv_me *me) {
    return (int) me->attempt.died_owner;
}

PVLOCK_API const char *conformance_detail(void) {
    return pvlock_error_detail();
}
