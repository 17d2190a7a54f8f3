/*
 * Locks in C that processes share: what a C program would use instead. For one source file each, which says where shared and nodes
 * are, and which participant it is.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

union lock {
    _Atomic int word;
    struct {
        _Atomic unsigned next;
        _Alignas(64) _Atomic unsigned serving;
    };
    pthread_mutex_t mutex;
    sem_t semaphore;
    char bytes[128];
};

struct node {
    _Alignas(64) _Atomic int next; /* participant + 1, 0 for none */
    _Atomic int state;
};

static union lock *shared;
static struct node *nodes; /* one for each participant */
static int me;

static void die(const char *what) {
    fprintf(stderr, "%s: participant %d: %s: %s\n", program_invocation_short_name, me, what, strerror(errno));
    exit(1);
}

static void check(int error, const char *what) {
    if (error) {
        errno = error;
        die(what);
    }
}

static inline int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline void pause_cpu(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

/* ---- The locks: each an init, a lock and an unlock. The memory is zero before init. */

static void init_none(void) {}
static inline void lock_none(void) {}
static inline void unlock_none(void) {}

/* One CAS and a release store, the floor of all locks that unlock by a store; contended it spins with pause. */
static void init_spin(void) {}
static inline void lock_spin(void) {
    for (int free = 0; !atomic_compare_exchange_strong_explicit(
                 &shared->word, &free, 1, memory_order_acquire, memory_order_relaxed);
            free = 0) {
        while (atomic_load_explicit(&shared->word, memory_order_relaxed)) {
            pause_cpu();
        }
    }
}
static inline void unlock_spin(void) {
    atomic_store_explicit(&shared->word, 0, memory_order_release);
}

/* Two CAS, the floor of all locks that learn at unlock who waits. */
static void init_cas_cas(void) {}
static inline void lock_cas_cas(void) {
    lock_spin();
}
static inline void unlock_cas_cas(void) {
    int held = 1;
    atomic_compare_exchange_strong(&shared->word, &held, 0);
}

static void init_ticket(void) {}
static inline void lock_ticket(void) {
    unsigned mine = atomic_fetch_add_explicit(&shared->next, 1, memory_order_relaxed);
    while (atomic_load_explicit(&shared->serving, memory_order_acquire) != mine) {
        pause_cpu();
    }
}
static inline void unlock_ticket(void) {
    unsigned mine = atomic_load_explicit(&shared->serving, memory_order_relaxed);
    atomic_store_explicit(&shared->serving, mine + 1, memory_order_release);
}

/* MCS; with park it spins for about the cost of a sleep and a wake-up, then sleeps. */
enum { WAIT, GRANTED, ASLEEP, PARK_AFTER_NS = 5000 };

static void futex(_Atomic int *word, int op, int value) {
    syscall(SYS_futex, word, op, value, NULL, NULL, 0);
}

static inline void mcs_lock(int park) {
    struct node *mine = &nodes[me];
    atomic_store_explicit(&mine->next, 0, memory_order_relaxed);
    atomic_store_explicit(&mine->state, WAIT, memory_order_relaxed);
    int prev = atomic_exchange_explicit(&shared->word, me + 1, memory_order_acq_rel);
    if (!prev) {
        return;
    }
    atomic_store_explicit(&nodes[prev - 1].next, me + 1, memory_order_release);
    int64_t until = park ? now_ns() + PARK_AFTER_NS : INT64_MAX;
    while (atomic_load_explicit(&mine->state, memory_order_acquire) != GRANTED) {
        if (!park || now_ns() < until) {
            pause_cpu();
        } else {
            int waiting = WAIT;
            atomic_compare_exchange_strong(&mine->state, &waiting, ASLEEP);
            futex(&mine->state, FUTEX_WAIT, ASLEEP);
        }
    }
}
static inline void mcs_unlock(int park) {
    struct node *mine = &nodes[me];
    int last = me + 1, next = atomic_load_explicit(&mine->next, memory_order_acquire);
    if (!next) {
        if (atomic_compare_exchange_strong(&shared->word, &last, 0)) {
            return;
        }
        while (!(next = atomic_load_explicit(&mine->next, memory_order_acquire))) {
            pause_cpu();
        }
    }
    _Atomic int *state = &nodes[next - 1].state;
    if (!park) {
        atomic_store_explicit(state, GRANTED, memory_order_release);
    } else if (atomic_exchange_explicit(state, GRANTED, memory_order_acq_rel) == ASLEEP) {
        futex(state, FUTEX_WAKE, 1);
    }
}
static void init_mcs(void) {}
static inline void lock_mcs(void) { mcs_lock(0); }
static inline void unlock_mcs(void) { mcs_unlock(0); }
static void init_mcs_park(void) {}
static inline void lock_mcs_park(void) { mcs_lock(1); }
static inline void unlock_mcs_park(void) { mcs_unlock(1); }

static void init_mutex(int robust, int protocol) {
    pthread_mutexattr_t a;
    check(pthread_mutexattr_init(&a), "pthread_mutexattr_init");
    check(pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED), "pthread_mutexattr_setpshared");
    check(pthread_mutexattr_setrobust(&a, robust), "pthread_mutexattr_setrobust");
    check(pthread_mutexattr_setprotocol(&a, protocol), "pthread_mutexattr_setprotocol");
    check(pthread_mutex_init(&shared->mutex, &a), "pthread_mutex_init");
}
static inline void lock_mutex(void) {
    check(pthread_mutex_lock(&shared->mutex), "pthread_mutex_lock");
}
static inline void unlock_mutex(void) {
    check(pthread_mutex_unlock(&shared->mutex), "pthread_mutex_unlock");
}
static void init_pthread(void) { init_mutex(PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE); }
static void init_robust(void) { init_mutex(PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE); }
static void init_pi(void) { init_mutex(PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT); }
#define lock_pthread lock_mutex
#define unlock_pthread unlock_mutex
#define lock_robust lock_mutex
#define unlock_robust unlock_mutex
#define lock_pi lock_mutex
#define unlock_pi unlock_mutex

static void init_semaphore(void) {
    check(sem_init(&shared->semaphore, 1, 1) ? errno : 0, "sem_init");
}
static inline void lock_semaphore(void) {
    while (sem_wait(&shared->semaphore)) {
    }
}
static inline void unlock_semaphore(void) {
    sem_post(&shared->semaphore);
}
