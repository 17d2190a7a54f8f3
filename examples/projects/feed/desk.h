/* What the feed, in C, and the strategy, in Java, have in common. Desk.java says the same. */
#ifndef DESK_H
#define DESK_H

#include <stdint.h>

/* The record "EURUSD": the latest quote. All follows from its number, so that a reader could tell half of one. */
struct quote {
    int64_t number;
    int64_t bid_price;
    int64_t bid_size;
    int64_t ask_price;
    int64_t ask_size;
};

/* The user data of the region, under the lock "book": each trade is LOT units. */
struct book {
    int64_t trades;
    int64_t units;
};

#define LOT 10

#endif
