/*
 * Open-addressing map from a lock cell to the vCPUs that sleep, or are about to sleep, as its queue head:
 * io.pvlock.core.PvLockHash. An entry is one word, cell (32 bits), 0 (15), taken (1), ref (16). Who removes the entry of
 * another has kicked it (I6); a missing one is legal. While it is being kicked it is marked as taken: whoever is killed in
 * the middle leaves it to the next unlocker.
 */
#include "core.h"
#include "vcpu.h"

#define CELL_MASK UINT64_C(0xffffffff00000000)
#define TAKEN ((uint64_t) PVLOCK_HASH_TAKEN)
#define NOWHERE 0

static uint64_t entry_of(uint32_t cell, uint32_t ref) {
    return (uint64_t) cell << 32 | ref;
}

static uint32_t cell_of(uint64_t entry) {
    return (uint32_t) (entry >> 32);
}

static uint32_t ref_of(uint64_t entry) {
    return (uint32_t) entry & 0xffff;
}

uint32_t pv_hash_capacity(int vcpus) {
    uint32_t wanted = 4 * (uint32_t) vcpus;
    uint32_t capacity = PVLOCK_HASH_ENTRIES_PER_LINE;
    while (capacity < wanted) {
        capacity <<= 1;
    }
    return capacity;
}

static uint32_t lines_in_use(struct pv_core *core) {
    /* P7 acquire: a line is counted before an entry in it is inserted; pairs with P7 release in use_lines. */
    uint32_t in_use = pv_load32(core->base, core->hash_at + PVLOCK_HASH_LINES_OFFSET);
    return in_use > core->hash_lines ? core->hash_lines : in_use;
}

static void use_lines(struct pv_core *core, uint32_t needed) {
    for (uint32_t in_use = lines_in_use(core); in_use < needed; in_use = lines_in_use(core)) {
        /*
         * P7 release: before the entry, so that whoever sees SLOW also searches far enough; pairs with P7 in
         * lines_in_use.
         */
        pv_cas32(core->base, core->hash_at + PVLOCK_HASH_LINES_OFFSET, in_use, needed);
    }
}

static uint64_t entry_at(struct pv_core *core, uint32_t at) {
    /* P5 acquire: an unlocker that saw SLOW sees the entry of before; pairs with P5 release in cas_entry. */
    return pv_load64(core->base, at);
}

static bool cas_entry(struct pv_core *core, uint32_t at, uint64_t expected, uint64_t update) {
    /* P5 release: the entry before the word becomes SLOW; pairs with P5 acquire in entry_at. */
    return pv_cas64(core->base, at, expected, update);
}

static uint32_t entries_start(struct pv_core *core) {
    return core->hash_at + PVLOCK_HASH_ENTRIES_OFFSET;
}

static uint32_t entries_end(struct pv_core *core) {
    return entries_start(core) + core->hash_lines * PVLOCK_HASH_LINE_LENGTH;
}

/* Where the i-th entry stands of a search that begins with the line home, and goes round. */
static uint32_t place_of(struct pv_core *core, uint32_t home, uint32_t i) {
    uint32_t mask = core->hash_lines * PVLOCK_HASH_ENTRIES_PER_LINE - 1;
    return entries_start(core) + ((home * PVLOCK_HASH_ENTRIES_PER_LINE + i) & mask) * PVLOCK_HASH_ENTRY_LENGTH;
}

/* Fibonacci hashing of the cell's number, as hash_ptr() does with its address. */
static uint32_t home_of(struct pv_core *core, uint32_t cell) {
    return (uint32_t) ((uint64_t) (cell >> 3) * UINT64_C(0x9E3779B9) >> 16) & (core->hash_lines - 1);
}

/* Enters ref as sleeping at the head of cell; false if the table is full. */
bool pv_hash_insert(uint32_t cell, uint32_t ref, struct pv_me *me) {
    struct pv_core *core = me->core;
    uint32_t home = home_of(core, cell);
    for (uint32_t i = 0; i < core->hash_lines * PVLOCK_HASH_ENTRIES_PER_LINE; i++) {
        uint32_t at = place_of(core, home, i);
        if (entry_at(core, at) == 0) {
            use_lines(core, i / PVLOCK_HASH_ENTRIES_PER_LINE + 1);
            if (cas_entry(core, at, 0, entry_of(cell, ref))) {
                pv_count(me, PVLOCK_COUNT_PV_HASH_HOPS, (int) i + 1);
                return true;
            }
        }
    }
    return false;
}

