/*
 * A read-write lock: the kernel's queued one (qrwlock). io.pvlock.internal.object.ReadWriteLocking, ReadHolds,
 * WriterWord; without the update lock, and without optimistic reads.
 *
 * A reader sets one word of its own and looks at one that only writers change; a writer looks at the words of all vCPUs
 * that ever read. The object's monitor is the kernel's wait_lock. Unlike there, whoever writes keeps it. Only the owner
 * of the monitor changes the writer's word.
 */
#include "object.h"
#include "vcpu.h"
#include "words.h"

#define WAITING ((uint64_t) PVLOCK_READ_WRITE_LOCK_WAITING)
#define LOCKED ((uint64_t) PVLOCK_READ_WRITE_LOCK_LOCKED)
#define UPDATE ((uint64_t) PVLOCK_READ_WRITE_LOCK_UPDATE)
#define INCONSISTENT ((uint64_t) PVLOCK_READ_WRITE_LOCK_INCONSISTENT)

/* What keeps readers out. */
#define BARRIER (WAITING | LOCKED | INCONSISTENT)

/* How long a writer spins before it sleeps. */
#define SPIN_NS 5000

struct pvlock_rwlock {
    struct pv_object object;
    struct pv_words readers;
    uint32_t writer_at;
    uint32_t version_at;
    uint32_t head_at;
};

int pvlock_rwlock_find(
        pvlock_region *region, const char *name, size_t length, const pvlock_lock_options *options,
        pvlock_rwlock **rwlock) {
    static const pvlock_lock_options defaults = PVLOCK_LOCK_OPTIONS_INIT;
    const pvlock_lock_options *wanted = options == NULL ? &defaults : options;
    *rwlock = NULL;
    int outcome = pv_check_object_options(wanted, PVLOCK_FAIR, "a read-write lock");
    if (outcome == PVLOCK_OK && wanted->wait_mode != PVLOCK_WAIT_AUTO) {
        outcome = pv_fail(
            PVLOCK_INVALID, "wait_mode=%d, a read-write lock knows only PVLOCK_WAIT_AUTO (%d)", wanted->wait_mode, PVLOCK_WAIT_AUTO);
    }
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    int shift = pv_lines_shift(region->layout.max_vcpus);
    struct pv_template template = {
        .policy = PVLOCK_POLICY_FAIR,
        .type = PVLOCK_TYPE_READ_WRITE_LOCK,
        .must_exist = wanted->must_exist,
        .body_bytes = PVLOCK_READ_WRITE_LOCK_READERS_OFFSET + ((int64_t) PV_WORD_LINE_BYTES << shift),
    };
    struct pv_object *object;
    outcome = pv_make_object(region, name, length, &template, NULL, sizeof(pvlock_rwlock), "a read-write lock", &object);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    pvlock_rwlock *made = (pvlock_rwlock *) object;
    made->object.monitor.on_deadlock = wanted->on_deadlock;
    uint32_t body = made->object.body;
    made->writer_at = body + PVLOCK_READ_WRITE_LOCK_WRITER_OFFSET;
    made->version_at = body + PVLOCK_READ_WRITE_LOCK_VERSION_OFFSET;
    made->head_at = body + PVLOCK_READ_WRITE_LOCK_HEAD_OFFSET;
    made->readers = (struct pv_words) {
        &region->core, body + PVLOCK_READ_WRITE_LOCK_READERS_OFFSET, shift,
        made->object.extent + PVLOCK_EXTENT_HIGHEST_VCPU_OFFSET};
    *rwlock = made;
    return PVLOCK_OK;
}

void pvlock_rwlock_forget(pvlock_rwlock *rwlock) {
    pv_object_forget((struct pv_object *) rwlock);
}

static struct pvlock_region *region_of(pvlock_rwlock *rwlock) {
    return rwlock->object.monitor.region;
}

/* ---- the words */

