/*
 * The algorithm: io.pvlock.core in C, with the same seams. It works on memory that it is given; slots, files and names
 * are not its business. PvQSpinLock.java has the implementation note: states, invariants, orders. Nothing of it is
 * repeated here, and whatever is said there of a part holds for the part of the same name here.
 *
 *   Cells     cell.c        PvNodes  nodes.c     PvHead     head.c      PvLockHash  hash.c
 *   PvSteal   steal.c       PvQueue  queue.c     NumaOrder  numa.c      PvKick      kick.c
 *   VcpuTable vcpu.h        Participant me.c     WaitPolicy policy.h    PvQSpinLock lock.c
 *
 * The ports are functions that the library has elsewhere: pv_park, pv_kick, pv_kick_all (park.c), pv_dead,
 * pv_owner_dead (liveness.c), pv_now (machine.c). With PVLOCK_TEST_HOOKS each of them asks the hook first.
 */
#ifndef PVLOCK_CORE_H
#define PVLOCK_CORE_H

#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "deadline.h"
#include "memory.h"
#include "word.h"

/* Instead of a vCPU whose death concerns the caller. */
#define PV_NOBODY (-1)

/* How an attempt ends; the first ones are pvlock_layout.h's. */
enum pv_outcome {
    PV_ACQUIRED = PVLOCK_OUTCOME_ACQUIRED,
    PV_OWNER_DIED = PVLOCK_OUTCOME_OWNER_DIED,
    PV_TIMED_OUT = PVLOCK_OUTCOME_TIMED_OUT,
    PV_INTERRUPTED = PVLOCK_OUTCOME_INTERRUPTED,
    PV_CANCELLED = PVLOCK_OUTCOME_CANCELLED,
    PV_DEADLOCKED = PVLOCK_OUTCOME_DEADLOCK,
    PV_NOT_RECOVERABLE = PVLOCK_OUTCOME_NOT_RECOVERABLE,
    /* Not owned: the thread owns the lock already, and would wait for ever. */
    PV_HELD_ALREADY = PVLOCK_OUTCOME_END,
    /* Not owned: the memory holds what no participant can have written. */
    PV_CORRUPT,
    /* Of unlock and its kin: the caller is not the owner. */
    PV_NOT_THE_OWNER,
    /* No outcome yet. */
    PV_UNDECIDED = -1
};

static inline bool pv_is_owned(int outcome) {
    return outcome == PV_ACQUIRED || outcome == PV_OWNER_DIED;
}

struct pv_me;

/* The memory of a region, as the algorithm and its ports see it. */
struct pv_core {
    unsigned char *base;
    /* Bytes: what a word says of a place is to be looked at only if it is below. */
    uint32_t length;
    /* Slots. */
    uint32_t vcpus_at;
    int vcpus;
    /* Lock hash: hash_lines is a power of two. */
    uint32_t hash_at;
    uint32_t hash_lines;

    /* Of the ports, not of the algorithm: who is in the region. */
    uint32_t processes_at;
    uint32_t max_processes;
    int process;
    uint32_t process_generation;
    /* The file, by which others' byte locks are asked for; and the open file that has this process's. */
    int fd;
    int witness;
    /* Which file that is: what a program has closed may have become a descriptor of another one. */
    dev_t device;
    ino_t inode;
    /* Threads stay on the NUMA nodes that they say they are on, whatever the kernel says. */
    bool numa_told;

    /*
     * The file has lost its name, or this process is a fork of the one that opened it: nobody of it takes anything any
     * more.
     */
    _Atomic bool lost;

    /*
     * Told on the waiter's thread of each sleep that no kick has ended, and now and then during a long wait. May be
     * NULL.
     */
    void (*long_wait)(struct pv_core *core, struct pv_me *me);
    /* Told of a slot that has just been marked DEAD. May be NULL. */
    void (*died)(struct pv_core *core, int vcpu);
};

/* How the participants of one lock wait: WaitPolicy. */
struct pv_policy {
    int overtake_limit;
    int stride_shift;
    int64_t overtake_ns;
    /* 0 never spins, INT64_MAX never sleeps. */
    int64_t spin_ns;
    bool yields;
    int64_t numa_threshold_ns;
};

