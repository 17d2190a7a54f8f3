package io.pvlock.internal.file;

import static io.pvlock.testing.RegionFiles.SMALL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.RegionOptions.Mapping;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import io.pvlock.linux.Processes;
import io.pvlock.testing.RegionFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What needs another process: races, kills, limits, missing rights and missing flags. */
@Timeout(1200)
class RegionProcessIT {

    private static final int CHILDREN = 4;
    private static final int ROUNDS = 25;
    private static final String AGRONA_FLAG = "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED";

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "PLAIN"})
    void allProcessesThatRaceToCreateGetTheSameRegion(Mapping mapping) throws Exception {
        List<ChildJvm> children = new ArrayList<>();
        try {
            for (int i = 0; i < CHILDREN; i++) {
                children.add(ChildJvm.start(OpenerMain.class));
            }
            for (ChildJvm child : children) {
                assertThat(child.answer()).isEqualTo("READY");
            }
            for (int round = 0; round < ROUNDS; round++) {
                Path path = directory.resolve("region" + round);
                children.forEach(child -> child.send(mapping + " 1 " + path));
                String first = children.get(0).answer();
                assertThat(first).startsWith("OK ");
                for (ChildJvm child : children.subList(1, CHILDREN)) {
                    assertThat(child.answer()).isEqualTo(first);
                }
                RegionFile region = RegionFiles.open(path, Mapping.PLAIN);
                assertThat("OK " + region.header().regionId()).isEqualTo(first);
                assertThat(region.memory().getInt(region.layout().dataOffset())).isEqualTo(CHILDREN);
            }
            for (ChildJvm child : children) {
                assertThat(child.end()).isZero();
            }
        } finally {
            for (ChildJvm child : children) {
                child.close();
            }
        }
        assertThat(RegionFiles.files(directory)).hasSize(ROUNDS);
    }

    @Test
    void whatAKilledCreatorLeavesIsRemovedWhatALiveOneUsesIsNot() throws Exception {
        Path unfinished = directory.resolve("unfinished");
        try (ChildJvm creator =
                TestJvm.of(OpenerMain.class).with("-Dpvlock.killpoints").start()) {
            assertThat(creator.answer()).isEqualTo("READY");
            creator.send("PLAIN 1 " + unfinished);
            assertThat(creator.answer()).isEqualTo("FILLED");
            Path temp = temporaryFile();
            Processes.kill(creator.pid(), Processes.SIGSTOP);
            assertThat(unfinished)
                    .as("a region is not seen before it is complete")
                    .doesNotExist();

            // Stopped, and so alive: its file must stay.
            RegionFiles.open(directory.resolve("other1"), Mapping.PLAIN);
            assertThat(temp).exists();
        }
        RegionFiles.open(directory.resolve("other2"), Mapping.PLAIN);

        assertThat(RegionFiles.files(directory))
                .containsExactly(directory.resolve("other1"), directory.resolve("other2"));
    }

    @Test
    void withoutItsFlagTheJvmSaysWhichOneAndWhere() throws Exception {
        Path path = directory.resolve("region");
        List<String> closed = List.of("-Dpvlock.openJdk=false");
        for (Mapping mapping : Mapping.values()) {
            assertThat(answer(List.of(), closed, mapping + " 1 " + path))
                    .startsWith("UNAVAILABLE this JVM was started without " + AGRONA_FLAG)
                    .contains("JDK_JAVA_OPTIONS");
        }
        assertThat(RegionFiles.files(directory)).isEmpty();
    }

    @Test
    void withoutChroniclesFlagsOnlyChronicleIsRefused() throws Exception {
        Path path = directory.resolve("region");

        assertThat(answer(List.of(), List.of(AGRONA_FLAG), "CHRONICLE 1 " + path))
                .startsWith("UNAVAILABLE this JVM was started without"
                        + " --add-opens=java.base/java.lang.reflect=ALL-UNNAMED"
                        + " --add-opens=java.base/sun.nio.ch=ALL-UNNAMED"
                        + " --add-exports=java.base/jdk.internal.ref=ALL-UNNAMED"
                        + " -DmappedFile.retain=true, which mapping through Chronicle Bytes needs")
                .contains("Mapping.PLAIN");
        for (String flag : TestJvm.flags()) {
            boolean needed = !flag.contains("jdk.internal.misc")
                    && (flag.startsWith("--add-") || flag.startsWith("-DmappedFile"));
            if (needed) {
                List<String> others =
                        TestJvm.flags().stream().filter(f -> !f.equals(flag)).toList();
                assertThat(answer(List.of(), others, "CHRONICLE 1 " + path))
                        .startsWith("UNAVAILABLE this JVM was started without " + flag + ", which");
            }
        }
        assertThat(answer(List.of(), List.of(AGRONA_FLAG), "PLAIN 1 " + path)).startsWith("OK ");
        assertThat(answer(List.of(), List.of(AGRONA_FLAG), "AUTO 1 " + path)).startsWith("OK ");
    }

    @Test
    void aJvmThatDeniesUnsafeAccessMapsWithoutChronicle() throws Exception {
        assumeTrue(Runtime.version().feature() >= 24, "the JVM has no such flag");
        Path path = directory.resolve("region");
        List<String> flags = new ArrayList<>(TestJvm.flags());
        flags.removeIf(flag -> flag.startsWith("--sun-misc-unsafe"));
        flags.add("--sun-misc-unsafe-memory-access=deny");

        assertThat(answer(List.of(), flags, "CHRONICLE 1 " + path))
                .startsWith("UNAVAILABLE Chronicle Bytes does not work in this JVM")
                .contains("--sun-misc-unsafe-memory-access=allow");
        assertThat(answer(List.of(), flags, "AUTO 1 " + path)).startsWith("OK ");
    }

    @Test
    void aLimitOnTheSizeOfFilesIsAnErrorAtCreation() throws Exception {
        List<String> limited = List.of("bash", "-c", "ulimit -f 256 && exec \"$@\"", "limited");

        assertThat(answer(limited, TestJvm.flags(), "PLAIN " + (1 << 20) + " " + directory.resolve("region")))
                .startsWith("UNAVAILABLE cannot create region ")
                .contains("File too large; raise the limit on the size of files (ulimit -f)");
        assertThat(RegionFiles.files(directory)).isEmpty();
    }

    @Test
    void aFullFileSystemIsAnErrorAtCreation() throws Exception {
        try (Mount mount = Mount.tmpfs(directory, "size=128k")) {
            assertThat(RegionFiles.refused(mount.directory().resolve("region"), SMALL.dataBytes(1 << 20)))
                    .hasMessageContaining("No space left on device; a region never has holes");
            assertThat(RegionFiles.open(mount.directory().resolve("region"), Mapping.PLAIN)
                            .path())
                    .exists();
        }
    }

    @Test
    void aReadOnlyFileSystemIsAnError() throws Exception {
        try (Mount mount = Mount.tmpfs(directory, "size=1m")) {
            // By another process: what this one maps for writing could not become read-only.
            assertThat(answer(List.of(), TestJvm.flags(), "PLAIN 1 " + directory.resolve("region")))
                    .startsWith("OK ");
            mount.remountReadOnly();

            assertThat(RegionFiles.refused(directory.resolve("region"), SMALL))
                    .hasMessageContaining("cannot open region")
                    .hasMessageContaining("Read-only file system; choose a directory on a writable one");
            assertThat(RegionFiles.refused(directory.resolve("new"), SMALL))
                    .hasMessageContaining("cannot create region")
                    .hasMessageContaining("Read-only file system");
        }
    }

    @Test
    void missingRightsAreNamed() throws Exception {
        // Root may do everything, unless it gives that up.
        List<String> unprivileged = Files.getAttribute(directory, "unix:uid").equals(0)
                ? List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
                : List.of();
        assumeTrue(unprivileged.isEmpty() || Command.works(unprivileged, "true"), "setpriv does not work here");
        Path path = directory.resolve("region");
        RegionFiles.open(path, Mapping.PLAIN);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r--------"));

        assertThat(answer(unprivileged, TestJvm.flags(), "PLAIN 1 " + path))
                .startsWith("UNAVAILABLE cannot open region")
                .contains("permission denied; user " + System.getProperty("user.name"))
                .contains("needs to read and write the file");

        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-x------"));
        try {
            assertThat(answer(unprivileged, TestJvm.flags(), "PLAIN 1 " + directory.resolve("new")))
                    .startsWith("UNAVAILABLE cannot create region")
                    .contains("needs to write the directory " + directory.toRealPath());
        } finally {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
    }

    private static String answer(List<String> wrapper, List<String> flags, String line) throws Exception {
        try (ChildJvm child =
                TestJvm.of(OpenerMain.class).under(wrapper).flags(flags).start()) {
            assertThat(child.answer()).isEqualTo("READY");
            child.send(line);
            String answer = child.answer();
            assertThat(child.end()).isZero();
            return answer;
        }
    }

    private Path temporaryFile() throws IOException {
        return RegionFiles.files(directory).stream()
                .filter(file -> file.getFileName().toString().startsWith(RegionCreator.TEMP_PREFIX))
                .findAny()
                .orElseThrow();
    }

    /** A file system of our own over the test's directory, where we may mount one. */
    private record Mount(Path directory) implements AutoCloseable {

        static Mount tmpfs(Path directory, String options) {
            assumeTrue(
                    Command.works("mount", "-t", "tmpfs", "-o", options, "pvlock-test", directory.toString()),
                    "only root may mount");
            return new Mount(directory);
        }

        void remountReadOnly() {
            assertThat(Command.works("mount", "-o", "remount,ro", directory.toString()))
                    .isTrue();
        }

        @Override
        public void close() {
            // Lazy: our own mappings of its files may still be there.
            assertThat(Command.works("umount", "--lazy", directory.toString())).isTrue();
        }
    }
}
