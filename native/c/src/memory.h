/*
 * Accesses to the shared memory, each named after its memory order. Offsets count from the beginning of the region, as
 * in the file. The words are Java's, see docs/ordering.md:
 *
 *   volatile   sequentially consistent: load, store, compare-and-set
 *   release    a store behind all that came before it
 *   opaque     relaxed
 *   plain      relaxed, too: nothing here is torn, and no tool has reason to complain
 */
#ifndef PVLOCK_MEMORY_H
#define PVLOCK_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "hooks.h"

#define PV_ATOMIC64(base, at) ((_Atomic uint64_t *) (void *) ((base) + (at)))
#define PV_ATOMIC32(base, at) ((_Atomic uint32_t *) (void *) ((base) + (at)))

static inline uint64_t pv_load64(unsigned char *base, uint32_t at) {
    PVLOCK_STEP();
    return atomic_load_explicit(PV_ATOMIC64(base, at), memory_order_seq_cst);
}

static inline uint32_t pv_load32(unsigned char *base, uint32_t at) {
    PVLOCK_STEP();
    return atomic_load_explicit(PV_ATOMIC32(base, at), memory_order_seq_cst);
}

static inline uint64_t pv_acquire64(unsigned char *base, uint32_t at) {
    PVLOCK_STEP();
    return atomic_load_explicit(PV_ATOMIC64(base, at), memory_order_acquire);
}

static inline void pv_store64(unsigned char *base, uint32_t at, uint64_t value) {
    PVLOCK_STEP();
    atomic_store_explicit(PV_ATOMIC64(base, at), value, memory_order_seq_cst);
}

static inline void pv_store32(unsigned char *base, uint32_t at, uint32_t value) {
    PVLOCK_STEP();
    atomic_store_explicit(PV_ATOMIC32(base, at), value, memory_order_seq_cst);
}

static inline void pv_release64(unsigned char *base, uint32_t at, uint64_t value) {
    PVLOCK_STEP();
    atomic_store_explicit(PV_ATOMIC64(base, at), value, memory_order_release);
}

static inline void pv_release32(unsigned char *base, uint32_t at, uint32_t value) {
    PVLOCK_STEP();
    atomic_store_explicit(PV_ATOMIC32(base, at), value, memory_order_release);
}

/* One that fails is a volatile load, and no fence. */
static inline bool pv_cas64(unsigned char *base, uint32_t at, uint64_t expected, uint64_t update) {
    PVLOCK_STEP();
    return atomic_compare_exchange_strong_explicit(
        PV_ATOMIC64(base, at), &expected, update, memory_order_seq_cst, memory_order_seq_cst);
}

static inline bool pv_cas32(unsigned char *base, uint32_t at, uint32_t expected, uint32_t update) {
    PVLOCK_STEP();
    return atomic_compare_exchange_strong_explicit(
        PV_ATOMIC32(base, at), &expected, update, memory_order_seq_cst, memory_order_seq_cst);
}

static inline uint32_t pv_swap32(unsigned char *base, uint32_t at, uint32_t value) {
    PVLOCK_STEP();
    return atomic_exchange_explicit(PV_ATOMIC32(base, at), value, memory_order_seq_cst);
}

static inline uint64_t pv_add64(unsigned char *base, uint32_t at, uint64_t delta) {
    PVLOCK_STEP();
    return atomic_fetch_add_explicit(PV_ATOMIC64(base, at), delta, memory_order_seq_cst);
}

static inline uint64_t pv_get64(unsigned char *base, uint32_t at) {
    return atomic_load_explicit(PV_ATOMIC64(base, at), memory_order_relaxed);
}

static inline uint32_t pv_get32(unsigned char *base, uint32_t at) {
    return atomic_load_explicit(PV_ATOMIC32(base, at), memory_order_relaxed);
}

static inline void pv_put64(unsigned char *base, uint32_t at, uint64_t value) {
    atomic_store_explicit(PV_ATOMIC64(base, at), value, memory_order_relaxed);
}

static inline void pv_put32(unsigned char *base, uint32_t at, uint32_t value) {
    atomic_store_explicit(PV_ATOMIC32(base, at), value, memory_order_relaxed);
}

/* A pause between two looks. */
static inline void pv_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

#endif
