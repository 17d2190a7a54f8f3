/* The lock cells: the one 64-bit compare-and-set by which they change, and what can be said of an owner. */
#include "core.h"
#include "vcpu.h"

bool pv_is_owned_by(struct pv_core *core, uint32_t cell, const struct pv_me *me) {
    return pv_owner(pv_read_cell(core, cell)) == me->owner;
}

bool pv_cell_owner_dead(struct pv_core *core, uint64_t cell) {
    uint32_t owner = pv_owner(cell);
    if (owner == 0) {
        pv_corrupt("a lock is held by nobody (I3): word 0x%08x; run pvlock fsck on the region", pv_word(cell));
    }
    return owner != PV_NOT_RECOVERABLE_OWNER && pv_owner_dead(core, owner);
}

/* Takes the lock of a dead owner. INCONSISTENT comes in the same CAS, so that the fact survives me. */
bool pv_take_over(uint32_t cell, uint64_t now, uint64_t taken, struct pv_me *me) {
    if (!pv_cas_cell(me->core, cell, now, taken | PV_INCONSISTENT)) {
        return false;
    }
    me->attempt.died_owner = pv_owner(now);
    pv_count(me, PVLOCK_COUNT_OWNER_DIED, 1);
    PVLOCK_KILL_POINT(TAKEN_OVER, me->index);
    return true;
}

static bool is_word(struct pv_core *core, uint32_t cell, uint64_t now, uint32_t word) {
    uint64_t update = pv_cell_of(word, pv_owner(now));
    return now == update || pv_cas_cell(core, cell, now, update);
}

void pv_set_pending(struct pv_core *core, uint32_t cell) {
    for (;;) {
        uint64_t now = pv_read_cell(core, cell);
        if (is_word(core, cell, now, pv_with_head_awake(pv_word(now)))) {
            return;
        }
    }
}

void pv_clear_pending(struct pv_core *core, uint32_t cell, uint32_t overtakes) {
    for (;;) {
        uint64_t now = pv_read_cell(core, cell);
        if (is_word(core, cell, now, pv_with_overtakes(pv_word(now) & ~(uint32_t) PV_PENDING, overtakes))) {
            return;
        }
    }
}

int pv_acquired(uint32_t word_before) {
    return pv_is_inconsistent(word_before) ? PV_OWNER_DIED : PV_ACQUIRED;
}
