package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class UnpackedLibraryTest {

    private static final String LIBRARY = "linux-" + System.getProperty("os.arch") + "/libpvlock-jvm.so";

    @TempDir
    Path directory;

    /** Ends a test that needs it where there was no compiler. */
    private static void assumeBuilt() {
        assumeTrue(
                UnpackedLibrary.class.getResource("/META-INF/pvlock/" + LIBRARY) != null,
                "there is no C compiler, no make or no jni.h: libpvlock-jvm is not built");
    }

    @Test
    void theLibraryLoadsAndNothingOfItIsLeft() throws Exception {
        assumeBuilt();

        assertThatCode(() -> UnpackedLibrary.load(LIBRARY, Optional.of(directory)))
                .doesNotThrowAnyException();

        try (var left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void oneThatIsNotInTheJarIsNamed() {
        assertThatThrownBy(() -> UnpackedLibrary.load("linux-pdp11/libpvlock-jvm.so", Optional.of(directory)))
                .isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessage("this pvlock-linux has no linux-pdp11/libpvlock-jvm.so: it was built without one");
    }

    @Test
    void whereNothingCanBeUnpackedTheMessageSaysWhatToDo() {
        assumeBuilt();

        assertThatThrownBy(() -> UnpackedLibrary.load(LIBRARY, Optional.empty()))
                .isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessageContaining("let java.io.tmpdir name one")
                .hasMessageContaining("-Dpvlock.slowpath.library=FILE");
    }

    @Test
    void aDirectoryThatOthersCanChangeIsNotTaken() throws Exception {
        assumeBuilt();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThat(UnpackedLibrary.isSafe(directory)).isFalse();
        assertThatThrownBy(() -> UnpackedLibrary.load(LIBRARY, Optional.of(directory)))
                .hasMessageContaining("which others cannot change");
        Files.setAttribute(directory, "unix:mode", 01777);
        assertThat(UnpackedLibrary.isSafe(directory)).isTrue();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        assertThat(UnpackedLibrary.isSafe(directory)).isTrue();
    }

    @Test
    void theOneInTheJarCanBeUsedHere() {
        assumeBuilt();

        assertThat(Libpvlock.problem()).isEmpty();
        assertThat(Libpvlock.hasKillPoints()).isFalse();
        assertThat(Libpvlock.tune(0, 0)).isTrue();
        assertThat(Libpvlock.tune(1, 0)).as("what only tests say").isFalse();
    }
}
