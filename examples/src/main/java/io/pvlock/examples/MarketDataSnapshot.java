package io.pvlock.examples;

import io.pvlock.LockRegion;
import io.pvlock.SharedRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The latest quote of an instrument, written by one process and read by others, which never wait and never see half of one. Without
 * arguments it starts a feed that is killed, one that goes on, and two readers, and says what they saw.
 */
public final class MarketDataSnapshot {

    private static final int NUMBER = 0;
    private static final int BID_PRICE = NUMBER + Long.BYTES;
    private static final int BID_SIZE = BID_PRICE + Long.BYTES;
    private static final int ASK_PRICE = BID_SIZE + Long.BYTES;
    private static final int ASK_SIZE = ASK_PRICE + Long.BYTES;
    private static final int LENGTH = ASK_SIZE + Long.BYTES;

    private static final long QUOTES = 50_000;
    private static final int READERS = 2;
    private static final int TORN = 1;

    private MarketDataSnapshot() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 0) {
            Path path = Files.createTempDirectory("pvlock-example").resolve("region.pvl");
            System.out.println(run(path) + " quotes written, no reader saw half of one");
            return;
        }
        try (LockRegion region = LockRegion.open(Path.of(args[0]))) {
            SharedRecord quote = region.singleWriterRecord("EURUSD", LENGTH);
            if (args[1].equals("feed")) {
                feed(quote);
            } else if (!watch(quote)) {
                System.exit(TORN);
            }
        }
    }

    private static void feed(SharedRecord quote) {
        while (quote.version() < QUOTES) {
            quote.write(MarketDataSnapshot::next);
        }
    }

    // Everything follows from the number, so that a reader can tell half of a quote.
    private static void next(AtomicBuffer quote) {
        long number = quote.getLong(NUMBER) + 1;
        quote.putLong(NUMBER, number);
        quote.putLong(BID_PRICE, 1_0000 + number % 100);
        quote.putLong(BID_SIZE, number);
        quote.putLong(ASK_PRICE, 1_0002 + number % 100);
        quote.putLong(ASK_SIZE, 2 * number);
    }

    /** Reads until the last quote; whether all were whole. */
    private static boolean watch(SharedRecord record) {
        UnsafeBuffer quote = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));
        UnsafeBuffer expected = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));
        for (long number = 0; number < QUOTES; ) {
            if (record.version() == number) {
                Thread.yield();
                continue;
            }
            number = record.read(quote);
            expected.putLong(NUMBER, number - 1);
            next(expected);
            if (!quote.equals(expected)) {
                return false;
            }
        }
        return true;
    }

    /** Plays it in the region file {@code path}; how many quotes were written. */
    static long run(Path path) throws IOException, InterruptedException {
        try (LockRegion region = LockRegion.open(path)) {
            SharedRecord quote = region.singleWriterRecord("EURUSD", LENGTH);
            List<Process> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                readers.add(OtherProcess.start(MarketDataSnapshot.class, path, "reader"));
            }
            Process killed = OtherProcess.start(MarketDataSnapshot.class, path, "feed");
            while (quote.version() == 0 && killed.isAlive()) {
                Thread.yield();
            }
            killed.destroyForcibly().waitFor(); // maybe in the middle of a quote
            OtherProcess.start(MarketDataSnapshot.class, path, "feed").waitFor();
            for (Process reader : readers) {
                if (reader.waitFor() != 0) {
                    throw new IllegalStateException("a reader ended with status " + reader.exitValue());
                }
            }
            return quote.version();
        }
    }
}
