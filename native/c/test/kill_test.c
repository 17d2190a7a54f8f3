/*
 * Processes that lock, and are killed wherever they are, again and again. Whoever has the lock is alone; whoever comes after a dead owner is
 * told; nobody hangs; at the end nothing is left.
 */
#include <sched.h>

#include "region.h"
#include "test.h"
#include "vcpu.h"
#include "words.h"

#define WORKERS 6
#define KILLS 150
/* So many rounds all together between two kills. */
#define ROUNDS_BETWEEN 40

struct board {
    /* Guarded: who is inside, 0 for nobody, and two numbers that are equal outside. */
    _Atomic int inside;
    int64_t first;
    int64_t second;
    /* Likewise, guarded by a read-write lock. */
    _Atomic int64_t written_first;
    _Atomic int64_t written_second;
    _Atomic long rounds;
    _Atomic long told;
    _Atomic int permits;
    _Atomic int stop;
};

static struct board *board;

static void critical_section(int outcome, pvlock_t *lock, pvlock_vcpu *me) {
    int before = atomic_exchange(&board->inside, pvlock_vcpu_index(me) + 1);
    if (outcome == PVLOCK_OWNER_DIED) {
        /* Whatever the dead had begun. */
        atomic_fetch_add(&board->told, 1);
        board->second = board->first;
        CHECK_IS(PVLOCK_OK, pvlock_consistent(lock, me));
    } else {
        CHECK_IS(0, before);
        CHECK_IS(board->first, board->second);
    }
    board->first++;
    board->second++;
    CHECK_IS(pvlock_vcpu_index(me) + 1, atomic_exchange(&board->inside, 0));
}

static void write_both(pvlock_rwlock *rwlock, pvlock_vcpu *me) {
    int outcome = pvlock_rwlock_write(rwlock, me, PVLOCK_FOREVER);
    CHECK(pvlock_is_held(outcome));
    if (outcome == PVLOCK_OWNER_DIED) {
        atomic_store(&board->written_second, atomic_load(&board->written_first));
        CHECK_IS(PVLOCK_OK, pvlock_rwlock_consistent(rwlock, me));
    }
    CHECK_IS(atomic_load(&board->written_first), atomic_load(&board->written_second));
    atomic_fetch_add(&board->written_first, 1);
    atomic_fetch_add(&board->written_second, 1);
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_unwrite(rwlock, me));
}

/* A writer that missed a reader would change what it reads. */
static void read_both(pvlock_rwlock *rwlock, pvlock_vcpu *me) {
    int outcome = pvlock_rwlock_read(rwlock, me, PVLOCK_FOREVER);
    if (outcome != PVLOCK_OK) {
        CHECK_IS(PVLOCK_INCONSISTENT, outcome);
        return;
    }
    int64_t first = atomic_load(&board->written_first);
    sched_yield();
    CHECK_IS(first, atomic_load(&board->written_second));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_unread(rwlock, me));
}

struct things {
    pvlock_t *lock;
    pvlock_semaphore *semaphore;
    pvlock_record *record;
    pvlock_rwlock *rwlock;
};

/* One round: the lock, in one of several ways; permits; a record; reading and writing. */
static void play(const struct things *things, pvlock_vcpu *me, unsigned i) {
    pvlock_t *lock = things->lock;
    pvlock_semaphore *semaphore = things->semaphore;
    pvlock_record *record = things->record;
    int outcome = i % 8 == 0 ? pvlock_timedlock_ns(lock, me, pvlock_now_ns() + 1000000)
        : i % 8 == 1 ? pvlock_trylock(lock, me)
        : pvlock_lock(lock, me);
    if (pvlock_is_held(outcome)) {
        critical_section(outcome, lock, me);
        CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    } else {
        CHECK(outcome == PVLOCK_TIMED_OUT || outcome == PVLOCK_BUSY);
    }
    if (i % 4 == 0) {
        CHECK_IS(PVLOCK_OK, pvlock_semaphore_acquire(semaphore, me, 1 + (int) (i / 4) % 2, PVLOCK_FOREVER));
        CHECK_IS(PVLOCK_OK, pvlock_semaphore_release(semaphore, me, 1 + (int) (i / 4) % 2));
    }
    if (i % 4 == 1) {
        unsigned char bytes[64];
        void *copy;
        CHECK_IS(PVLOCK_OK, pvlock_record_begin(record, me, &copy));
        memset(copy, (int) i, sizeof bytes);
        CHECK_IS(PVLOCK_OK, pvlock_record_publish(record, me));
        pvlock_record_read(record, bytes);
        CHECK_IS(bytes[0], bytes[63]);
    }
    if (i % 4 >= 2) {
        (i % 8 == 3 ? write_both : read_both)(things->rwlock, me);
    }
    atomic_fetch_add(&board->rounds, 1);
}

