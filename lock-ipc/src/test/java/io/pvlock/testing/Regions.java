package io.pvlock.testing;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.kit.Await;
import java.nio.file.Path;

/** Small regions for tests. */
public final class Regions {

    private Regions() {}

    /** Room for 16 processes, 32 threads, 16 locks. */
    public static RegionOptions small() {
        return RegionOptions.defaults()
                .maxProcesses(16)
                .maxVcpus(32)
                .maxLocks(16)
                .eventCapacity(64)
                .mapping(Mapping.PLAIN);
    }

    /** Where the region of a test is that has one. */
    public static Path path(Path directory) {
        return directory.resolve("test.pvl");
    }

    /** A small region in {@code directory}, which all callers share. */
    public static LockRegion open(Path directory, Mapping mapping) {
        return LockRegion.open(path(directory), small().mapping(mapping));
    }

    public static LockRegion open(Path directory) {
        return open(directory, Mapping.PLAIN);
    }

    /** How many threads wait for the lock {@code name}, in whatever way. */
    public static long waiting(LockRegion region, String name) {
        return region.vcpus().stream()
                .filter(vcpu ->
                        vcpu.alive() && vcpu.waitingFor().filter(name::equals).isPresent())
                .count();
    }

    /** Returns when {@code count} threads wait for the lock {@code name}. */
    public static void awaitWaiting(LockRegion region, String name, int count) {
        Await.until(count + " threads wait for '" + name + "'", () -> waiting(region, name) == count);
    }
}
