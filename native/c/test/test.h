/*
 * What the tests of libpvlock have in common: checks, a watchdog, a region file of their own, children that end with
 * them.
 */
#ifndef PVLOCK_TEST_H
#define PVLOCK_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pvlock.h"

/* A test that takes longer has failed. */
#define WATCHDOG_S 120

#define CHECK(condition)                                                                                         \
    do {                                                                                                         \
        if (!(condition)) {                                                                                      \
            fprintf(stderr, "%s:%d: %s; detail: %s\n", __FILE__, __LINE__, #condition, pvlock_error_detail());   \
            abort();                                                                                             \
        }                                                                                                        \
    } while (0)

#define CHECK_IS(expected, actual)                                                                               \
    do {                                                                                                         \
        long long expected_ = (long long) (expected);                                                            \
        long long actual_ = (long long) (actual);                                                                \
        if (expected_ != actual_) {                                                                              \
            fprintf(stderr, "%s:%d: %s is %lld, not %lld (%s); detail: %s\n", __FILE__, __LINE__, #actual,       \
                    actual_, expected_, #expected, pvlock_error_detail());                                       \
            abort();                                                                                             \
        }                                                                                                        \
    } while (0)

#define CHECK_SAYS(text)                                                                                         \
    do {                                                                                                         \
        if (strstr(pvlock_error_detail(), (text)) == NULL) {                                                     \
            fprintf(stderr, "%s:%d: '%s' does not say '%s'\n", __FILE__, __LINE__, pvlock_error_detail(), (text)); \
            abort();                                                                                             \
        }                                                                                                        \
    } while (0)

static char test_folder[64];
static char test_path[128];

static void test_remove_folder(void) {
    char command[160];
    snprintf(command, sizeof command, "rm -rf %s", test_folder);
    if (system(command) != 0) {
        fprintf(stderr, "%s is left behind\n", test_folder);
    }
}

/* Emulators have no robust lists: nobody is told that a thread has ended, which is what the tests are about. */
static inline void test_need_robust_lists(void) {
    void *head = NULL;
    size_t length = 0;
    if (syscall(SYS_get_robust_list, 0, &head, &length) != 0 || head == NULL) {
        printf("skipped: this kernel has no robust lists\n");
        exit(0);
    }
}

static inline void test_begin(void) {
    alarm(WATCHDOG_S); /* SIGALRM ends the process */
    test_need_robust_lists();
    setvbuf(stdout, NULL, _IOLBF, 0);
    strcpy(test_folder, "/dev/shm/pvlock-test-XXXXXX");
    if (mkdtemp(test_folder) == NULL) {
        strcpy(test_folder, "/tmp/pvlock-test-XXXXXX");
        CHECK(mkdtemp(test_folder) != NULL);
    }
    snprintf(test_path, sizeof test_path, "%s/region", test_folder);
}

static inline void test_end(void) {
    test_remove_folder();
}

/* Small tables: fast to make, fast to fill. */
static inline pvlock_options test_options(void) {
    pvlock_options options = PVLOCK_OPTIONS_INIT;
    options.max_processes = 16;
    options.max_vcpus = 16;
    options.max_locks = 16;
    options.object_bytes = 65536;
    return options;
}

static inline pvlock_region *test_open(void) {
    pvlock_options options = test_options();
    pvlock_region *region;
    CHECK_IS(PVLOCK_OK, pvlock_open(test_path, &options, &region));
    return region;
}

static inline pvlock_vcpu *test_attach(pvlock_region *region) {
    pvlock_vcpu *vcpu;
    CHECK_IS(PVLOCK_OK, pvlock_attach(region, &vcpu));
    return vcpu;
}

static inline pvlock_t *test_lock(pvlock_region *region, const char *name) {
    pvlock_t *lock;
    CHECK_IS(PVLOCK_OK, pvlock_find(region, name, strlen(name), NULL, &lock));
    return lock;
}

/* A child that runs body and says by its status that all went well. It ends with its parent. */
static inline pid_t test_fork(void (*body)(void *), void *argument) {
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(WATCHDOG_S);
        body(argument);
        _exit(0);
    }
    return child;
}

static inline void test_join_child(pid_t child) {
    int status;
    CHECK_IS(child, waitpid(child, &status, 0));
    CHECK_IS(0, status);
}

static inline void test_kill_child(pid_t child) {
    int status;
    CHECK_IS(0, kill(child, SIGKILL));
    CHECK_IS(child, waitpid(child, &status, 0));
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Memory that children share with their parent. */
static inline void *test_shared(size_t bytes) {
    void *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    return shared;
}

/* Waits for a flag of shared memory, which the watchdog bounds. */
static inline void test_await(_Atomic int *flag, int value) {
    while (atomic_load(flag) < value) {
        usleep(200);
    }
}

#endif
