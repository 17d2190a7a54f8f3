/*
 * A record of fixed length that is written as a whole and read as a whole: io.pvlock.SharedRecord, and the kernel's
 * seqcount_latch_t. There are two copies. At count 2n, n writes have been published, and copy n modulo 2 is the latest.
 * At 2n+1, the other copy is being written. A writer changes only the copy that is not the latest. So a reader is not
 * disturbed by the first write that begins after its look at the count. The second one disturbs it.
 */
#include "object.h"
#include "sequence.h"

struct pvlock_record {
    struct pv_object object;
    uint32_t sequence_at;
    uint32_t writer_at;
    uint32_t copies_at;
    uint32_t stride;
    uint32_t length;
    bool locked;
};

int pvlock_record_find(
        pvlock_region *region, const char *name, size_t length, int bytes, bool many_writers, pvlock_record **record) {
    static const char *const names[] = {"length", "many writers"};
    *record = NULL;
    if (bytes < 1) {
        return pv_fail(PVLOCK_INVALID, "length=%d, there must be at least one byte", bytes);
    }
    int64_t alignment = PVLOCK_SEQUENCE_COPY_ALIGNMENT;
    int64_t stride = (bytes + alignment - 1) & -alignment;
    struct pv_template template = {
        .policy = PVLOCK_POLICY_HYBRID,
        .type = PVLOCK_TYPE_RECORD,
        .body_bytes = PVLOCK_SEQUENCE_COPIES_OFFSET + 2 * stride,
        .parameter_count = 2,
        .parameters = {(uint64_t) bytes, many_writers},
    };
    struct pv_object *object;
    int outcome = pv_make_object(region, name, length, &template, names, sizeof(pvlock_record), "a record", &object);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    pvlock_record *made = (pvlock_record *) object;
    made->sequence_at = made->object.body + PVLOCK_SEQUENCE_SEQUENCE_OFFSET;
    made->writer_at = made->object.body + PVLOCK_SEQUENCE_WRITER_OFFSET;
    made->copies_at = made->object.body + PVLOCK_SEQUENCE_COPIES_OFFSET;
    made->stride = (uint32_t) stride;
    made->length = (uint32_t) bytes;
    made->locked = many_writers;
    *record = made;
    return PVLOCK_OK;
}

void pvlock_record_forget(pvlock_record *record) {
    pv_object_forget((struct pv_object *) record);
}

/* ---- read */

static unsigned char *base_of(const pvlock_record *record) {
    return record->object.monitor.region->core.base;
}

static uint32_t copy_at(const pvlock_record *record, uint64_t version) {
    return record->copies_at + (uint32_t) (version & 1) * record->stride;
}

/*
 * Word by word, since somebody may write meanwhile: what is torn is read again. A copy begins at a line, and its last
 * word is its own.
 */
static void copy_out(const pvlock_record *record, uint32_t from, unsigned char *to) {
    for (uint32_t i = 0; i < record->length; i += 8) {
        uint64_t word = pv_get64(base_of(record), from + i);
        uint32_t left = record->length - i;
        memcpy(to + i, &word, left < 8 ? left : 8);
    }
}

static void copy_over(const pvlock_record *record, uint32_t from, uint32_t to) {
    for (uint32_t i = 0; i < record->length; i += 8) {
        pv_put64(base_of(record), to + i, pv_get64(base_of(record), from + i));
    }
}

int64_t pvlock_record_version(const pvlock_record *record) {
    /* P22 acquire; pairs with P22 release in pvlock_record_publish and pvlock_record_begin */
    return (int64_t) (pv_load64(base_of(record), record->sequence_at) >> 1);
}

int64_t pvlock_record_read(const pvlock_record *record, void *to) {
    for (;;) {
        uint64_t version = (uint64_t) pvlock_record_version(record);
        copy_out(record, copy_at(record, version), to);
        /* P22 acquire fence: the data before the count; pairs with P22 release fence in pvlock_record_begin. */
        atomic_thread_fence(memory_order_acquire);
        /* P22 opaque, after the fence. At 2v+2 the next version is published, and v is not touched yet. At 2v+3 v is
           being overwritten. */
        uint64_t now = pv_get64(base_of(record), record->sequence_at);
        if (now - 2 * version <= 2) {
            return (int64_t) version;
        }
        pv_pause();
    }
}

/* ---- write */

static bool is_writer(pvlock_record *record, pvlock_vcpu *vcpu) {
    return record->locked
        ? pvlock_is_held_by(&record->object.monitor, vcpu)
        : pv_writer(base_of(record), record->writer_at) == vcpu->me.owner;
}

static int enter(pvlock_record *record, pvlock_vcpu *vcpu) {
    struct pvlock_region *region = record->object.monitor.region;
    if (record->locked) {
        return pv_enter_monitor(&record->object.monitor, vcpu);
    }
    int outcome = pv_check_vcpu(region, vcpu);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    vcpu->holds++;
    outcome = pv_enter_alone(region, record->writer_at, vcpu);
    vcpu->holds -= outcome != PVLOCK_OK;
    return outcome;
}

int pvlock_record_begin(pvlock_record *record, pvlock_vcpu *vcpu, void **copy) {
    unsigned char *base = base_of(record);
    int outcome = enter(record, vcpu);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    uint64_t version = (uint64_t) pvlock_record_version(record);
    /* P22 release: the latest copy before the odd count, which may lead a reader to it; pairs with P22 acquire in
       pvlock_record_version. */
    pv_release64(base, record->sequence_at, 2 * version + 1);
    /* P22 release fence: the count before the data; pairs with P22 acquire fence in pvlock_record_read. */
    atomic_thread_fence(memory_order_release);
    copy_over(record, copy_at(record, version), copy_at(record, version + 1));
    PVLOCK_KILL_POINT(COPY_BEGUN, vcpu->me.index);
    *copy = base + copy_at(record, version + 1);
    return PVLOCK_OK;
}

static int leave(pvlock_record *record, pvlock_vcpu *vcpu, bool publish) {
    unsigned char *base = base_of(record);
    int usable = pv_check_holder(record->object.monitor.region, vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    if (!is_writer(record, vcpu)) {
        return pv_fail(PVLOCK_NOT_OWNER, "vcpu=%d does not write the record", vcpu->me.index);
    }
    if (publish) {
        PVLOCK_KILL_POINT(COPY_WRITTEN, vcpu->me.index);
        /* P22 release: the data before the count; pairs with P22 acquire in pvlock_record_version. */
        pv_release64(base, record->sequence_at, pv_get64(base, record->sequence_at) + 1);
        PVLOCK_KILL_POINT(COPY_PUBLISHED, vcpu->me.index);
    }
    if (record->locked) {
        pv_exit_monitor(&record->object.monitor, vcpu);
    } else {
        pv_set_writer(base, record->writer_at, 0);
        vcpu->holds--;
    }
    return PVLOCK_OK;
}

int pvlock_record_publish(pvlock_record *record, pvlock_vcpu *vcpu) {
    return leave(record, vcpu, true);
}

int pvlock_record_discard(pvlock_record *record, pvlock_vcpu *vcpu) {
    return leave(record, vcpu, false);
}
