/*
 * Looks for dead-locks, when a wait gets long: from a waiting vCPU to the lock it waits for, to that one's owner, and on, until the walk comes
 * back or ends. io.pvlock.internal.session.DeadlockDetector says why two walks that find the same have found the truth. A writer that waits
 * for readers waits for each of them; C has no such locks, and walks only through their monitors.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "region.h"
#include "vcpu.h"

/* Longer circles are not found. */
#define MAX_STEPS 64

/* attempt: the vCPU's slow path counter. */
struct step {
    int vcpu;
    uint64_t attempt;
    uint32_t cell;
    uint32_t owner;
};

static uint32_t waiting_for(struct pv_core *core, int vcpu) {
    /* P10 acquire; pairs with P10 in put_waiting_for. */
    return (uint32_t) pv_acquire64(core->base, pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_WAITING_FOR_OFFSET);
}

/* What is in memory is not trusted: this runs in the middle of a wait. */
static bool is_cell(const struct pvlock_region *region, uint32_t cell) {
    return cell > 0
        && cell % PVLOCK_LOCK_CELL_LENGTH == 0
        && cell <= pv_length(&region->layout) - PVLOCK_LOCK_CELL_LENGTH;
}

/* The steps of a circle from start back to it; 0 if there is none. */
static int circle(struct pvlock_region *region, int start, struct step *steps) {
    struct pv_core *core = &region->core;
    int vcpu = start;
    for (int count = 0; count < MAX_STEPS; count++) {
        /* P8 acquire; pairs with P8 in pv_enter_slow_path and pv_exit_slow_path. */
        uint64_t attempt = pv_load64(core->base, pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_SLOW_PATH_OFFSET);
        uint32_t cell = waiting_for(core, vcpu);
        if (!is_cell(region, cell)) {
            return 0;
        }
        uint32_t owner = pv_owner(pv_read_cell(core, cell)); /* P0 acquire; pairs with P0 in pv_lock */
        int next = pv_owner_vcpu(owner);
        if (owner == 0 || owner == PV_NOT_RECOVERABLE_OWNER || next == vcpu || next < 0 || next >= core->vcpus
                || pv_owner_dead(core, owner)) {
            return 0;
        }
        steps[count] = (struct step) {vcpu, attempt, cell, owner};
        if (next == start) {
            return count + 1;
        }
        vcpu = next;
    }
    return 0;
}

static bool same(const struct step *a, const struct step *b, int count) {
    for (int i = 0; i < count; i++) {
        if (a[i].vcpu != b[i].vcpu || a[i].attempt != b[i].attempt || a[i].cell != b[i].cell || a[i].owner != b[i].owner) {
            return false;
        }
    }
    return true;
}

static void describe(struct pvlock_region *region, const struct step *steps, int count) {
    char text[900] = "";
    size_t length = 0;
    for (int i = 0; i < count && length < sizeof text - 1; i++) {
        char name[PVLOCK_NAME_MAX + 16];
        uint32_t slot = pv_slot_at(&region->core, steps[i].vcpu);
        bool known = pv_name_of_cell(region, steps[i].cell, name, sizeof name);
        int wrote = snprintf(
            text + length, sizeof text - length, "%svcpu=%d (pid %u) waits for '%s', which vcpu=%d holds", i == 0 ? "" : "; ",
            steps[i].vcpu, pv_get32(region->core.base, slot + PVLOCK_VCPU_SLOT_PID_OFFSET), known ? name : "?",
            pv_owner_vcpu(steps[i].owner));
        length += wrote > 0 ? (size_t) wrote : 0;
    }
    pv_fail(PVLOCK_DEADLOCK, "dead-lock: %s", text);
}

static void look(struct pvlock_region *region, struct pv_me *me, struct pvlock_vcpu *vcpu) {
    struct step first[MAX_STEPS];
    struct step second[MAX_STEPS];
    int count = circle(region, me->index, first);
    if (count == 0 || circle(region, me->index, second) != count || !same(first, second, count)) {
        return;
    }
    pv_event_of_slot(
        region, PVLOCK_EVENT_TYPE_DEADLOCK, me->index, first[0].cell, first[0].owner, pv_owner_vcpu(first[0].owner));
    if (vcpu->on_deadlock == PVLOCK_DEADLOCK_FAIL) {
        describe(region, first, count);
        me->attempt.given_up = true;
    }
    vcpu->on_deadlock = PVLOCK_DEADLOCK_IGNORE; /* once for each wait */
}

void pv_look_for_deadlock(struct pv_core *core, struct pv_me *me) {
    struct pvlock_vcpu *vcpu = me->user;
    if (vcpu == NULL || vcpu->on_deadlock == PVLOCK_DEADLOCK_IGNORE || waiting_for(core, me->index) == 0) {
        return;
    }
    struct pv_trap trap;
    if (PV_TRAP(&trap)) {
        look(pv_region_of(core), me, vcpu);
    }
    pv_untrap(&trap); /* what is in memory makes no sense, which others report */
}
