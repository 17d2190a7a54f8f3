/*
 * The numbers of pvlock_layout.h as this compiler understands them, one a line, for the test in Java that knows them
 * too. What the library takes for granted beyond them is asserted here.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include <pthread.h>

#include "../src/pvlock_layout.h"

/* The order of bytes in a cell: the lock word is the low half. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a region is little-endian");
_Static_assert(PVLOCK_LOCK_CELL_WORD_OFFSET == 0 && PVLOCK_LOCK_CELL_OWNER_OFFSET == 4, "word low, owner high");

/* Atomic accesses must be aligned, and lock-free between processes. */
_Static_assert(__atomic_always_lock_free(8, 0) && __atomic_always_lock_free(4, 0), "cells are words of the processor");
_Static_assert(PVLOCK_ENTRY_LENGTH % 64 == 0 && PVLOCK_ENTRY_CELL_OFFSET % 8 == 0, "a cell does not cross lines");
_Static_assert(PVLOCK_VCPU_SLOT_LENGTH % PVLOCK_VCPU_SLOT_ALIGNMENT == 0, "slots are aligned");
_Static_assert(PVLOCK_VCPU_SLOT_PARK_OFFSET % 4 == 0 && PVLOCK_PROCESS_BELL_OFFSET % 4 == 0, "a futex is aligned");
_Static_assert(PVLOCK_PROCESS_LENGTH % 4 == 0 && PVLOCK_HEADER_SLOTS_WANTED_OFFSET % 4 == 0, "words are aligned");

/* What libc and the kernel put into a slot has room there. */
_Static_assert(sizeof(pthread_mutex_t) <= PVLOCK_VCPU_SLOT_NUMA_NODE_OFFSET - PVLOCK_VCPU_SLOT_SENTINEL_OFFSET,
               "a sentinel fits");
_Static_assert(PVLOCK_VCPU_SLOT_SENTINEL_OFFSET % _Alignof(pthread_mutex_t) == 0, "a sentinel is aligned");
_Static_assert(PVLOCK_COUNT_END <= PVLOCK_VCPU_SLOT_MAX_EVENTS, "counters have room");

/* A tail names every node of every slot. */
_Static_assert(PVLOCK_LOCK_WORD_TAIL_VCPU_SHIFT == PVLOCK_LOCK_WORD_TAIL_INDEX_SHIFT + 2, "two bits of index");
_Static_assert(PVLOCK_LOCK_WORD_MAX_NODES == 4, "two bits of index");

int main(void) {
#define PRINT(name) printf(#name " %" PRIu64 "\n", (uint64_t) (name));
    PVLOCK_LAYOUT_LIST(PRINT)
#undef PRINT
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
