/*
 * The permits of a semaphore: who holds how many, and who waits for some. io.pvlock.internal.object.Permits. What is
 * available is what the living do not hold. Besides there is a count of what is taken, raised before permits are taken
 * and lowered after they are given back: whatever a death does to it, it is never less than what the living hold, and
 * who finds too little counts again.
 */
#include "object.h"
#include "words.h"

struct pvlock_semaphore {
    struct pv_object object;
    struct pv_words held;
    struct pv_wait_queue queue;
    uint32_t taken_at;
    int permits;
    bool fair;
};

int pvlock_semaphore_find(
        pvlock_region *region, const char *name, size_t length, int permits, bool fair, pvlock_semaphore **semaphore) {
    static const char *const names[] = {"permits", "fair"};
    *semaphore = NULL;
    if (permits < 1) {
        return pv_fail(PVLOCK_INVALID, "permits=%d, there must be at least one", permits);
    }
    int64_t words = pv_words_in_order_bytes(region->layout.max_vcpus);
    struct pv_template template = {
        .policy = PVLOCK_POLICY_HYBRID,
        .type = PVLOCK_TYPE_SEMAPHORE,
        .body_bytes = 2 * words,
        .parameter_count = 2,
        .parameters = {(uint64_t) permits, fair},
    };
    struct pv_object *object;
    int outcome = pv_make_object(region, name, length, &template, names, sizeof(pvlock_semaphore), "a semaphore", &object);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    pvlock_semaphore *made = (pvlock_semaphore *) object;
    uint32_t extent = made->object.extent;
    uint32_t body = made->object.body;
    made->taken_at = extent + PVLOCK_SEMAPHORE_TAKEN_OFFSET;
    made->held = pv_words_in_order(&region->core, body);
    made->queue = (struct pv_wait_queue) {
        pv_words_in_order(&region->core, body + (uint32_t) words),
        extent + PVLOCK_EXTENT_TICKET_OFFSET,
        made->object.monitor.cell_at,
    };
    made->permits = permits;
    made->fair = fair;
    *semaphore = made;
    return PVLOCK_OK;
}

void pvlock_semaphore_forget(pvlock_semaphore *semaphore) {
    pv_object_forget((struct pv_object *) semaphore);
}

static int not_held(const pvlock_semaphore *semaphore) {
    return semaphore->permits - (int) pv_sum_of_alive(&semaphore->held);
}

int pvlock_semaphore_available(const pvlock_semaphore *semaphore) {
    return semaphore->held.core->fd < 0 ? 0 : not_held(semaphore);
}

/* ---- the count, under the monitor */

static int taken_of(const pvlock_semaphore *semaphore) {
    return (int) pv_get64(semaphore->held.core->base, semaphore->taken_at);
}

static void set_taken(pvlock_semaphore *semaphore, int n) {
    pv_put64(semaphore->held.core->base, semaphore->taken_at, (uint64_t) n);
}

static int recount(pvlock_semaphore *semaphore) {
    int taken = (int) pv_tidy_words(&semaphore->held);
    set_taken(semaphore, taken);
    return semaphore->permits - taken;
}

/* How many there are; if the count says fewer than wanted, after another count. */
static int available(pvlock_semaphore *semaphore, int wanted) {
    int free = semaphore->permits - taken_of(semaphore);
    return free >= wanted && free <= semaphore->permits ? free : recount(semaphore);
}

/* ---- acquire */

/* Under the monitor. The hold lasts until the last permit is released. */
static void take(pvlock_semaphore *semaphore, pvlock_vcpu *vcpu, int n) {
    uint64_t before = pv_get_value(&semaphore->held, &vcpu->me);
    vcpu->holds += before == 0;
    set_taken(semaphore, taken_of(semaphore) + n);
    PVLOCK_KILL_POINT(PERMITS_COUNTED, vcpu->me.index);
    pv_put_value(&semaphore->held, &vcpu->me, before + (uint64_t) n);
    PVLOCK_KILL_POINT(PERMITS_TAKEN, vcpu->me.index);
}

static int choose_next(pvlock_semaphore *semaphore) {
    return semaphore->permits > taken_of(semaphore) ? pv_queue_choose(&semaphore->queue) : PV_NOBODY;
}

/* In this order: who is woken wants the monitor. */
static void exit_and_tell(pvlock_semaphore *semaphore, pvlock_vcpu *vcpu, int next) {
    pv_exit_monitor(&semaphore->object.monitor, vcpu);
    pv_queue_tell(&semaphore->queue, next);
}

/*
 * Takes n permits if there are so many, and nobody waits before me who must not be overtaken; else, with queues, a
 * place.
 */
static int take_at_once(pvlock_semaphore *semaphore, pvlock_vcpu *vcpu, int n, bool queues) {
    struct pvlock_region *region = semaphore->object.monitor.region;
    int outcome = pv_check_vcpu(region, vcpu);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    if (n < 1 || n > semaphore->permits) {
        return pv_fail(PVLOCK_INVALID, "%d permits asked for, allowed are 1..%d", n, semaphore->permits);
    }
    outcome = pv_enter_monitor(&semaphore->object.monitor, vcpu);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    bool taken = !(semaphore->fair && pv_queue_has_waiters(&semaphore->queue)) && available(semaphore, n) >= n;
    if (taken) {
        take(semaphore, vcpu, n);
    } else if (queues) {
        pv_queue_join(&semaphore->queue, &vcpu->me, true);
    }
    pv_exit_monitor(&semaphore->object.monitor, vcpu);
    return taken ? PVLOCK_OK : PVLOCK_BUSY;
}

/*
 * Takes the permits if it is the turn of me and there are so many; else its place is kept to look again, or given up.
 */