static uint64_t writer_word(pvlock_rwlock *rwlock) {
    return pv_load64(region_of(rwlock)->core.base, rwlock->writer_at); /* P18 acquire; pairs with P18 in put_writer */
}

/* By who has the monitor. */
static void put_writer(pvlock_rwlock *rwlock, uint64_t word) {
    /* P18 full fence: before the look at the readers; pairs with P18 in put_holds. P18 release: what was written;
       pairs with P18 in writer_word. */
    pv_store64(region_of(rwlock)->core.base, rwlock->writer_at, word);
}

/* How often the vCPU reads: counted before the look at the writer. */
static void put_holds(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu, uint64_t holds) {
    /* P18 full fence: so that one of the two sees the other. Pairs with P18 in put_writer. */
    pv_put_value(&rwlock->readers, &vcpu->me, holds);
}

/* The vCPU reads so often yet; if that is not at all, a writer that waits for it goes on. */
static void leave_to(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu, uint64_t holds) {
    struct pv_core *core = &region_of(rwlock)->core;
    /*
     * P19 full fence: gone before the look at who waits, so that one of the two sees the other. Pairs with P19 in
     * await_none.
     */
    pv_put_value(&rwlock->readers, &vcpu->me, holds);
    if (holds != 0) {
        return;
    }
    vcpu->holds--;
    uint64_t waiting = pv_load64(core->base, rwlock->head_at); /* P19 acquire; likewise */
    int writer = pv_owner_vcpu((uint32_t) (waiting >> 32));
    if ((uint32_t) waiting == vcpu->me.owner && writer >= 0 && writer < core->vcpus) {
        pv_kick(core, writer);
    }
}

/* ---- the monitor */

/*
 * What a dead holder leaves: if it was writing, the data is damaged, which is said in the same store that frees the
 * lock. Otherwise nothing.
 */
static int recover(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu) {
    struct pvlock_lock_s *monitor = &rwlock->object.monitor;
    /* P19 release: the writer that waited is dead; pairs with P19 acquire in leave_to */
    pv_release64(region_of(rwlock)->core.base, rwlock->head_at, 0);
    put_writer(rwlock, (writer_word(rwlock) & (LOCKED | INCONSISTENT)) != 0 ? INCONSISTENT : 0);
    return pv_consistent_cell(monitor, monitor->cell_at, vcpu);
}

static int enter(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu, int64_t deadline_ns, bool no_wait) {
    struct pvlock_lock_s *monitor = &rwlock->object.monitor;
    int outcome = pv_lock_cell(monitor, monitor->cell_at, vcpu, deadline_ns, no_wait);
    return outcome == PVLOCK_OWNER_DIED ? recover(rwlock, vcpu) : outcome;
}

uint32_t pv_next_reader(const pvlock_rwlock *rwlock, int vcpu) {
    return pv_first_alive_from(&rwlock->readers, vcpu, 0);
}

/* ---- read */

static bool read_at_once(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu) {
    uint64_t holds = pv_get_value(&rwlock->readers, &vcpu->me);
    vcpu->holds += holds == 0;
    put_holds(rwlock, vcpu, holds + 1);
    PVLOCK_KILL_POINT(READER_COUNTED, vcpu->me.index);
    uint64_t now = writer_word(rwlock);
    if (holds > 0 || (now & BARRIER) == 0 || (uint32_t) (now >> 32) == vcpu->me.owner) {
        return true;
    }
    leave_to(rwlock, vcpu, 0);
    return false;
}

static int fail_torn(pvlock_rwlock *rwlock) {
    return pv_fail(
        PVLOCK_INCONSISTENT, "a writer of the read-write lock in entry %u of %s died writing; take it for writing, repair the data, and call"
        " pvlock_rwlock_consistent()",
        rwlock->object.monitor.entry, region_of(rwlock)->path);
}

