/*
 * What a C program would use instead, as participants of the bench: one process each, driven through standard input and the
 * board, a mapped file. Usage: peers BOARD INDEX. The layout and the protocol are those of BoardDescriptor.java and BenchWorker.java.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PARTICIPANTS = 256, BUCKETS = 4608, EXACT = 256, PAIRS = 1000, WATCHDOG_S = 300 };

struct node {
    _Alignas(64) _Atomic int next; /* participant + 1, 0 for none */
    _Atomic int state;
};

struct record {
    int64_t acquisitions, longest_ns, cpu_ns, voluntary, involuntary, most_passed;
    int64_t unused[2];
    int64_t buckets[BUCKETS];
};

struct board {
    _Alignas(64) _Atomic int arrived;
    _Alignas(64) _Atomic int64_t start_ns;
    int64_t end_ns;
    _Alignas(64) _Atomic int done;
    _Alignas(64) volatile int64_t counter; /* guarded by the lock: whoever is not alone loses an increment */
    _Alignas(64) _Atomic int64_t owner;
    int64_t released_ns;
    _Alignas(128) union {
        _Atomic int word;
        struct {
            _Atomic unsigned next;
            _Alignas(64) _Atomic unsigned serving;
        };
        pthread_mutex_t mutex;
        sem_t semaphore;
        char bytes[128];
    } lock;
    struct node nodes[MAX_PARTICIPANTS];
    struct record records[];
};
_Static_assert(offsetof(struct board, lock) == 384 && offsetof(struct board, nodes) == 512, "BoardDescriptor.java");
_Static_assert(offsetof(struct board, records) == 16896 && sizeof(struct record) == 36928, "BoardDescriptor.java");

static struct board *board;
static int me;

