/*
 * Finds a lock, or makes it, and says how this process waits for it; or why not. For a test in Java that knows the same
 * lock.
 *
 * usage: find REGION NAME POLICY OVERTAKE_US
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "region.h"
#include "vcpu.h"

int main(int argc, char **argv) {
    if (argc != 5) {
        return 2;
    }
    pvlock_region *region;
    pvlock_lock_options options = PVLOCK_LOCK_OPTIONS_INIT;
    options.policy = atoi(argv[3]);
    options.overtake_us = atoi(argv[4]);
    pvlock_t *lock;
    if (pvlock_open(argv[1], NULL, &region) != PVLOCK_OK
            || pvlock_find(region, argv[2], strlen(argv[2]), &options, &lock) != PVLOCK_OK) {
        printf("%s\n", pvlock_error_detail());
        return 0;
    }
    printf("limit=%d ns=%" PRId64 " stride=%d\n", lock->policy.overtake_limit, lock->policy.overtake_ns,
           lock->policy.stride_shift);
    return pvlock_close(region) == PVLOCK_OK ? 0 : 1;
}
