package io.pvlock.testing;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A test below the public API, with two processes in one region. */
public abstract class TwoProcessesTest {

    @TempDir
    protected Path directory;

    protected Path path;
    protected TestProcess me;
    protected TestProcess other;

    @BeforeEach
    final void enter() {
        path = Regions.path(directory);
        me = TestProcess.enter(path);
        other = TestProcess.enter(path);
    }

    @AfterEach
    final void leave() {
        other.close();
        me.close();
    }
}
