package io.pvlock.embedding;

import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedLock;
import java.nio.file.Path;

/** What a user's first program does: opens the region {@code args[0]}, locks and unlocks. Answers {@code locked} or the error. */
public final class BareMain {

    private BareMain() {}

    public static void main(String[] args) {
        Mapping mapping = Mapping.valueOf(System.getProperty("mapping", "AUTO"));
        try (LockRegion region =
                LockRegion.open(Path.of(args[0]), RegionOptions.defaults().mapping(mapping))) {
            SharedLock lock = region.lock("first");
            lock.lock();
            lock.unlock();
            System.out.println("locked");
        } catch (RegionException e) {
            System.out.println(e.category() + " " + e.getMessage());
        }
    }
}
