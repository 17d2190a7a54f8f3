package io.pvlock.examples;

import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The README's first program. Argument: the region file; none for a temporary one. */
public final class FirstLock {

    private FirstLock() {}

    public static void main(String[] args) throws IOException {
        Path path = args.length > 0
                ? Path.of(args[0])
                : Files.createTempDirectory("pvlock-example").resolve("region.pvl");
        System.out.println("fencing token " + run(path));
    }

    static long run(Path path) {
        try (LockRegion region = LockRegion.open(path)) {
            // runs under the lock when its owner was killed: repair the data, then say so
            LockOptions options = LockOptions.defaults().repairWith(guard -> guard.markConsistent());
            SharedLock lock = region.lock("orders/EURUSD", options);
            lock.lock();
            try {
                // exclusive across every thread of every process
            } finally {
                lock.unlock();
            }
            try (LockGuard guard = lock.acquire()) {
                return guard.fencingToken(); // strictly increasing for this lock
            }
        }
    }
}
