package io.pvlock.tools;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** For tests that look at a {@link HeldRegion} whose lock is "held". */
abstract class HeldRegionKit {

    @TempDir
    private Path directory;

    Path file;
    HeldRegion held;

    @BeforeEach
    void holdAndWait() throws Exception {
        file = directory.resolve("region.pvl");
        held = new HeldRegion(file, "held");
    }

    @AfterEach
    void letGo() {
        held.close();
    }
}
