package io.pvlock.tests.jcstress;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedReadWriteLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The shipped read-write lock, one for all states of a test: what one state does with it only makes the others wait. */
final class ReadersAndWriters {

    /** How long a sleeper waits for its kick before it is taken for forgotten: far longer than any scheduler takes. */
    static final long PATIENCE_NS = 10_000_000_000L;

    static {
        // Before the parker is loaded. Without it a forgotten sleeper wakes by itself, too
        // soon to be told from a busy machine.
        System.setProperty("pvlock.maxSleepNs", Long.toString(PATIENCE_NS));
    }

    static final SharedReadWriteLock LOCK = open();

    private ReadersAndWriters() {}

    private static SharedReadWriteLock open() {
        try {
            Path directory = Files.createTempDirectory("pvlock-jcstress");
            directory.toFile().deleteOnExit();
            Path file = directory.resolve("region");
            file.toFile().deleteOnExit();
            return LockRegion.open(file, RegionOptions.defaults()).readWriteLock("jcstress");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
