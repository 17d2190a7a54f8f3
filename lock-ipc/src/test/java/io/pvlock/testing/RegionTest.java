package io.pvlock.testing;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A test with a region in a directory of its own, open from before its own set-up until after its own clean-up. */
public abstract class RegionTest {

    @TempDir
    protected Path directory;

    protected LockRegion region;

    /** What the region has room for, and how it is mapped. */
    protected RegionOptions options() {
        return Regions.small();
    }

    /** Opens the region once more. */
    protected final LockRegion openRegion() {
        return LockRegion.open(Regions.path(directory), options());
    }

    @BeforeEach
    final void setUpRegion() {
        region = openRegion();
    }

    @AfterEach
    final void closeRegion() {
        region.close();
    }
}
