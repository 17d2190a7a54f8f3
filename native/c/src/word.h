/*
 * The words of the protocol: the 32-bit lock word in the kernel's format, the 8-byte cell that has it in its low half
 * and the owner in the high one, references to nodes, and the words of a node.
 *
 *   63               48 47               32 31          18 17 16 15      10  9   8  7         0
 *   +-------------------+-------------------+--------------+-----+----------+---+---+-----------+
 *   |  slot generation  |  owner vCPU + 1   | tail vCPU+1  | idx | overtake | I | P |  locked   |
 *   +-------------------+-------------------+--------------+-----+----------+---+---+-----------+
 *
 * A reference ("ref") is the tail field shifted down to 16 bits: (vCPU + 1) << 2 | index; 0 for none.
 */
#ifndef PVLOCK_WORD_H
#define PVLOCK_WORD_H

#include <stdbool.h>
#include <stdint.h>

#include "pvlock_layout.h"

#define PV_LOCKED ((uint32_t) PVLOCK_LOCK_WORD_LOCKED)
#define PV_SLOW ((uint32_t) PVLOCK_LOCK_WORD_SLOW)
#define PV_LOCKED_MASK ((uint32_t) PVLOCK_LOCK_WORD_LOCKED_MASK)
#define PV_PENDING ((uint32_t) PVLOCK_LOCK_WORD_PENDING)
#define PV_INCONSISTENT ((uint32_t) PVLOCK_LOCK_WORD_INCONSISTENT)
#define PV_OVERTAKE_MASK ((uint32_t) PVLOCK_LOCK_WORD_OVERTAKE_MASK)
#define PV_NOT_RECOVERABLE_OWNER PVLOCK_LOCK_CELL_NOT_RECOVERABLE

/* ---- references */

static inline uint32_t pv_ref(int vcpu, uint32_t index) {
    return ((uint32_t) (vcpu + 1) << 2) | index;
}

/* The vCPU that ref names; -1 for the empty reference. */
static inline int pv_ref_vcpu(uint32_t ref) {
    return (int) (ref >> 2) - 1;
}

static inline uint32_t pv_ref_index(uint32_t ref) {
    return ref & (PVLOCK_LOCK_WORD_MAX_NODES - 1);
}

/* ---- lock word */

static inline uint32_t pv_locked(uint32_t word) {
    return word & PV_LOCKED_MASK;
}

static inline bool pv_is_pending(uint32_t word) {
    return (word & PV_PENDING) != 0;
}

static inline bool pv_is_inconsistent(uint32_t word) {
    return (word & PV_INCONSISTENT) != 0;
}

static inline uint32_t pv_overtakes(uint32_t word) {
    return (word & PV_OVERTAKE_MASK) >> PVLOCK_LOCK_WORD_OVERTAKE_SHIFT;
}

static inline bool pv_is_stalled(uint32_t word) {
    return pv_overtakes(word) == PVLOCK_LOCK_WORD_STALLED;
}

/* word with the head known to be awake: pending, and not stalled. */
static inline uint32_t pv_with_head_awake(uint32_t word) {
    return (pv_is_stalled(word) ? word & ~PV_OVERTAKE_MASK : word) | PV_PENDING;
}

/* word with the head known not to come: not pending, whatever it says, and stalled. */
static inline uint32_t pv_with_head_stalled(uint32_t word) {
    return (word & ~PV_PENDING) | PV_OVERTAKE_MASK;
}

/* word with so many overtakes counted, whatever was counted before. */
static inline uint32_t pv_with_exactly(uint32_t word, uint32_t overtakes) {
    return (word & ~PV_OVERTAKE_MASK) | overtakes << PVLOCK_LOCK_WORD_OVERTAKE_SHIFT;
}

/* word with one more overtake counted; the count saturates. */
static inline uint32_t pv_with_overtake(uint32_t word) {
    return pv_overtakes(word) >= PVLOCK_LOCK_WORD_MAX_OVERTAKES ? word : word + (1u << PVLOCK_LOCK_WORD_OVERTAKE_SHIFT);
}

/* word with so many overtakes counted, or more; a head that is stalled stays so. */
static inline uint32_t pv_with_overtakes(uint32_t word, uint32_t at_least) {
    return pv_overtakes(word) >= at_least ? word : pv_with_exactly(word, at_least);
}

/* The reference to the last queued node; 0 if nobody queues. */
static inline uint32_t pv_tail(uint32_t word) {
    return word >> PVLOCK_LOCK_WORD_TAIL_INDEX_SHIFT;
}

/* ---- cell */

