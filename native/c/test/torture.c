/*
 * A worker of pvlock torture in C, beside those in Java: it does what TortureWorker.java and TortureThread.java do,
 * keeps the same records on the same board, and checks the same. Its parent is the same, too.
 *
 * usage: torture region processes threads locks seed busted serial; begins when it reads its index, an int, from
 * standard input
 */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pvlock.h"
#include "pvlock_layout.h"
#include "torture_board.h"

enum { HOT_LOCKS = 8, MAX_LOCKS = 1000, TOLD_VIOLATIONS = 5 };
enum { BUSTED_ONE_IN = 20, REST_ONE_IN = 60, DETACH_ONE_IN = 5000 };

#define MAX_REST_NS INT64_C(10000000)
#define PHASE_POLL_NS INT64_C(500000)
#define BEAT_NS INT64_C(5000000)
enum { BEATS_PER_INTERRUPT = 4, BEATS_PER_MOVE = 20 };

/* A worker's thread. */
struct torturer {
    int number;
    int64_t inmate;
    uint64_t random;
    unsigned char *record;
    pthread_t thread;
    _Atomic pid_t tid;
    /* Guards vcpu, which the pest cancels. */
    pthread_mutex_t mutex;
    pvlock_vcpu *vcpu;
};

static struct {
    const char *path;
    int threads;
    int locks;
    int64_t seed;
    bool busted;
    int serial;
} job;

static pvlock_region *region;
static unsigned char *board;
static const unsigned char *slots;
static pthread_mutex_t finding = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(pvlock_t *) handles[MAX_LOCKS];

/* ---- small things */

static int64_t now_ns(void) {
    return pvlock_now_ns();
}

