package io.pvlock.tools.bench.figure;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.tools.bench.Workspace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Regions to measure in: each of its own, in shared memory, removed with the workspace. */
final class Regions {

    /** Slots for who measures, besides those who wait. */
    private static final int SOME_MORE = 64;

    /** Kept: a logger that nobody refers to forgets its level. */
    private static final Logger LIBRARY = Logger.getLogger("io.pvlock");

    private Regions() {}

    /** Turns the library's warnings off, in this JVM: regions are filled here on purpose. */
    static void expectFullOnes() {
        LIBRARY.setLevel(Level.OFF);
    }

    static RegionOptions options() {
        return RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN);
    }

    /** As large as usual, or as these threads need. */
    static RegionOptions forThreads(int threads) {
        return options().maxVcpus(Math.max(options().maxVcpus(), threads + SOME_MORE));
    }

    /** With room for an array of so many locks. */
    static RegionOptions forCells(int cells) {
        return options().objectBytes(options().objectBytes() + cells * Long.BYTES);
    }

    static Path newFile(Workspace workspace) throws IOException {
        return workspace.newShared().resolve("region");
    }

    static LockRegion open(Workspace workspace, RegionOptions options) throws IOException {
        return LockRegion.open(newFile(workspace), options);
    }
}
