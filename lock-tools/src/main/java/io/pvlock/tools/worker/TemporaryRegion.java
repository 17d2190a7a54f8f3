package io.pvlock.tools.worker;

import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** A region of a command's own: made for it, deleted after it, also when a signal ends it. */
public final class TemporaryRegion implements AutoCloseable {

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final LockRegion region;
    private final Thread hook = new Thread(this::closeAndDelete, "delete-region");

    private TemporaryRegion(LockRegion region) {
        this.region = region;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Makes a region.
     *
     * @param chosen where; null for a new name in shared memory or, failing that, in the temporary directory
     * @throws RegionException if there is a file at {@code chosen}: its data would be overwritten
     */
    public static TemporaryRegion create(String purpose, Path chosen, RegionOptions options) {
        Path path = chosen == null ? unusedPath(purpose) : chosen;
        if (Files.exists(path)) {
            throw new RegionException(
                    RegionException.Category.UNAVAILABLE,
                    path + " exists, and " + purpose + " needs a region of its own; name a file that does not exist");
        }
        return new TemporaryRegion(LockRegion.open(path, options));
    }

    private static Path unusedPath(String purpose) {
        Path directory =
                Files.isWritable(SHARED_MEMORY) ? SHARED_MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
        return directory.resolve("pvlock-" + purpose + "-" + UUID.randomUUID() + ".pvl");
    }

    public LockRegion region() {
        return region;
    }

    @Override
    public void close() {
        region.close();
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is on its way down, and the hook finds nothing to do.
        }
    }

    private void closeAndDelete() {
        // Before its file goes: else it would say that it has lost it.
        region.close();
        delete();
    }

    private void delete() {
        try {
            Files.deleteIfExists(region.path());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
