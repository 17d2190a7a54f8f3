/* What a wait policy allows: io.pvlock.core.WaitPolicy. */
#ifndef PVLOCK_POLICY_H
#define PVLOCK_POLICY_H

#include "core.h"

/* How many quanta an overtake_ns has. */
#define PV_QUANTA 16

static inline bool pv_is_numa_aware(const struct pv_policy *policy) {
    return policy->numa_threshold_ns != 0;
}

/* Whether a head whose lock is held again may sleep on: never where it does not sleep at all. */
static inline bool pv_may_nap(const struct pv_policy *policy) {
    return policy->overtake_ns > 0 && !policy->yields && policy->spin_ns != INT64_MAX;
}

/*
 * After how much of its time a head that naps wants its turn: it gets up by its own clock, and is awake when thieves
 * have counted to the end. If one of them had to kick it, the lock would be idle for as long as a kick takes.
 */
static inline int64_t pv_nap_ns(const struct pv_policy *policy) {
    int64_t eighth = policy->overtake_ns / 8;
    return policy->overtake_ns - eighth - (eighth < PVLOCK_TIMER_SLACK_NS ? eighth : PVLOCK_TIMER_SLACK_NS);
}

/* Whether the head, overtaken as word says, will hardly be overtaken again: it has to be kicked, if it still sleeps. */
static inline bool pv_is_turn_near(const struct pv_policy *policy, uint32_t word) {
    return policy->overtake_limit != PVLOCK_UNLIMITED_OVERTAKES
        && !pv_is_stalled(word)
        && (int) pv_overtakes(word) >= policy->overtake_limit - (policy->overtake_limit >> 4);
}

/*
 * How many overtakes count of a head that has waited for waited_ns, at least: once its naps are over, one more than all.
 * So it can be seen that the head says so itself, which has been there.
 */
static inline uint32_t pv_overtakes_after(const struct pv_policy *policy, int64_t waited_ns) {
    bool has_time = policy->overtake_ns > 0 && policy->overtake_limit != PVLOCK_UNLIMITED_OVERTAKES;
    return !has_time || waited_ns < pv_nap_ns(policy) ? 0
        : policy->overtake_limit < PVLOCK_LOCK_WORD_MAX_OVERTAKES ? (uint32_t) policy->overtake_limit + 1
        : PVLOCK_LOCK_WORD_MAX_OVERTAKES;
}

/* Whether the turn of the head in word has come by the count of thieves: it may not be there yet. */
static inline bool pv_may_miss_turn(const struct pv_policy *policy, uint32_t word) {
    return pv_locked(word) == 0 && !pv_is_pending(word) && (int) pv_overtakes(word) == policy->overtake_limit;
}

/* Whether a thief may take a free lock whose word is word. */
static inline bool pv_may_overtake(const struct pv_policy *policy, uint32_t word) {
    return !pv_is_pending(word)
        && (pv_tail(word) == 0 || (int) pv_overtakes(word) < policy->overtake_limit || pv_is_stalled(word));
}

#endif
