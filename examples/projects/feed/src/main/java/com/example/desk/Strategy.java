package com.example.desk;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.SharedRecord;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads the quotes that a feed in C writes, and books an order for each under the lock that it shares with the feed. Arguments: the
 * region, and the number of the last quote; or {@code half}, to book half of an order and wait under the lock: to be killed.
 */
public final class Strategy {

    private Strategy() {}

    public static void main(String[] args) throws InterruptedException {
        try (LockRegion region = LockRegion.open(Path.of(args[0]))) {
            SharedLock lock = region.lock("book");
            AtomicBuffer book = region.data();
            if (args[1].equals("half")) {
                half(lock, book);
            } else {
                trade(region.singleWriterRecord("EURUSD", Desk.QUOTE_LENGTH), lock, book, Long.parseLong(args[1]));
            }
        }
    }

    private static void trade(SharedRecord quotes, SharedLock lock, AtomicBuffer book, long last) {
        UnsafeBuffer quote = new UnsafeBuffer(ByteBuffer.allocateDirect(Desk.QUOTE_LENGTH));
        long orders = 0;
        for (long seen = 0; seen < last; ) {
            if (quotes.version() == seen) {
                Thread.yield();
                continue;
            }
            seen = quotes.read(quote);
            if (!isWhole(quote, seen)) {
                throw new IllegalStateException("half of quote " + seen);
            }
            try (LockGuard guard = acquire(lock, book)) {
                book.putLong(Desk.TRADES, book.getLong(Desk.TRADES) + 1);
                book.putLong(Desk.UNITS, book.getLong(Desk.UNITS) + Desk.LOT);
            }
            orders++;
        }
        try (LockGuard guard = acquire(lock, book)) {
            System.out.println("strategy: " + orders + " orders, book has " + book.getLong(Desk.TRADES) + " trades, "
                    + book.getLong(Desk.UNITS) + " units");
        }
    }

    private static boolean isWhole(UnsafeBuffer quote, long number) {
        return quote.getLong(Desk.NUMBER) == number
                && quote.getLong(Desk.BID_PRICE) == 1_0000 + number % 100
                && quote.getLong(Desk.BID_SIZE) == number
                && quote.getLong(Desk.ASK_PRICE) == 1_0002 + number % 100
                && quote.getLong(Desk.ASK_SIZE) == 2 * number;
    }

    /** Whoever had the lock died: a trade may be counted whose units are not. */
    private static LockGuard acquire(SharedLock lock, AtomicBuffer book) {
        LockGuard guard = lock.acquire();
        if (guard.ownerDied()) {
            book.putLong(Desk.UNITS, book.getLong(Desk.TRADES) * Desk.LOT);
            guard.markConsistent();
            System.out.println("strategy: an owner died, book repaired");
        }
        return guard;
    }

    private static void half(SharedLock lock, AtomicBuffer book) throws InterruptedException {
        try (LockGuard guard = acquire(lock, book)) {
            book.putLong(Desk.TRADES, book.getLong(Desk.TRADES) + 1);
            System.out.println("strategy: half");
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
