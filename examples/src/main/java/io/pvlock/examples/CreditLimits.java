package io.pvlock.examples;

import io.pvlock.LockRegion;
import io.pvlock.SharedCounter;
import io.pvlock.SharedLocalCounter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Limits on credit that are checked before each trade: of a trader, of its desk, of the firm, by processes that know nothing of each
 * other. Without arguments it starts three traders of two desks, and prints how far each limit was used.
 */
public final class CreditLimits {

    private static final long OF_FIRM = 1_000;
    private static final long OF_DESK = 700;
    private static final long OF_TRADER = 500;
    private static final int ORDERS = 200_000;

    private CreditLimits() {}

    private static SharedCounter firm(LockRegion region) {
        return region.counter("credit: firm", OF_FIRM, null);
    }

    private static SharedCounter desk(LockRegion region, int desk) {
        return region.counter("credit: desk " + desk, OF_DESK, firm(region));
    }

    private static void trade(LockRegion region, int trader, int traders) {
        // So that they trade at the same time, and get into each other's way.
        SharedLocalCounter ready = region.localCounter("traders ready");
        ready.increment();
        while (ready.sum() < traders) {
            Thread.yield();
        }
        SharedCounter limit = region.counter("credit: trader " + trader, OF_TRADER, desk(region, trader % 2));
        SharedLocalCounter refused = region.localCounter("orders refused");
        Random random = new Random(trader);
        List<Long> open = new ArrayList<>();
        for (int order = 0; order < ORDERS; order++) {
            long amount = 1 + random.nextInt(100);
            Optional<SharedCounter> inTheWay = limit.tryCharge(amount);
            if (inTheWay.isEmpty()) {
                open.add(amount);
            } else {
                refused.increment();
                if (!open.isEmpty()) {
                    limit.uncharge(open.remove(0));
                }
            }
        }
        open.forEach(limit::uncharge);
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 0) {
            Path directory = Files.createTempDirectory("pvlock-example");
            run(directory.resolve("region.pvl"), 3).forEach(System.out::println);
            return;
        }
        try (LockRegion region = LockRegion.open(Path.of(args[0]))) {
            trade(region, Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        }
    }

    /** What became of each limit when all have traded, in words. */
    static List<String> run(Path path, int traders) throws IOException, InterruptedException {
        try (LockRegion region = LockRegion.open(path)) {
            List<Process> processes = new ArrayList<>();
            for (int i = 0; i < traders; i++) {
                processes.add(OtherProcess.start(CreditLimits.class, path, i, traders));
            }
            for (Process process : processes) {
                process.waitFor();
            }
            List<String> report = new ArrayList<>();
            report.add(describe("firm", firm(region)));
            report.add(describe("desk 0", desk(region, 0)));
            report.add(describe("desk 1", desk(region, 1)));
            report.add(
                    "orders refused: " + region.localCounter("orders refused").sum());
            return report;
        }
    }

    private static String describe(String who, SharedCounter limit) {
        return who + ": open " + limit.usage() + ", at most " + limit.watermark() + " of " + limit.max()
                + ", in the way " + limit.failures() + " times";
    }
}
