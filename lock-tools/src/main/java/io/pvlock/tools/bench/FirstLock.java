package io.pvlock.tools.bench;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import java.nio.file.Path;

/** A JVM that takes a lock as soon as it can and says when that was, for the measurement of start-up. */
public final class FirstLock {

    private FirstLock() {}

    /** @param args nothing for a JVM without a lock; else a region and how to map it */
    public static void main(String[] args) {
        if (args.length == 0) {
            System.out.println(System.nanoTime());
            return;
        }
        // Not by valueOf(), which looks for the constants by reflection: no lock needs that.
        RegionOptions options =
                RegionOptions.defaults().mapping(args[1].equals("PLAIN") ? Mapping.PLAIN : Mapping.CHRONICLE);
        try (LockRegion region = LockRegion.open(Path.of(args[0]), options)) {
            var lock = region.lock("first");
            lock.lock();
            System.out.println(System.nanoTime());
            lock.unlock();
        }
    }
}
