/* Locks as users see them: io.pvlock.internal.lock.CellLocking, EntryLocking, OwnerDeath. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buckets.h"
#include "vcpu.h"

/* ---- fast paths */

static inline bool lock_fast(pvlock_t *lock, pvlock_vcpu *vcpu) {
    uint64_t nobody = 0;
    PVLOCK_STEP();
    /* P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in pvlock_unlock. */
    bool taken = pv_is_fast(vcpu, lock->fast)
        && atomic_compare_exchange_strong_explicit(
            lock->cell, &nobody, vcpu->me.held, memory_order_seq_cst, memory_order_seq_cst);
    if (taken) {
        PVLOCK_KILL_POINT(LOCK_TAKEN, vcpu->me.index);
    }
    return taken;
}

int pvlock_lock(pvlock_t *lock, pvlock_vcpu *vcpu) {
    return lock_fast(lock, vcpu) ? PVLOCK_OK : pv_lock_cell(lock, lock->cell_at, vcpu, PV_DEADLINE_NONE, false);
}

int pvlock_trylock(pvlock_t *lock, pvlock_vcpu *vcpu) {
    return lock_fast(lock, vcpu) ? PVLOCK_OK : pv_lock_cell(lock, lock->cell_at, vcpu, PV_DEADLINE_NOW, true);
}

int pvlock_timedlock_ns(pvlock_t *lock, pvlock_vcpu *vcpu, int64_t deadline_ns) {
    return lock_fast(lock, vcpu) ? PVLOCK_OK : pv_lock_cell(lock, lock->cell_at, vcpu, deadline_ns, false);
}

int pvlock_unlock(pvlock_t *lock, pvlock_vcpu *vcpu) {
    uint64_t held = vcpu->me.held;
    PVLOCK_STEP();
    /* P0 release: (0,0,LOCKED) -> (0,0,0), owner me -> nobody; pairs with P0 acquire in pvlock_lock. */
    if (pv_is_fast(vcpu, lock->fast)
            && atomic_compare_exchange_strong_explicit(
                lock->cell, &held, 0, memory_order_seq_cst, memory_order_seq_cst)) {
        return PVLOCK_OK;
    }
    return pv_unlock_cell(lock, lock->cell_at, vcpu);
}

/* ---- lock */

static const char *name_of(struct pvlock_lock_s *lock, uint32_t cell, char *to, size_t size) {
    if (!pv_name_of_cell(lock->region, cell, to, size)) {
        snprintf(to, size, "at %u", cell);
    }
    return to;
}

static int not_recoverable(struct pvlock_lock_s *lock, uint32_t cell) {
    char name[PVLOCK_NAME_MAX + 16];
    return pv_is_removed(lock->region, lock->entry)
        ? pv_fail(
            PVLOCK_NOT_RECOVERABLE, "the lock at offset %u of %s was removed; look it up again, which makes a new one",
            cell, lock->region->path)
        : pv_fail(
            PVLOCK_NOT_RECOVERABLE, "lock '%s' was given up as not recoverable", name_of(lock, cell, name, sizeof name));
}

/* So that whoever comes after the vCPU knows of the death even if that one dies, too. Under the lock. */
static void record_death(struct pvlock_lock_s *lock, uint32_t cell, struct pvlock_vcpu *vcpu) {
    struct pvlock_region *region = lock->region;
    uint32_t owner = vcpu->me.attempt.died_owner;
    if (owner != 0) {
        uint64_t token = lock->own_cell ? pv_last_token(region, lock->entry) : 0;
        struct pv_death death = pv_death_of(&region->core, owner, token);
        if (lock->own_cell) {
            pv_record_death(region, lock->entry, &death);
        }
        pv_event_owner_replaced(region, &death, cell, vcpu->me.index);
    }
    if (lock->own_cell) {
        pv_put_held_since(region, lock->entry, 0); /* it was the dead owner's */
    }
}

static int settle(struct pvlock_lock_s *lock, uint32_t cell, struct pvlock_vcpu *vcpu, int outcome, bool no_wait) {
    struct pvlock_region *region = lock->region;
    char name[PVLOCK_NAME_MAX + 16];
    switch (outcome) {
        case PV_ACQUIRED:
            return PVLOCK_OK;
        case PV_OWNER_DIED:
            record_death(lock, cell, vcpu);
            return PVLOCK_OWNER_DIED;
        case PV_TIMED_OUT:
            return no_wait ? PVLOCK_BUSY : PVLOCK_TIMED_OUT;
        case PV_INTERRUPTED:
            return PVLOCK_CANCELLED;
        case PV_CANCELLED:
            return region->core.lost ? pv_check_vcpu(region, vcpu) : PVLOCK_CANCELLED;
        case PV_DEADLOCKED:
            return PVLOCK_DEADLOCK; /* whoever found it has said which */
        case PV_HELD_ALREADY:
            return pv_fail(
                PVLOCK_DEADLOCK, "vcpu=%d already holds lock '%s': a second one would wait for ever; unlock first",
                vcpu->me.index, name_of(lock, cell, name, sizeof name));
        case PV_NOT_RECOVERABLE:
            return not_recoverable(lock, cell);
        default:
            return pv_fail_corrupt(region);
    }
}

