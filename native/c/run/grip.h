/* A lock, plain or read-write, and the way in which it is held: alone, or with others that read. */
#ifndef RUN_GRIP_H
#define RUN_GRIP_H

#include "surrogate.h"

#include <pvlock.h>
#include <stdbool.h>
#include <stdint.h>

struct grip {
    /* Of a read-write lock the one inside: it says the place, the token and the deaths. */
    pvlock_t *lock;
    /* NULL: a plain lock. */
    pvlock_rwlock *rwlock;
    /* Not alone. */
    bool reads;
};

/*
 * The lock of that name as it is. A new one is a read-write lock if it is to be read, and a plain one if not. As pvlock_find(); a plain lock has
 * no readers: PVLOCK_INVALID.
 */
int grip_find(pvlock_region *region, const char *name, bool reads, struct grip *grip);

/* As pvlock_trylock() and pvlock_timedlock_ns(); to read also PVLOCK_INCONSISTENT. */
int grip_try(const struct grip *grip, pvlock_vcpu *me);
int grip_await(const struct grip *grip, pvlock_vcpu *me, int64_t deadline_ns);

/* Has a read-write lock alone: has it with other readers from now on. Nobody writes in between. */
int grip_share(struct grip *grip, pvlock_vcpu *me);

/* What a dead owner left has been put in order; by whoever is alone. */
void grip_mend(const struct grip *grip, pvlock_vcpu *me);

/* Whether pvlock rm has taken it away since it was looked up. Looked up again it is another lock. */
bool grip_is_removed(const struct grip *grip);

/* Gives it back if it is held. */
void grip_release(const struct grip *grip, pvlock_vcpu *me);

/* Whoever has it, alone or with others, or waits to be alone. From *at = 0 on, one after the other; false at the end. */
bool grip_holder(const struct grip *grip, int *at, struct pv_process *holder);

/* Likewise, but only those who keep it from us: who reads does not keep others from it. */
bool grip_obstacle(const struct grip *grip, int *at, struct pv_process *holder);

#endif
