/*
 * Looks for dead-locks, when a wait gets long: from a waiting vCPU to the lock it waits for, to that one's owner, and
 * on, until the walk comes back or ends. A writer that waits for readers waits for each of them, so the walk tries all.
 * io.pvlock.internal.session.DeadlockDetector says why two walks that find the same have found the truth.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buckets.h"
#include "vcpu.h"
#include "words.h"

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

/* A walk under way. */
struct walk {
    struct pvlock_region *region;
    int start;
    bool *seen;
    struct step *steps;
    int count;
};

static bool leads_to_start(struct walk *walk, int vcpu);

/* Goes on to the vCPU of owner, for which vcpu waits; whether the walk comes back from there. */
static bool goes_on(struct walk *walk, int vcpu, uint64_t attempt, uint32_t cell, uint32_t owner) {
    struct pv_core *core = &walk->region->core;
    int next = pv_owner_vcpu(owner);
    if (next < 0 || next >= core->vcpus || walk->seen[next] || walk->count == MAX_STEPS || pv_owner_dead(core, owner)) {
        return false;
    }
    walk->seen[next] = true;
    walk->steps[walk->count++] = (struct step) {vcpu, attempt, cell, owner};
    if (next == walk->start || leads_to_start(walk, next)) {
        return true;
    }
    walk->count--;
    return false;
}

/* A vCPU that waits for a lock that it has itself is a writer, and waits for the readers of a read-write lock. */
static bool goes_on_to_readers(struct walk *walk, int vcpu, uint64_t attempt, uint32_t cell, uint32_t writer) {
    struct pvlock_region *region = walk->region;
    struct pv_core *core = &region->core;
    int64_t entry = pv_entry_of_cell(region, cell);
    int64_t needed = PVLOCK_READ_WRITE_LOCK_READERS_OFFSET + pv_words_spread_bytes(core->vcpus);
    if (entry < 0
            || pv_entry_field(region, (uint32_t) entry, PVLOCK_ENTRY_TYPE_OFFSET) != PVLOCK_TYPE_READ_WRITE_LOCK
            || pv_check_extent(region, (uint32_t) entry, needed) != PVLOCK_OK) {
        return false;
    }
    uint32_t extent = pv_extent_at(region, (uint32_t) entry);
    uint32_t body = extent + PVLOCK_EXTENT_BODY_OFFSET;
    /* P18 acquire; pairs with P18 in put_writer. Only if the word says WAITING: a moment before, the writer has the
       lock, too, and may want it for something else. */
    uint64_t word = pv_load64(core->base, body + PVLOCK_READ_WRITE_LOCK_WRITER_OFFSET);
    if ((uint32_t) (word >> 32) != writer || (word & PVLOCK_READ_WRITE_LOCK_WAITING) == 0) {
        return false;
    }
    struct pv_words readers = pv_words_spread(core, body + PVLOCK_READ_WRITE_LOCK_READERS_OFFSET);
    for (int reader = 0; reader < core->vcpus; reader++) {
        uint64_t holds = pv_raw_word(&readers, pv_place(&readers, reader));
        uint32_t owner = pv_word_owner(reader, holds);
        if (pv_value_of(holds) != 0 && owner != writer && goes_on(walk, vcpu, attempt, cell, owner)) {
            return true;
        }
    }
    return false;
}

static bool leads_to_start(struct walk *walk, int vcpu) {
    struct pv_core *core = &walk->region->core;
    /* P8 acquire; pairs with P8 in pv_enter_slow_path and pv_exit_slow_path. */
    uint64_t attempt = pv_load64(core->base, pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_SLOW_PATH_OFFSET);
    uint32_t cell = waiting_for(core, vcpu);
    if (!is_cell(walk->region, cell)) {
        return false;
    }
    uint32_t owner = pv_owner(pv_read_cell(core, cell)); /* P0 acquire; pairs with P0 in pv_lock */
    if (owner == 0 || owner == PV_NOT_RECOVERABLE_OWNER) {
        return false;
    }
    return pv_owner_vcpu(owner) == vcpu
        ? goes_on_to_readers(walk, vcpu, attempt, cell, owner)
        : goes_on(walk, vcpu, attempt, cell, owner);
}

/* The steps of a circle from start back to it; 0 if there is none. */
static int circle(struct pvlock_region *region, int start, bool *seen, struct step *steps) {
    struct walk walk = {region, start, seen, steps, 0};
    memset(seen, 0, (size_t) region->core.vcpus * sizeof *seen);
    return leads_to_start(&walk, start) ? walk.count : 0;
}

static bool same(const struct step *a, const struct step *b, int count) {
    for (int i = 0; i < count; i++) {
        if (a[i].vcpu != b[i].vcpu || a[i].attempt != b[i].attempt || a[i].cell != b[i].cell
                || a[i].owner != b[i].owner) {
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
            text + length, sizeof text - length, "%svcpu=%d (pid %u) waits for '%s', which vcpu=%d holds",
            i == 0 ? "" : "; ",
            steps[i].vcpu, pv_get32(region->core.base, slot + PVLOCK_VCPU_SLOT_PID_OFFSET), known ? name : "?",
            pv_owner_vcpu(steps[i].owner));
        length += wrote > 0 ? (size_t) wrote : 0;
    }
    pv_fail(PVLOCK_DEADLOCK, "dead-lock: %s", text);
}

static void look(struct pvlock_region *region, struct pv_me *me, struct pvlock_vcpu *vcpu, bool *seen) {
    struct step first[MAX_STEPS];
    struct step second[MAX_STEPS];
    int count = circle(region, me->index, seen, first);
    if (count == 0 || circle(region, me->index, seen, second) != count || !same(first, second, count)) {
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
    bool *seen = malloc((size_t) core->vcpus * sizeof *seen);
    struct pv_trap trap;
    if (seen != NULL && PV_TRAP(&trap)) {
        look(pv_region_of(core), me, vcpu, seen);
    }
    if (seen != NULL) {
        pv_untrap(&trap); /* what is in memory may make no sense, which others report */
    }
    free(seen);
}
