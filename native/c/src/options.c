/* What a lock is and how it is waited for: io.pvlock.LockOptions, io.pvlock.internal.lock.LockUse, OvertakeTime. */
#include <limits.h>
#include <string.h>

#include "buckets.h"

/* ---- how it is waited for */

/* Whether the head of a lock of that policy is overtaken for a time. */
static bool has_time(uint32_t policy) {
    return policy == PVLOCK_POLICY_HYBRID || policy == PVLOCK_POLICY_NUMA;
}

/* Whether an entry of that policy can say so. */
static bool is_possible(uint32_t policy, uint32_t overtake_us) {
    return overtake_us == 0 || (overtake_us <= INT32_MAX && has_time(policy));
}

/* For a policy that has a time; 0: what the policy says. */
static int64_t overtake_ns(uint32_t overtake_us) {
    return overtake_us == 0 ? PVLOCK_TUNED(hybrid_overtake_ns, PVLOCK_HYBRID_OVERTAKE_NS) : INT64_C(1000) * overtake_us;
}

/* The count by number must not end a longer time before it is over: as many times more overtakes. */
static int stride_shift(uint32_t overtake_us) {
    uint32_t times = overtake_us / PVLOCK_HYBRID_STRIDE_US;
    int shift = PVLOCK_HYBRID_STRIDE_SHIFT + (times == 0 ? 0 : 31 - __builtin_clz(times));
    return shift < PVLOCK_MAX_STRIDE_SHIFT ? shift : PVLOCK_MAX_STRIDE_SHIFT;
}

void pv_policy_init(struct pv_policy *policy, struct pvlock_region *region, uint32_t entry, int wait_mode) {
    uint32_t lock_policy = pv_entry_field(region, entry, PVLOCK_ENTRY_POLICY_OFFSET);
    uint32_t in_entry = pv_entry_field(region, entry, PVLOCK_ENTRY_OVERTAKE_US_OFFSET);
    /* Of an object it may be damaged. */
    uint32_t overtake_us = is_possible(lock_policy, in_entry) ? in_entry : 0;
    bool one_cpu = region->usable_cpus < 2;
    bool numa = lock_policy == PVLOCK_POLICY_NUMA;
    policy->overtake_limit = lock_policy == PVLOCK_POLICY_FAIR ? 0
        : lock_policy == PVLOCK_POLICY_THROUGHPUT ? PVLOCK_UNLIMITED_OVERTAKES
        : PVLOCK_HYBRID_OVERTAKES;
    policy->stride_shift = stride_shift(overtake_us);
    policy->overtake_ns = lock_policy == PVLOCK_POLICY_FAIR ? 0
        : lock_policy == PVLOCK_POLICY_THROUGHPUT ? PVLOCK_THROUGHPUT_OVERTAKE_NS
        : overtake_ns(overtake_us);
    /* With one processor, a thread that spins keeps the owner from running. */
    policy->spin_ns = one_cpu || wait_mode == PVLOCK_WAIT_PARK ? 0
        : wait_mode == PVLOCK_WAIT_SPIN ? INT64_MAX
        : PVLOCK_SPIN_NS;
    policy->yields = wait_mode == PVLOCK_WAIT_YIELD;
    policy->numa_threshold_ns = numa && region->several_numa_nodes ? PVLOCK_NUMA_THRESHOLD_NS : 0;
}

/* ---- what is asked for */

static int check_options(const pvlock_lock_options *options) {
    if (options->policy < PVLOCK_ANY_POLICY || options->policy > PVLOCK_NUMA) {
        return pv_fail(PVLOCK_INVALID, "policy=%d, allowed are 0..%d", options->policy, PVLOCK_NUMA);
    }
    if (options->wait_mode < PVLOCK_WAIT_AUTO || options->wait_mode > PVLOCK_WAIT_PARK) {
        return pv_fail(PVLOCK_INVALID, "wait_mode=%d, allowed are 0..%d", options->wait_mode, PVLOCK_WAIT_PARK);
    }
    if (options->on_deadlock < PVLOCK_DEADLOCK_REPORT || options->on_deadlock > PVLOCK_DEADLOCK_FAIL) {
        return pv_fail(PVLOCK_INVALID, "on_deadlock=%d, allowed are 0..%d", options->on_deadlock, PVLOCK_DEADLOCK_FAIL);
    }
    if (options->overtake_us < 0) {
        return pv_fail(PVLOCK_INVALID, "overtake_us=%d, allowed are 0..%d", options->overtake_us, INT_MAX);
    }
    if (options->overtake_us > 0 && (options->policy == PVLOCK_FAIR || options->policy == PVLOCK_THROUGHPUT)) {
        return pv_fail(
            PVLOCK_INVALID,
            "policy=%d and overtake_us=%d contradict each other: FAIR (%d) is never overtaken, THROUGHPUT (%d) without limit;"
            " leave one of the two 0",
            options->policy, options->overtake_us, PVLOCK_FAIR, PVLOCK_THROUGHPUT);
    }
    return PVLOCK_OK;
}

int pv_take_options(pvlock_lock_options *options, const pvlock_lock_options *given) {
    *options = (pvlock_lock_options) PVLOCK_LOCK_OPTIONS_INIT;
    if (given == NULL) {
        return PVLOCK_OK;
    }
    if (given->size < sizeof given->size || given->size > sizeof *given) {
        return pv_fail(
            PVLOCK_INVALID, "options.size=%zu, this library knows %zu bytes of them; begin with PVLOCK_LOCK_OPTIONS_INIT",
            given->size, sizeof *given);
    }
    memcpy(options, given, given->size);
    return check_options(options);
}

int pv_take_object_options(
        pvlock_lock_options *options, const pvlock_lock_options *given, int policy, const char *what) {
    int outcome = pv_take_options(options, given);
    if (outcome == PVLOCK_OK && options->policy != PVLOCK_ANY_POLICY && options->policy != policy) {
        outcome = pv_fail(PVLOCK_INVALID, "policy=%d, %s is always of policy %d", options->policy, what, policy);
    }
    if (outcome == PVLOCK_OK && options->overtake_us != 0 && !has_time((uint32_t) policy)) {
        outcome = pv_fail(PVLOCK_INVALID, "overtake_us=%d, %s is always of policy %d", options->overtake_us, what, policy);
    }
    return outcome;
}

int pv_check_same_time(
        struct pvlock_region *region, uint32_t entry, const char *name, size_t length, int overtake_us) {
    uint32_t policy = pv_entry_field(region, entry, PVLOCK_ENTRY_POLICY_OFFSET);
    uint32_t is = pv_entry_field(region, entry, PVLOCK_ENTRY_OVERTAKE_US_OFFSET);
    if (!is_possible(policy, is)) {
        return pv_fail(
            PVLOCK_CORRUPT, "%s: '%.*s' has overtake time %d us with policy %u, which cannot be; run pvlock fsck on the region",
            region->path, (int) length, name, (int) is, policy);
    }
    if (overtake_us == 0 || (has_time(policy) && overtake_ns(is) == INT64_C(1000) * overtake_us)) {
        return PVLOCK_OK;
    }
    return has_time(policy)
        ? pv_fail(
            PVLOCK_INVALID, "'%.*s' exists with overtake_us=%lld, not %d", (int) length, name,
            (long long) overtake_ns(is) / 1000, overtake_us)
        : pv_fail(
            PVLOCK_INVALID, "'%.*s' exists with policy %u, which has no overtake_us, not with overtake_us=%d", (int) length, name,
            policy, overtake_us);
}
