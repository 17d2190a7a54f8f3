/* Locks in one process and between processes: exclusion, time-outs, deaths, tokens, snapshots. */
#include "test.h"

#include <sys/resource.h>

#define MS INT64_C(1000000)

static void uncontended(void) {
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_t *lock = test_lock(region, "one");
    pvlock_owner_info owner;
    CHECK_IS(PVLOCK_NOT_FOUND, pvlock_owner(lock, &owner));
    CHECK_IS(PVLOCK_OK, pvlock_lock(lock, me));
    CHECK(pvlock_is_held_by(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_owner(lock, &owner));
    CHECK_IS(getpid(), owner.pid);
    CHECK_IS(pvlock_vcpu_index(me), owner.vcpu);
    CHECK(owner.alive && !owner.borrowed && owner.since_ns == 0);
    CHECK(owner.command[0] != '\0' && owner.thread_name[0] != '\0');
    CHECK_IS(PVLOCK_BUSY, pvlock_trylock(lock, me));
    CHECK_IS(PVLOCK_DEADLOCK, pvlock_lock(lock, me));
    CHECK_SAYS("already holds lock 'one'");
    CHECK_IS(PVLOCK_BUSY, pvlock_detach(me));
    CHECK_SAYS("still holds lock 'one'");
    CHECK_IS(PVLOCK_BUSY, pvlock_close(region));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_NOT_OWNER, pvlock_unlock(lock, me));
    CHECK_SAYS("nobody does");
    CHECK_IS(PVLOCK_NOT_OWNER, pvlock_consistent(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_trylock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_detach(me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void tokens(void) {
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_t *lock = test_lock(region, "tokens");
    int64_t first;
    int64_t second;
    CHECK_IS(PVLOCK_NOT_OWNER, pvlock_token(lock, me, &first));
    CHECK_IS(PVLOCK_OK, pvlock_lock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_token(lock, me, &first));
    pvlock_owner_info owner;
    CHECK_IS(PVLOCK_OK, pvlock_owner(lock, &owner));
    CHECK(owner.since_ns != 0);
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_lock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_owner(lock, &owner));
    CHECK_IS(0, owner.since_ns); /* it ended with the unlock */
    CHECK_IS(PVLOCK_OK, pvlock_token(lock, me, &second));
    CHECK(second > first);
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- threads */

struct crew {
    pvlock_region *region;
    pvlock_t *lock;
    int64_t plain; /* guarded */
    int rounds;
};

static void *add(void *argument) {
    struct crew *crew = argument;
    pvlock_vcpu *me = test_attach(crew->region);
    for (int i = 0; i < crew->rounds; i++) {
        CHECK_IS(PVLOCK_OK, pvlock_lock(crew->lock, me));
        crew->plain++;
        CHECK_IS(PVLOCK_OK, pvlock_unlock(crew->lock, me));
    }
    CHECK_IS(PVLOCK_OK, pvlock_detach(me));
    return NULL;
}

static void threads_exclude_each_other(int policy, int wait_mode) {
    pvlock_region *region = test_open();
    pvlock_lock_options options = PVLOCK_LOCK_OPTIONS_INIT;
    char name[32];
    snprintf(name, sizeof name, "threads-%d", policy);
    options.policy = policy;
    options.wait_mode = wait_mode;
    struct crew crew = {.region = region, .rounds = 2000};
    CHECK_IS(PVLOCK_OK, pvlock_find(region, name, strlen(name), &options, &crew.lock));
    pthread_t threads[6];
    for (int i = 0; i < 6; i++) {
        CHECK_IS(0, pthread_create(&threads[i], NULL, add, &crew));
    }
    for (int i = 0; i < 6; i++) {
        CHECK_IS(0, pthread_join(threads[i], NULL));
    }
    CHECK_IS(6 * crew.rounds, crew.plain);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- processes */

struct board {
    _Atomic int ready;
    _Atomic int go;
    int64_t plain; /* guarded */
    _Atomic int outcome;
};

static struct board *board;

static void add_in_child(void *argument) {
    (void) argument;
    pvlock_region *region = test_open();
    struct crew crew = {.region = region, .lock = test_lock(region, "processes")};
    pvlock_vcpu *me = test_attach(region);
    for (int i = 0; i < 2000; i++) {
        CHECK_IS(PVLOCK_OK, pvlock_lock(crew.lock, me));
        board->plain++;
        CHECK_IS(PVLOCK_OK, pvlock_unlock(crew.lock, me));
    }
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void processes_exclude_each_other(void) {
    pid_t children[4];
    board->plain = 0;
    for (int i = 0; i < 4; i++) {
        children[i] = test_fork(add_in_child, NULL);
    }
    for (int i = 0; i < 4; i++) {
        test_join_child(children[i]);
    }
    CHECK_IS(4 * 2000, board->plain);
}

static void hold_for_ever(void *name) {
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    CHECK_IS(PVLOCK_OK, pvlock_lock(test_lock(region, name), me));
    atomic_store(&board->ready, 1);
    for (;;) {
        pause();
    }
}

static pid_t fork_holder(const char *name) {
    atomic_store(&board->ready, 0);
    pid_t child = test_fork(hold_for_ever, (void *) name);
    test_await(&board->ready, 1);
    return child;
}

static void time_outs(void) {
    pid_t holder = fork_holder("held");
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_t *lock = test_lock(region, "held");
    CHECK_IS(PVLOCK_BUSY, pvlock_trylock(lock, me));
    CHECK_IS(PVLOCK_TIMED_OUT, pvlock_timedlock_ns(lock, me, 0));
    int64_t begin = pvlock_now_ns();
    CHECK_IS(PVLOCK_TIMED_OUT, pvlock_timedlock_ns(lock, me, begin + 30 * MS));
    CHECK(pvlock_now_ns() - begin >= 30 * MS);
    struct timespec past = {0, 0};
    CHECK_IS(PVLOCK_TIMED_OUT, pvlock_timedlock(lock, me, &past));
    struct timespec never = {0, 1000000000};
    CHECK_IS(PVLOCK_INVALID, pvlock_timedlock(lock, me, &never));
    /* Whoever left can wait again, and gets the lock when it is free. */
    test_kill_child(holder);
    CHECK_IS(PVLOCK_OWNER_DIED, pvlock_timedlock_ns(lock, me, PVLOCK_FOREVER));
    CHECK_IS(PVLOCK_OK, pvlock_consistent(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void a_killed_owner_is_told_until_consistent(void) {
    pid_t holder = fork_holder("doomed");
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_t *lock = test_lock(region, "doomed");
    pvlock_death death;
    int64_t count;
    CHECK_IS(PVLOCK_NOT_FOUND, pvlock_last_death(lock, &death, &count));
    CHECK_IS(0, count);
    test_kill_child(holder);
    CHECK_IS(PVLOCK_OWNER_DIED, pvlock_lock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_last_death(lock, &death, &count));
    CHECK_IS(holder, death.pid);
    CHECK_IS(1, count);
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    /* Nobody has declared it repaired: the next one is told, too. */
    CHECK_IS(PVLOCK_OWNER_DIED, pvlock_lock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_consistent(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_lock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void *take_from_the_dead(void *argument) {
    struct crew *crew = argument;
    pvlock_vcpu *me = test_attach(crew->region);
    int outcome = pvlock_lock(crew->lock, me);
    CHECK(pvlock_is_held(outcome));
    CHECK_IS(PVLOCK_OWNER_DIED, outcome);
    crew->plain++;
    CHECK_IS(PVLOCK_OK, pvlock_unlock(crew->lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_detach(me));
    return NULL;
}

/* Sleepers wake by the death itself. */
static void a_death_wakes_who_waits(void) {
    pid_t holder = fork_holder("waited");
    pvlock_region *region = test_open();
    struct crew crew = {.region = region, .lock = test_lock(region, "waited")};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        CHECK_IS(0, pthread_create(&threads[i], NULL, take_from_the_dead, &crew));
    }
    while (pvlock_queue(crew.lock, NULL, 0) < 3) {
        usleep(200);
    }
    pvlock_waiter_info waiters[8];
    CHECK_IS(3, pvlock_queue(crew.lock, waiters, 8));
    CHECK(waiters[0].alive && waiters[0].pid == getpid() && waiters[0].vcpu != waiters[1].vcpu);
    test_kill_child(holder);
    for (int i = 0; i < 3; i++) {
        CHECK_IS(0, pthread_join(threads[i], NULL));
    }
    CHECK_IS(3, crew.plain);
    CHECK_IS(0, pvlock_queue(crew.lock, NULL, 0));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void *end_with_the_lock(void *argument) {
    struct crew *crew = argument;
    CHECK_IS(PVLOCK_OK, pvlock_lock(crew->lock, test_attach(crew->region)));
    return NULL;
}

static void a_thread_that_ends_is_a_dead_owner(void) {
    pvlock_region *region = test_open();
    struct crew crew = {.region = region, .lock = test_lock(region, "thread")};
    pthread_t thread;
    CHECK_IS(0, pthread_create(&thread, NULL, end_with_the_lock, &crew));
    CHECK_IS(0, pthread_join(thread, NULL));
    pvlock_vcpu *me = test_attach(region);
    CHECK_IS(PVLOCK_OWNER_DIED, pvlock_lock(crew.lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(crew.lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void *sleep_with_the_lock(void *argument) {
    struct crew *crew = argument;
    CHECK_IS(PVLOCK_OK, pvlock_lock(crew->lock, test_attach(crew->region)));
    crew->plain = 1;
    for (;;) {
        pause();
    }
}

static void a_thread_that_is_cancelled_is_a_dead_owner(void) {
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    struct crew crew = {.region = region, .lock = test_lock(region, "one")};
    pvlock_owner_info owner;
    pthread_t thread;
    CHECK_IS(0, pthread_create(&thread, NULL, sleep_with_the_lock, &crew));
    while (pvlock_owner(crew.lock, &owner) != PVLOCK_OK) {
        usleep(200);
    }
    CHECK_IS(0, pthread_cancel(thread));
    CHECK_IS(PVLOCK_OWNER_DIED, pvlock_lock(crew.lock, me));
    CHECK_IS(0, pthread_join(thread, NULL));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(crew.lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void abandoned(void) {
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_t *lock = test_lock(region, "given up");
    CHECK_IS(PVLOCK_NOT_OWNER, pvlock_abandon(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_lock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_abandon(lock, me));
    CHECK_IS(PVLOCK_NOT_RECOVERABLE, pvlock_lock(lock, me));
    CHECK_IS(PVLOCK_NOT_RECOVERABLE, pvlock_trylock(lock, me));
    CHECK_SAYS("given up as not recoverable");
    CHECK_IS(PVLOCK_NOT_OWNER, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

static void *wait_for_long(void *argument) {
    struct crew *crew = argument;
    pvlock_vcpu *me = test_attach(crew->region);
    struct rusage before;
    struct rusage after;
    CHECK_IS(0, getrusage(RUSAGE_THREAD, &before));
    CHECK_IS(PVLOCK_TIMED_OUT, pvlock_timedlock_ns(crew->lock, me, pvlock_now_ns() + 1200 * MS));
    CHECK_IS(0, getrusage(RUSAGE_THREAD, &after));
    crew->plain = after.ru_nvcsw - before.ru_nvcsw;
    CHECK_IS(PVLOCK_OK, pvlock_detach(me));
    return NULL;
}

/* Sleeps of 50, 200, 800 ms, and the rest. If none were longer than the first, there would be 24. */
static void who_waits_for_long_sleeps(void) {
    if (syscall(SYS_futex_waitv, NULL, 0, 0, NULL, 0) == 0 || errno != EINVAL) {
        printf("skipped: without futex_waitv a waiter looks each 50 ms whether another lives\n");
        return;
    }
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    struct crew crew = {.region = region, .lock = test_lock(region, "tokens")};
    CHECK_IS(PVLOCK_OK, pvlock_lock(crew.lock, me));
    pthread_t thread;
    CHECK_IS(0, pthread_create(&thread, NULL, wait_for_long, &crew));
    CHECK_IS(0, pthread_join(thread, NULL));
    CHECK(crew.plain >= 1 && crew.plain <= 12);
    CHECK_IS(PVLOCK_OK, pvlock_unlock(crew.lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

struct cancelled {
    struct crew crew;
    pvlock_vcpu *_Atomic vcpu;
    int outcome;
};

static void *wait_until_cancelled(void *argument) {
    struct cancelled *cancelled = argument;
    pvlock_vcpu *me = test_attach(cancelled->crew.region);
    atomic_store(&cancelled->vcpu, me);
    cancelled->outcome = pvlock_lock(cancelled->crew.lock, me);
    CHECK_IS(PVLOCK_OK, pvlock_detach(me));
    return NULL;
}

static void a_wait_can_be_cancelled(void) {
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    struct cancelled cancelled = {.crew = {.region = region, .lock = test_lock(region, "cancelled")}};
    CHECK_IS(PVLOCK_OK, pvlock_lock(cancelled.crew.lock, me));
    pthread_t thread;
    CHECK_IS(0, pthread_create(&thread, NULL, wait_until_cancelled, &cancelled));
    while (pvlock_queue(cancelled.crew.lock, NULL, 0) < 1) {
        usleep(200);
    }
    pvlock_cancel(cancelled.vcpu);
    CHECK_IS(0, pthread_join(thread, NULL));
    CHECK_IS(PVLOCK_CANCELLED, cancelled.outcome);
    CHECK_IS(PVLOCK_OK, pvlock_unlock(cancelled.crew.lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

struct pair {
    pvlock_region *region;
    pvlock_t *first;
    pvlock_t *second;
    pthread_barrier_t *barrier;
    int outcome;
};

static void *lock_both(void *argument) {
    struct pair *pair = argument;
    pvlock_vcpu *me = test_attach(pair->region);
    CHECK_IS(PVLOCK_OK, pvlock_lock(pair->first, me));
    pthread_barrier_wait(pair->barrier);
    pair->outcome = pvlock_lock(pair->second, me);
    if (pair->outcome == PVLOCK_OK) {
        CHECK_IS(PVLOCK_OK, pvlock_unlock(pair->second, me));
    } else {
        CHECK_SAYS("dead-lock: ");
    }
    CHECK_IS(PVLOCK_OK, pvlock_unlock(pair->first, me));
    CHECK_IS(PVLOCK_OK, pvlock_detach(me));
    return NULL;
}

static void a_dead_lock_is_found(void) {
    pvlock_region *region = test_open();
    pvlock_lock_options options = PVLOCK_LOCK_OPTIONS_INIT;
    options.on_deadlock = PVLOCK_DEADLOCK_FAIL;
    pvlock_t *a;
    pvlock_t *b;
    CHECK_IS(PVLOCK_OK, pvlock_find(region, "a", 1, &options, &a));
    CHECK_IS(PVLOCK_OK, pvlock_find(region, "b", 1, &options, &b));
    pthread_barrier_t barrier;
    CHECK_IS(0, pthread_barrier_init(&barrier, NULL, 2));
    struct pair pairs[2] = {{region, a, b, &barrier, -1}, {region, b, a, &barrier, -1}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        CHECK_IS(0, pthread_create(&threads[i], NULL, lock_both, &pairs[i]));
    }
    for (int i = 0; i < 2; i++) {
        CHECK_IS(0, pthread_join(threads[i], NULL));
    }
    /* One gave up, and let the other have it; both did if they looked at once. */
    CHECK(pairs[0].outcome == PVLOCK_DEADLOCK || pairs[1].outcome == PVLOCK_DEADLOCK);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void arrays(void) {
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_array *array;
    int64_t token;
    CHECK_IS(PVLOCK_OK, pvlock_array_find(region, "array", 5, 1000, NULL, &array));
    CHECK_IS(1000, pvlock_array_length(array));
    CHECK_IS(PVLOCK_INVALID, pvlock_array_lock(array, 1000, me));
    CHECK_IS(PVLOCK_OK, pvlock_array_lock(array, 999, me));
    CHECK_IS(PVLOCK_OK, pvlock_array_lock(array, 0, me));
    CHECK_IS(PVLOCK_BUSY, pvlock_array_trylock(array, 0, me));
    CHECK_IS(PVLOCK_OK, pvlock_array_token(array, 0, me, &token));
    CHECK_IS(PVLOCK_OK, pvlock_array_unlock(array, 0, me));
    CHECK_IS(PVLOCK_NOT_OWNER, pvlock_array_unlock(array, 0, me));
    CHECK_IS(PVLOCK_BUSY, pvlock_detach(me));
    CHECK_SAYS("'array[999]'");
    CHECK_IS(PVLOCK_OK, pvlock_array_unlock(array, 999, me));
    pvlock_array *other;
    CHECK_IS(PVLOCK_INVALID, pvlock_array_find(region, "array", 5, 10, NULL, &other));
    CHECK_SAYS("exists with length=1000, not 10");
    pvlock_t *lock;
    CHECK_IS(PVLOCK_INVALID, pvlock_find(region, "array", 5, NULL, &lock));
    CHECK_SAYS("'array' is a LOCK_ARRAY, not a LOCK");
    pvlock_array_forget(array);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

int main(void) {
    test_begin();
    board = test_shared(sizeof *board);
    uncontended();
    tokens();
    threads_exclude_each_other(PVLOCK_HYBRID, PVLOCK_WAIT_AUTO);
    threads_exclude_each_other(PVLOCK_FAIR, PVLOCK_WAIT_PARK);
    threads_exclude_each_other(PVLOCK_THROUGHPUT, PVLOCK_WAIT_YIELD);
    threads_exclude_each_other(PVLOCK_NUMA, PVLOCK_WAIT_AUTO);
    processes_exclude_each_other();
    time_outs();
    a_killed_owner_is_told_until_consistent();
    a_death_wakes_who_waits();
    a_thread_that_ends_is_a_dead_owner();
    a_thread_that_is_cancelled_is_a_dead_owner();
    abandoned();
    who_waits_for_long_sleeps();
    a_wait_can_be_cancelled();
    a_dead_lock_is_found();
    arrays();
    test_end();
    return 0;
}
