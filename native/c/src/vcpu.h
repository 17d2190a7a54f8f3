/* The slots and nodes of a region: io.pvlock.core.VcpuTable, with the same labels. */
#ifndef PVLOCK_VCPU_H
#define PVLOCK_VCPU_H

#include "core.h"

static inline uint32_t pv_slot_at(struct pv_core *core, int vcpu) {
    if (vcpu < 0 || vcpu >= core->vcpus) {
        pv_corrupt("vcpu=%d does not exist, the table has %d; run pvlock fsck on the region", vcpu, core->vcpus);
    }
    return core->vcpus_at + (uint32_t) vcpu * PVLOCK_VCPU_SLOT_LENGTH;
}

static inline uint32_t pv_node_at(struct pv_core *core, uint32_t ref) {
    return pv_slot_at(core, pv_ref_vcpu(ref)) + PVLOCK_VCPU_SLOT_NODES_OFFSET + pv_ref_index(ref) * PVLOCK_NODE_LENGTH;
}

/* Nodes of all slots: no queue is longer. */
static inline int pv_node_count(struct pv_core *core) {
    return core->vcpus * PVLOCK_LOCK_WORD_MAX_NODES;
}

/* ---- cell */

static inline uint64_t pv_read_cell(struct pv_core *core, uint32_t cell) {
    /* P0 acquire; pairs with P0 release in pv_cas_cell and pv_unlock. */
    return pv_load64(core->base, cell);
}

static inline bool pv_cas_cell(struct pv_core *core, uint32_t cell, uint64_t expected, uint64_t update) {
    /* P0 acquire and release: every change of a cell is one 64-bit CAS; what it means is said where it is called. */
    return pv_cas64(core->base, cell, expected, update);
}

/* ---- slot */

static inline uint64_t pv_state(struct pv_core *core, int vcpu) {
    /* P9 acquire: sees what the attacher wrote before it published the slot; pairs with P9 in pv_cas_state. */
    return pv_load64(core->base, pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_STATE_OFFSET);
}

static inline bool pv_cas_state(struct pv_core *core, int vcpu, uint64_t expected, uint64_t update) {
    /* P9 release: identity and sentinel before the state that announces them; pairs with P9 acquire in pv_state. */
    return pv_cas64(core->base, pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_STATE_OFFSET, expected, update);
}

static inline void pv_count(struct pv_me *me, int event, int64_t delta) {
    uint32_t at = me->slot + PVLOCK_VCPU_SLOT_EVENTS_OFFSET + (uint32_t) event * 8;
    pv_put64(me->core->base, at, pv_get64(me->core->base, at) + (uint64_t) delta);
}

static inline int pv_numa_node_of(struct pv_core *core, int vcpu) {
    /* P29 opaque: a hint, it orders nothing; pairs with P29 in pv_set_numa_node. */
    return (int) pv_get32(core->base, pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_NUMA_NODE_OFFSET) - 1;
}

/* ---- nodes */

static inline uint32_t pv_grant(struct pv_core *core, uint32_t node) {
    /* P2 acquire: sees all that the granter did before; pairs with P2 in pv_cas_grant and pv_release_grant. */
    return pv_load32(core->base, node + PVLOCK_NODE_GRANT_OFFSET);
}

static inline bool pv_cas_grant(struct pv_core *core, uint32_t node, uint32_t expected, uint32_t update) {
    /* P2 release if it succeeds: a grant publishes the previous critical section; a skip or a free publishes that
       nobody needs the node any more. Pairs with P2 acquire in pv_grant. */
    return pv_cas32(core->base, node + PVLOCK_NODE_GRANT_OFFSET, expected, update);
}

static inline void pv_release_grant(struct pv_core *core, uint32_t node, uint32_t grant) {
    /* P2 release: only its owner calls this, on a node that no other may change; pairs with P2 acquire in pv_grant. */
    pv_release32(core->base, node + PVLOCK_NODE_GRANT_OFFSET, grant);
}

static inline uint32_t pv_next(struct pv_core *core, uint32_t node) {
    /* P3 acquire: the successor's node is initialised; pairs with P3 in pv_cas_next. */
    return pv_load32(core->base, node + PVLOCK_NODE_NEXT_OFFSET);
}

static inline bool pv_cas_next(struct pv_core *core, uint32_t node, uint32_t expected, uint32_t update) {
    /* P3 release: a hint, exact only together with the generation; pairs with P3 acquire in pv_next. */
    return pv_cas32(core->base, node + PVLOCK_NODE_NEXT_OFFSET, expected, update);
}

static inline uint32_t pv_prev(struct pv_core *core, uint32_t node) {
    /* P1 acquire; pairs with P1 release in pv_release_prev and the tail CAS after it. */
    return pv_load32(core->base, node + PVLOCK_NODE_PREV_OFFSET);
}

