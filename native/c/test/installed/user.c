/* A user's program: what it needs comes from pkg-config. Takes a lock of the region named, and says so. */
#include <pvlock.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    pvlock_region *region;
    pvlock_vcpu *me;
    pvlock_t *orders;
    if (argc != 2 || pvlock_open(argv[1], NULL, &region) != PVLOCK_OK || pvlock_attach(region, &me) != PVLOCK_OK
            || pvlock_find(region, "orders", strlen("orders"), NULL, &orders) != PVLOCK_OK
            || pvlock_lock(orders, me) != PVLOCK_OK) {
        fprintf(stderr, "%s\n", pvlock_error_detail());
        return 1;
    }
    printf("held by %d, version %d.%d.%d\n", pvlock_vcpu_index(me), PVLOCK_VERSION_MAJOR, PVLOCK_VERSION_MINOR, PVLOCK_VERSION_PATCH);
    return pvlock_unlock(orders, me) == PVLOCK_OK && pvlock_close(region) == PVLOCK_OK ? 0 : 1;
}
