/*
 * The bells of the processes: io.pvlock.internal.slot.Bells. Who cannot be woken itself, a virtual thread in Java, is told
 * by its process, which sleeps on its bell. In C nobody sleeps so; but whoever kicks or gives back a slot rings.
 */
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "region.h"
#include "vcpu.h"

static uint32_t process_at(const struct pv_core *core, uint32_t process) {
    return core->processes_at + process * PVLOCK_PROCESS_LENGTH;
}

static void ring(struct pv_core *core, uint32_t process, uint32_t bits) {
    uint32_t bell = process_at(core, process) + PVLOCK_PROCESS_BELL_OFFSET;
    uint32_t rung;
    do {
        rung = pv_load32(core->base, bell); /* P35 acquire; the compare-and-set follows */
        /* P35 release: the permit, or the slot, before the bell; pairs with P35 acquire in Bells.take. Also if the bits
           are there: who has set them may have died before the wake. */
    } while (!pv_cas32(core->base, bell, rung, rung | bits));
    syscall(SYS_futex, core->base + bell, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void pv_ring_for(struct pv_core *core, int vcpu) {
    uint64_t state = pv_state(core, vcpu);
    uint32_t process = pv_slot_process(state);
    /* Not for a thread of the system, which sleeps in the kernel. By damage a slot may name a process that does not exist. */
    if (pv_slot_is_in_use(state) && pv_slot_status(state) != PVLOCK_SLOT_ATTACHED && process < core->max_processes) {
        ring(core, process, 1u << vcpu % PVLOCK_PROCESS_BELL_GROUPS);
    }
}

void pv_slots_may_have_come(struct pv_core *core) {
    /* P36: the slot's state, then the look whether any is wanted; pairs with P36 in Bells.wantSlot. Only one rings. */
    if (pv_load32(core->base, PVLOCK_HEADER_SLOTS_WANTED_OFFSET) == 0
            || pv_swap32(core->base, PVLOCK_HEADER_SLOTS_WANTED_OFFSET, 0) == 0) {
        return;
    }
    for (uint32_t process = 0; process < core->max_processes; process++) {
        /* P12 acquire; pairs with P12 in process.c. Who enters later looks for slots later. */
        uint64_t state = pv_load64(core->base, process_at(core, process) + PVLOCK_PROCESS_STATE_OFFSET);
        if (((uint32_t) state & 0xff) == PVLOCK_PROCESS_LIVE) {
            ring(core, process, PVLOCK_PROCESS_BELL_SLOTS);
        }
    }
}
