/*
 * What a pair of lock and unlock costs where nobody else wants the lock: two compare-and-sets as the least that there
 * is, pthread mutexes, and pvlock, in one binary, in turns. Prints the median of many short rounds, in nanoseconds a
 * pair. Meant for a quiet machine.
 */
#include <time.h>

#include "test.h"

#define PAIRS 20000
#define ROUNDS 201

struct contender {
    const char *name;
    void (*run)(int pairs);
    double ns[ROUNDS];
};

static _Alignas(64) _Atomic uint64_t cell;
static _Alignas(64) pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t *robust;
static pvlock_t *lock;
static pvlock_vcpu *me;
static pvlock_array *array;

/* Not inlined, as the others are not. */
__attribute__((noinline)) static bool cas(uint64_t from, uint64_t to) {
    return atomic_compare_exchange_strong(&cell, &from, to);
}

static void cas_pair(int pairs) {
    for (int i = 0; i < pairs; i++) {
        cas(0, 1);
        cas(1, 0);
    }
}

static void plain_pair(int pairs) {
    for (int i = 0; i < pairs; i++) {
        pthread_mutex_lock(&plain);
        pthread_mutex_unlock(&plain);
    }
}

static void robust_pair(int pairs) {
    for (int i = 0; i < pairs; i++) {
        pthread_mutex_lock(robust);
        pthread_mutex_unlock(robust);
    }
}

static void pvlock_pair(int pairs) {
    int outcome = 0;
    for (int i = 0; i < pairs; i++) {
        outcome |= pvlock_lock(lock, me);
        outcome |= pvlock_unlock(lock, me);
    }
    CHECK_IS(PVLOCK_OK, outcome);
}

static void array_pair(int pairs) {
    int outcome = 0;
    for (int i = 0; i < pairs; i++) {
        outcome |= pvlock_array_lock(array, 7, me);
        outcome |= pvlock_array_unlock(array, 7, me);
    }
    CHECK_IS(PVLOCK_OK, outcome);
}

static int by_value(const void *a, const void *b) {
    double one = *(const double *) a;
    double other = *(const double *) b;
    return (one > other) - (one < other);
}

static void *wait_for_ever(void *unused) {
    for (;;) {
        pause();
    }
    return unused;
}

int main(void) {
    test_begin();
    /* In a process of one thread glibc leaves the atomic instructions out. */
    pthread_t thread;
    CHECK_IS(0, pthread_create(&thread, NULL, wait_for_ever, NULL));
    pvlock_region *region = test_open();
    me = test_attach(region);
    lock = test_lock(region, "bench");
    CHECK_IS(PVLOCK_OK, pvlock_array_find(region, "array", 5, 16, NULL, &array));
    robust = test_shared(sizeof *robust);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    CHECK_IS(0, pthread_mutex_init(robust, &attributes));
    static struct contender contenders[] = {
        {.name = "CAS + CAS", .run = cas_pair},
        {.name = "pthread mutex", .run = plain_pair},
        {.name = "robust mutex, shared", .run = robust_pair},
        {.name = "pvlock", .run = pvlock_pair},
        {.name = "pvlock array", .run = array_pair},
    };
    int count = sizeof contenders / sizeof *contenders;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < count; i++) {
            int64_t begin = pvlock_now_ns();
            contenders[i].run(PAIRS);
            contenders[i].ns[round] = (double) (pvlock_now_ns() - begin) / PAIRS;
        }
    }
    double least = 0;
    for (int i = 0; i < count; i++) {
        qsort(contenders[i].ns, ROUNDS, sizeof(double), by_value);
        double median = contenders[i].ns[ROUNDS / 2];
        least = i == 0 ? median : least;
        printf("%-22s %6.2f ns a pair, %.2f of CAS + CAS\n", contenders[i].name, median, median / least);
    }
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
    test_end();
    return 0;
}