int pv_lock_cell(
        struct pvlock_lock_s *lock, uint32_t cell, struct pvlock_vcpu *vcpu, int64_t deadline_ns, bool no_wait) {
    int usable = pv_check_vcpu(lock->region, vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    vcpu->on_deadlock = lock->on_deadlock;
    struct pv_watch begun = pv_watch_begin(vcpu);
    int outcome = no_wait
        ? pv_trylock(cell, &vcpu->me, &lock->policy)
        : pv_lock(cell, &vcpu->me, &lock->policy, deadline_ns, false);
    if (lock->own_cell && !no_wait && pv_is_owned(outcome)) {
        pv_watch_taken(lock, vcpu, begun);
    }
    return settle(lock, cell, vcpu, outcome, no_wait);
}

int pv_lock_to_end(struct pvlock_lock_s *lock, struct pvlock_vcpu *vcpu) {
    int usable = pv_check_holder(lock->region, vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    bool before = vcpu->me.waits_though_cancelled;
    vcpu->me.waits_though_cancelled = true;
    int outcome = pv_lock(lock->cell_at, &vcpu->me, &lock->policy, PV_DEADLINE_NONE, false);
    vcpu->me.waits_though_cancelled = before;
    return settle(lock, lock->cell_at, vcpu, outcome, false);
}

int pvlock_timedlock(pvlock_t *lock, pvlock_vcpu *vcpu, const struct timespec *deadline) {
    if (deadline->tv_nsec < 0 || deadline->tv_nsec >= 1000000000) {
        return pv_fail(PVLOCK_INVALID, "tv_nsec=%ld, allowed are 0..999999999", deadline->tv_nsec);
    }
    int64_t longest = INT64_MAX / 1000000000 - 1;
    int64_t deadline_ns = deadline->tv_sec > longest ? PV_DEADLINE_NONE
        : deadline->tv_sec < 0 ? PV_DEADLINE_NOW
        : (int64_t) deadline->tv_sec * 1000000000 + deadline->tv_nsec;
    return pvlock_timedlock_ns(lock, vcpu, deadline_ns);
}

/* ---- unlock */

static int not_owner(struct pvlock_lock_s *lock, uint32_t cell, struct pvlock_vcpu *vcpu) {
    char name[PVLOCK_NAME_MAX + 16];
    char who[64];
    uint32_t owner = pv_owner(pv_read_cell(&lock->region->core, cell));
    if (owner == 0 || owner == PV_NOT_RECOVERABLE_OWNER) {
        strcpy(who, owner == 0 ? "nobody does" : "it was abandoned as not recoverable");
    } else {
        snprintf(who, sizeof who, "vcpu=%d does", pv_owner_vcpu(owner));
    }
    return pv_fail(
        PVLOCK_NOT_OWNER, "vcpu=%d does not hold lock '%s', %s", vcpu->me.index, name_of(lock, cell, name, sizeof name), who);
}

/* Before it is given back, and only by the owner: the next one writes there, too. Whether fast paths may be allowed again. */
static bool end_guard(struct pvlock_lock_s *lock, uint32_t cell, struct pvlock_vcpu *vcpu) {
    int64_t since = vcpu->guards > 0 && lock->own_cell && pv_is_owned_by(&lock->region->core, cell, &vcpu->me)
        ? pv_held_since(lock->region, lock->entry)
        : 0;
    bool guarded = since != 0;
    bool timed = lock->own_cell && pv_watch_releasing(lock, vcpu, since);
    if (guarded) {
        pv_put_held_since(lock->region, lock->entry, 0);
        vcpu->guards--;
    }
    return guarded || timed;
}

int pv_unlock_cell(struct pvlock_lock_s *lock, uint32_t cell, struct pvlock_vcpu *vcpu) {
    int usable = pv_check_holder(lock->region, vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    bool slow = end_guard(lock, cell, vcpu);
    int outcome = pv_unlock(cell, &vcpu->me);
    if (slow) {
        pv_allow_fast_paths(vcpu);
    }
    switch (outcome) {
        case PV_ACQUIRED: return PVLOCK_OK;
        case PV_NOT_THE_OWNER: return not_owner(lock, cell, vcpu);
        default: return pv_fail_corrupt(lock->region);
    }
}

/* ---- after a death */

int pv_consistent_cell(struct pvlock_lock_s *lock, uint32_t cell, struct pvlock_vcpu *vcpu) {
    struct pvlock_region *region = lock->region;
    int usable = pv_check_holder(region, vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    if (pv_mark_consistent(cell, &vcpu->me) != PV_ACQUIRED) {
        return not_owner(lock, cell, vcpu);
    }
    pv_event_of_slot(
        region, PVLOCK_EVENT_TYPE_MARKED_CONSISTENT, vcpu->me.index, cell, vcpu->me.owner, vcpu->me.index);
    return PVLOCK_OK;
}

int pvlock_consistent(pvlock_t *lock, pvlock_vcpu *vcpu) {
    return pv_consistent_cell(lock, lock->cell_at, vcpu);
}

int pv_abandon_cell(struct pvlock_lock_s *lock, uint32_t cell, struct pvlock_vcpu *vcpu) {
    struct pvlock_region *region = lock->region;
    int usable = pv_check_holder(region, vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    bool slow = end_guard(lock, cell, vcpu);
    int outcome = pv_abandon(cell, &vcpu->me);
    if (slow) {
        pv_allow_fast_paths(vcpu);
    }
    if (outcome == PV_NOT_THE_OWNER) {
        return not_owner(lock, cell, vcpu);
    }
    pv_event_of_slot(region, PVLOCK_EVENT_TYPE_LOCK_ABANDONED, vcpu->me.index, cell, vcpu->me.owner, vcpu->me.index);
    return outcome == PV_ACQUIRED ? PVLOCK_OK : pv_fail_corrupt(region);
}

int pvlock_abandon(pvlock_t *lock, pvlock_vcpu *vcpu) {
    return pv_abandon_cell(lock, lock->cell_at, vcpu);
}

/* ---- tokens */

int pvlock_token(pvlock_t *lock, pvlock_vcpu *vcpu, int64_t *token) {
    struct pvlock_region *region = lock->region;
    int usable = pv_check_holder(region, vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    if (!pvlock_is_held_by(lock, vcpu)) {
        return not_owner(lock, lock->cell_at, vcpu);
    }
    uint32_t at = pv_entry_at(region, lock->entry) + PVLOCK_ENTRY_FENCING_TOKEN_OFFSET;
    *token = (int64_t) pv_get64(region->core.base, at) + 1;
    /* P31 opaque: one number, which orders nothing; pairs with P31 in pv_last_token. */
    pv_put64(region->core.base, at, (uint64_t) *token);
    if (pv_held_since(region, lock->entry) == 0) {
        int64_t now = pvlock_now_ns();
        /* From now on unlocking takes the slow path, which clears it. */
        pv_set_fast(vcpu, NULL);
        vcpu->guards++;
        pv_put_held_since(region, lock->entry, now == 0 ? 1 : now);
    }
    return PVLOCK_OK;
}

bool pvlock_is_held_by(const pvlock_t *lock, const pvlock_vcpu *vcpu) {
    return vcpu->region == lock->region && pv_is_owned_by(&lock->region->core, lock->cell_at, &vcpu->me);
}

/* ---- find */

const char *pv_type_name(uint32_t type) {
    static const char *const names[] = {
        [PVLOCK_TYPE_LOCK] = "LOCK",
        [PVLOCK_TYPE_CONDITION] = "CONDITION",
        [PVLOCK_TYPE_SEMAPHORE] = "SEMAPHORE",
        [PVLOCK_TYPE_READ_WRITE_LOCK] = "READ_WRITE_LOCK",
        [PVLOCK_TYPE_SEQUENCE_LOCK] = "SEQUENCE_LOCK",
        [PVLOCK_TYPE_RECORD] = "RECORD",
        [PVLOCK_TYPE_COUNTER] = "COUNTER",
        [PVLOCK_TYPE_LOCAL_COUNTER] = "LOCAL_COUNTER",
        [PVLOCK_TYPE_LOCK_ARRAY] = "LOCK_ARRAY",
        [PVLOCK_TYPE_LOCAL_DATA] = "LOCAL_DATA",
    };
    return type < sizeof names / sizeof *names ? names[type] : "unknown object";
}

/* The lock that an entry has inside. */
void pv_lock_init(struct pvlock_lock_s *lock, struct pvlock_region *region, uint32_t entry) {
    memset(lock, 0, sizeof *lock);
    lock->region = region;
    lock->fast = region;
    lock->entry = entry;
    lock->own_cell = true;
    lock->cell_at = pv_entry_at(region, entry) + PVLOCK_ENTRY_CELL_OFFSET;
    lock->cell = PV_ATOMIC64(region->core.base, lock->cell_at);
    pv_policy_init(&lock->policy, region, entry, PVLOCK_WAIT_AUTO);
}

/* Whether the entry is what was asked for. */
static int check_same(
        struct pvlock_region *region, uint32_t entry, const struct pv_name *name, const pvlock_lock_options *options) {
    uint32_t type = pv_entry_field(region, entry, PVLOCK_ENTRY_TYPE_OFFSET);
    uint32_t kind = pv_entry_field(region, entry, PVLOCK_ENTRY_KIND_OFFSET);
    uint32_t policy = pv_entry_field(region, entry, PVLOCK_ENTRY_POLICY_OFFSET);
    int length = (int) name->length;
    const char *bytes = (const char *) name->bytes;
    if (type != PVLOCK_TYPE_LOCK) {
        return pv_fail(PVLOCK_INVALID, "'%.*s' is a %s, not a LOCK", length, bytes, pv_type_name(type));
    }
    if (kind != PVLOCK_KIND_PV) {
        return kind > PVLOCK_KIND_TAS || kind == 0
            ? pv_fail(
                PVLOCK_CORRUPT, "%s: lock '%.*s' has kind code %u, which is unknown; run pvlock fsck on the region",
                region->path, length, bytes, kind)
            : pv_fail(
                PVLOCK_INVALID, "lock '%.*s' has kind code %u, and this library knows only PV (%d); use it from Java",
                length, bytes, kind, PVLOCK_KIND_PV);
    }
    if (policy < PVLOCK_POLICY_HYBRID || policy > PVLOCK_POLICY_NUMA) {
        return pv_fail(
            PVLOCK_CORRUPT, "%s: lock policy code=%u is unknown; run pvlock fsck on the region", region->path, policy);
    }
    return options->policy == PVLOCK_ANY_POLICY || (uint32_t) options->policy == policy
        ? pv_check_same_time(region, entry, bytes, name->length, options->overtake_us)
        : pv_fail(
            PVLOCK_INVALID, "lock '%.*s' exists with policy %u, not %d", length, bytes, policy, options->policy);
}

int pvlock_find(
        pvlock_region *region, const char *name, size_t length, const pvlock_lock_options *options, pvlock_t **lock) {
    pvlock_lock_options whole;
    const pvlock_lock_options *wanted = &whole;
    struct pv_name wanted_name;
    uint32_t entry;
    *lock = NULL;
    int outcome = pv_take_options(&whole, options);
    if (outcome == PVLOCK_OK) {
        outcome = pv_name_init(&wanted_name, name, length);
    }
    if (outcome == PVLOCK_OK) {
        outcome = pv_check_usable(region);
    }
    if (outcome == PVLOCK_OK) {
        struct pv_template template = {
            .policy = wanted->policy == PVLOCK_ANY_POLICY ? PVLOCK_POLICY_HYBRID : (uint32_t) wanted->policy,
            .overtake_us = (uint32_t) wanted->overtake_us,
            .wait_mode = (uint32_t) wanted->wait_mode,
            .type = PVLOCK_TYPE_LOCK,
            .body_bytes = -1,
        };
        outcome = pv_find_entry(region, &wanted_name, &template, !wanted->must_exist, &entry);
    }
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    outcome = check_same(region, entry, &wanted_name, wanted);
    struct pvlock_lock_s *made = outcome == PVLOCK_OK ? malloc(sizeof *made) : NULL;
    if (made == NULL) {
        pv_drop_handle(region, entry);
        return outcome == PVLOCK_OK ? pv_fail_errno(PVLOCK_ERROR, ENOMEM, "no memory for a lock") : outcome;
    }
    pv_lock_init(made, region, entry);
    pv_policy_init(&made->policy, region, entry, wanted->wait_mode);
    made->on_deadlock = wanted->on_deadlock;
    pthread_mutex_lock(&region->mutex);
    made->next = region->locks;
    made->link = &region->locks;
    if (made->next != NULL) {
        made->next->link = &made->next;
    }
    region->locks = made;
    pthread_mutex_unlock(&region->mutex);
    *lock = made;
    return PVLOCK_OK;
}

void pvlock_forget(pvlock_t *lock) {
    if (lock == NULL) {
        return;
    }
    struct pvlock_region *region = lock->region;
    if (region->core.fd >= 0) {
        pv_drop_handle(region, lock->entry);
    }
    pthread_mutex_lock(&region->mutex);
    *lock->link = lock->next;
    if (lock->next != NULL) {
        lock->next->link = lock->link;
    }
    pthread_mutex_unlock(&region->mutex);
    free(lock);
}
