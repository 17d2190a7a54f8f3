/*
 * What is counted of one lock, off the fast path: io.pvlock.internal.directory.LockStatistics, and what CellWatch counts. Whoever
 * counts holds the lock, so plain accesses do. Of the times below SHORT_NS one of SAMPLE is counted, for as many.
 */
#include <string.h>

#include "region.h"
#include "vcpu.h"

#define SHORT_NS 8000
#define SAMPLE 16
/* So many steals wait in the entry at most before they are added to the block. */
#define MOVE_STEALS (UINT32_C(1) << 30)

/* Offset of the block; 0 if there is none. */
static uint32_t block_at(const struct pvlock_region *region, uint32_t entry) {
    return entry < pv_statistics_blocks(region->layout.max_locks)
        ? pv_section(region, PVLOCK_SECTION_STATISTICS) + entry * PVLOCK_STATISTICS_LENGTH
        : 0;
}

static void add(unsigned char *base, uint32_t at, uint64_t delta) {
    pv_put64(base, at, pv_get64(base, at) + delta);
}

/* Begins anew, for a lock that is being made. */
void pv_clear_statistics(struct pvlock_region *region, uint32_t entry, uint64_t first_token) {
    unsigned char *base = region->core.base;
    uint32_t block = block_at(region, entry);
    pv_put32(base, pv_entry_at(region, entry) + PVLOCK_ENTRY_STEALS_OFFSET, 0);
    if (block != 0) {
        memset(base + block, 0, PVLOCK_STATISTICS_LENGTH);
        pv_put64(base, block + PVLOCK_STATISTICS_FIRST_TOKEN_OFFSET, first_token);
    }
}

static uint32_t step_of(uint64_t ns) {
    if (ns < UINT64_C(1) << PVLOCK_STATISTICS_SHORTEST_SHIFT) {
        return 0;
    }
    uint32_t power = 63 - (uint32_t) __builtin_clzll(ns);
    if (power >= PVLOCK_STATISTICS_LONGEST_SHIFT) {
        return PVLOCK_STATISTICS_COUNTS - 1;
    }
    uint32_t within =
        (uint32_t) (ns >> (power - PVLOCK_STATISTICS_STEP_SHIFT)) & ((1u << PVLOCK_STATISTICS_STEP_SHIFT) - 1);
    return 1 + ((power - PVLOCK_STATISTICS_SHORTEST_SHIFT) << PVLOCK_STATISTICS_STEP_SHIFT) + within;
}

static void count(unsigned char *base, uint32_t total, uint32_t longest, uint32_t counts, int64_t ns, uint32_t times) {
    uint64_t positive = ns < 0 ? 0 : (uint64_t) ns;
    uint32_t at = counts + step_of(positive) * 4;
    if (pv_get32(base, at) > UINT32_MAX - times) {
        /* They stand for the shape only; how many there were is in the total. */
        for (uint32_t step = 0; step < PVLOCK_STATISTICS_COUNTS; step++) {
            pv_put32(base, counts + step * 4, pv_get32(base, counts + step * 4) >> 1);
        }
    }
    add(base, total, times);
    pv_put32(base, at, pv_get32(base, at) + times);
    if (positive > pv_get64(base, longest)) {
        pv_put64(base, longest, positive);
    }
}

static uint32_t times_of(struct pvlock_vcpu *vcpu, int64_t ns) {
    if (ns >= SHORT_NS) {
        return 1;
    }
    uint32_t random = vcpu->random == 0 ? vcpu->me.owner : vcpu->random;
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    vcpu->random = random;
    return (random >> 8 & (SAMPLE - 1)) == 0 ? SAMPLE : 0;
}

static uint64_t steals_of(const struct pvlock_vcpu *vcpu) {
    return pv_get64(
        vcpu->me.core->base, vcpu->me.slot + PVLOCK_VCPU_SLOT_EVENTS_OFFSET + PVLOCK_COUNT_PV_LOCK_STEALING * 8);
}

/* Before an attempt to take a lock. */
struct pv_watch pv_watch_begin(const struct pvlock_vcpu *vcpu) {
    return (struct pv_watch) {vcpu->me.waits, steals_of(vcpu)};
}

static void stolen(struct pvlock_region *region, uint32_t entry, uint32_t block) {
    unsigned char *base = region->core.base;
    uint32_t at = pv_entry_at(region, entry) + PVLOCK_ENTRY_STEALS_OFFSET;
    uint32_t steals = pv_get32(base, at) + 1;
    if (steals >= MOVE_STEALS && block != 0) {
        add(base, block + PVLOCK_STATISTICS_STEALS_OFFSET, steals);
        steals = 0;
    }
    if (steals > 0 || block != 0) {
        pv_put32(base, at, steals);
    }
}

/* The vCPU has the lock: counts how it came to it. */
void pv_watch_taken(struct pvlock_lock_s *lock, struct pvlock_vcpu *vcpu, struct pv_watch begun) {
    unsigned char *base = lock->region->core.base;
    uint32_t block = block_at(lock->region, lock->entry);
    if (steals_of(vcpu) != begun.steals) {
        stolen(lock->region, lock->entry, block);
    }
    if (vcpu->me.waits == begun.waits || block == 0) {
        return;
    }
    int64_t now = pv_now();
    int64_t waited = pv_difference(now, vcpu->me.waited_since_ns);
    uint32_t times = times_of(vcpu, waited);
    if (times != 0) {
        count(base, block + PVLOCK_STATISTICS_WAITS_OFFSET, block + PVLOCK_STATISTICS_LONGEST_WAIT_OFFSET,
            block + PVLOCK_STATISTICS_WAIT_COUNTS_OFFSET, waited, times);
        /* Unlocking takes the slow path, which ends the hold that is timed. */
        pv_set_fast(vcpu, NULL);
        vcpu->timed_cell = lock->cell_at;
        vcpu->timed_since_ns = now;
        vcpu->timed_times = times;
    }
}

/*
 * The vCPU is about to give back a lock that it holds.
 *
 * guarded_since_ns: since when others can see that it does; 0 if they cannot. True if its hold was timed.
 */
bool pv_watch_releasing(struct pvlock_lock_s *lock, struct pvlock_vcpu *vcpu, int64_t guarded_since_ns) {
    struct pv_core *core = &lock->region->core;
    uint32_t block = block_at(lock->region, lock->entry);
    uint64_t now = pv_read_cell(core, lock->cell_at);
    bool timed = vcpu->timed_cell == lock->cell_at;
    if (pv_owner(now) != vcpu->me.owner || block == 0) {
        return false;
    }
    bool waited_for = pv_tail(pv_word(now)) != 0;
    int64_t since = timed ? vcpu->timed_since_ns : waited_for ? guarded_since_ns : 0;
    if (timed) {
        vcpu->timed_cell = 0;
    }
    if (waited_for && pv_locked(pv_word(now)) == PV_SLOW) {
        add(core->base, block + PVLOCK_STATISTICS_KICKS_OFFSET, 1);
    }
    if (since != 0) {
        int64_t held = pv_difference(pv_now(), since);
        uint32_t times = timed ? vcpu->timed_times : times_of(vcpu, held);
        if (times != 0) {
            count(core->base, block + PVLOCK_STATISTICS_HOLDS_OFFSET, block + PVLOCK_STATISTICS_LONGEST_HOLD_OFFSET,
                block + PVLOCK_STATISTICS_HOLD_COUNTS_OFFSET, held, times);
        }
    }
    return timed;
}