static inline uint64_t pv_cell_of(uint32_t word, uint32_t owner) {
    return (uint64_t) owner << 32 | word;
}

static inline uint32_t pv_word(uint64_t cell) {
    return (uint32_t) cell;
}

static inline uint32_t pv_owner(uint64_t cell) {
    return (uint32_t) (cell >> 32);
}

/* The owner word of vcpu in its generation; never 0. */
static inline uint32_t pv_owner_word(int vcpu, uint32_t generation) {
    return generation << 16 | (uint32_t) (vcpu + 1);
}

/* The vCPU that an owner word names; -1 for nobody. */
static inline int pv_owner_vcpu(uint32_t owner) {
    return (int) (owner & 0xffff) - 1;
}

static inline uint32_t pv_owner_generation(uint32_t owner) {
    return owner >> 16;
}

/* (t,*,0) to (t,0,LOCKED), the overtakes forgotten. */
static inline uint64_t pv_taken_by_head(uint64_t cell, uint32_t owner) {
    uint32_t word = pv_word(cell) & ~(PV_LOCKED_MASK | PV_PENDING | PV_OVERTAKE_MASK);
    return pv_cell_of(word | PV_LOCKED, owner);
}

/* (t,p,*) to (t,p,0), owner nobody; all other bits stay. */
static inline uint64_t pv_released(uint64_t cell) {
    return pv_cell_of(pv_word(cell) & ~PV_LOCKED_MASK, 0);
}

static inline uint64_t pv_with_tail(uint64_t cell, uint32_t ref) {
    return (cell & ~(uint64_t) PVLOCK_LOCK_WORD_TAIL_MASK) | (uint64_t) ref << PVLOCK_LOCK_WORD_TAIL_INDEX_SHIFT;
}

/* ---- node */

static inline uint32_t pv_grant_of(uint32_t generation, uint32_t status) {
    return generation << 8 | status;
}

static inline uint32_t pv_status(uint32_t grant) {
    return grant & 0xff;
}

static inline uint32_t pv_with_status(uint32_t grant, uint32_t status) {
    return (grant & ~0xffu) | status;
}

/* The state word of the node in the generation that grant names. */
static inline uint32_t pv_state_in(uint32_t grant, uint32_t state) {
    return (grant & ~0xffu) | state;
}

static inline uint32_t pv_next_of(uint32_t generation, uint32_t ref) {
    return generation << 16 | ref;
}

static inline uint32_t pv_next_ref(uint32_t next) {
    return next & 0xffff;
}

static inline uint32_t pv_next_generation(uint32_t next) {
    return next >> 16;
}

/* ---- slot state */

static inline uint64_t pv_slot_state(
        uint32_t status, uint32_t generation, uint32_t process, uint32_t process_generation) {
    return (uint64_t) status << PVLOCK_SLOT_STATUS_SHIFT
        | (uint64_t) (process & 0xffff) << PVLOCK_SLOT_PROCESS_SHIFT
        | (uint64_t) (generation & 0xffff) << PVLOCK_SLOT_GENERATION_SHIFT
        | (uint64_t) (process_generation & 0xffff) << PVLOCK_SLOT_PROCESS_GENERATION_SHIFT;
}

static inline uint32_t pv_slot_status(uint64_t state) {
    return (uint32_t) state & 0xff;
}

static inline uint32_t pv_slot_process(uint64_t state) {
    return (uint32_t) (state >> PVLOCK_SLOT_PROCESS_SHIFT) & 0xffff;
}

static inline uint32_t pv_slot_generation(uint64_t state) {
    return (uint32_t) (state >> PVLOCK_SLOT_GENERATION_SHIFT) & 0xffff;
}

static inline uint32_t pv_slot_process_generation(uint64_t state) {
    return (uint32_t) (state >> PVLOCK_SLOT_PROCESS_GENERATION_SHIFT) & 0xffff;
}

static inline uint64_t pv_slot_with_status(uint64_t state, uint32_t status) {
    return (state & ~(uint64_t) 0xff) | status;
}

/* FREE, in the generation of state. */
static inline uint64_t pv_slot_free(uint64_t state) {
    return pv_slot_state(PVLOCK_SLOT_FREE, pv_slot_generation(state), 0, 0);
}

/* Whether a thread is behind it, dead or alive. */
static inline bool pv_slot_is_in_use(uint64_t state) {
    uint32_t status = pv_slot_status(state);
    return status == PVLOCK_SLOT_ATTACHED || status == PVLOCK_SLOT_BORROWED || status == PVLOCK_SLOT_DEAD;
}

#endif