static uint64_t draw(uint64_t *random) {
    uint64_t z = *random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Below bound. */
static int64_t below(uint64_t *random, int64_t bound) {
    return (int64_t) (draw(random) % (uint64_t) bound);
}

static void nap(int64_t ns) {
    struct timespec time = {ns / 1000000000, ns % 1000000000};
    nanosleep(&time, NULL);
}

static _Noreturn void fail(const char *what, int outcome) {
    const char *why = pvlock_strerror(outcome);
    fprintf(stderr, "torture: process #%d: %s: %s: %s\n", job.serial, what, why, pvlock_error_detail());
    _exit(1);
}

/* ---- the board: as ThreadRecord.java and LockRecord.java, whose labels these are */

static int64_t get(const unsigned char *at) {
    return atomic_load_explicit((const _Atomic int64_t *) (const void *) at, memory_order_relaxed);
}

static void put(unsigned char *at, int64_t value) {
    atomic_store_explicit((_Atomic int64_t *) (void *) at, value, memory_order_relaxed);
}

static int64_t acquire(const unsigned char *at) {
    return atomic_load_explicit((const _Atomic int64_t *) (const void *) at, memory_order_acquire);
}

static void release(unsigned char *at, int64_t value) {
    atomic_store_explicit((_Atomic int64_t *) (void *) at, value, memory_order_release);
}

static unsigned char *lock_record(int lock) {
    return board + PVLOCK_TORTURE_LOCKS_OFFSET + lock * PVLOCK_TORTURE_LOCK_LENGTH;
}

static unsigned char *word_at(int lock, int word) {
    return lock_record(lock) + PVLOCK_TORTURE_WORDS_OFFSET + word * PVLOCK_TORTURE_WORD_LENGTH;
}

static void count(struct torturer *me, int counter) {
    put(me->record + counter, get(me->record + counter) + 1);
}

static void near(struct torturer *me, int depth, int lock_plus_one) {
    put(me->record + PVLOCK_TORTURE_NEAR_OFFSET + depth * 8, lock_plus_one);
}

static void holds(struct torturer *me, int more) {
    put(me->record + PVLOCK_TORTURE_HOLDS_OFFSET, get(me->record + PVLOCK_TORTURE_HOLDS_OFFSET) + more);
}

static void violation(struct torturer *me, int lock, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void violation(struct torturer *me, int lock, const char *format, ...) {
    count(me, PVLOCK_TORTURE_VIOLATIONS_OFFSET);
    if (get(me->record + PVLOCK_TORTURE_VIOLATIONS_OFFSET) > TOLD_VIOLATIONS) {
        return; /* the first few tell the story */
    }
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&finding);
    fprintf(stderr, "torture: violation: lock torture-%d, process #%d (C) thread %d: ", lock, job.serial, me->number);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    pthread_mutex_unlock(&finding);
    va_end(arguments);
}

/* ---- the critical section, see CriticalSection.java */

static bool words_are_equal(int lock) {
    for (int i = 1; i < PVLOCK_TORTURE_WORDS; i++) {
        if (get(word_at(lock, i)) != get(word_at(lock, 0))) {
            return false;
        }
    }
    return true;
}

static void repair_words(int lock) {
    int64_t greatest = get(word_at(lock, 0));
    for (int i = 1; i < PVLOCK_TORTURE_WORDS; i++) {
        greatest = get(word_at(lock, i)) > greatest ? get(word_at(lock, i)) : greatest;
    }
    for (int i = 0; i < PVLOCK_TORTURE_WORDS; i++) {
        put(word_at(lock, i), greatest);
    }
}

static void dawdle(int64_t ns) {
    if (ns >= 1000000) {
        nap(ns);
    } else if (ns > 0) {
        for (int64_t begin = now_ns(); now_ns() - begin < ns;) {
            /* spins */
        }
    }
}

static void add_recovery(int64_t ns) {
    /* T4 */
    int64_t number = atomic_fetch_add((_Atomic int64_t *) (void *) (board + PVLOCK_TORTURE_SAMPLE_COUNT_OFFSET), 1);
    put(board + PVLOCK_TORTURE_SAMPLES_OFFSET + number % PVLOCK_TORTURE_MAX_SAMPLES * 8, ns);
}

static void check_former(struct torturer *me, int lock, int64_t inside, bool owner_died, int64_t waited_since_ns) {
    int serial = (int) (inside >> 16);
    int thread = (int) (inside & 0xffff);
    if (!owner_died) {
        violation(me, lock, "process #%d thread %d is inside as well", serial, thread);
        return;
    }
    /* T3 acquire */
    int64_t killed_ns = acquire(board + PVLOCK_TORTURE_KILLED_NS_OFFSET + serial % PVLOCK_TORTURE_MAX_SERIALS * 8);
    if (killed_ns == 0) {
        violation(me, lock, "process #%d thread %d was taken for dead and has not been killed", serial, thread);
    } else if (
        acquire(board + PVLOCK_TORTURE_LAST_SIGNAL_NS_OFFSET) - (killed_ns + 1) < 0 /* T2 acquire */
        && get(board + PVLOCK_TORTURE_STOPPED_OFFSET) == 0) {
        add_recovery(now_ns() - (killed_ns - waited_since_ns > 0 ? killed_ns : waited_since_ns));
    }
}

static void go_in(struct torturer *me, int lock, pvlock_t *handle, bool owner_died, int64_t waited_since_ns) {
    unsigned char *record = lock_record(lock);
    int64_t inside = get(record + PVLOCK_TORTURE_INSIDE_OFFSET);
    if (inside != 0) {
        check_former(me, lock, inside, owner_died, waited_since_ns);
    }
    put(record + PVLOCK_TORTURE_INSIDE_OFFSET, me->inmate);
    put(record + PVLOCK_TORTURE_HELD_SINCE_NS_OFFSET, now_ns());
    if (!owner_died && !words_are_equal(lock)) {
        violation(me, lock, "the words differ, and no owner died");
    }
    if (handle && (owner_died || below(&me->random, 2) == 0)) {
        int64_t token;
        int outcome = pvlock_token(handle, me->vcpu, &token);
        if (outcome != PVLOCK_OK) {
            fail("token", outcome);
        }
        if (token <= get(record + PVLOCK_TORTURE_LAST_TOKEN_OFFSET)) {
            int64_t last = get(record + PVLOCK_TORTURE_LAST_TOKEN_OFFSET);
            violation(me, lock, "fencing token %" PRId64 " after %" PRId64, token, last);
        }
        put(record + PVLOCK_TORTURE_LAST_TOKEN_OFFSET, token);
    }
    if (owner_died) {
        /* Now and then slowly: a repairer may be killed, too. */
        dawdle(below(&me->random, 8) == 0 ? 20000000 : 0);
        repair_words(lock);
        int outcome = pvlock_consistent(handle, me->vcpu);
        if (outcome != PVLOCK_OK) {
            fail("consistent", outcome);
        }
        count(me, PVLOCK_TORTURE_REPAIRS_OFFSET);
    }
}

static void work(struct torturer *me, int lock, int64_t hold_ns) {
    int64_t next = get(word_at(lock, 0)) + 1;
    int middle = (int) below(&me->random, PVLOCK_TORTURE_WORDS + 1);
    for (int i = 0; i < middle; i++) {
        put(word_at(lock, i), next);
    }
    dawdle(hold_ns);
    for (int i = middle; i < PVLOCK_TORTURE_WORDS; i++) {
        put(word_at(lock, i), next);
    }
}

static void go_out(struct torturer *me, int lock) {
    unsigned char *inside = lock_record(lock) + PVLOCK_TORTURE_INSIDE_OFFSET;
    if (get(inside) != me->inmate) {
        violation(me, lock, "somebody came in: %" PRIx64, get(inside));
    } else if (!words_are_equal(lock)) {
        violation(me, lock, "the words differ, somebody else changed them");
    }
    put(inside, 0);
}

/* ---- rounds, see TortureThread.java */

static int64_t hold_ns(struct torturer *me) {
    int64_t dice = below(&me->random, 100000);
    return dice < 80000   ? 0
         : dice < 99000   ? below(&me->random, 10000)
         : dice < 99990   ? below(&me->random, 200000)
                          : below(&me->random, 100000000);
}

static int64_t patience_ns(struct torturer *me) {
    static const int64_t longest[] = {1, 20000, 2000000, 100000000};
    return below(&me->random, longest[below(&me->random, 4)]);
}

static int choose_lock(struct torturer *me, int first) {
    int hot = job.locks < HOT_LOCKS ? job.locks : HOT_LOCKS;
    int end = below(&me->random, 2) == 0 && first < hot ? hot : job.locks;
    return first + (int) below(&me->random, end - first);
}

/* Each process waits in each lock in a way of its own. */
static pvlock_t *handle_of(int lock) {
    pvlock_t *handle = handles[lock];
    if (!handle) {
        uint64_t random = (uint64_t) (job.seed + 31 * job.serial + 1009 * lock);
        int64_t dice = below(&random, 32);
        pvlock_lock_options options = PVLOCK_LOCK_OPTIONS_INIT;
        options.must_exist = true;
        options.wait_mode = dice == 0  ? PVLOCK_WAIT_SPIN
                          : dice == 1  ? PVLOCK_WAIT_YIELD
                          : dice < 8   ? PVLOCK_WAIT_PARK
                                       : PVLOCK_WAIT_AUTO;
        char name[32];
        int length = snprintf(name, sizeof name, "torture-%d", lock);
        int outcome = pvlock_find(region, name, (size_t) length, &options, &handle);
        if (outcome != PVLOCK_OK) {
            fail(name, outcome);
        }
        pvlock_t *none = NULL;
        if (!atomic_compare_exchange_strong(&handles[lock], &none, handle)) {
            pvlock_forget(handle);
            handle = none;
        }
    }
    return handle;
}

static int attempt(struct torturer *me, pvlock_t *handle) {
    int outcome;
    switch (below(&me->random, 4)) {
    case 0:
        outcome = pvlock_trylock(handle, me->vcpu);
        break;
    case 1:
        outcome = pvlock_timedlock_ns(handle, me->vcpu, now_ns() + patience_ns(me));
        break;
    default:
        outcome = pvlock_lock(handle, me->vcpu);
    }
    if (outcome == PVLOCK_CANCELLED) {
        pvlock_uncancel(me->vcpu);
    } else if (!pvlock_is_held(outcome) && outcome != PVLOCK_BUSY && outcome != PVLOCK_TIMED_OUT) {
        fail("lock", outcome);
    }
    return outcome;
}

/* A lock that is held; without a handle if it was only pretended to be taken. */
struct hold {
    bool held;
    int lock;
    pvlock_t *handle;
};

static struct hold take(struct torturer *me, int depth, int lock) {
    int64_t begin = now_ns();
    if (job.busted && below(&me->random, BUSTED_ONE_IN) == 0) {
        go_in(me, lock, NULL, false, begin);
        return (struct hold){true, lock, NULL};
    }
    pvlock_t *handle = handle_of(lock);
    near(me, depth, lock + 1);
    put(me->record + PVLOCK_TORTURE_WAITING_SINCE_NS_OFFSET, begin);
    release(me->record + PVLOCK_TORTURE_WAITING_FOR_OFFSET, lock + 1); /* T5 release */
    int outcome = attempt(me, handle);
    release(me->record + PVLOCK_TORTURE_WAITING_FOR_OFFSET, 0); /* T5 release */
    if (!pvlock_is_held(outcome)) {
        near(me, depth, 0);
        return (struct hold){false, lock, NULL};
    }
    holds(me, 1);
    go_in(me, lock, handle, outcome == PVLOCK_OWNER_DIED, begin);
    count(me, PVLOCK_TORTURE_ACQUISITIONS_OFFSET);
    return (struct hold){true, lock, handle};
}

static void give_back(struct torturer *me, int depth, struct hold hold) {
    go_out(me, hold.lock);
    if (hold.handle) {
        holds(me, -1);
        int outcome = pvlock_unlock(hold.handle, me->vcpu);
        if (outcome != PVLOCK_OK) {
            fail("unlock", outcome);
        }
        near(me, depth, 0);
    }
}

/* One lock, or two in the order of their indices: any other order would be a deadlock of our own making. */
static void one_round(struct torturer *me) {
    int first = choose_lock(me, 0);
    struct hold hold = take(me, 0, first);
    if (!hold.held) {
        return;
    }
    if (first + 1 < job.locks && below(&me->random, 10) == 0) {
        struct hold inner = take(me, 1, choose_lock(me, first + 1));
        if (inner.held) {
            work(me, inner.lock, hold_ns(me));
            give_back(me, 1, inner);
        }
    }
    work(me, hold.lock, hold_ns(me));
    give_back(me, 0, hold);
}

/* Whether to go on with another vCPU. */
static bool run(struct torturer *me) {
    int vcpu = pvlock_vcpu_index(me->vcpu);
    put(me->record + PVLOCK_TORTURE_SLOT_STATE_OFFSET,
        get(slots + (int64_t) vcpu * PVLOCK_VCPU_SLOT_LENGTH + PVLOCK_VCPU_SLOT_STATE_OFFSET));
    put(me->record + PVLOCK_TORTURE_VCPU_OFFSET, vcpu);
    for (;;) {
        int64_t phase = acquire(board + PVLOCK_TORTURE_PHASE_OFFSET); /* T1 acquire */
        if (phase == PVLOCK_TORTURE_EXIT) {
            return false;
        }
        if (phase != PVLOCK_TORTURE_RUN) {
            if (phase == PVLOCK_TORTURE_IDLE) {
                release(me->record + PVLOCK_TORTURE_STATE_OFFSET, PVLOCK_TORTURE_AT_REST); /* T6 release */
            }
            nap(PHASE_POLL_NS);
            pvlock_uncancel(me->vcpu);
            continue;
        }
        release(me->record + PVLOCK_TORTURE_STATE_OFFSET, PVLOCK_TORTURE_RUNNING); /* T6 release */
        one_round(me);
        if (below(&me->random, REST_ONE_IN) == 0) {
            nap(below(&me->random, MAX_REST_NS));
        }
        if (below(&me->random, DETACH_ONE_IN) == 0) {
            return true;
        }
    }
}

static void *torture(void *argument) {
    struct torturer *me = argument;
    me->tid = gettid();
    /* Of several threads the last one is no thread to the kernel's eyes, as a virtual one in Java. */
    bool borrows = job.threads > 1 && me->number == job.threads - 1;
    for (bool more = true; more;) {
        pvlock_vcpu *vcpu;
        int outcome = borrows ? pvlock_attach_borrowed(region, &vcpu) : pvlock_attach(region, &vcpu);
        if (outcome != PVLOCK_OK) {
            fail("attach", outcome);
        }
        pthread_mutex_lock(&me->mutex);
        me->vcpu = vcpu;
        pthread_mutex_unlock(&me->mutex);
        more = run(me);
        pthread_mutex_lock(&me->mutex);
        me->vcpu = NULL;
        pthread_mutex_unlock(&me->mutex);
        outcome = pvlock_detach(vcpu);
        if (outcome != PVLOCK_OK) {
            fail("detach", outcome);
        }
    }
    return NULL;
}

/* ---- who bothers them */

static cpu_set_t cpus;

static void move(pid_t tid, uint64_t *random) {
    cpu_set_t some;
    CPU_ZERO(&some);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &cpus) && below(random, 2) == 0) {
            CPU_SET(cpu, &some);
        }
    }
    (void) sched_setaffinity(tid, sizeof some, CPU_COUNT(&some) == 0 ? &cpus : &some);
}

