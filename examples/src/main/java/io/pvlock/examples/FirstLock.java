package io.pvlock.examples;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
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
        long lastToken;
        try (LockRegion region = LockRegion.open(path)) {
            SharedLock lock = region.lock("orders/EURUSD");
            lock.lock();
            try {
                // exclusive across every thread of every process
            } finally {
                lock.unlock();
            }

            try (LockGuard guard = lock.acquire()) {
                if (guard.ownerDied()) {
                    // the previous owner was killed in here: repair the data, then say so
                    guard.markConsistent();
                }
                long token = guard.fencingToken(); // strictly increasing for this lock
                lastToken = token;
            }

            Vcpu me = region.attach(); // an explicit handle saves the thread-local look-up
            lock.lock(me);
            lock.unlock(me);
        }
        return lastToken;
    }
}
