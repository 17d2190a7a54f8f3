/*
 * What the program around the library does to it: descriptors, forks, cancelled threads, slots that others take for
 * dead.
 */
#include <sys/syscall.h>

#include "test.h"
#include "region.h"
#include "vcpu.h"

static pvlock_region *fresh(void) {
    CHECK(unlink(test_path) == 0 || errno == ENOENT);
    return test_open();
}

/* ---- descriptors */

static void open_without_standard_descriptors(void *argument) {
    (void) argument;
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    pvlock_region *region = test_open();
    CHECK(pvlock_witness_fd(region) > STDERR_FILENO);
    CHECK(fcntl(STDIN_FILENO, F_GETFD) < 0 && errno == EBADF);
    CHECK(fcntl(STDOUT_FILENO, F_GETFD) < 0 && errno == EBADF);
    CHECK(fcntl(pvlock_witness_fd(region), F_GETFD) == FD_CLOEXEC);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* What such a program prints must not get into the file. */
static void the_file_is_never_a_standard_descriptor(void) {
    CHECK(unlink(test_path) == 0 || errno == ENOENT);
    test_join_child(test_fork(open_without_standard_descriptors, NULL)); /* makes it */
    test_join_child(test_fork(open_without_standard_descriptors, NULL)); /* opens it */
}

struct board {
    _Atomic int held;
    _Atomic int seen;
};

static struct board *board;

static void hold_borrowed(void *argument) {
    (void) argument;
    pvlock_region *region = test_open();
    pvlock_vcpu *me;
    CHECK_IS(PVLOCK_OK, pvlock_attach_borrowed(region, &me));
    pvlock_t *lock = test_lock(region, "held");
    CHECK_IS(PVLOCK_OK, pvlock_lock(lock, me));
    atomic_store(&board->held, 1);
    test_await(&board->seen, 1);
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* A command may inherit it, and be another user's by then: that one can write in no file of ours. */
static void the_witness_can_only_read(void) {
    pvlock_region *region = fresh();
    CHECK_IS(O_RDONLY, fcntl(pvlock_witness_fd(region), F_GETFL) & O_ACCMODE);
    int error;
    int other = open(test_path, O_RDWR | O_CLOEXEC);
    CHECK(other >= 0);
    CHECK(!pv_try_byte(other, region->core.process, &error) && error == 0);
    CHECK(pv_is_byte_locked_by_other(other, region->core.process));
    CHECK(!pv_is_byte_locked_by_other(pvlock_witness_fd(region), region->core.process));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
    CHECK(pv_try_byte(other, 0, &error));
    close(other);
}

static void other_file_in_the_place_of(bool witness) {
    pvlock_region *region = fresh();
    pvlock_vcpu *me = test_attach(region);
    pvlock_t *lock = test_lock(region, "held");
    atomic_store(&board->held, 0);
    atomic_store(&board->seen, 0);
    pid_t child = test_fork(hold_borrowed, NULL);
    test_await(&board->held, 1);
    int fd = witness ? pvlock_witness_fd(region) : region->core.fd;
    char other[160];
    snprintf(other, sizeof other, "%s/other", test_folder);
    int file = open(other, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(file >= 0);
    CHECK_IS(fd, dup3(file, fd, O_CLOEXEC));
    CHECK_IS(PVLOCK_BUSY, pvlock_trylock(lock, me));
    /* And as soon as it is noticed nothing is taken any more: others take this process for dead. */
    CHECK_IS(PVLOCK_UNAVAILABLE, pvlock_lock(lock, me));
    CHECK_SAYS("this program has closed a descriptor of the library");
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
    CHECK(fcntl(fd, F_GETFD) >= 0); /* it is not the library's */
    atomic_store(&board->seen, 1);
    test_join_child(child);
    close(fd);
    close(file);
}

/* A program that closes what it does not know, and opens other files: these have no locks, which proves nobody dead. */
static void another_file_in_the_place_of_a_descriptor(void) {
    other_file_in_the_place_of(false);
    other_file_in_the_place_of(true);
}

/* ---- copies of the descriptor */

/* A process that has left is gone, even if others have copies of its descriptor. */
static void who_has_left_does_not_keep_its_place(void) {
    pvlock_region *region = fresh();
    int first = region->core.process;
    int copy = dup(pvlock_witness_fd(region));
    CHECK(copy >= 0);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
    region = test_open();
    CHECK_IS(first, region->core.process);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
    close(copy);
}

/* ---- cancelled threads */

static void *find_until_cancelled(void *region) {
    test_lock(region, "new");
    for (;;) {
        pause();
    }
    return NULL;
}

static void *open_until_cancelled(void *opened) {
    pvlock_options options = test_options();
    CHECK_IS(PVLOCK_OK, pvlock_open(test_path, &options, opened));
    for (;;) {
        pause();
    }
    return NULL;
}

static void cancel(pthread_t thread) {
    void *result;
    CHECK_IS(0, pthread_cancel(thread));
    CHECK_IS(0, pthread_join(thread, &result));
    CHECK(result == PTHREAD_CANCELED);
}

/* It does what it was asked for first: whoever has a byte or a mutex gives it back. */
__attribute__((unused)) static void a_thread_that_is_cancelled_while_it_waits_for_a_byte(void) {
    pvlock_region *region = fresh();
    int fd = open(test_path, O_RDWR | O_CLOEXEC);
    int error;
    int64_t exclusive = region->layout.max_processes + PVLOCK_BYTE_EXCLUSIVE_BEHIND;
    CHECK(fd >= 0 && pv_try_byte(fd, exclusive, &error));
    pthread_t thread;
    CHECK_IS(0, pthread_create(&thread, NULL, find_until_cancelled, region));
    while (pthread_mutex_trylock(&region->exclusive) == 0) {
        CHECK_IS(0, pthread_mutex_unlock(&region->exclusive)); /* it has not come to it */
        usleep(200);
    }
    CHECK_IS(0, pthread_cancel(thread));
    usleep(20000); /* long enough for a nap of the one that waits, else nothing is tried */
    pv_unlock_byte(fd, exclusive);
    cancel(thread);
    CHECK(test_lock(region, "new") != test_lock(region, "another"));

    int64_t gate = region->layout.max_processes + PVLOCK_BYTE_GATE_BEHIND;
    CHECK(pv_try_byte(fd, gate, &error));
    pvlock_region *opened = NULL;
    CHECK_IS(0, pthread_create(&thread, NULL, open_until_cancelled, &opened));
    CHECK_IS(0, pthread_cancel(thread));
    usleep(20000);
    pv_unlock_byte(fd, gate);
    cancel(thread);
    CHECK(opened == NULL || pvlock_close(opened) == PVLOCK_OK);
    CHECK_IS(PVLOCK_OK, pvlock_close(test_open()));
    close(fd);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- slots */

struct attached {
    pvlock_region *region;
    _Atomic int stage;
};

static void *stay_attached(void *argument) {
    struct attached *attached = argument;
    pvlock_vcpu *me = test_attach(attached->region);
    uint32_t sentinel = pv_sentinel_at(&attached->region->core, pvlock_vcpu_index(me));
    atomic_store(&attached->stage, 1 + pvlock_vcpu_index(me));
    test_await(&attached->stage, 100);
    CHECK_IS(PVLOCK_OK, pvlock_detach(me));
    CHECK_IS(0, pv_load32(attached->region->core.base, sentinel) & PV_SENTINEL_TID_MASK);
    return NULL;
}

/*
 * As after damage, or if this process has lost its witness. The thread lives all the same, and has a mutex of the file
 * in the list that libc follows: the file stays mapped until it has given that back.
 */
static void a_living_thread_that_is_taken_for_dead(void) {
    pvlock_region *region = fresh();
    struct attached attached = {region, 0};
    pthread_t thread;
    CHECK_IS(0, pthread_create(&thread, NULL, stay_attached, &attached));
    test_await(&attached.stage, 1);
    int vcpu = attached.stage - 1;
    uint64_t state = pv_state(&region->core, vcpu);
    CHECK(pv_cas_state(&region->core, vcpu, state, pv_slot_with_status(state, PVLOCK_SLOT_DEAD)));
    CHECK_IS(PVLOCK_BUSY, pvlock_close(region));
    CHECK_SAYS("is still attached");
    atomic_store(&attached.stage, 100);
    CHECK_IS(0, pthread_join(thread, NULL));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- paths */

/* No name is longer than 255 bytes: what is cut off would be another file. */
static void a_name_that_is_too_long(void) {
    char folder[400];
    char path[500];
    char name[257];
    memset(name, 'x', 256);
    name[255] = '\0';
    snprintf(folder, sizeof folder, "%s/%s", test_folder, name);
    CHECK_IS(0, mkdir(folder, 0700));
    pvlock_options options = test_options();
    pvlock_region *region;
    snprintf(path, sizeof path, "%sregion", folder);
    CHECK_IS(PVLOCK_UNAVAILABLE, pvlock_open(path, &options, &region));
    CHECK_SAYS("File name too long");
    CHECK_IS(0, rmdir(folder));
}

int main(int argc, char **argv) {
    void (*const tests[])(void) = {
        the_file_is_never_a_standard_descriptor,
        the_witness_can_only_read,
        another_file_in_the_place_of_a_descriptor,
        who_has_left_does_not_keep_its_place,
#ifndef __SANITIZE_ADDRESS__ /* it does not know what a cancelled thread does with its stack */
        a_thread_that_is_cancelled_while_it_waits_for_a_byte,
#endif
        a_living_thread_that_is_taken_for_dead,
        a_name_that_is_too_long,
    };
    test_begin();
    board = test_shared(sizeof *board);
    for (int i = 0; i < (int) (sizeof tests / sizeof *tests); i++) {
        if (argc < 2 || atoi(argv[1]) == i) {
            tests[i]();
        }
    }
    test_end();
    return 0;
}