/* How long turns took that were begun one way: WaitCosts. */
struct pv_turns {
    int known;
    int64_t average_ns;
};

/* What waiting has cost one thread lately: WaitCosts. */
struct pv_costs {
    int64_t spin_ns;
    int64_t thief_spin_ns;
    struct pv_turns early;
    struct pv_turns late;
    uint32_t wake;
    int64_t turn_since_ns;
    uint32_t turns;
};

/* For how long one thread sleeps before it looks by itself: Patience. */
struct pv_patience {
    int64_t longest_ns;
    int64_t next_ns;
    bool is_alert;
};

/* One attempt to get something, from its beginning to its only way out. */
struct pv_attempt {
    int64_t deadline_ns;
    bool interruptible;
    uint32_t died_owner;
    bool given_up;
    uint32_t ref;
    bool queued;
    bool handed_on;
    uint32_t handed_to;
    uint32_t cell;
    int looks;
    bool told_long_wait;
    int64_t long_wait_at_ns;
};

#define PV_SKIPPED_AT_FIRST 16

struct pv_skipped {
    uint32_t ref;
    uint32_t grant;
};

/* A thread's own handle on its slot: Participant. One thread at a time uses it, but for cancelled. */
struct pv_me {
    struct pv_core *core;
    int index;
    /* What a cell's owner half holds while this participant owns it. */
    uint32_t owner;
    /* The whole cell while this participant owns it and nobody waits. */
    uint64_t held;
    uint32_t slot;
    _Atomic bool cancelled;
    _Atomic bool interrupted;
    bool waits_though_cancelled;
    int numa_node;
    struct pv_attempt attempt;

    /* How many waits it has begun, and since when it has waited in the last one. */
    uint32_t waits;
    int64_t waited_since_ns;

    uint64_t stall_cell;
    int64_t stall_since_ns;
    int64_t stall_seen_ns;
    uint32_t dead_cell;
    uint32_t dead_owner;
    int64_t dead_since_ns;

    uint32_t overtakes;
    uint32_t overtake_clock_mask;
    uint32_t overtakes_seen;
    int64_t overtakes_seen_ns;
    struct pv_costs costs;
    struct pv_patience patience;

    /* Nodes passed in a hand-off, to be given back after the grant. */
    struct pv_skipped *skipped;
    int skipped_count;
    int skipped_capacity;
    struct pv_skipped skipped_at_first[PV_SKIPPED_AT_FIRST];

    /* Whoever has it. */
    void *user;
};

/* ---- damage: a way out of the middle of things */

struct pv_trap {
    jmp_buf out;
    struct pv_trap *outer;
};

/* The innermost trap of this thread. Whoever leaves a call by another way than its return sets it back. */
extern _Thread_local struct pv_trap *pv_innermost_trap;

/* True the first time; false when pv_corrupt() has come back to it. pv_untrap() ends it both times. */
#define PV_TRAP(trap) ((trap)->outer = pv_innermost_trap, pv_innermost_trap = (trap), setjmp((trap)->out) == 0)

static inline void pv_untrap(struct pv_trap *trap) {
    pv_innermost_trap = trap->outer;
}

