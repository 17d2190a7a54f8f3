/* Nanoseconds of a futex call that wakes nobody, on shared memory: the median of batches. A floor of the bench. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 201, CALLS = 1000 };

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec * 1e9 + (double) now.tv_nsec;
}

static int compare(const void *left, const void *right) {
    double one = *(const double *) left;
    double other = *(const double *) right;
    return (one > other) - (one < other);
}

int main(void) {
    static double ns[BATCHES];
    uint32_t *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (word == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    for (int batch = 0; batch < BATCHES; batch++) {
        double start = now_ns();
        for (int i = 0; i < CALLS; i++) {
            syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
        }
        ns[batch] = (now_ns() - start) / CALLS;
    }
    qsort(ns, BATCHES, sizeof *ns, compare);
    printf("%.1f\n", ns[BATCHES / 2]);
    return 0;
}
