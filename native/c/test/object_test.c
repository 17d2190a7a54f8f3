/* Records, sequence locks, semaphores: between processes, and after deaths. */
#include "object.h"
#include "region.h"
#include "test.h"
#include "words.h"

#define MS INT64_C(1000000)

struct board {
    _Atomic int ready;
    _Atomic int go;
    _Atomic int stop;
    _Atomic int done;
    _Atomic int most;
    _Atomic int inside;
};

static struct board *board;

static void pause_for_ever(void) {
    atomic_store(&board->ready, 1);
    for (;;) {
        pause();
    }
}

static pid_t fork_ready(void (*body)(void *)) {
    atomic_store(&board->ready, 0);
    pid_t child = test_fork(body, NULL);
    test_await(&board->ready, 1);
    return child;
}

/* ---- records */

#define RECORD_BYTES 100

static void write_for_ever(void *argument) {
    (void) argument;
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_record *record;
    CHECK_IS(PVLOCK_OK, pvlock_record_find(region, "record", 6, RECORD_BYTES, true, &record));
    for (unsigned char i = 1;; i++) {
        void *copy;
        CHECK_IS(PVLOCK_OK, pvlock_record_begin(record, me, &copy));
        memset(copy, i, RECORD_BYTES);
        CHECK_IS(PVLOCK_OK, pvlock_record_publish(record, me));
        atomic_store(&board->ready, 1);
    }
}

