/*
 * Arithmetic of deadlines, as io.pvlock.core.Deadline has it: instants are compared by their difference, and two values
 * stand for something else than an instant.
 */
#ifndef PVLOCK_DEADLINE_H
#define PVLOCK_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/* Wait for ever. */
#define PV_DEADLINE_NONE INT64_MAX
/* Do not wait for anybody alive. */
#define PV_DEADLINE_NOW INT64_MIN

static inline int64_t pv_difference(int64_t later_ns, int64_t earlier_ns) {
    return (int64_t) ((uint64_t) later_ns - (uint64_t) earlier_ns);
}

/* The deadline timeout_ns after now_ns; NONE for what is longer than half the range. */
static inline int64_t pv_deadline_after(int64_t now_ns, int64_t timeout_ns) {
    if (timeout_ns > INT64_MAX / 2) {
        return PV_DEADLINE_NONE;
    }
    int64_t deadline_ns = (int64_t) ((uint64_t) now_ns + (uint64_t) (timeout_ns < 0 ? 0 : timeout_ns));
    return deadline_ns == PV_DEADLINE_NONE || deadline_ns == PV_DEADLINE_NOW ? PV_DEADLINE_NOW + 1 : deadline_ns;
}

static inline bool pv_is_over(int64_t deadline_ns, int64_t now_ns) {
    return deadline_ns == PV_DEADLINE_NOW
        || (deadline_ns != PV_DEADLINE_NONE && pv_difference(deadline_ns, now_ns) <= 0);
}

/* The one of two deadlines that comes first. */
static inline int64_t pv_earlier(int64_t deadline_ns, int64_t other_ns) {
    if (deadline_ns == PV_DEADLINE_NONE || other_ns == PV_DEADLINE_NOW) {
        return other_ns;
    }
    return other_ns == PV_DEADLINE_NONE || deadline_ns == PV_DEADLINE_NOW || pv_difference(deadline_ns, other_ns) < 0
        ? deadline_ns
        : other_ns;
}

/* How long it is from now_ns to the deadline, but at most most_ns; 0 if it is over. */
static inline int64_t pv_left_ns(int64_t deadline_ns, int64_t now_ns, int64_t most_ns) {
    if (deadline_ns == PV_DEADLINE_NONE) {
        return most_ns;
    }
    int64_t left_ns = pv_is_over(deadline_ns, now_ns) ? 0 : pv_difference(deadline_ns, now_ns);
    return left_ns < most_ns ? left_ns : most_ns;
}

#endif
