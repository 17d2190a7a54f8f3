#include "grip.h"

#include <string.h>

int grip_find(pvlock_region *region, const char *name, bool reads, struct grip *grip) {
    size_t length = strlen(name);
    uint32_t type;
    *grip = (struct grip) {.reads = reads};
    int outcome = reads ? pvlock_rwlock_find(region, name, length, NULL, &grip->rwlock)
                        : pvlock_find(region, name, length, NULL, &grip->lock);
    if (outcome == PVLOCK_INVALID && pv_type_of(region, name, length, &type) == PVLOCK_OK) {
        if (reads && type == PVLOCK_TYPE_LOCK) {
            return pv_fail(
                PVLOCK_INVALID,
                "lock '%s' exists as a plain lock, which nobody can share; use another name, or remove it by pvlock rm",
                name);
        }
        if (!reads && type == PVLOCK_TYPE_READ_WRITE_LOCK) {
            outcome = pvlock_rwlock_find(region, name, length, NULL, &grip->rwlock);
        }
    }
    if (grip->rwlock != NULL) {
        grip->lock = pv_monitor(grip->rwlock);
    }
    return outcome;
}

int grip_try(const struct grip *grip, pvlock_vcpu *me) {
    return grip->rwlock == NULL ? pvlock_trylock(grip->lock, me)
        : grip->reads ? pvlock_rwlock_tryread(grip->rwlock, me)
        : pvlock_rwlock_trywrite(grip->rwlock, me);
}

int grip_await(const struct grip *grip, pvlock_vcpu *me, int64_t deadline_ns) {
    return grip->rwlock == NULL ? pvlock_timedlock_ns(grip->lock, me, deadline_ns)
        : grip->reads ? pvlock_rwlock_read(grip->rwlock, me, deadline_ns)
        : pvlock_rwlock_write(grip->rwlock, me, deadline_ns);
}

int grip_share(struct grip *grip, pvlock_vcpu *me) {
    int outcome = pvlock_rwlock_tryread(grip->rwlock, me);
    if (outcome == PVLOCK_OK) {
        grip->reads = true;
        outcome = pvlock_rwlock_unwrite(grip->rwlock, me);
    }
    return outcome;
}

void grip_mend(const struct grip *grip, pvlock_vcpu *me) {
    if (grip->rwlock == NULL) {
        pvlock_consistent(grip->lock, me);
    } else {
        pvlock_rwlock_consistent(grip->rwlock, me);
    }
}

bool grip_is_removed(const struct grip *grip) {
    return pv_was_removed(grip->lock);
}

void grip_release(const struct grip *grip, pvlock_vcpu *me) {
    if (grip->rwlock != NULL && grip->reads) {
        pvlock_rwlock_unread(grip->rwlock, me);
    } else if (grip->lock != NULL && pvlock_is_held_by(grip->lock, me)) {
        if (grip->rwlock != NULL) {
            pvlock_rwlock_unwrite(grip->rwlock, me);
        } else {
            pvlock_unlock(grip->lock, me);
        }
    }
}

/* 0 is the lock, or the one inside; i + 1 is the reader in slot i. */
bool grip_holder(const struct grip *grip, int *at, struct pv_process *holder) {
    if (*at == 0) {
        *at = 1;
        if (pv_holder(grip->lock, holder)) {
            return true;
        }
    }
    int slot = *at - 1;
    bool found = grip->rwlock != NULL && pv_reader(grip->rwlock, &slot, holder);
    *at = slot + 1;
    return found;
}

bool grip_obstacle(const struct grip *grip, int *at, struct pv_process *holder) {
    return (!grip->reads || *at == 0) && grip_holder(grip, at, holder) && (!grip->reads || *at == 1);
}