static void records_are_read_whole(void) {
    pid_t writers[2] = {fork_ready(write_for_ever), fork_ready(write_for_ever)};
    pvlock_region *region = test_open();
    pvlock_record *record;
    CHECK_IS(PVLOCK_INVALID, pvlock_record_find(region, "record", 6, RECORD_BYTES, false, &record));
    CHECK_SAYS("exists with many writers=1, not 0");
    CHECK_IS(PVLOCK_OK, pvlock_record_find(region, "record", 6, RECORD_BYTES, true, &record));
    int64_t last = 0;
    for (int i = 0; i < 20000; i++) {
        unsigned char bytes[RECORD_BYTES];
        int64_t version = pvlock_record_read(record, bytes);
        CHECK(version >= last);
        last = version;
        for (int j = 1; j < RECORD_BYTES; j++) {
            CHECK_IS(bytes[0], bytes[j]);
        }
    }
    test_kill_child(writers[0]);
    test_kill_child(writers[1]);
    /* They were killed wherever they were: the record is whole, and can be written. */
    pvlock_vcpu *me = test_attach(region);
    unsigned char bytes[RECORD_BYTES];
    void *copy;
    int64_t version = pvlock_record_read(record, bytes);
    CHECK_IS(PVLOCK_OK, pvlock_record_begin(record, me, &copy));
    CHECK(memcmp(bytes, copy, RECORD_BYTES) == 0);
    memset(copy, 77, RECORD_BYTES);
    CHECK_IS(PVLOCK_OK, pvlock_record_discard(record, me));
    CHECK_IS(version, pvlock_record_version(record));
    CHECK_IS(PVLOCK_NOT_OWNER, pvlock_record_publish(record, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void write_alone_for_ever(void *argument) {
    (void) argument;
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_record *record;
    void *copy;
    CHECK_IS(PVLOCK_OK, pvlock_record_find(region, "alone", 5, 8, false, &record));
    CHECK_IS(PVLOCK_OK, pvlock_record_begin(record, me, &copy));
    memset(copy, 1, 8);
    pause_for_ever();
}

static void a_record_for_one_writer(void) {
    pid_t writer = fork_ready(write_alone_for_ever);
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_record *record;
    void *copy;
    uint64_t value;
    CHECK_IS(PVLOCK_OK, pvlock_record_find(region, "alone", 5, 8, false, &record));
    CHECK_IS(PVLOCK_BUSY, pvlock_record_begin(record, me, &copy));
    test_kill_child(writer);
    CHECK_IS(0, pvlock_record_read(record, &value));
    CHECK_IS(0, value); /* it had written nothing */
    CHECK_IS(PVLOCK_OK, pvlock_record_begin(record, me, &copy));
    memset(copy, 2, 8);
    CHECK_IS(PVLOCK_BUSY, pvlock_detach(me));
    CHECK_IS(PVLOCK_OK, pvlock_record_publish(record, me));
    CHECK_IS(1, pvlock_record_read(record, &value));
    CHECK_IS(0x0202020202020202, value);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- sequence locks */

static void write_sequence_for_ever(void *argument) {
    (void) argument;
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_seqlock *seqlock;
    _Atomic uint64_t *data = pvlock_data(region, NULL);
    CHECK_IS(PVLOCK_OK, pvlock_seqlock_find(region, "sequence", 8, true, &seqlock));
    for (uint64_t i = 1; !atomic_load(&board->stop); i++) {
        CHECK_IS(PVLOCK_OK, pvlock_seqlock_write_begin(seqlock, me));
        for (int j = 0; j < 4; j++) {
            atomic_store_explicit(&data[j], i, memory_order_relaxed);
        }
        CHECK_IS(PVLOCK_OK, pvlock_seqlock_write_end(seqlock, me));
        atomic_store(&board->ready, 1);
    }
    CHECK_IS(PVLOCK_OK, pvlock_seqlock_write_begin(seqlock, me));
    atomic_store(&board->done, 1);
    for (;;) {
        pause();
    }
}

static void sequences(void) {
    pid_t writer = fork_ready(write_sequence_for_ever);
    pvlock_region *region = test_open();
    pvlock_seqlock *seqlock;
    _Atomic uint64_t *data = pvlock_data(region, NULL);
    int64_t begin;
    CHECK_IS(PVLOCK_OK, pvlock_seqlock_find(region, "sequence", 8, true, &seqlock));
    for (int i = 0; i < 5000; i++) {
        uint64_t seen[4];
        do {
            CHECK_IS(PVLOCK_OK, pvlock_seqlock_read_begin(seqlock, &begin));
            for (int j = 0; j < 4; j++) {
                seen[j] = atomic_load_explicit(&data[j], memory_order_relaxed);
            }
        } while (pvlock_seqlock_read_retry(seqlock, begin));
        CHECK(seen[0] == seen[1] && seen[1] == seen[2] && seen[2] == seen[3]);
    }
    atomic_store(&board->stop, 1);
    test_await(&board->done, 1);
    test_kill_child(writer);
    /* It died writing: readers are told until somebody has repaired the data. */
    CHECK_IS(PVLOCK_INCONSISTENT, pvlock_seqlock_read_begin(seqlock, &begin));
    pvlock_vcpu *me = test_attach(region);
    CHECK_IS(PVLOCK_OWNER_DIED, pvlock_seqlock_write_begin(seqlock, me));
    CHECK_IS(PVLOCK_DEADLOCK, pvlock_seqlock_write_begin(seqlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_seqlock_write_end(seqlock, me));
    CHECK_IS(PVLOCK_INCONSISTENT, pvlock_seqlock_read_begin(seqlock, &begin));
    CHECK_IS(PVLOCK_OWNER_DIED, pvlock_seqlock_write_begin(seqlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_seqlock_consistent(seqlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_seqlock_write_end(seqlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_seqlock_read_begin(seqlock, &begin));
    CHECK(!pvlock_seqlock_read_retry(seqlock, begin));
    CHECK_IS(PVLOCK_NOT_OWNER, pvlock_seqlock_write_end(seqlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- semaphores */

static pvlock_semaphore *semaphore_of(pvlock_region *region, const char *name, bool fair) {
    pvlock_semaphore *semaphore;
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_find(region, name, strlen(name), 3, fair, &semaphore));
    return semaphore;
}

static void use_permits(void *argument) {
    const char *name = argument;
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_semaphore *semaphore = semaphore_of(region, name, name[0] == 'f');
    for (int i = 0; i < 300; i++) {
        int n = 1 + i % 2;
        CHECK_IS(PVLOCK_OK, pvlock_semaphore_acquire(semaphore, me, n, PVLOCK_FOREVER));
        int inside = atomic_fetch_add(&board->inside, n) + n;
        CHECK(inside <= 3);
        atomic_fetch_sub(&board->inside, n);
        CHECK_IS(PVLOCK_OK, pvlock_semaphore_release(semaphore, me, n));
    }
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void permits_are_not_exceeded(const char *name) {
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = test_fork(use_permits, (void *) name);
    }
    for (int i = 0; i < 4; i++) {
        test_join_child(children[i]);
    }
}

static void keep_permits(void *argument) {
    (void) argument;
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_acquire(semaphore_of(region, "kept", false), me, 2, PVLOCK_FOREVER));
    pause_for_ever();
}

static void permits_of_the_dead_come_back(void) {
    pid_t keeper = fork_ready(keep_permits);
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_semaphore *semaphore = semaphore_of(region, "kept", false);
    CHECK_IS(1, pvlock_semaphore_available(semaphore));
    CHECK_IS(PVLOCK_BUSY, pvlock_semaphore_tryacquire(semaphore, me, 2));
    CHECK_IS(PVLOCK_INVALID, pvlock_semaphore_tryacquire(semaphore, me, 4));
    CHECK_IS(PVLOCK_TIMED_OUT, pvlock_semaphore_acquire(semaphore, me, 2, pvlock_now_ns() + 20 * MS));
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_tryacquire(semaphore, me, 1));
    CHECK_IS(PVLOCK_BUSY, pvlock_detach(me));
    CHECK_IS(PVLOCK_NOT_OWNER, pvlock_semaphore_release(semaphore, me, 2));
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_release(semaphore, me, 1));
    test_kill_child(keeper);
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_acquire(semaphore, me, 3, PVLOCK_FOREVER));
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_release(semaphore, me, 3));
    CHECK_IS(3, pvlock_semaphore_available(semaphore));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void wait_for_a_permit(void *argument) {
    (void) argument;
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_semaphore *semaphore = semaphore_of(region, "woken", false);
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_acquire(semaphore, me, 1, PVLOCK_FOREVER));
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_release(semaphore, me, 1));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static int count_in_queue(pvlock_region *region, pvlock_semaphore *semaphore, bool (*counts)(uint64_t value)) {
    const struct pv_object *object = (const struct pv_object *) semaphore;
    uint32_t words_of_holders = (uint32_t) pv_words_in_order_bytes(region->layout.max_vcpus);
    struct pv_words words = pv_words_in_order(&region->core, object->body + words_of_holders);
    int count = 0;
    for (int place = pv_next_word(&words, 0); place >= 0; place = pv_next_word(&words, place + 1)) {
        count += counts(pv_value_of(pv_raw_word(&words, place)));
    }
    return count;
}

/* Who has been chosen chooses the next, when it has taken its permit and there is another. */
static void one_is_woken_at_a_time(void) {
    pid_t children[3];
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_semaphore *semaphore = semaphore_of(region, "woken", false);
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_acquire(semaphore, me, 3, PVLOCK_FOREVER));
    for (int i = 0; i < 3; i++) {
        children[i] = test_fork(wait_for_a_permit, NULL);
    }
    while (count_in_queue(region, semaphore, pv_waits) < 3) {
        usleep(100); /* the watchdog ends a test in which not all come */
    }
    /* The last of them is out of the semaphore's own lock as well: nobody is stopped with it. */
    CHECK_IS(PVLOCK_BUSY, pvlock_semaphore_tryacquire(semaphore, me, 1));
    for (int i = 0; i < 3; i++) {
        CHECK_IS(0, kill(children[i], SIGSTOP));
        CHECK_IS(children[i], waitpid(children[i], NULL, WUNTRACED));
    }
    for (int i = 0; i < 3; i++) {
        CHECK_IS(PVLOCK_OK, pvlock_semaphore_release(semaphore, me, 1));
        CHECK_IS(1, count_in_queue(region, semaphore, pv_is_chosen));
    }
    for (int i = 0; i < 3; i++) {
        CHECK_IS(0, kill(children[i], SIGCONT));
    }
    for (int i = 0; i < 3; i++) {
        test_join_child(children[i]);
    }
    CHECK_IS(3, pvlock_semaphore_available(semaphore));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- read-write locks */

static pvlock_rwlock *rwlock_of(pvlock_region *region) {
    pvlock_rwlock *rwlock;
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_find(region, "rw", 2, NULL, &rwlock));
    return rwlock;
}

static void read_and_write(void *argument) {
    (void) argument;
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_rwlock *rwlock = rwlock_of(region);
    volatile int64_t *data = pvlock_data(region, NULL); /* guarded */
    for (int i = 0; i < 500; i++) {
        CHECK_IS(PVLOCK_OK, pvlock_rwlock_write(rwlock, me, PVLOCK_FOREVER));
        data[8]++;
        data[9]++;
        CHECK_IS(PVLOCK_OK, pvlock_rwlock_unwrite(rwlock, me));
        for (int j = 0; j < 4; j++) {
            CHECK_IS(PVLOCK_OK, pvlock_rwlock_read(rwlock, me, PVLOCK_FOREVER));
            CHECK_IS(data[8], data[9]);
            CHECK_IS(PVLOCK_OK, pvlock_rwlock_unread(rwlock, me));
        }
    }
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void readers_and_writers(void) {
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = test_fork(read_and_write, NULL);
    }
    for (int i = 0; i < 4; i++) {
        test_join_child(children[i]);
    }
    pvlock_region *region = test_open();
    CHECK_IS(4 * 500, ((int64_t *) pvlock_data(region, NULL))[8]);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void read_for_ever(void *argument) {
    (void) argument;
    pvlock_region *region = test_open();
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_read(rwlock_of(region), test_attach(region), PVLOCK_FOREVER));
    pause_for_ever();
}

static void write_lock_for_ever(void *argument) {
    (void) argument;
    pvlock_region *region = test_open();
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_write(rwlock_of(region), test_attach(region), PVLOCK_FOREVER));
    pause_for_ever();
}

static void who_dies_reading_or_writing(void) {
    pid_t reader = fork_ready(read_for_ever);
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_rwlock *rwlock = rwlock_of(region);
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_tryread(rwlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_read(rwlock, me, 0));
    CHECK_IS(PVLOCK_BUSY, pvlock_rwlock_trywrite(rwlock, me));
    CHECK_IS(PVLOCK_DEADLOCK, pvlock_rwlock_write(rwlock, me, PVLOCK_FOREVER));
    CHECK_IS(PVLOCK_BUSY, pvlock_detach(me));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_unread(rwlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_unread(rwlock, me));
    CHECK_IS(PVLOCK_NOT_OWNER, pvlock_rwlock_unread(rwlock, me));
    CHECK_IS(PVLOCK_BUSY, pvlock_rwlock_trywrite(rwlock, me));
    CHECK_IS(PVLOCK_TIMED_OUT, pvlock_rwlock_write(rwlock, me, pvlock_now_ns() + 20 * MS));
    /* The writer that gave up lets readers in. */
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_tryread(rwlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_unread(rwlock, me));
    test_kill_child(reader);
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_write(rwlock, me, PVLOCK_FOREVER));
    CHECK_IS(PVLOCK_DEADLOCK, pvlock_rwlock_write(rwlock, me, PVLOCK_FOREVER));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_unwrite(rwlock, me));
    CHECK_IS(PVLOCK_NOT_OWNER, pvlock_rwlock_unwrite(rwlock, me));
    pid_t writer = fork_ready(write_lock_for_ever);
    CHECK_IS(PVLOCK_BUSY, pvlock_rwlock_tryread(rwlock, me));
    CHECK_IS(PVLOCK_TIMED_OUT, pvlock_rwlock_read(rwlock, me, pvlock_now_ns() + 20 * MS));
    test_kill_child(writer);
    CHECK_IS(PVLOCK_INCONSISTENT, pvlock_rwlock_read(rwlock, me, PVLOCK_FOREVER));
    CHECK_SAYS("died writing; take it for writing, repair the data, and call pvlock_rwlock_consistent()");
    CHECK_IS(PVLOCK_INCONSISTENT, pvlock_rwlock_tryread(rwlock, me));
    CHECK(!pvlock_is_held(PVLOCK_INCONSISTENT) && !pvlock_is_error(PVLOCK_INCONSISTENT));
    CHECK_IS(PVLOCK_NOT_OWNER, pvlock_rwlock_unread(rwlock, me));
    CHECK_IS(PVLOCK_OWNER_DIED, pvlock_rwlock_write(rwlock, me, PVLOCK_FOREVER));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_consistent(rwlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_unwrite(rwlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_read(rwlock, me, PVLOCK_FOREVER));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_unread(rwlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- options */

static void options_that_cannot_be(void) {
    pvlock_region *region = test_open();
    const struct {
        pvlock_lock_options options;
        const char *of_array;
        const char *of_rwlock;
    } wrong[] = {
        {{.size = 0}, "options.size=0", "options.size=0"},
        {{.size = 4711}, "options.size=4711", "options.size=4711"},
        {{.size = sizeof(pvlock_lock_options), .policy = 5}, "policy=5", "policy=5"},
        {{.size = sizeof(pvlock_lock_options), .policy = PVLOCK_THROUGHPUT}, "a lock array is always", "a read-write lock is always"},
        {{.size = sizeof(pvlock_lock_options), .policy = PVLOCK_FAIR}, "a lock array is always of policy 1", NULL},
        {{.size = sizeof(pvlock_lock_options), .policy = PVLOCK_HYBRID}, NULL, "a read-write lock is always of policy 2"},
        {{.size = sizeof(pvlock_lock_options), .overtake_us = -1}, "overtake_us=-1, allowed are 0..2147483647", "overtake_us=-1"},
        {{.size = sizeof(pvlock_lock_options), .policy = PVLOCK_FAIR, .overtake_us = 1}, "contradict each other", "policy=2 and overtake_us=1 contradict"},
        {{.size = sizeof(pvlock_lock_options), .policy = PVLOCK_THROUGHPUT, .overtake_us = 1}, "policy=3 and overtake_us=1 contradict", "contradict"},
        {{.size = sizeof(pvlock_lock_options), .overtake_us = 400}, NULL, "overtake_us=400, a read-write lock is always of policy 2"},
        {{.size = sizeof(pvlock_lock_options), .overtake_us = 401}, "'options a' exists with overtake_us=400, not 401", "a read-write lock"},
        {{.size = sizeof(pvlock_lock_options), .wait_mode = 4}, "wait_mode=4", "wait_mode=4"},
        {{.size = sizeof(pvlock_lock_options), .wait_mode = PVLOCK_WAIT_PARK}, NULL, "knows only PVLOCK_WAIT_AUTO"},
        {{.size = sizeof(pvlock_lock_options), .on_deadlock = -1}, "on_deadlock=-1", "on_deadlock=-1"},
        {{.size = sizeof(pvlock_lock_options), .on_deadlock = 3}, "on_deadlock=3", "on_deadlock=3"},
    };
    pvlock_array *array;
    pvlock_rwlock *rwlock;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const pvlock_lock_options *options = &wrong[i].options;
        CHECK_IS(wrong[i].of_array ? PVLOCK_INVALID : PVLOCK_OK, pvlock_array_find(region, "options a", 9, 4, options, &array));
        if (wrong[i].of_array) {
            CHECK_SAYS(wrong[i].of_array);
            CHECK(array == NULL);
        }
        CHECK_IS(wrong[i].of_rwlock ? PVLOCK_INVALID : PVLOCK_OK, pvlock_rwlock_find(region, "options rw", 10, options, &rwlock));
        if (wrong[i].of_rwlock) {
            CHECK_SAYS(wrong[i].of_rwlock);
            CHECK(rwlock == NULL);
        }
    }
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void objects_that_must_exist(void) {
    pvlock_region *region = test_open();
    pvlock_lock_options options = PVLOCK_LOCK_OPTIONS_INIT;
    options.must_exist = true;
    pvlock_array *array;
    pvlock_rwlock *rwlock;
    CHECK_IS(PVLOCK_NOT_FOUND, pvlock_array_find(region, "must a", 6, 4, &options, &array));
    CHECK_IS(PVLOCK_NOT_FOUND, pvlock_rwlock_find(region, "must rw", 7, &options, &rwlock));
    CHECK_IS(PVLOCK_OK, pvlock_array_find(region, "must a", 6, 4, NULL, &array));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_find(region, "must rw", 7, NULL, &rwlock));
    CHECK_IS(PVLOCK_OK, pvlock_array_find(region, "must a", 6, 4, &options, &array));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_find(region, "must rw", 7, &options, &rwlock));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

struct circle {
    pvlock_region *region;
    pvlock_t *lock;
    pvlock_rwlock *rwlock;
    pthread_barrier_t barrier;
    int outcome;
};

static void *write_with_the_lock(void *argument) {
    struct circle *circle = argument;
    pvlock_vcpu *me = test_attach(circle->region);
    CHECK_IS(PVLOCK_OK, pvlock_lock(circle->lock, me));
    pthread_barrier_wait(&circle->barrier);
    circle->outcome = pvlock_rwlock_write(circle->rwlock, me, PVLOCK_FOREVER);
    CHECK_SAYS("dead-lock: ");
    CHECK_IS(PVLOCK_OK, pvlock_unlock(circle->lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_detach(me));
    return NULL;
}

/* A reader waits for a lock whose owner waits for the reader to leave. */
static void a_circle_through_a_reader(void) {
    struct circle circle = {.region = test_open()};
    pvlock_vcpu *me = test_attach(circle.region);
    pvlock_lock_options options = PVLOCK_LOCK_OPTIONS_INIT;
    circle.lock = test_lock(circle.region, "circle");
    options.on_deadlock = PVLOCK_DEADLOCK_FAIL;
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_find(circle.region, "circle of rw", 12, &options, &circle.rwlock));
    CHECK_IS(0, pthread_barrier_init(&circle.barrier, NULL, 2));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_read(circle.rwlock, me, PVLOCK_FOREVER));
    pthread_t thread;
    CHECK_IS(0, pthread_create(&thread, NULL, write_with_the_lock, &circle));
    pthread_barrier_wait(&circle.barrier);
    CHECK_IS(PVLOCK_OK, pvlock_lock(circle.lock, me));
    CHECK_IS(0, pthread_join(thread, NULL));
    CHECK_IS(PVLOCK_DEADLOCK, circle.outcome);
    CHECK_IS(PVLOCK_OK, pvlock_unlock(circle.lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_unread(circle.rwlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(circle.region));
}

int main(void) {
    test_begin();
    board = test_shared(sizeof *board);
    records_are_read_whole();
    a_record_for_one_writer();
    sequences();
    permits_are_not_exceeded("unfair");
    permits_are_not_exceeded("fair");
    permits_of_the_dead_come_back();
    one_is_woken_at_a_time();
    readers_and_writers();
    who_dies_reading_or_writing();
    a_circle_through_a_reader();
    options_that_cannot_be();
    objects_that_must_exist();
    test_end();
    return 0;
}
