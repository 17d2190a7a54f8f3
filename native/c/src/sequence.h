/*
 * Data that is read without any lock, after the kernel's seqlock.h: a counter says afterwards whether it was right.
 * io.pvlock.internal.sequence, and io.pvlock.internal.object.SingleWriter.
 */
#ifndef PVLOCK_SEQUENCE_H
#define PVLOCK_SEQUENCE_H

#include "region.h"

/* ---- SequenceCount: odd while somebody writes */

static inline bool pv_is_odd(uint64_t sequence) {
    return (sequence & 1) != 0;
}

/* The count, before what is read next; odd: after what its writer did before pv_begin_write(). */
static inline uint64_t pv_read_sequence(unsigned char *base, uint32_t at) {
    /* P21 acquire: the data of the write that ended, the name of the writer that began; pairs with P21 release in
       pv_end_write and pv_begin_write. */
    return pv_load64(base, at);
}

/* Whether what was read since pv_read_sequence() gave begin may be torn. */
static inline bool pv_retry_sequence(unsigned char *base, uint32_t at, uint64_t begin) {
    /* P21 acquire fence: the data before the count; pairs with P21 release fence in pv_begin_write. */
    atomic_thread_fence(memory_order_acquire);
    return pv_get64(base, at) != begin;
}

static inline void pv_begin_write(unsigned char *base, uint32_t at) {
    /*
     * P21 release: the writer's name before the count; pairs with P21 acquire in pv_read_sequence. Only the writer
     * changes it.
     */
    pv_release64(base, at, pv_get64(base, at) | 1);
    /* P21 release fence: the count before the data; pairs with P21 acquire fence in pv_retry_sequence. */
    atomic_thread_fence(memory_order_release);
}

static inline void pv_end_write(unsigned char *base, uint32_t at) {
    /* P21 release: the data before the count; pairs with P21 acquire in pv_read_sequence. */
    pv_release64(base, at, pv_get64(base, at) + 1);
}

/* ---- SingleWriter: who writes where no lock keeps writers apart */

/* Owner word of the writer, 0 for none. */
static inline uint32_t pv_writer(unsigned char *base, uint32_t at) {
    return pv_load32(base, at); /* P21 acquire; pairs with P21 release in pv_set_writer */
}

/* By who has entered, or has a lock that keeps others out. */
static inline void pv_set_writer(unsigned char *base, uint32_t at, uint32_t owner) {
    pv_release32(base, at, owner); /* P21 release: before the next one's data; pairs with P21 in pv_enter_alone */
}

/* PVLOCK_OK; or PVLOCK_BUSY if somebody alive writes. A dead one is replaced. */
static inline int pv_enter_alone(struct pvlock_region *region, uint32_t at, struct pvlock_vcpu *vcpu) {
    unsigned char *base = region->core.base;
    for (;;) {
        uint32_t writer = pv_writer(base, at);
        if (writer == vcpu->me.owner || (writer != 0 && !pv_owner_dead(&region->core, writer))) {
            return pv_fail(
                PVLOCK_BUSY, "vcpu=%d writes already; it is for one writer at a time, make it with a lock for more",
                pv_owner_vcpu(writer));
        }
        /* P21 acquire; pairs with P21 release in pv_set_writer */
        if (pv_cas32(base, at, writer, vcpu->me.owner)) {
            return PVLOCK_OK;
        }
    }
}

#endif