static int take_in_turn(pvlock_semaphore *semaphore, pvlock_vcpu *vcpu, int n, int outcome, bool *taken) {
    struct pv_wait_queue *queue = &semaphore->queue;
    *taken = false;
    int entered = pv_enter_monitor_to_end(&semaphore->object.monitor, vcpu);
    if (entered != PVLOCK_OK) {
        pv_queue_leave(queue, &vcpu->me); /* those behind look when the bound of their sleep is over */
        return entered;
    }
    int next = PV_NOBODY;
    bool turn = pv_queue_pass_on_and_is_turn(queue, &vcpu->me);
    *taken = recount(semaphore) >= n && turn && outcome != PV_CANCELLED;
    if (!*taken && outcome == PV_ACQUIRED) {
        pv_queue_wait_again(queue, &vcpu->me);
        next = turn ? PV_NOBODY : choose_next(semaphore); /* as long as I was chosen nobody chose the one before me */
    } else {
        pv_queue_leave(queue, &vcpu->me);
        if (*taken) {
            take(semaphore, vcpu, n);
        }
        next = choose_next(semaphore); /* whoever was behind me may need less */
        if (!*taken && next == PV_NOBODY) {
            next = pv_queue_first(queue); /* it may have depended on me, and depends on the holders now */
        }
    }
    exit_and_tell(semaphore, vcpu, next);
    return PVLOCK_OK;
}

/* Whether I have something to do though nobody has woken me: who would have may be dead, or holders are. */
static bool has_to_look(pvlock_semaphore *semaphore, pvlock_vcpu *vcpu, int n) {
    struct pv_wait_queue *queue = &semaphore->queue;
    return pv_queue_has_wake_up_to_pass_on(queue)
        || (pv_queue_is_turn(queue, &vcpu->me) && not_held(semaphore) >= n);
}

/*
 * PV_ACQUIRED: take the monitor and look. Sleeps are bounded and end for no reason: were the monitor taken each time,
 * those who wait would queue for it.
 */
static int sleep_in_queue(pvlock_semaphore *semaphore, pvlock_vcpu *vcpu, int n, int64_t deadline_ns) {
    vcpu->on_deadlock = PVLOCK_DEADLOCK_IGNORE; /* nobody owns what it waits for */
    for (;;) {
        int before = pv_queue_before(&semaphore->queue, &vcpu->me);
        /*
         * The first depends on whoever holds permits: a death gives them back. The others depend on the one before them;
         * nobody tells them when they have become the first, so they look, the sooner the nearer it is.
         */
        uint32_t holder = before == 0 ? pv_first_alive_but(&semaphore->held, vcpu->me.owner) : 0;
        int64_t longest_ns = PVLOCK_FIRST_SLEEP_NS + (int64_t) before * PVLOCK_PERMITS_PLACE_NS;
        if (longest_ns > PVLOCK_UNTOLD_SLEEP_NS) {
            longest_ns = PVLOCK_UNTOLD_SLEEP_NS;
        }
        int outcome = pv_queue_await(&semaphore->queue, &vcpu->me, holder, longest_ns, deadline_ns);
        if (outcome != PV_ACQUIRED
                || pv_queue_is_woken(&semaphore->queue, &vcpu->me)
                || has_to_look(semaphore, vcpu, n)) {
            return outcome;
        }
    }
}

static int await(pvlock_semaphore *semaphore, pvlock_vcpu *vcpu, int n, int64_t deadline_ns) {
    for (;;) {
        int outcome = sleep_in_queue(semaphore, vcpu, n, deadline_ns);
        bool taken;
        int error = take_in_turn(semaphore, vcpu, n, outcome, &taken);
        if (error != PVLOCK_OK || taken) {
            return error;
        }
        switch (outcome) {
            case PV_ACQUIRED: break;
            case PV_TIMED_OUT: return PVLOCK_TIMED_OUT;
            default:
                outcome = pv_check_vcpu(semaphore->object.monitor.region, vcpu);
                return outcome == PVLOCK_OK ? PVLOCK_CANCELLED : outcome;
        }
    }
}

int pvlock_semaphore_acquire(pvlock_semaphore *semaphore, pvlock_vcpu *vcpu, int n, int64_t deadline_ns) {
    int outcome = take_at_once(semaphore, vcpu, n, true);
    return outcome == PVLOCK_BUSY ? await(semaphore, vcpu, n, deadline_ns) : outcome;
}

int pvlock_semaphore_tryacquire(pvlock_semaphore *semaphore, pvlock_vcpu *vcpu, int n) {
    return take_at_once(semaphore, vcpu, n, false);
}

/* ---- release */

int pvlock_semaphore_release(pvlock_semaphore *semaphore, pvlock_vcpu *vcpu, int n) {
    struct pvlock_region *region = semaphore->object.monitor.region;
    int outcome = pv_check_holder(region, vcpu);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    if (n < 1) {
        return pv_fail(PVLOCK_INVALID, "%d permits to be released, it must be at least 1", n);
    }
    uint64_t before = pv_get_value(&semaphore->held, &vcpu->me);
    if (before < (uint64_t) n) {
        return pv_fail(
            PVLOCK_NOT_OWNER, "vcpu=%d holds %llu permits, not %d", vcpu->me.index, (unsigned long long) before, n);
    }
    outcome = pv_enter_monitor_to_end(&semaphore->object.monitor, vcpu);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    pv_put_value(&semaphore->held, &vcpu->me, before - (uint64_t) n);
    PVLOCK_KILL_POINT(PERMITS_RELEASED, vcpu->me.index);
    set_taken(semaphore, taken_of(semaphore) - n);
    exit_and_tell(semaphore, vcpu, choose_next(semaphore));
    vcpu->holds -= before == (uint64_t) n;
    return PVLOCK_OK;
}
