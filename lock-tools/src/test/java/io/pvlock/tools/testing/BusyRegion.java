package io.pvlock.tools.testing;

import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.kit.ChildJvm;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** A process of a trading desk: its threads take locks of a region, some more often than others, until its input ends. */
public final class BusyRegion {

    /** The first ones are taken most often. */
    public static final List<String> LOCKS = List.of(
            "orders/EURUSD",
            "orders/GBPUSD",
            "book/bund-future",
            "risk/limits",
            "positions",
            "marketdata/snapshot",
            "config",
            "audit-log");

    private static final LockOptions OPTIONS = LockOptions.defaults().onOwnerDeath(LockOptions.OnOwnerDeath.CONTINUE);

    private BusyRegion() {}

    /** @param args region, threads, seed */
    public static void main(String[] args) throws Exception {
        LockRegion region = LockRegion.open(Path.of(args[0]));
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            Random random = new Random(Long.parseLong(args[2]) * 100 + i);
            Thread thread = new Thread(() -> run(region, random), "desk " + args[2] + "." + i);
            thread.setDaemon(true);
            thread.start();
        }
        System.out.println(ChildJvm.MARK + "busy");
        while (System.in.read() >= 0) {
            // Nothing is said but the end.
        }
        System.exit(0);
    }

    private static void run(LockRegion region, Random random) {
        List<SharedLock> locks =
                LOCKS.stream().map(name -> region.lock(name, OPTIONS)).toList();
        while (true) {
            SharedLock lock = locks.get((int) (LOCKS.size() * Math.pow(random.nextDouble(), 3)));
            LockGuard guard = lock.acquire();
            LockSupport.parkNanos(random.nextInt(3_000_000));
            guard.close();
            LockSupport.parkNanos(random.nextInt(2_000_000));
        }
    }
}
