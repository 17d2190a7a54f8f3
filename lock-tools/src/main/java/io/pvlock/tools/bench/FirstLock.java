package io.pvlock.tools.bench;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A JVM that takes a lock as soon as it can and says when that was, for the measurement of start-up. */
public final class FirstLock {

    private FirstLock() {}

    /** @param args nothing for a JVM without a lock; a file for the lock of a {@code FileChannel}; a region and how to map it */
    public static void main(String[] args) throws IOException {
        switch (args.length) {
            case 0 -> System.out.println(System.nanoTime());
            case 1 -> lockFile(Path.of(args[0]));
            // Not by valueOf(), which looks for the constants by reflection: no lock needs that.
            default -> lockIn(Path.of(args[0]), args[1].equals("PLAIN") ? Mapping.PLAIN : Mapping.CHRONICLE);
        }
    }

    private static void lockFile(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.lock();
            System.out.println(System.nanoTime());
        }
    }

    private static void lockIn(Path file, Mapping mapping) {
        try (LockRegion region = LockRegion.open(file, RegionOptions.defaults().mapping(mapping))) {
            var lock = region.lock("first");
            lock.lock();
            System.out.println(System.nanoTime());
            lock.unlock();
        }
    }
}