static void work(void *argument) {
    unsigned i = *(unsigned *) argument;
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    struct things things = {.lock = test_lock(region, "lock")};
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_find(region, "semaphore", 9, 3, false, &things.semaphore));
    CHECK_IS(PVLOCK_OK, pvlock_record_find(region, "record", 6, 64, true, &things.record));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_find(region, "rw", 2, NULL, &things.rwlock));
    while (!atomic_load(&board->stop)) {
        play(&things, me, i++);
    }
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* The lock with this policy, made before the workers look for it. */
static void make_lock(int policy) {
    pvlock_region *region = test_open();
    pvlock_lock_options options = PVLOCK_LOCK_OPTIONS_INIT;
    pvlock_t *lock;
    options.policy = policy;
    CHECK_IS(PVLOCK_OK, pvlock_find(region, "lock", 4, &options, &lock));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void check_nothing_is_left(void) {
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_t *lock = test_lock(region, "lock");
    pvlock_semaphore *semaphore;
    int outcome = pvlock_lock(lock, me);
    CHECK(pvlock_is_held(outcome));
    critical_section(outcome, lock, me);
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_find(region, "semaphore", 9, 3, false, &semaphore));
    CHECK_IS(3, pvlock_semaphore_available(semaphore));
    pvlock_rwlock *rwlock;
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_find(region, "rw", 2, NULL, &rwlock));
    write_both(rwlock, me);
    /* Every slot but mine becomes free again; then the queue is empty, the cell is 0 and nobody sleeps in the hash. */
    pv_reclaim_dead(region);
    for (int vcpu = 0; vcpu < region->core.vcpus; vcpu++) {
        uint32_t status = pv_slot_status(pv_state(&region->core, vcpu));
        CHECK_IS(vcpu == pvlock_vcpu_index(me) ? PVLOCK_SLOT_ATTACHED : PVLOCK_SLOT_FREE, status);
    }
    CHECK_IS(0, pvlock_queue(lock, NULL, 0));
    CHECK_IS(0, pv_owner(atomic_load(lock->cell)));
    CHECK_IS(0, pv_tail(pv_word(atomic_load(lock->cell))));
    CHECK_IS(0, pv_hash_take(&region->core, lock->cell_at, 0));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void kill_again_and_again(int policy) {
    pid_t workers[WORKERS];
    unsigned seeds[WORKERS];
    unsigned random = 12345;
    memset(board, 0, sizeof *board);
    make_lock(policy);
    for (unsigned i = 0; i < WORKERS; i++) {
        seeds[i] = i * 7;
        workers[i] = test_fork(work, &seeds[i]);
    }
    for (int kills = 0; kills < KILLS; kills++) {
        long until = atomic_load(&board->rounds) + ROUNDS_BETWEEN;
        while (atomic_load(&board->rounds) < until) {
            usleep(50); /* the watchdog ends a test in which nobody goes on */
        }
        random = random * 1103515245 + 12345;
        int victim = (int) (random >> 16) % WORKERS;
        test_kill_child(workers[victim]);
        seeds[victim] = (unsigned) kills;
        workers[victim] = test_fork(work, &seeds[victim]);
    }
    atomic_store(&board->stop, 1);
    for (int i = 0; i < WORKERS; i++) {
        test_join_child(workers[i]);
    }
    check_nothing_is_left();
    CHECK_IS(0, unlink(test_path));
}

int main(void) {
    test_begin();
    board = test_shared(sizeof *board);
    kill_again_and_again(PVLOCK_HYBRID);
    kill_again_and_again(PVLOCK_FAIR);
    test_end();
    return 0;
}