/* Where the first entry of cell stands that equals wanted under mask; NOWHERE if none does. */
static uint32_t find(struct pv_core *core, uint32_t cell, uint64_t wanted, uint64_t mask) {
    uint32_t home = home_of(core, cell);
    uint32_t in_use = lines_in_use(core) * PVLOCK_HASH_ENTRIES_PER_LINE;
    for (uint32_t i = 0; i < in_use; i++) {
        uint32_t at = place_of(core, home, i);
        if ((entry_at(core, at) & mask) == wanted) {
            return at;
        }
    }
    return NOWHERE;
}

uint32_t pv_hash_take(struct pv_core *core, uint32_t cell, uint32_t kicked) {
    uint32_t home = home_of(core, cell);
    uint32_t in_use = lines_in_use(core) * PVLOCK_HASH_ENTRIES_PER_LINE;
    for (uint32_t i = 0; i < in_use; i++) {
        uint32_t at = place_of(core, home, i);
        for (uint64_t found = entry_at(core, at);
                (found & CELL_MASK) == entry_of(cell, 0) && ref_of(found) != kicked;
                found = entry_at(core, at)) {
            if ((found & TAKEN) != 0 || cas_entry(core, at, found, found | TAKEN)) {
                return ref_of(found);
            }
        }
    }
    return 0;
}

void pv_hash_drop_taken(struct pv_core *core, uint32_t cell, uint32_t ref) {
    uint64_t taken = entry_of(cell, ref) | TAKEN;
    uint32_t at = find(core, cell, taken, UINT64_MAX);
    if (at != NOWHERE) {
        cas_entry(core, at, taken, 0);
    }
}

bool pv_hash_contains(struct pv_core *core, uint32_t cell, uint32_t ref) {
    return find(core, cell, entry_of(cell, ref), UINT64_MAX) != NOWHERE;
}

void pv_hash_remove(struct pv_core *core, uint32_t cell, uint32_t ref) {
    uint64_t doomed = entry_of(cell, ref);
    for (uint32_t at = find(core, cell, doomed, ~TAKEN); at != NOWHERE; at = find(core, cell, doomed, ~TAKEN)) {
        if (!cas_entry(core, at, doomed, 0)) {
            cas_entry(core, at, doomed | TAKEN, 0);
        }
    }
}

void pv_hash_remove_vcpus(struct pv_core *core, const bool *doomed) {
    for (uint32_t at = entries_start(core); at < entries_end(core); at += PVLOCK_HASH_ENTRY_LENGTH) {
        uint64_t found = entry_at(core, at);
        int vcpu = pv_ref_vcpu(ref_of(found));
        if (found != 0 && vcpu >= 0 && vcpu < core->vcpus && doomed[vcpu]) {
            cas_entry(core, at, found, 0);
        }
    }
}

static bool is_stale(struct pv_core *core, uint64_t entry) {
    uint32_t ref = ref_of(entry);
    uint32_t node = pv_node_at(core, ref);
    return pv_dead(core, pv_ref_vcpu(ref))
        || pv_status(pv_grant(core, node)) != PVLOCK_NODE_GRANTED
        || pv_lock_of(core, node) != cell_of(entry);
}

/*
 * Removes one entry that looks stale and returns its ref, which the caller kicks: it may have come to life meanwhile. 0
 * if there is none. A full table holds some: there are four places for each vCPU, and a living one has two entries at
 * most.
 */
uint32_t pv_hash_take_stale(struct pv_core *core) {
    for (uint32_t at = entries_start(core); at < entries_end(core); at += PVLOCK_HASH_ENTRY_LENGTH) {
        uint64_t found = entry_at(core, at);
        if (found != 0 && is_stale(core, found) && cas_entry(core, at, found, 0)) {
            return ref_of(found);
        }
    }
    return 0;
}
