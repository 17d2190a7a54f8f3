/*
 * A feed handler: writes quotes that others read without a lock, and books fills under a lock that it shares with them.
 *
 *     feed REGION N       writes quotes up to number N, and books one fill for each
 *     feed REGION half    books half of a fill, says so, and waits under the lock: to be killed
 */
#include "desk.h"

#include <pvlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check(int outcome) {
    if (outcome != PVLOCK_OK) {
        fprintf(stderr, "feed: %s: %s\n", pvlock_strerror(outcome), pvlock_error_detail());
        exit(1);
    }
}

/* Whoever had the lock died: a trade may be counted whose units are not. */
static void lock_and_repair(pvlock_t *lock, pvlock_vcpu *me, struct book *book) {
    int outcome = pvlock_lock(lock, me);
    if (outcome == PVLOCK_OWNER_DIED) {
        book->units = book->trades * LOT;
        check(pvlock_consistent(lock, me));
        printf("feed: an owner died, book repaired\n");
    } else {
        check(outcome);
    }
}

static void write_quote(pvlock_record *quotes, pvlock_vcpu *me) {
    void *copy;
    check(pvlock_record_begin(quotes, me, &copy));
    struct quote *quote = copy;
    quote->number++;
    quote->bid_price = 10000 + quote->number % 100;
    quote->bid_size = quote->number;
    quote->ask_price = 10002 + quote->number % 100;
    quote->ask_size = 2 * quote->number;
    check(pvlock_record_publish(quotes, me));
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: feed REGION N|half\n");
        return 2;
    }
    pvlock_region *region;
    pvlock_vcpu *me;
    pvlock_t *lock;
    pvlock_record *quotes;
    size_t bytes;
    check(pvlock_open(argv[1], NULL, &region));
    check(pvlock_attach(region, &me));
    check(pvlock_find(region, "book", strlen("book"), NULL, &lock));
    check(pvlock_record_find(region, "EURUSD", strlen("EURUSD"), sizeof(struct quote), false, &quotes));
    struct book *book = pvlock_data(region, &bytes);

    if (strcmp(argv[2], "half") == 0) {
        lock_and_repair(lock, me, book);
        book->trades++;
        printf("feed: half\n");
        fflush(stdout);
        for (;;) {
            pause();
        }
    }
    for (long number = 1; number <= atol(argv[2]); number++) {
        write_quote(quotes, me);
        lock_and_repair(lock, me, book);
        book->trades++;
        book->units += LOT;
        check(pvlock_unlock(lock, me));
    }
    printf("feed: %lld quotes\n", (long long) pvlock_record_version(quotes));
    check(pvlock_close(region));
    return 0;
}