/* The shared memory holds something that no participant can have written. Goes to the innermost trap. */
_Noreturn void pv_corrupt(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- PvQSpinLock: lock.c */

int pv_lock(uint32_t cell, struct pv_me *me, const struct pv_policy *policy, int64_t deadline_ns, bool interruptible);
int pv_trylock(uint32_t cell, struct pv_me *me, const struct pv_policy *policy);
/* PV_ACQUIRED for done, or PV_NOT_THE_OWNER, PV_CORRUPT. */
int pv_unlock(uint32_t cell, struct pv_me *me);
/*
 * The two halves of the slow paths for a caller that has gone through the others itself: PvQSpinLock in Java, by jvm/. It
 * has tried to steal, has said what it waits for, and marks its slow paths.
 */
int pv_queue(uint32_t cell, struct pv_me *me, const struct pv_policy *policy, int64_t deadline_ns, bool interruptible);
/* Lets go of a cell that is mine and SLOW, and kicks who sleeps for it. PV_CORRUPT: likewise, everybody was kicked. */
int pv_release_slow(uint32_t cell, struct pv_me *me);
int pv_mark_consistent(uint32_t cell, struct pv_me *me);
int pv_abandon(uint32_t cell, struct pv_me *me);

/* ---- Participant: me.c */

/* Writes nothing into the shared memory: the slot may be in use, by a thread of a JVM that waits here for the first time. */
void pv_me_init(struct pv_me *me, struct pv_core *core, int vcpu, uint32_t generation);
/* Says in the slot what others may see of it; before it takes part. */
void pv_me_publish(struct pv_me *me);
void pv_me_free(struct pv_me *me);
void pv_begin(struct pv_me *me, int64_t deadline_ns, bool interruptible);
void pv_begin_queueing(struct pv_me *me, int64_t deadline_ns, bool interruptible);
void pv_begin_wait(struct pv_me *me, uint32_t cell);
int64_t pv_first_sleep_ns(void);
/* Where the sleeper stands: it sleeps longest_ns at most. */
void pv_stand(struct pv_me *me, int64_t longest_ns);
/* For how long to sleep now, if nothing happens. */
int64_t pv_sleep_ns(const struct pv_me *me);
/* A sleep is over; quiet: nothing but its length has ended it. */
void pv_slept(struct pv_me *me, bool quiet);
void pv_end(struct pv_me *me);
/* Now and then during a long wait, on the thread that waits. */
void pv_long_wait(struct pv_me *me);
void pv_enter_slow_path(struct pv_me *me);
void pv_exit_slow_path(struct pv_me *me);
bool pv_may_leave(struct pv_me *me);
/* Why the attempt must end now; PV_UNDECIDED to go on. */
int pv_reason_to_leave(struct pv_me *me);
void pv_set_numa_node(struct pv_me *me, int numa_node);
bool pv_sees_stall(struct pv_me *me, uint64_t cell);
bool pv_sees_death(struct pv_me *me, uint32_t cell, uint32_t owner);
bool pv_count_overtake(struct pv_me *me, const struct pv_policy *policy, uint32_t seen);
void pv_add_skipped(struct pv_me *me, uint32_t ref, uint32_t grant);
int64_t pv_head_spin_ns(struct pv_costs *costs, const struct pv_policy *policy);
void pv_costs_spun(struct pv_costs *costs, bool in_time);
int64_t pv_thief_spin_ns(struct pv_costs *costs, int64_t given_ns);
void pv_costs_stole(struct pv_costs *costs, int64_t elapsed_ns, int64_t given_ns);
/* I am head now, and come after who has the lock since turn_since_ns; wake: how I am woken, PVLOCK_NODE_WAKE_*. */
void pv_costs_granted(struct pv_costs *costs, uint32_t wake, int64_t turn_since_ns);
/* I have the lock: the turn before is over. */
void pv_costs_took(struct pv_costs *costs, int64_t now_ns);
bool pv_wakes_early(struct pv_costs *costs);

/* ---- Cells: cell.c */

bool pv_is_owned_by(struct pv_core *core, uint32_t cell, const struct pv_me *me);
/* Whether the owner named in a cell that is locked is dead. */
bool pv_cell_owner_dead(struct pv_core *core, uint64_t cell);
bool pv_take_over(uint32_t cell, uint64_t now, uint64_t taken, struct pv_me *me);
void pv_set_pending(struct pv_core *core, uint32_t cell);
/* So many overtakes of the head count from now on, or more. */
void pv_clear_pending(struct pv_core *core, uint32_t cell, uint32_t overtakes);
/* What a free lock gives whose word was word_before. */
int pv_acquired(uint32_t word_before);

/* ---- PvSteal: steal.c */

int pv_steal(uint32_t cell, struct pv_me *me, const struct pv_policy *policy);
bool pv_overtake(uint32_t cell, uint64_t now, struct pv_me *me, const struct pv_policy *policy);
bool pv_is_head_passed(uint32_t cell, struct pv_me *me, const struct pv_policy *policy);

/* ---- PvNodes: nodes.c */

/* Whether nobody stands any more where ref was queued, who would notice the death of one before it. */
bool pv_is_gone(struct pv_core *core, uint32_t ref);
/* A node of mine to wait with; 0 if none. */
uint32_t pv_pick_node(uint32_t cell, struct pv_me *me);
void pv_join(uint32_t cell, uint32_t ref, struct pv_me *me);
void pv_give_back_own_skipped(uint32_t cell, struct pv_me *me);

/* ---- PvQueue: queue.c, handoff.c */

/* PV_UNDECIDED: granted. Else I left, and why; with the lock if the head was passed. */
int pv_wait_for_grant(uint32_t cell, uint32_t ref, struct pv_me *me, const struct pv_policy *policy);
void pv_hand_off(uint32_t cell, uint32_t ref, bool owning, struct pv_me *me, const struct pv_policy *policy);
void pv_give_up_place(uint32_t cell, struct pv_me *me, const struct pv_policy *policy);
bool pv_abandon_node(uint32_t cell, uint32_t ref, uint32_t node, struct pv_me *me);
void pv_tell_successor(uint32_t cell, uint32_t ref, struct pv_me *me);
void pv_give_back_skipped(struct pv_me *me);
_Noreturn void pv_endless(uint32_t cell, int from, int to);

/* ---- PvHead: head.c */

int pv_await_as_head(uint32_t cell, uint32_t ref, struct pv_me *me, const struct pv_policy *policy);

/* ---- NumaOrder: numa.c */

void pv_hold_back(uint32_t cell, uint32_t ref, uint32_t node, struct pv_me *me, const struct pv_policy *policy);
bool pv_call_next(uint32_t cell, uint32_t ref, int numa_node, struct pv_me *me);
int pv_take_ahead(uint32_t cell, uint32_t node, struct pv_me *me);
void pv_want_head(struct pv_core *core, uint32_t cell);

/* ---- PvLockHash: hash.c */

bool pv_hash_insert(uint32_t cell, uint32_t ref, struct pv_me *me);
/*
 * Marks one entry of cell, of another than kicked, as taken and returns its ref, which the caller kicks, and then gives to
 * pv_hash_drop_taken(). 0 if there is none. An entry that another has taken is taken, too. Who has been kicked looks at the
 * lock before it sleeps again: what it has entered since is for a later unlocker, and to kick it again and again would keep
 * both from their work.
 */
uint32_t pv_hash_take(struct pv_core *core, uint32_t cell, uint32_t kicked);
/* Removes an entry of ref that was taken, unless it has gone by now. */
void pv_hash_drop_taken(struct pv_core *core, uint32_t cell, uint32_t ref);
bool pv_hash_contains(struct pv_core *core, uint32_t cell, uint32_t ref);
void pv_hash_remove(struct pv_core *core, uint32_t cell, uint32_t ref);
uint32_t pv_hash_take_stale(struct pv_core *core);
/* Removes every entry whose vCPU is marked in doomed. */
void pv_hash_remove_vcpus(struct pv_core *core, const bool *doomed);
/* Entries for so many vCPUs: at least four for each, and a power of two. */
uint32_t pv_hash_capacity(int vcpus);

/* ---- PvKick: kick.c */

void pv_pause_until(struct pv_me *me, int depends_on, const struct pv_policy *policy, int64_t deadline_ns);
void pv_kick_ref(uint32_t ref, struct pv_me *me);
void pv_enter_once(uint32_t cell, uint32_t ref, struct pv_me *me);
void pv_enter(uint32_t cell, uint32_t ref, struct pv_me *me);
void pv_kick_heads(uint32_t cell, struct pv_me *me);

/* ---- ports: park.c, liveness.c, machine.c */

/* Sleeps until kicked, until depends_on dies, until deadline_ns, or for no reason: the caller always looks again. */
void pv_park(struct pv_me *me, int depends_on, int64_t deadline_ns);
void pv_kick(struct pv_core *core, int vcpu);
void pv_kick_all(struct pv_core *core);
/* Whether the participant in the slot is proved dead. */
bool pv_dead(struct pv_core *core, int vcpu);
/* Whether the owner that owner_word names is dead; also if its slot is in another generation by now. */
bool pv_owner_dead(struct pv_core *core, uint32_t owner_word);
int64_t pv_now(void);

#endif
