package io.pvlock.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import io.pvlock.embedding.BareJvm.Said;
import io.pvlock.kit.Command;
import io.pvlock.kit.Strace;
import io.pvlock.kit.TestJvm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** To open a region starts no process and makes no directory, and works in containers that allow little. */
@Timeout(1200)
class QuietStartIT {

    private static final Said QUIETLY_LOCKED = new Said("locked\n", "");

    @TempDir
    Path directory;

    private BareJvm jvm;

    @BeforeEach
    void createJvm() {
        jvm = new BareJvm(directory);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Dsome=property", BareJvm.BY_JNA})
    void openingStartsNoProcessAndMakesNoDirectoryButToUnpack(String flag) throws Exception {
        Strace.assumeTraces();
        Path trace = directory.resolve("trace");

        Said said = jvm.run(
                List.of("strace", "-f", "-qq", "-e", "trace=execve,mkdir,mkdirat", "-o", trace.toString()),
                "-XX:-UsePerfData",
                flag);

        assertThat(said).isEqualTo(QUIETLY_LOCKED);
        assertThat(Files.readAllLines(trace))
                // The launcher may start itself again.
                .filteredOn(line -> line.contains("execve(") && !line.contains("/bin/java\""))
                .as("programs that were run")
                .isEmpty();
        assertThat(Files.readAllLines(trace))
                // Deleted at once: see below.
                .filteredOn(line -> line.contains("mkdir") && !line.contains("/pvlock-"))
                .as("directories that were made")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Dsome=property", BareJvm.BY_JNA})
    void nothingIsLeftInHomeAndTemporaryDirectory(String flag) throws Exception {
        Path temporary = Files.createDirectory(directory.resolve("tmp"));

        assertThat(jvm.run("-Djava.io.tmpdir=" + temporary, flag)).isEqualTo(QUIETLY_LOCKED);

        assertThat(names(temporary)).isEmpty();
        assertThat(names(directory)).allMatch(name -> name.matches("tmp|region"));
    }

    /** JNA makes a directory of its own unless it is told where to unpack. */
    @ParameterizedTest
    @ValueSource(strings = {"jna.nosys=true", "jna.boot.library.path=/nonexistent"})
    void noMoreIsLeftIfSomethingElseIsSaidAboutItsLibrary(String property) throws Exception {
        assertThat(jvm.run(BareJvm.BY_JNA, "-D" + property)).isEqualTo(QUIETLY_LOCKED);

        assertThat(names(directory)).allMatch(name -> name.matches("region"));
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ro", "noexec"})
    void aTemporaryDirectoryThatWillNotDoIsPassedBy(String option) throws Exception {
        Path temporary = Files.createDirectory(directory.resolve("tmp"));
        // In a mount namespace of its own, which ends with it.
        List<String> wrapper = List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs -o " + option + " pvlock-test \"$0\" && exec \"$@\"",
                temporary.toString());
        assumeTrue(Command.works(wrapper, TestJvm.java(), "-version"), "only root may mount");

        assertThat(jvm.run(wrapper, "-Djava.io.tmpdir=" + temporary, BareJvm.BY_JNA))
                .isEqualTo(QUIETLY_LOCKED);
    }

    /** As in a container with a read-only root and without any place for programs. */
    @Test
    void whereNothingCanBeUnpackedTheMessageSaysHowToDoWithout() throws Exception {
        Said said = jvm.run(nothingExecutable(), BareJvm.BY_JNA);

        assertThat(said.err()).isEmpty();
        assertThat(said.out())
                .startsWith("UNAVAILABLE JNA (net.java.dev.jna:jna) cannot load native code")
                .contains("-Djna.tmpdir=DIR", "-Djna.boot.library.path=DIR");
    }

    @Test
    @EnabledForJreRange(minVersion = 22)
    void java22UnpacksNothing() throws Exception {
        assertThat(jvm.run(nothingExecutable())).isEqualTo(QUIETLY_LOCKED);
    }

    @Test
    void aLibraryThatIsPartOfTheImageIsEnough() throws Exception {
        List<String> wrapper = nothingExecutable();
        String library = "/com/sun/jna/" + Platform.RESOURCE_PREFIX + "/libjnidispatch.so";
        try (InputStream in = Native.class.getResourceAsStream(library)) {
            Files.copy(in, image().resolve("libjnidispatch.so"));
        }

        assertThat(jvm.run(wrapper, BareJvm.BY_JNA, "-Djna.boot.library.path=" + image()))
                .isEqualTo(QUIETLY_LOCKED);
    }

    private Path image() {
        return directory.resolve("image");
    }

    /**
     * In a mount namespace of its own, where no directory for temporary files, nor the test's own, allows to execute; only {@link
     * #image} below it does.
     */
    private List<String> nothingExecutable() throws Exception {
        Files.createDirectory(image());
        List<String> wrapper = List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "for d in /tmp /var/tmp /dev/shm \"$0\"; do mount --bind \"$d\" \"$d\""
                        + " && mount -o remount,bind,noexec \"$d\" || exit 1; done;"
                        + " mount --bind \"$0/image\" \"$0/image\" && mount -o remount,bind,exec \"$0/image\""
                        + " && cd \"$0\" && exec \"$@\"",
                directory.toString());
        assumeTrue(Command.works(wrapper, TestJvm.java(), "-version"), "only root may mount");
        return wrapper;
    }
}
