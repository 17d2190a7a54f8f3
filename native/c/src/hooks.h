/*
 * Where a test steps in: between the library and its memory, its clock, its sleep and the proof of death. Compiled
 * in with -DPVLOCK_TEST_HOOKS only; else the macros are nothing and the functions do not exist.
 *
 * With hooks the suites of lock-core, which are in Java, run this code instead of Java's: a participant is stopped
 * or ended at any access, and everything that it sees of the world is what the test says. Each hook is optional;
 * without one the library does what it does in production.
 */
#ifndef PVLOCK_HOOKS_H
#define PVLOCK_HOOKS_H

#include "pvlock_layout.h"

#ifdef PVLOCK_TEST_HOOKS

#include <stdbool.h>
#include <stdint.h>

/* What an int function returns to go on. Anything else: the calling thread shall end as if it were killed there. */
#define PVLOCK_HOOK_GO_ON 0

/* What leave returns to go on; else one of PVLOCK_OUTCOME_*, with which the attempt ends. */
#define PVLOCK_HOOK_STAY (-1)

struct pvlock_hooks {
    /* Before each ordered access to the shared memory, as SteppingBuffer does in Java. Not before relaxed ones. */
    int (*step)(void);
    /* At a kill point, by number; vcpu is -1 where a thread has no slot or acts for its process. */
    int (*kill_point)(int point, int vcpu);
    /* Instead of CLOCK_MONOTONIC. */
    int64_t (*now_ns)(void);
    /* Instead of sleeping on the park word; depends_on is -1 for nobody, deadline_ns INT64_MAX for none. */
    int (*park)(int vcpu, int depends_on, int64_t deadline_ns);
    int (*kick)(int vcpu);
    int (*kick_all)(void);
    /* Instead of looking at the sentinel or the byte lock: not 0 if it is dead. */
    int (*dead)(int vcpu);
    /* Asked wherever an attempt that may end looks whether it must: interrupted, cancelled. */
    int (*leave)(int vcpu);
    /* Besides a deadline: whether leave is worth asking. Not 0: yes. */
    int (*may_leave)(int vcpu);
};

extern struct pvlock_hooks pvlock_hooks;

/* Whether step is called on this thread. */
extern _Thread_local bool pvlock_hooks_stepping;

/* What else than in production: 0 stands for what the header says. */
struct pvlock_tuning {
    int64_t max_sleep_ns;
    int64_t stall_ns;
    int64_t hybrid_overtake_ns;
    /* Plus 1. */
    int numa_node;
};

extern struct pvlock_tuning pvlock_tuning;

/* PVLOCK_TUNED(stall_ns, PVLOCK_STALL_NS) */
#define PVLOCK_TUNED(name, otherwise) (pvlock_tuning.name ? pvlock_tuning.name : (otherwise))

/* Of the tests: ends the calling thread's call into the library, and touches no shared memory. Does not return. */
extern void (*pvlock_hooks_way_out)(void);

_Noreturn void pvlock_hooks_end(void);

static inline void pvlock_hook_step(void) {
    if (pvlock_hooks_stepping && pvlock_hooks.step() != PVLOCK_HOOK_GO_ON) {
        pvlock_hooks_end();
    }
}

static inline void pvlock_hook_kill_point(int point, int vcpu) {
    if (pvlock_hooks.kill_point && pvlock_hooks.kill_point(point, vcpu) != PVLOCK_HOOK_GO_ON) {
        pvlock_hooks_end();
    }
}

/* Before an ordered access. */
#define PVLOCK_STEP() pvlock_hook_step()
/* The thread with the slot vcpu has come to the point: PVLOCK_KILL_POINT(LINKED, me->vcpu). */
#define PVLOCK_KILL_POINT(name, vcpu) pvlock_hook_kill_point(PVLOCK_KILL_POINT_##name, (vcpu))

#else

#define PVLOCK_TUNED(name, otherwise) (otherwise)
#define PVLOCK_STEP() ((void) 0)
#define PVLOCK_KILL_POINT(name, vcpu) ((void) 0)

#endif
#endif
