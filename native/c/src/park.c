/*
 * pv_wait and pv_kick by futex on the slot's park word, a sticky permit: io.pvlock.internal.slot.FutexParker. Nobody in C
 * sleeps as a virtual thread does.
 *
 * A waiter sleeps on two words at once, its own and the sentinel of the participant it depends on, so the kernel itself
 * wakes it when that participant dies. The kernel wakes one waiter for each death, and that one wakes the others that
 * sleep on the same sentinel: the kernel knows who depends on whom. Every sleep is bounded, in case that waiter is killed
 * in turn; io.pvlock.core.Patience says for how long.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "region.h"
#include "vcpu.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

/* A shorter sleep is not told to those who ask about long waits. */
#define LONG_SLEEP_NS 10000000

/* struct futex_waitv of newer kernels. */
struct waitv {
    uint64_t value;
    uint64_t address;
    uint32_t flags;
    uint32_t reserved;
};

#define FUTEX_32_BITS 2

static uint32_t park_at(struct pv_core *core, int vcpu) {
    return pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_PARK_OFFSET;
}

/* Whether the kernel can wait on two words: Linux 5.16 or newer, and no seccomp profile forbids it. */
static bool waitv_supported(void) {
    static _Atomic int known;
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (answer == 0) {
        /* No words at all is an invalid argument to a kernel that knows the call, and changes nothing. */
        answer = syscall(SYS_futex_waitv, NULL, 0, 0, NULL, 0) < 0 && errno == EINVAL ? 1 : 2;
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer == 1;
}

static struct timespec timespec_of(int64_t ns) {
    /* The kernel refuses negative times; zero has passed as well. */
    int64_t positive = ns < 0 ? 0 : ns;
    return (struct timespec) {positive / 1000000000, positive % 1000000000};
}

/*
 * Waits while the word holds expected, until woken or until wake_at of CLOCK_MONOTONIC. Never private: wakers are of
 * other processes.
 */
static void wait_on(unsigned char *base, uint32_t word, uint32_t expected, int64_t wake_at_ns) {
    struct timespec wake_at = timespec_of(wake_at_ns);
    while (syscall(SYS_futex, base + word, FUTEX_WAIT_BITSET, expected, &wake_at, NULL, FUTEX_BITSET_MATCH_ANY) < 0
            && errno == EINTR) {
        /* A signal is no reason. */
    }
}

/* Waits while both words hold what is expected of them. */
static void wait_on_either(
        unsigned char *base, uint32_t a, uint32_t expected_a, uint32_t b, uint32_t expected_b, int64_t wake_at_ns) {
    struct timespec wake_at = timespec_of(wake_at_ns);
    struct waitv words[2] = {
        {expected_a, (uintptr_t) (base + a), FUTEX_32_BITS, 0},
        {expected_b, (uintptr_t) (base + b), FUTEX_32_BITS, 0},
    };
    while (syscall(SYS_futex_waitv, words, 2, 0, &wake_at, CLOCK_MONOTONIC) < 0 && errno == EINTR) {
        /* A signal is no reason. */
    }
}

/* Whether who sleeps need not look whether depends_on lives: the kernel wakes it when that one dies. */
static bool is_told(struct pv_core *core, int depends_on) {
    return depends_on < 0
        || (waitv_supported() && pv_slot_status(pv_state(core, depends_on)) == PVLOCK_SLOT_ATTACHED);
}

static void sleep_on(struct pv_core *core, uint32_t park, int depends_on, int64_t wake_at_ns) {
    if (depends_on >= 0 && waitv_supported()) {
        uint32_t word = pv_watch_sentinel(core, depends_on);
        if ((word & PV_SENTINEL_OWNER_DIED) != 0) {
            return;
        }
        if ((word & PV_SENTINEL_TID_MASK) != 0) {
            wait_on_either(core->base, park, PVLOCK_PARK_PARKED, pv_sentinel_at(core, depends_on), word, wake_at_ns);
            return;
        }
    }
    wait_on(core->base, park, PVLOCK_PARK_PARKED, wake_at_ns);
}

/* As the kernel's qspinlock_stat.h: the kicker leaves the time in the target's slot. */
static void count_wake(struct pv_me *me) {
    uint32_t at = me->slot + PVLOCK_VCPU_SLOT_KICKED_AT_OFFSET;
    /* P30 opaque: for statistics, it orders nothing; pairs with P30 in pv_kick. */
    int64_t kicked_at = (int64_t) pv_get64(me->core->base, at);
    if (kicked_at != 0) {
        pv_put64(me->core->base, at, 0); /* P30 opaque; likewise */
        int64_t elapsed = pv_difference(pvlock_now_ns(), kicked_at);
        pv_count(me, PVLOCK_COUNT_PV_KICK_WAKE, 1);
        pv_count(me, PVLOCK_COUNT_PV_LATENCY_WAKE, elapsed > 0 ? elapsed : 0);
    }
}

void pv_park(struct pv_me *me, int depends_on, int64_t deadline_ns) {
    struct pv_core *core = me->core;
    if (depends_on >= 0) {
        pv_slot_at(core, depends_on); /* it exists */
    }
#ifdef PVLOCK_TEST_HOOKS
    if (pvlock_hooks.park != NULL) {
        if (pvlock_hooks.park(me->index, depends_on, deadline_ns) != PVLOCK_HOOK_GO_ON) {
            pvlock_hooks_end();
        }
        return;
    }
#endif
    uint32_t park = park_at(core, me->index);
    /* P6: PARKED before the kernel's last look; pairs with P6 in pv_kick, which changes the same word. If it fails,
       there is a permit. P6 acquire: the permit is taken by an exchange, which always succeeds, and sees what its
       kicker did before. */
    if (!pv_cas32(core->base, park, PVLOCK_PARK_EMPTY, PVLOCK_PARK_PARKED)) {
        pv_swap32(core->base, park, PVLOCK_PARK_EMPTY);
        return;
    }
    int64_t longest_ns = is_told(core, depends_on) ? pv_sleep_ns(me) : pv_first_sleep_ns();
    int64_t sleep_ns = pv_left_ns(deadline_ns, pv_now(), longest_ns);
    /* The kernel's clock, whatever the deadline's is. */
    int64_t wake_at_ns = pv_deadline_after(pvlock_now_ns(), sleep_ns);
    sleep_on(core, park, depends_on, wake_at_ns);
    /* P6 acquire: sees what the kicker did before; pairs with P6 in pv_kick. */
    bool kicked = pv_swap32(core->base, park, PVLOCK_PARK_EMPTY) == PVLOCK_PARK_PERMIT;
    pv_slept(me, !kicked && sleep_ns == longest_ns && pv_difference(wake_at_ns, pvlock_now_ns()) <= 0);
    if (me->numa_node >= 0 && !core->numa_told) {
        pv_set_numa_node(me, pv_current_numa_node()); /* the scheduler moves those who sleep */
    }
    if (kicked) {
        count_wake(me);
    }
    /* Not kicked: it may have died. The notice looks closely, also for what no sentinel tells. */
    if (depends_on >= 0 && (!kicked || pv_dead(core, depends_on))) {
        pv_notice_death(core, depends_on);
    }
    /* A caller that sleeps in short slices counts its long waits itself. */
    if (!kicked && sleep_ns >= LONG_SLEEP_NS) {
        pv_long_wait(me);
    }
}

void pv_kick(struct pv_core *core, int vcpu) {
#ifdef PVLOCK_TEST_HOOKS
    if (pvlock_hooks.kick != NULL) {
        if (pvlock_hooks.kick(vcpu) != PVLOCK_HOOK_GO_ON) {
            pvlock_hooks_end();
        }
        return;
    }
#endif
    uint32_t park = park_at(core, vcpu);
    int64_t now = pvlock_now_ns();
    /* P30 opaque: for statistics, it orders nothing; pairs with P30 in count_wake. */
    pv_put64(core->base, pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_KICKED_AT_OFFSET, (uint64_t) (now == 0 ? 1 : now));
    /* P6 release: what the kicker changed before the permit; pairs with P6 acquire in pv_park. */
    /* Who has a permit may be asleep all the same, in either way: its kicker may have died before the wake. */
    uint32_t before = pv_swap32(core->base, park, PVLOCK_PARK_PERMIT);
    if (before != PVLOCK_PARK_EMPTY) {
        PVLOCK_KILL_POINT(KICK_PUBLISHED, -1);
        if (before != PVLOCK_PARK_PARKED_VIRTUAL) {
            syscall(SYS_futex, core->base + park, FUTEX_WAKE, 1, NULL, NULL, 0);
        }
        if (before != PVLOCK_PARK_PARKED) {
            pv_ring_for(core, vcpu);
        }
    }
}

bool pv_wake_watchers(struct pv_core *core, int vcpu) {
    uint32_t sentinel = pv_sentinel_at(core, vcpu);
    /* P13 acquire: after the kernel's mark, which is in the word. Who is not asleep yet sees it and will not sleep. */
    bool known = waitv_supported() && (pv_load32(core->base, sentinel) & PV_SENTINEL_OWNER_DIED) != 0;
    if (known) {
        syscall(SYS_futex, core->base + sentinel, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    }
    return known;
}

void pv_kick_all(struct pv_core *core) {
#ifdef PVLOCK_TEST_HOOKS
    if (pvlock_hooks.kick_all != NULL) {
        if (pvlock_hooks.kick_all() != PVLOCK_HOOK_GO_ON) {
            pvlock_hooks_end();
        }
        return;
    }
#endif
    /* Also who is not PARKED yet: it may be past its last look. */
    for (int vcpu = 0; vcpu < core->vcpus; vcpu++) {
        /* P6 acquire; pairs with P6 in pv_park */
        if (pv_slot_is_in_use(pv_state(core, vcpu))
                && pv_load32(core->base, park_at(core, vcpu)) != PVLOCK_PARK_PERMIT) {
            pv_kick(core, vcpu);
        }
    }
}
