/*
 * The ring of events: io.pvlock.internal.event.EventLog. Any number of threads of any process append; a record is
 * claimed by counting, filled, and published by its sequence, so that what a writer killed on the way left half-written
 * is never read.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "region.h"
#include "vcpu.h"

static uint32_t record_at(const struct pvlock_region *region, uint64_t sequence) {
    return pv_section(region, PVLOCK_SECTION_EVENTS) + PVLOCK_EVENT_RECORDS_OFFSET
        + (uint32_t) (sequence % (uint64_t) region->layout.event_capacity) * PVLOCK_EVENT_RECORD_LENGTH;
}

struct event {
    int type;
    int vcpu;
    uint32_t pid;
    uint32_t tid;
    uint32_t cell;
    uint32_t owner;
    int taker;
    int64_t duration_ns;
};

static void append(struct pvlock_region *region, const struct event *event) {
    unsigned char *base = region->core.base;
    /* P16: counts a record of its own for each writer; pairs with itself. */
    uint64_t sequence =
        pv_add64(base, pv_section(region, PVLOCK_SECTION_EVENTS) + PVLOCK_EVENT_NEXT_SEQUENCE_OFFSET, 1) + 1;
    /* P16: counted by each writer; pairs with itself. */
    pv_add64(
        base, pv_section(region, PVLOCK_SECTION_EVENTS) + PVLOCK_EVENT_COUNTS_OFFSET + (uint32_t) event->type * 8, 1);
    uint32_t at = record_at(region, sequence);
    /* P16 release: 0 while the record is being written; pairs with P16 acquire in noticed_at. */
    pv_store64(base, at + PVLOCK_EVENT_SEQUENCE_OFFSET, 0);
    atomic_thread_fence(memory_order_release);
    pv_put32(base, at + PVLOCK_EVENT_TYPE_OFFSET, (uint32_t) event->type);
    pv_put32(base, at + PVLOCK_EVENT_VCPU_OFFSET, (uint32_t) event->vcpu);
    pv_put32(base, at + PVLOCK_EVENT_PID_OFFSET, event->pid);
    pv_put32(base, at + PVLOCK_EVENT_TID_OFFSET, event->tid);
    pv_put32(base, at + PVLOCK_EVENT_CELL_OFFSET, event->cell);
    pv_put32(base, at + PVLOCK_EVENT_OWNER_OFFSET, event->owner);
    pv_put32(base, at + PVLOCK_EVENT_TAKER_OFFSET, (uint32_t) event->taker);
    pv_put64(base, at + PVLOCK_EVENT_WHEN_OFFSET, (uint64_t) pv_epoch_ns());
    pv_put64(base, at + PVLOCK_EVENT_DURATION_OFFSET, (uint64_t) event->duration_ns);
    /* P16 release: the record before its sequence; pairs with P16 acquire in noticed_at. */
    pv_release64(base, at + PVLOCK_EVENT_SEQUENCE_OFFSET, sequence);
}

void pv_event_of_slot(struct pvlock_region *region, int type, int vcpu, uint32_t cell, uint32_t owner, int taker) {
    unsigned char *base = region->core.base;
    uint32_t slot = pv_slot_at(&region->core, vcpu);
    append(region, &(struct event) {
        .type = type,
        .vcpu = vcpu,
        .pid = pv_get32(base, slot + PVLOCK_VCPU_SLOT_PID_OFFSET),
        .tid = pv_get32(base, slot + PVLOCK_VCPU_SLOT_TID_OFFSET),
        .cell = cell,
        .owner = owner,
        .taker = taker,
    });
}

void pv_event_died(struct pv_core *core, int vcpu) {
    /* P10 acquire: the lock that it was waiting for; pairs with P10 in put_waiting_for. */
    uint64_t waiting_for = pv_acquire64(core->base, pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_WAITING_FOR_OFFSET);
    pv_event_of_slot(pv_region_of(core), PVLOCK_EVENT_TYPE_VCPU_DIED, vcpu, (uint32_t) waiting_for, 0, -1);
}

/* When the death of that thread was noticed, epoch nanoseconds; 0 if it was not, or is not in the ring any more. */
static int64_t noticed_at(struct pvlock_region *region, const struct pv_death *death) {
    unsigned char *base = region->core.base;
    /* P16 acquire; pairs with P16 in append. */
    uint64_t last = pv_load64(base, pv_section(region, PVLOCK_SECTION_EVENTS) + PVLOCK_EVENT_NEXT_SEQUENCE_OFFSET);
    uint64_t capacity = (uint64_t) region->layout.event_capacity;
    for (uint64_t sequence = last; sequence > 0 && last - sequence < capacity; sequence--) {
        uint32_t at = record_at(region, sequence);
        /* P16 acquire: the record of that sequence; pairs with P16 release in append. */
        if (pv_load64(base, at + PVLOCK_EVENT_SEQUENCE_OFFSET) != sequence) {
            continue;
        }
        bool same = pv_get32(base, at + PVLOCK_EVENT_TYPE_OFFSET) == PVLOCK_EVENT_TYPE_VCPU_DIED
            && pv_get32(base, at + PVLOCK_EVENT_PID_OFFSET) == death->pid
            && pv_get32(base, at + PVLOCK_EVENT_TID_OFFSET) == death->tid;
        int64_t when = (int64_t) pv_get64(base, at + PVLOCK_EVENT_WHEN_OFFSET);
        /* P16: overwritten while it was read? The fence orders the reads above before this one. */
        atomic_thread_fence(memory_order_acquire);
        if (same && pv_load64(base, at + PVLOCK_EVENT_SEQUENCE_OFFSET) == sequence) {
            return when;
        }
    }
    return 0;
}

void pv_event_owner_replaced(struct pvlock_region *region, const struct pv_death *death, uint32_t cell, int taker) {
    int64_t noticed = noticed_at(region, death);
    int64_t duration = noticed == 0 ? 0 : pv_difference(pv_epoch_ns(), noticed);
    append(region, &(struct event) {
        .type = PVLOCK_EVENT_TYPE_OWNER_REPLACED,
        .vcpu = pv_owner_vcpu(death->owner),
        .pid = death->pid,
        .tid = death->tid,
        .cell = cell,
        .owner = death->owner,
        .taker = taker,
        .duration_ns = noticed != 0 && duration < 1 ? 1 : duration,
    });
}

void pv_event_file_gone(struct pvlock_region *region) {
    append(region, &(struct event) {
        .type = PVLOCK_EVENT_TYPE_FILE_GONE,
        .vcpu = -1,
        .pid = (uint32_t) getpid(),
        .taker = -1,
    });
}
