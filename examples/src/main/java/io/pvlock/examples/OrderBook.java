package io.pvlock.examples;

import io.pvlock.HeldLocks;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedLockArray;
import io.pvlock.Vcpu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.AtomicBuffer;

/**
 * A book of orders by price level, changed by several processes at once: each level has a lock of its own, 8 bytes in an array, so
 * that orders at different prices do not wait for each other. Moving an order takes two levels, in a safe order. The region is mapped by
 * Chronicle Bytes, which takes the artifact {@code pvlock-chronicle} and its flags. Without arguments it starts three processes and
 * says whether a share was lost.
 */
public final class OrderBook {

    static final int LEVELS = 1_000;

    private static final int ORDERS = 20_000;
    private static final long QUANTITY = 100;

    private final AtomicBuffer quantities;
    private final SharedLockArray locks;

    OrderBook(LockRegion region) {
        quantities = region.data();
        locks = region.lockArray("book EURUSD", LEVELS);
    }

    void add(int level, long quantity, Vcpu me) {
        locks.lock(level, me);
        try {
            quantities.putLong(level * Long.BYTES, quantityAt(level) + quantity);
        } finally {
            locks.unlock(level, me);
        }
    }

    void move(int from, int to, long quantity) {
        HeldLocks held = locks.lockAll(from, to);
        try (held) {
            long moved = Math.min(quantity, quantityAt(from));
            quantities.putLong(from * Long.BYTES, quantityAt(from) - moved);
            quantities.putLong(to * Long.BYTES, quantityAt(to) + moved);
        }
    }

    private long quantityAt(int level) {
        return quantities.getLong(level * Long.BYTES);
    }

    private long total() {
        long total = 0;
        for (int level = 0; level < LEVELS; level++) {
            total += quantityAt(level);
        }
        return total;
    }

    private void trade(Vcpu me, Random random) {
        for (int order = 0; order < ORDERS; order++) {
            int level = random.nextInt(LEVELS);
            add(level, QUANTITY, me);
            move(level, (level + 1 + random.nextInt(LEVELS - 1)) % LEVELS, QUANTITY);
        }
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 0) {
            Path directory = Files.createTempDirectory("pvlock-example");
            System.out.println(run(directory.resolve("region.pvl"), 3) + " shares missing");
            return;
        }
        try (LockRegion region = open(Path.of(args[0]))) {
            new OrderBook(region).trade(region.attach(), new Random(Long.parseLong(args[1])));
        }
    }

    private static LockRegion open(Path path) {
        return LockRegion.open(
                path, RegionOptions.defaults().dataBytes(LEVELS * Long.BYTES).mapping(Mapping.CHRONICLE));
    }

    /** How many shares are missing when {@code processes} of them have traded. */
    static long run(Path path, int processes) throws IOException, InterruptedException {
        try (LockRegion region = open(path)) {
            List<Process> traders = new ArrayList<>();
            for (int i = 0; i < processes; i++) {
                traders.add(OtherProcess.start(OrderBook.class, path, i));
            }
            for (Process trader : traders) {
                trader.waitFor();
            }
            return ORDERS * QUANTITY * processes - new OrderBook(region).total();
        }
    }
}