static int read_in_turn(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu, int64_t deadline_ns, bool no_wait) {
    int outcome = enter(rwlock, vcpu, deadline_ns, no_wait);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    if ((writer_word(rwlock) & INCONSISTENT) != 0) {
        outcome = fail_torn(rwlock);
    } else {
        vcpu->holds++;
        put_holds(rwlock, vcpu, 1);
    }
    pv_exit_monitor(&rwlock->object.monitor, vcpu);
    return outcome;
}

static int read_by(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu, int64_t deadline_ns, bool no_wait) {
    int usable = pv_check_vcpu(region_of(rwlock), vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    return read_at_once(rwlock, vcpu) ? PVLOCK_OK : read_in_turn(rwlock, vcpu, deadline_ns, no_wait);
}

int pvlock_rwlock_read(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu, int64_t deadline_ns) {
    return read_by(rwlock, vcpu, deadline_ns, false);
}

int pvlock_rwlock_tryread(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu) {
    return read_by(rwlock, vcpu, PV_DEADLINE_NOW, true);
}

int pvlock_rwlock_unread(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu) {
    int usable = pv_check_holder(region_of(rwlock), vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    uint64_t holds = pv_get_value(&rwlock->readers, &vcpu->me);
    if (holds == 0) {
        return pv_fail(PVLOCK_NOT_OWNER, "vcpu=%d does not hold the read lock", vcpu->me.index);
    }
    leave_to(rwlock, vcpu, holds - 1);
    return PVLOCK_OK;
}

/* ---- write */

static int await_none_after(pvlock_rwlock *rwlock, uint32_t first, pvlock_vcpu *vcpu, int64_t deadline_ns) {
    struct pvlock_region *region = region_of(rwlock);
    struct pv_me *me = &vcpu->me;
    int64_t spin_end = pv_deadline_after(pv_now(), region->usable_cpus > 1 ? SPIN_NS : 0);
    uint32_t watched = 0;
    for (uint32_t reader = first; reader != 0; reader = pv_first_alive_but(&rwlock->readers, me->owner)) {
        if (reader != watched) {
            watched = reader;
            /* P19 full fence: before the last look at the reader; pairs with P19 in leave_to. */
            pv_store64(region->core.base, rwlock->head_at, (uint64_t) me->owner << 32 | watched);
        } else if (pv_difference(pv_now(), spin_end) < 0) {
            pv_pause();
        } else {
            int reason = pv_reason_to_leave(me);
            if (reason != PV_UNDECIDED) {
                return reason;
            }
            pv_stand(me, PVLOCK_FRONT_SLEEP_NS); /* one reader after the other, each watched */
            pv_park(me, pv_owner_vcpu(watched), deadline_ns);
        }
    }
    return PV_ACQUIRED;
}

/* Waits until nobody but the vCPU reads. It keeps new readers out, and others that would wait here. */
static int await_none(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu, int64_t deadline_ns, bool no_wait) {
    struct pv_me *me = &vcpu->me;
    uint32_t reader = pv_first_alive_but(&rwlock->readers, me->owner);
    if (reader == 0) {
        return PV_ACQUIRED;
    }
    if (no_wait) {
        return PV_TIMED_OUT;
    }
    pv_begin(me, deadline_ns, false);
    pv_count(me, PVLOCK_COUNT_RWLOCK_WAIT_READERS, 1);
    pv_begin_wait(me, rwlock->object.monitor.cell_at);
    int outcome = await_none_after(rwlock, reader, vcpu, deadline_ns);
    pv_end(me);
    /* P19 release: nobody needs to be kicked; pairs with P19 acquire in leave_to */
    pv_release64(region_of(rwlock)->core.base, rwlock->head_at, 0);
    return outcome;
}

/* Under the monitor. */
static int await_readers(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu, int64_t deadline_ns, bool no_wait) {
    unsigned char *base = region_of(rwlock)->core.base;
    uint64_t before = writer_word(rwlock);
    uint64_t mine = (uint64_t) vcpu->me.owner << 32 | (before & (UPDATE | INCONSISTENT));
    put_writer(rwlock, mine | WAITING); /* P18 full fence: before the look at the readers */
    PVLOCK_KILL_POINT(WRITER_WAITING, vcpu->me.index);
    vcpu->on_deadlock = rwlock->object.monitor.on_deadlock;
    int outcome = await_none(rwlock, vcpu, deadline_ns, no_wait);
    if (outcome != PV_ACQUIRED) {
        put_writer(rwlock, before);
        return outcome;
    }
    put_writer(rwlock, mine | LOCKED);
    /*
     * P20 release: LOCKED before the version. Only the owner changes the version. Pairs with P20 acquire in
     * tryOptimisticRead.
     */
    pv_release64(base, rwlock->version_at, pv_get64(base, rwlock->version_at) + 1);
    /* P20 release fence: the version before the data; pairs with P20 acquire fence in validate. */
    atomic_thread_fence(memory_order_release);
    PVLOCK_KILL_POINT(WRITER_LOCKED, vcpu->me.index);
    return PV_ACQUIRED;
}

static int end_of_wait(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu, int outcome, bool no_wait) {
    switch (outcome) {
        case PV_TIMED_OUT: return no_wait ? PVLOCK_BUSY : PVLOCK_TIMED_OUT;
        case PV_DEADLOCKED: return PVLOCK_DEADLOCK;
        default: {
            int usable = pv_check_vcpu(region_of(rwlock), vcpu);
            return usable == PVLOCK_OK ? PVLOCK_CANCELLED : usable;
        }
    }
}

static int write_by(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu, int64_t deadline_ns, bool no_wait) {
    int usable = pv_check_vcpu(region_of(rwlock), vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    if (pv_get_value(&rwlock->readers, &vcpu->me) != 0) {
        return no_wait ? PVLOCK_BUSY : pv_fail(
            PVLOCK_DEADLOCK, "vcpu=%d holds the read lock and would wait for itself with the write lock", vcpu->me.index);
    }
    int outcome = enter(rwlock, vcpu, deadline_ns, no_wait);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    bool torn = (writer_word(rwlock) & INCONSISTENT) != 0;
    outcome = await_readers(rwlock, vcpu, deadline_ns, no_wait);
    if (outcome == PV_ACQUIRED) {
        return torn ? PVLOCK_OWNER_DIED : PVLOCK_OK;
    }
    pv_exit_monitor(&rwlock->object.monitor, vcpu);
    return end_of_wait(rwlock, vcpu, outcome, no_wait);
}

int pvlock_rwlock_write(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu, int64_t deadline_ns) {
    return write_by(rwlock, vcpu, deadline_ns, false);
}

int pvlock_rwlock_trywrite(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu) {
    return write_by(rwlock, vcpu, PV_DEADLINE_NOW, true);
}

static int check_writes(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu) {
    int usable = pv_check_holder(region_of(rwlock), vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    return pvlock_is_held_by(&rwlock->object.monitor, vcpu) && (writer_word(rwlock) & LOCKED) != 0
        ? PVLOCK_OK
        : pv_fail(PVLOCK_NOT_OWNER, "vcpu=%d does not hold the write lock", vcpu->me.index);
}

int pvlock_rwlock_consistent(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu) {
    int outcome = check_writes(rwlock, vcpu);
    if (outcome == PVLOCK_OK) {
        put_writer(rwlock, writer_word(rwlock) & ~INCONSISTENT);
    }
    return outcome;
}

int pvlock_rwlock_unwrite(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu) {
    int outcome = check_writes(rwlock, vcpu);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    put_writer(rwlock, writer_word(rwlock) & INCONSISTENT);
    PVLOCK_KILL_POINT(WRITER_RELEASED, vcpu->me.index);
    pv_exit_monitor(&rwlock->object.monitor, vcpu);
    return PVLOCK_OK;
}
