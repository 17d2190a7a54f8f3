/*
 * Regions that a process left in the middle of everything, with some words overwritten: whatever they say, no call ends
 * the process. Which words, and by what, follows from a number; a failure names it, and it can be given as argument.
 */
#include "region.h"
#include "test.h"

#define REGIONS 200
#define LOCKS 6

static uint64_t state;

static uint64_t next_random(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static int64_t soon(void) {
    return pvlock_now_ns() + 2000000;
}

/* ---- what is left behind */

static void die_in_the_middle_of_everything(void *argument) {
    (void) argument;
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    char name[16];
    for (int i = 0; i < LOCKS; i++) {
        snprintf(name, sizeof name, "lock %d", i);
        pvlock_t *lock = test_lock(region, name);
        CHECK(i > 1 || pvlock_lock(lock, me) == PVLOCK_OK);
    }
    pvlock_array *array;
    CHECK_IS(PVLOCK_OK, pvlock_array_find(region, "array", 5, 100, NULL, &array));
    CHECK_IS(PVLOCK_OK, pvlock_array_lock(array, 9, me));
    pvlock_record *record;
    void *copy;
    CHECK_IS(PVLOCK_OK, pvlock_record_find(region, "record", 6, 50, false, &record));
    CHECK_IS(PVLOCK_OK, pvlock_record_begin(record, me, &copy));
    pvlock_seqlock *seqlock;
    CHECK_IS(PVLOCK_OK, pvlock_seqlock_find(region, "seqlock", 7, false, &seqlock));
    CHECK_IS(PVLOCK_OK, pvlock_seqlock_write_begin(seqlock, me));
    pvlock_rwlock *rwlock;
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_find(region, "rwlock", 6, NULL, &rwlock));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_read(rwlock, me, PVLOCK_FOREVER));
    pvlock_semaphore *semaphore;
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_find(region, "semaphore", 9, 3, true, &semaphore));
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_tryacquire(semaphore, me, 2));
    kill(getpid(), SIGKILL);
}

/* Mostly words that say something; not the header, which is checked. */
static void overwrite(void) {
    int fd = open(test_path, O_RDWR);
    struct stat facts;
    CHECK(fd >= 0 && fstat(fd, &facts) == 0);
    size_t length = (size_t) facts.st_size;
    uint32_t *words = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(words != MAP_FAILED);
    size_t header = PVLOCK_HEADER_LENGTH / 4;
    int left = 1 + (int) (next_random() % 40);
    while (left > 0) {
        uint32_t *word = &words[header + next_random() % (length / 4 - header)];
        if (*word == 0 && next_random() % 200 != 0) {
            continue;
        }
        const uint32_t values[] = {
            (uint32_t) next_random(), *word ^ 1u << next_random() % 32, 0xffffffff, *word + 1,
            (uint32_t) next_random() % 0x40000, 0x7ffffff8};
        *word = values[next_random() % (sizeof values / sizeof *values)];
        left--;
    }
    munmap(words, length);
    close(fd);
}

/* ---- what is done with it; any outcome will do */

static void use_locks(pvlock_region *region, pvlock_vcpu *me, pvlock_vcpu *other) {
    pvlock_owner_info owner;
    pvlock_waiter_info waiters[8];
    pvlock_death death;
    int64_t number;
    char name[16];
    for (int i = 0; i < LOCKS; i++) {
        pvlock_t *lock;
        snprintf(name, sizeof name, "lock %d", i);
        if (pvlock_find(region, name, strlen(name), NULL, &lock) != PVLOCK_OK) {
            continue;
        }
        pvlock_owner(lock, &owner);
        pvlock_queue(lock, waiters, 8);
        pvlock_last_death(lock, &death, &number);
        bool held = pvlock_is_held(pvlock_trylock(lock, me)) || pvlock_is_held(pvlock_timedlock_ns(lock, me, soon()));
        if (other != NULL && pvlock_is_held(pvlock_timedlock_ns(lock, other, soon()))) {
            pvlock_unlock(lock, other);
        }
        if (held) {
            int token = pvlock_token(lock, me, &number);
            (void) token;
            pvlock_consistent(lock, me);
            (i == 3 ? pvlock_abandon : pvlock_unlock)(lock, me);
        }
        pvlock_forget(lock);
    }
    pvlock_array *array;
    if (pvlock_array_find(region, "array", 5, 100, NULL, &array) == PVLOCK_OK) {
        for (int i = 0; i < 100; i += 9) {
            if (pvlock_is_held(pvlock_array_timedlock_ns(array, i, me, soon()))) {
                pvlock_array_token(array, i, me, &number);
                pvlock_array_unlock(array, i, me);
            }
        }
    }
    int made = pvlock_array_find(region, "another array", 13, 200, NULL, &array);
    (void) made;
}