static inline void pv_release_prev(struct pv_core *core, uint32_t node, uint32_t ref) {
    /* P1 release: before the tail CAS that makes the node reachable (I4); pairs with P1 acquire in pv_prev. */
    pv_release32(core->base, node + PVLOCK_NODE_PREV_OFFSET, ref);
}

static inline uint32_t pv_node_state(struct pv_core *core, uint32_t node) {
    /* P4 acquire half of the halt/kick pair, see pv_halt; as a mere hint to neighbours any order would do. */
    return pv_load32(core->base, node + PVLOCK_NODE_STATE_OFFSET) & 0xff;
}

static inline void pv_release_node_state(struct pv_core *core, uint32_t node, uint32_t state) {
    /* P4 release: pairs with the granter's pv_cas_node_state(HALTED, HASHED). */
    pv_release32(core->base, node + PVLOCK_NODE_STATE_OFFSET, state);
}

static inline void pv_halt(struct pv_core *core, uint32_t node, uint32_t grant) {
    /* P4 volatile store, before the volatile look at the grant: the store buffer drawn in PvQSpinLock; pairs with P4 in
       pv_cas_node_state. */
    pv_store32(core->base, node + PVLOCK_NODE_STATE_OFFSET, pv_state_in(grant, PVLOCK_NODE_HALTED));
}

static inline bool pv_cas_node_state(struct pv_core *core, uint32_t node, uint32_t expected, uint32_t update) {
    /* P4 load, if it fails: after the volatile store of the grant in pv_cas_grant. A failed CAS is no fence, and
       needs to be none. Pairs with P4 in pv_halt. */
    return pv_cas32(core->base, node + PVLOCK_NODE_STATE_OFFSET, expected, update);
}

static inline uint32_t pv_lock_of(struct pv_core *core, uint32_t node) {
    /* P1 acquire; pairs with P1 release in init_node. */
    return (uint32_t) pv_load64(core->base, node + PVLOCK_NODE_LOCK_OFFSET);
}

/* The same, to look at the cell: it is one. */
static inline uint32_t pv_cell_of_node(struct pv_core *core, uint32_t node) {
    uint32_t cell = pv_lock_of(core, node);
    if (cell % PVLOCK_LOCK_CELL_LENGTH != 0 || cell > core->length - PVLOCK_LOCK_CELL_LENGTH) {
        pv_corrupt("a node queues for a lock at offset %u, where none can be; run pvlock fsck on the region", cell);
    }
    return cell;
}

static inline bool pv_is_called(struct pv_core *core, uint32_t node, uint32_t grant) {
    /* P29 opaque: a hint, it orders nothing; pairs with P29 in pv_call. */
    return pv_get32(core->base, node + PVLOCK_NODE_CALLED_OFFSET) == grant;
}

/* grant: the grant word of the node that is called; 0 to take a call back. */
static inline void pv_call(struct pv_core *core, uint32_t node, uint32_t grant) {
    /* P29 opaque; pairs with P29 in pv_is_called. */
    pv_put32(core->base, node + PVLOCK_NODE_CALLED_OFFSET, grant);
}

static inline void pv_put_heartbeat(struct pv_core *core, uint32_t node, int64_t now_ns) {
    /* P11 opaque: a hint about being scheduled, it orders nothing; pairs with P11 in pv_heartbeat. */
    pv_put64(core->base, node + PVLOCK_NODE_HEARTBEAT_OFFSET, (uint64_t) now_ns);
}

static inline int64_t pv_heartbeat(struct pv_core *core, uint32_t node) {
    /* P11 opaque; pairs with P11 in pv_put_heartbeat. */
    return (int64_t) pv_get64(core->base, node + PVLOCK_NODE_HEARTBEAT_OFFSET);
}

/* Says in the node of the next one how it is woken, and since when its granter has the lock; before the grant. */
static inline void pv_turn(struct pv_core *core, uint32_t node, uint32_t wake, int64_t since_ns) {
    /* P2: seen with the grant. Whose granter has died before it may see it when it grants itself, and measures one wrong
       turn. */
    pv_put64(core->base, node + PVLOCK_NODE_TURN_OFFSET, (uint64_t) since_ns);
    pv_put32(core->base, node + PVLOCK_NODE_WAKE_OFFSET, wake);
}

static inline uint32_t pv_wake(struct pv_core *core, uint32_t node) {
    return pv_get32(core->base, node + PVLOCK_NODE_WAKE_OFFSET);
}

static inline int64_t pv_turn_since(struct pv_core *core, uint32_t node) {
    return (int64_t) pv_get64(core->base, node + PVLOCK_NODE_TURN_OFFSET);
}

#endif