static void *bother(void *argument) {
    struct torturer *torturers = argument;
    uint64_t random = (uint64_t) (job.seed - job.serial);
    for (;;) {
        nap(BEAT_NS);
        for (int i = 0; i < job.threads; i++) {
            if (below(&random, BEATS_PER_INTERRUPT) == 0) {
                pthread_mutex_lock(&torturers[i].mutex);
                if (torturers[i].vcpu) {
                    pvlock_cancel(torturers[i].vcpu);
                }
                pthread_mutex_unlock(&torturers[i].mutex);
            }
            if (torturers[i].tid && below(&random, BEATS_PER_MOVE) == 0) {
                move(torturers[i].tid, &random);
            }
        }
    }
    return NULL;
}

/* ---- the process */

/* The parent holds the other end of standard input. */
static void *watch_parent(void *argument) {
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
        /* It has nothing to say. */
    }
    _exit(1);
    return argument;
}

static const unsigned char *map_slots(void) {
    int fd = open(job.path, O_RDONLY | O_CLOEXEC);
    struct stat file;
    if (fd < 0 || fstat(fd, &file) != 0) {
        fail(job.path, PVLOCK_ERROR);
    }
    const unsigned char *base = mmap(NULL, (size_t) file.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED) {
        fail(job.path, PVLOCK_ERROR);
    }
    close(fd);
    uint32_t offset;
    size_t section = PVLOCK_SECTION_VCPUS * PVLOCK_HEADER_SECTION_ENTRY_LENGTH;
    memcpy(&offset, base + PVLOCK_HEADER_SECTION_TABLE_OFFSET + section, sizeof offset);
    return base + offset;
}