static void use_objects(pvlock_region *region, pvlock_vcpu *me) {
    pvlock_record *record;
    void *copy;
    if (pvlock_record_find(region, "record", 6, 50, false, &record) == PVLOCK_OK
            && pvlock_record_begin(record, me, &copy) == PVLOCK_OK) {
        memset(copy, 1, 50);
        pvlock_record_publish(record, me);
    }
    pvlock_seqlock *seqlock;
    if (pvlock_seqlock_find(region, "seqlock", 7, false, &seqlock) == PVLOCK_OK
            && pvlock_is_held(pvlock_seqlock_write_begin(seqlock, me))) {
        pvlock_seqlock_consistent(seqlock, me);
        pvlock_seqlock_write_end(seqlock, me);
    }
    pvlock_rwlock *rwlock;
    if (pvlock_rwlock_find(region, "rwlock", 6, NULL, &rwlock) == PVLOCK_OK) {
        if (pvlock_is_held(pvlock_rwlock_write(rwlock, me, soon()))) {
            pvlock_rwlock_consistent(rwlock, me);
            pvlock_rwlock_unwrite(rwlock, me);
        }
        if (pvlock_rwlock_read(rwlock, me, soon()) == PVLOCK_OK) {
            pvlock_rwlock_unread(rwlock, me);
        }
    }
    /* With semaphores nothing says for how long their monitor is waited for; so they come when the dead are gone. */
    pvlock_semaphore *semaphore;
    if (pvlock_semaphore_find(region, "semaphore", 9, 3, true, &semaphore) == PVLOCK_OK
            && pvlock_semaphore_acquire(semaphore, me, 2, soon()) == PVLOCK_OK) {
        pvlock_semaphore_release(semaphore, me, 2);
    }
}

static void use_it(void *argument) {
    (void) argument;
    pvlock_options options = test_options();
    pvlock_region *region;
    pvlock_vcpu *me;
    pvlock_vcpu *other;
    if (pvlock_open(test_path, &options, &region) != PVLOCK_OK || pvlock_attach(region, &me) != PVLOCK_OK) {
        return;
    }
    bool two = pvlock_attach_borrowed(region, &other) == PVLOCK_OK;
    use_locks(region, me, two ? other : NULL);
    pv_notice_deaths(&region->core);
    pv_reclaim_dead(region);
    use_objects(region, me);
    if (two) {
        pvlock_detach(other);
    }
    pvlock_detach(me);
    pvlock_close(region);
}

static void try(uint64_t number) {
    int status;
    CHECK(unlink(test_path) == 0 || errno == ENOENT);
    pid_t child = test_fork(die_in_the_middle_of_everything, NULL);
    CHECK_IS(child, waitpid(child, &status, 0));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    state = number * UINT64_C(0x9E3779B97F4A7C15) + 1;
    overwrite();
    for (int round = 0; round < 2; round++) {
        child = test_fork(use_it, NULL);
        CHECK_IS(child, waitpid(child, &status, 0));
        if (status != 0) {
            unsigned long long which = number;
            fprintf(stderr, "region %llu, round %d: status 0x%x\n", which, round, (unsigned) status);
            abort();
        }
    }
}

int main(int argc, char **argv) {
    test_begin();
    if (argc > 1) {
        try(strtoull(argv[1], NULL, 10));
    }
    for (uint64_t number = 1; argc <= 1 && number <= REGIONS; number++) {
        try(number);
    }
    test_end();
    return 0;
}
