package com.example.desk;

/** What the feed, in C, and the strategy, in Java, have in common. {@code desk.h} says the same. */
final class Desk {

    /** The record "EURUSD": the latest quote. All follows from its number, so that a reader could tell half of one. */
    static final int NUMBER = 0;

    static final int BID_PRICE = NUMBER + Long.BYTES;
    static final int BID_SIZE = BID_PRICE + Long.BYTES;
    static final int ASK_PRICE = BID_SIZE + Long.BYTES;
    static final int ASK_SIZE = ASK_PRICE + Long.BYTES;
    static final int QUOTE_LENGTH = ASK_SIZE + Long.BYTES;

    /** The user data of the region, under the lock "book": each trade is {@link #LOT} units. */
    static final int TRADES = 0;

    static final int UNITS = TRADES + Long.BYTES;
    static final long LOT = 10;

    private Desk() {}
}
