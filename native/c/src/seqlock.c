/*
 * The kernel's seqlock_t: io.pvlock.internal.object.SequenceLocking. A writer that dies leaves the count odd: from then
 * on nobody reads, until somebody has begun a write, repaired the data and said so. Readers that had begun read again,
 * so nobody ever takes the torn data for whole.
 */
#include "object.h"
#include "sequence.h"

#define OWN_LOCK 0
#define NO_LOCK 1

/* How long a reader spins before it naps. */
#define SPIN_NS 5000
#define NAP_NS 50000

struct pvlock_seqlock {
    struct pv_object object;
    uint32_t sequence_at;
    uint32_t writer_at;
    bool own;
    /* Of the write under way: whether what it leaves behind is whole. */
    bool whole;
};

int pvlock_seqlock_find(
        pvlock_region *region, const char *name, size_t length, bool own_lock, pvlock_seqlock **seqlock) {
    static const char *const names[] = {"lock (0 its own, 1 none, 2 a given one)", "given at offset"};
    *seqlock = NULL;
    struct pv_template template = {
        .policy = PVLOCK_POLICY_HYBRID,
        .type = PVLOCK_TYPE_SEQUENCE_LOCK,
        .body_bytes = PVLOCK_SEQUENCE_COPIES_OFFSET,
        .parameter_count = 2,
        .parameters = {own_lock ? OWN_LOCK : NO_LOCK, 0},
    };
    struct pv_object *object;
    int outcome = pv_make_object(region, name, length, &template, names, sizeof(pvlock_seqlock), "a sequence lock", &object);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    pvlock_seqlock *made = (pvlock_seqlock *) object;
    made->sequence_at = made->object.body + PVLOCK_SEQUENCE_SEQUENCE_OFFSET;
    made->writer_at = made->object.body + PVLOCK_SEQUENCE_WRITER_OFFSET;
    made->own = own_lock;
    *seqlock = made;
    return PVLOCK_OK;
}

void pvlock_seqlock_forget(pvlock_seqlock *seqlock) {
    pv_object_forget((struct pv_object *) seqlock);
}

static unsigned char *base_of(const pvlock_seqlock *seqlock) {
    return seqlock->object.monitor.region->core.base;
}

/* ---- write */

static int enter(pvlock_seqlock *seqlock, pvlock_vcpu *vcpu) {
    struct pvlock_region *region = seqlock->object.monitor.region;
    int outcome = pv_check_vcpu(region, vcpu);
    if (outcome == PVLOCK_OK && pv_writer(base_of(seqlock), seqlock->writer_at) == vcpu->me.owner) {
        outcome = pv_fail(PVLOCK_DEADLOCK, "vcpu=%d writes already: end that write first", vcpu->me.index);
    }
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    return seqlock->own
        ? pv_enter_monitor(&seqlock->object.monitor, vcpu)
        : pv_enter_alone(region, seqlock->writer_at, vcpu);
}

int pvlock_seqlock_write_begin(pvlock_seqlock *seqlock, pvlock_vcpu *vcpu) {
    unsigned char *base = base_of(seqlock);
    int outcome = enter(seqlock, vcpu);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    seqlock->whole = !pv_is_odd(pv_read_sequence(base, seqlock->sequence_at));
    vcpu->holds++;
    if (seqlock->own) {
        pv_set_writer(base, seqlock->writer_at, vcpu->me.owner);
    }
    pv_begin_write(base, seqlock->sequence_at); /* odd after the name: see is_torn */
    PVLOCK_KILL_POINT(SEQUENCE_ODD, vcpu->me.index);
    return seqlock->whole ? PVLOCK_OK : PVLOCK_OWNER_DIED;
}

static int check_writes(pvlock_seqlock *seqlock, pvlock_vcpu *vcpu) {
    int usable = pv_check_holder(seqlock->object.monitor.region, vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    return pv_writer(base_of(seqlock), seqlock->writer_at) == vcpu->me.owner
        ? PVLOCK_OK
        : pv_fail(PVLOCK_NOT_OWNER, "vcpu=%d does not write", vcpu->me.index);
}

int pvlock_seqlock_consistent(pvlock_seqlock *seqlock, pvlock_vcpu *vcpu) {
    int outcome = check_writes(seqlock, vcpu);
    if (outcome == PVLOCK_OK) {
        seqlock->whole = true;
    }
    return outcome;
}

int pvlock_seqlock_write_end(pvlock_seqlock *seqlock, pvlock_vcpu *vcpu) {
    int outcome = check_writes(seqlock, vcpu);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    if (seqlock->whole) {
        pv_end_write(base_of(seqlock), seqlock->sequence_at);
        PVLOCK_KILL_POINT(SEQUENCE_EVEN, vcpu->me.index);
    }
    vcpu->holds--;
    pv_set_writer(base_of(seqlock), seqlock->writer_at, 0);
    if (seqlock->own) {
        pv_exit_monitor(&seqlock->object.monitor, vcpu);
    }
    return PVLOCK_OK;
}

/* ---- read */

/*
 * A writer sets its name, then makes the count odd; it makes the count even, then takes its name away. So if the count
 * is odd and no living writer is named, a dead one has left it. That holds only if the count has not changed since
 * before we looked for the name.
 */
static bool is_torn(const pvlock_seqlock *seqlock, uint64_t odd) {
    uint32_t writer = pv_writer(base_of(seqlock), seqlock->writer_at);
    bool left = pv_is_writer_gone(&seqlock->object.monitor.region->core, writer);
    return left && pv_read_sequence(base_of(seqlock), seqlock->sequence_at) == odd;
}

int pvlock_seqlock_read_begin(const pvlock_seqlock *seqlock, int64_t *begin) {
    struct pvlock_region *region = seqlock->object.monitor.region;
    int64_t spin_end = 0;
    for (;;) {
        uint64_t now = pv_read_sequence(base_of(seqlock), seqlock->sequence_at);
        if (!pv_is_odd(now)) {
            *begin = (int64_t) now;
            return PVLOCK_OK;
        }
        int64_t now_ns = pvlock_now_ns();
        if (spin_end == 0) {
            spin_end = now_ns + (region->usable_cpus > 1 ? SPIN_NS : 0);
        }
        if (pv_difference(now_ns, spin_end) < 0) {
            pv_pause();
            continue;
        }
        if (region->core.lost) {
            return pv_check_usable(region);
        }
        if (is_torn(seqlock, now)) {
            return PVLOCK_INCONSISTENT;
        }
        pv_sleep(NAP_NS);
    }
}

bool pvlock_seqlock_read_retry(const pvlock_seqlock *seqlock, int64_t begin) {
    return pv_retry_sequence(base_of(seqlock), seqlock->sequence_at, (uint64_t) begin);
}