static void die(const char *what) {
    fprintf(stderr, "peers: participant %d: %s: %s\n", me, what, strerror(errno));
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

static inline void spin_until(int64_t ns) {
    while (now_ns() < ns) {
        pause_cpu();
    }
}

/* ---- The locks: each an init, a lock and an unlock. The memory is zero before init. */

static void init_none(void) {}
static inline void lock_none(void) {}
static inline void unlock_none(void) {}

/* One CAS and a release store, the floor of all locks that unlock by a store; contended it spins with pause. */
static void init_spin(void) {}
static inline void lock_spin(void) {
    for (int free = 0; !atomic_compare_exchange_strong_explicit(
                 &board->lock.word, &free, 1, memory_order_acquire, memory_order_relaxed);
            free = 0) {
        while (atomic_load_explicit(&board->lock.word, memory_order_relaxed)) {
            pause_cpu();
        }
    }
}
static inline void unlock_spin(void) {
    atomic_store_explicit(&board->lock.word, 0, memory_order_release);
}

/* Two CAS, the floor of all locks that learn at unlock who waits. */
static void init_cas_cas(void) {}
static inline void lock_cas_cas(void) {
    lock_spin();
}
static inline void unlock_cas_cas(void) {
    int held = 1;
    atomic_compare_exchange_strong(&board->lock.word, &held, 0);
}

static void init_ticket(void) {}
static inline void lock_ticket(void) {
    unsigned mine = atomic_fetch_add_explicit(&board->lock.next, 1, memory_order_relaxed);
    while (atomic_load_explicit(&board->lock.serving, memory_order_acquire) != mine) {
        pause_cpu();
    }
}
static inline void unlock_ticket(void) {
    unsigned mine = atomic_load_explicit(&board->lock.serving, memory_order_relaxed);
    atomic_store_explicit(&board->lock.serving, mine + 1, memory_order_release);
}

/* MCS; with park it spins for about the cost of a sleep and a wake-up, then sleeps. */
enum { WAIT, GRANTED, ASLEEP, PARK_AFTER_NS = 5000 };

static void futex(_Atomic int *word, int op, int value) {
    syscall(SYS_futex, word, op, value, NULL, NULL, 0);
}

static inline void mcs_lock(int park) {
    struct node *mine = &board->nodes[me];
    atomic_store_explicit(&mine->next, 0, memory_order_relaxed);
    atomic_store_explicit(&mine->state, WAIT, memory_order_relaxed);
    int prev = atomic_exchange_explicit(&board->lock.word, me + 1, memory_order_acq_rel);
    if (!prev) {
        return;
    }
    atomic_store_explicit(&board->nodes[prev - 1].next, me + 1, memory_order_release);
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
    struct node *mine = &board->nodes[me];
    int last = me + 1, next = atomic_load_explicit(&mine->next, memory_order_acquire);
    if (!next) {
        if (atomic_compare_exchange_strong(&board->lock.word, &last, 0)) {
            return;
        }
        while (!(next = atomic_load_explicit(&mine->next, memory_order_acquire))) {
            pause_cpu();
        }
    }
    _Atomic int *state = &board->nodes[next - 1].state;
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
    check(pthread_mutex_init(&board->lock.mutex, &a), "pthread_mutex_init");
}
static inline void lock_mutex(void) {
    check(pthread_mutex_lock(&board->lock.mutex), "pthread_mutex_lock");
}
static inline void unlock_mutex(void) {
    check(pthread_mutex_unlock(&board->lock.mutex), "pthread_mutex_unlock");
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
    check(sem_init(&board->lock.semaphore, 1, 1) ? errno : 0, "sem_init");
}
static inline void lock_semaphore(void) {
    while (sem_wait(&board->lock.semaphore)) {
    }
}
static inline void unlock_semaphore(void) {
    sem_post(&board->lock.semaphore);
}

/* ---- What a participant does with its lock. Inlined for each, so that no lock pays for a call through a pointer. */

struct run {
    int64_t hold_ns, think_ns, end_ns, acquisitions, longest_ns, most_passed;
    int64_t buckets[BUCKETS];
};
static struct run run;

/* The same buckets as HdrHistogram's with two digits: exact below 256, then 128 for each doubling. */
static inline void record(int64_t ns) {
    int64_t bucket = ns;
    if (ns >= EXACT) {
        int shift = 63 - __builtin_clzll((unsigned long long) ns) - 7;
        bucket = EXACT + (shift - 1) * (EXACT / 2) + ((ns >> shift) - EXACT / 2);
    }
    run.buckets[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    if (ns > run.longest_ns) {
        run.longest_ns = ns;
    }
}

#define INLINED static inline __attribute__((always_inline)) void

INLINED contend(void (*lock)(void), void (*unlock)(void)) {
    int64_t got, own = -1;
    do {
        int64_t asked = now_ns();
        lock();
        got = now_ns();
        int64_t seen = board->counter;
        if (own >= 0 && seen - own > run.most_passed) {
            run.most_passed = seen - own;
        }
        if (run.hold_ns) {
            spin_until(got + run.hold_ns);
        }
        board->counter = own = seen + 1;
        unlock();
        record(got - asked);
        run.acquisitions += got < run.end_ns;
        if (run.think_ns) {
            spin_until(now_ns() + run.think_ns);
        }
    } while (got < run.end_ns);
}

/* From just before the unlock of one to the lock held by the other, which was waiting for it already. */
INLINED hand_over(void (*lock)(void), void (*unlock)(void)) {
    int64_t got;
    do {
        int64_t asked = now_ns();
        lock();
        got = now_ns();
        if (board->released_ns > asked && board->owner != me + 1) {
            record(got - board->released_ns);
            run.acquisitions += got < run.end_ns;
        }
        atomic_store_explicit(&board->owner, me + 1, memory_order_relaxed);
        if (run.hold_ns) {
            spin_until(got + run.hold_ns);
        }
        board->released_ns = now_ns();
        unlock();
        while (atomic_load_explicit(&board->owner, memory_order_relaxed) == me + 1 && now_ns() < run.end_ns) {
            pause_cpu();
        }
    } while (got < run.end_ns);
}

INLINED pairs(void (*lock)(void), void (*unlock)(void)) {
    int64_t before;
    do {
        before = now_ns();
        for (int i = 0; i < PAIRS; i++) {
            lock();
            unlock();
        }
        record(now_ns() - before);
        run.acquisitions += PAIRS;
    } while (before < run.end_ns);
}

#define PEERS(P) \
    P(none, "c-none") P(spin, "c-spin") P(cas_cas, "c-cas-cas") P(ticket, "c-ticket") P(mcs, "c-mcs") \
    P(mcs_park, "c-mcs-park") P(pthread, "c-pthread") P(robust, "c-robust") P(pi, "c-pi") P(semaphore, "c-semaphore")

#define DEFINE(id, name) \
    static void run_##id(const char *mode) { \
        switch (mode[0]) { \
        case 'C': contend(lock_##id, unlock_##id); break; \
        case 'H': hand_over(lock_##id, unlock_##id); break; \
        case 'U': pairs(lock_##id, unlock_##id); break; \
        } \
    }
PEERS(DEFINE)

static const struct peer {
    const char *name;
    void (*init)(void);
    void (*run)(const char *mode);
} peers[] = {
#define ENTRY(id, name) {name, init_##id, run_##id},
        PEERS(ENTRY)};

/* ---- The protocol */

static void sleep_until(int64_t ns) {
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
    }
}

static void await_start(void) {
    atomic_fetch_add(&board->arrived, 1);
    while (!atomic_load_explicit(&board->start_ns, memory_order_acquire)) {
        sleep_until(now_ns() + 500000);
    }
    sleep_until(board->start_ns);
    run.end_ns = board->end_ns;
}

static int64_t cpu_ns(const struct rusage *u) {
    return (u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1000000000LL + (u->ru_utime.tv_usec + u->ru_stime.tv_usec) * 1000LL;
}

static void run_cell(const struct peer *peer, const char *mode, int64_t hold_ns, int64_t think_ns) {
    memset(&run, 0, sizeof run);
    run.hold_ns = hold_ns;
    run.think_ns = think_ns;
    if (me == 0) {
        peer->init();
    }
    await_start();
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    peer->run(mode);
    getrusage(RUSAGE_SELF, &after);
    struct record *r = &board->records[me];
    r->acquisitions = run.acquisitions;
    r->longest_ns = run.longest_ns;
    r->most_passed = run.most_passed;
    r->cpu_ns = cpu_ns(&after) - cpu_ns(&before);
    r->voluntary = after.ru_nvcsw - before.ru_nvcsw;
    r->involuntary = after.ru_nivcsw - before.ru_nivcsw;
    memcpy(r->buckets, run.buckets, sizeof run.buckets);
    atomic_fetch_add(&board->done, 1);
}

static const struct peer *find(const char *name) {
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        if (!strcmp(peers[i].name, name)) {
            return &peers[i];
        }
    }
    errno = EINVAL;
    die(name);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: peers BOARD INDEX\n");
        return 2;
    }
    me = atoi(argv[2]);
    int fd = open(argv[1], O_RDWR);
    struct stat file;
    if (fd < 0 || fstat(fd, &file)) {
        die(argv[1]);
    }
    board = mmap(NULL, file.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (board == MAP_FAILED) {
        die("mmap");
    }
    atomic_fetch_add(&board->arrived, 1);
    char line[256], mode[32], name[64];
    long long hold_ns, think_ns;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%31s %63s %lld %lld", mode, name, &hold_ns, &think_ns) != 4) {
            errno = EINVAL;
            die(line);
        }
        alarm(WATCHDOG_S); /* if the driver is gone */
        run_cell(find(name), mode, hold_ns, think_ns);
        alarm(0);
    }
    return 0;
}
