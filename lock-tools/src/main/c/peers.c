/*
 * What a C program would use instead, as participants of the bench: one process each, driven through standard input and the
 * board, a mapped file. Usage: peers BOARD INDEX. The layout and the protocol are those of BoardDescriptor.java and BenchWorker.java.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "locks.h"

enum { MAX_PARTICIPANTS = 256, BUCKETS = 4608, EXACT = 256, PAIRS = 1000, WATCHDOG_S = 300 };

struct record {
    int64_t acquisitions, longest_ns, cpu_ns, voluntary, involuntary, most_passed;
    int64_t aside_ns; /* none: there is one thread */
    int64_t unused;
    int64_t buckets[BUCKETS];
};

struct board {
    _Alignas(64) _Atomic int arrived;
    _Alignas(64) _Atomic int64_t start_ns;
    int64_t from_ns, end_ns;
    _Alignas(64) _Atomic int done;
    _Atomic int past;
    _Alignas(64) volatile int64_t counter; /* guarded by the lock: whoever is not alone loses an increment */
    _Alignas(64) _Atomic int64_t owner;
    int64_t released_ns;
    _Alignas(128) union lock lock;
    struct node nodes[MAX_PARTICIPANTS];
    struct record records[];
};
_Static_assert(offsetof(struct board, lock) == 384 && offsetof(struct board, nodes) == 512, "BoardDescriptor.java");
_Static_assert(offsetof(struct board, records) == 16896 && sizeof(struct record) == 36928, "BoardDescriptor.java");

static struct board *board;
static int participants;

static inline void spin_until(int64_t ns) {
    while (now_ns() < ns) {
        pause_cpu();
    }
}

/* ---- What a participant does with its lock. Inlined for each, so that no lock pays for a call through a pointer. */

struct run {
    int64_t hold_ns, think_ns, from_ns, end_ns, acquisitions, longest_ns, most_passed, own;
    int64_t buckets[BUCKETS];
    struct rusage before, after;
};
static struct run run;

/* From now on it is measured. */
static void begin_run(void) {
    getrusage(RUSAGE_SELF, &run.before);
}

/* All is measured. */
static void end_run(void) {
    getrusage(RUSAGE_SELF, &run.after);
    atomic_fetch_add(&board->past, 1);
}

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

INLINED hold(int64_t got) {
    if (run.hold_ns) {
        spin_until(got + run.hold_ns);
    }
}

INLINED think(void) {
    if (run.think_ns) {
        spin_until(now_ns() + run.think_ns);
    }
}

INLINED leave(void (*unlock)(void), int64_t asked, int64_t got) {
    int64_t seen = board->counter;
    if (run.own >= 0 && seen - run.own > run.most_passed) {
        run.most_passed = seen - run.own;
    }
    hold(got);
    board->counter = run.own = seen + 1;
    unlock();
    record(got - asked);
    run.acquisitions += got < run.end_ns;
    think();
}

INLINED leave_unmeasured(void (*unlock)(void), int64_t got) {
    hold(got);
    unlock();
    think();
}

/* What goes before and after, and why: CellLoop.java. */
INLINED contend(void (*lock)(void), void (*unlock)(void)) {
    int64_t asked, got;
    run.own = -1;
    while ((asked = now_ns()) < run.from_ns) {
        lock();
        if ((got = now_ns()) < run.from_ns) {
            leave_unmeasured(unlock, got);
        } else {
            leave(unlock, asked, got);
        }
    }
    begin_run();
    do {
        asked = now_ns();
        lock();
        got = now_ns();
        leave(unlock, asked, got);
    } while (got < run.end_ns);
    end_run();
    int64_t until = run.end_ns + (run.end_ns - run.from_ns);
    while (atomic_load_explicit(&board->past, memory_order_relaxed) < participants && now_ns() < until) {
        lock();
        leave_unmeasured(unlock, now_ns());
    }
}

/* From just before the unlock of one to the lock held by the other, which was waiting for it already. */
INLINED hand_over(void (*lock)(void), void (*unlock)(void)) {
    int64_t got;
    begin_run();
    do {
        int64_t asked = now_ns();
        lock();
        got = now_ns();
        if (board->released_ns > asked && board->owner != me + 1) {
            record(got - board->released_ns);
            run.acquisitions += got < run.end_ns;
        }
        atomic_store_explicit(&board->owner, me + 1, memory_order_relaxed);
        hold(got);
        board->released_ns = now_ns();
        unlock();
        while (atomic_load_explicit(&board->owner, memory_order_relaxed) == me + 1 && now_ns() < run.end_ns) {
            pause_cpu();
        }
    } while (got < run.end_ns);
    end_run();
}

INLINED pairs(void (*lock)(void), void (*unlock)(void)) {
    int64_t before;
    begin_run();
    do {
        before = now_ns();
        for (int i = 0; i < PAIRS; i++) {
            lock();
            unlock();
        }
        record(now_ns() - before);
        run.acquisitions += PAIRS;
    } while (before < run.end_ns);
    end_run();
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
    run.from_ns = board->from_ns;
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
    peer->run(mode);
    struct record *r = &board->records[me];
    r->acquisitions = run.acquisitions;
    r->longest_ns = run.longest_ns;
    r->most_passed = run.most_passed;
    r->cpu_ns = cpu_ns(&run.after) - cpu_ns(&run.before);
    r->voluntary = run.after.ru_nvcsw - run.before.ru_nvcsw;
    r->involuntary = run.after.ru_nivcsw - run.before.ru_nivcsw;
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
    participants = (int) ((file.st_size - offsetof(struct board, records)) / sizeof(struct record));
    shared = &board->lock;
    nodes = board->nodes;
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