/* False: the parent has no use for this one, or is gone. */
static bool read_index(int *index) {
    unsigned char bytes[4];
    for (size_t have = 0; have < sizeof bytes;) {
        ssize_t got = read(STDIN_FILENO, bytes + have, sizeof bytes - have);
        if (got <= 0) {
            return false;
        }
        have += (size_t) got;
    }
    *index = bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
    return true;
}

int main(int argc, char **argv) {
    if (argc != 8) {
        fprintf(stderr, "usage: torture region processes threads locks seed busted serial\n");
        return 64;
    }
    job.path = argv[1];
    job.threads = atoi(argv[3]);
    job.locks = atoi(argv[4]);
    job.seed = atoll(argv[5]);
    job.busted = strcmp(argv[6], "true") == 0;
    job.serial = atoi(argv[7]);

    pvlock_options options = PVLOCK_OPTIONS_INIT;
    options.must_exist = true;
    int outcome = pvlock_open(job.path, &options, &region);
    if (outcome != PVLOCK_OK) {
        fail("open", outcome);
    }
    board = pvlock_data(region, NULL);
    slots = map_slots();
    sched_getaffinity(0, sizeof cpus, &cpus);
    int index;
    if (!read_index(&index)) {
        return 0;
    }
    pthread_t watcher;
    pthread_create(&watcher, NULL, watch_parent, NULL);
    struct torturer *torturers = calloc((size_t) job.threads, sizeof *torturers);
    if (!torturers) {
        fail("memory", PVLOCK_ERROR);
    }
    for (int i = 0; i < job.threads; i++) {
        struct torturer *me = &torturers[i];
        me->number = i;
        me->inmate = (int64_t) job.serial << 16 | i;
        me->random = (uint64_t) (job.seed * 31 + me->inmate);
        me->record = board + PVLOCK_TORTURE_LOCKS_OFFSET + job.locks * PVLOCK_TORTURE_LOCK_LENGTH
                   + (index * job.threads + i) * PVLOCK_TORTURE_THREAD_LENGTH;
        pthread_mutex_init(&me->mutex, NULL);
        if (pthread_create(&me->thread, NULL, torture, me) != 0) {
            fail("thread", PVLOCK_ERROR);
        }
    }
    pthread_t pest;
    pthread_create(&pest, NULL, bother, torturers);
    for (int i = 0; i < job.threads; i++) {
        pthread_join(torturers[i].thread, NULL);
    }
    outcome = pvlock_close(region);
    if (outcome != PVLOCK_OK) {
        fail("close", outcome);
    }
    return 0;
}
