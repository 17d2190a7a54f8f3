package com.example.desk;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import java.nio.file.Path;
import org.agrona.concurrent.AtomicBuffer;

/** Counts in a region, under a lock. Arguments: the region file, and how often. Prints the count of all processes so far. */
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        int times = Integer.parseInt(args[1]);
        try (LockRegion region = LockRegion.open(Path.of(args[0]))) {
            SharedLock lock = region.lock("counter");
            AtomicBuffer data = region.data();
            for (int i = 0; i < times; i++) {
                try (LockGuard guard = lock.acquire()) {
                    if (guard.ownerDied()) {
                        guard.markConsistent(); // a count is whole or not there: nothing to repair
                    }
                    data.putLong(0, data.getLong(0) + 1);
                }
            }
            try (LockGuard guard = lock.acquire()) {
                System.out.println("count " + data.getLong(0));
            }
        }
    }
}
