package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class UnpackDirectoryTest {

    private static final String ROOT = "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw";

    @TempDir
    Path given;

    private Path directory;
    private Path first;
    private Path second;

    @BeforeEach
    void createDirectories() throws Exception {
        directory = given.toRealPath();
        first = Files.createDirectory(directory.resolve("first"));
        second = Files.createDirectory(directory.resolve("second"));
    }

    @Test
    void theFirstThatWillDoIsTaken() {
        assertThat(UnpackDirectory.find(List.of(directory.resolve("missing"), first, second), List.of(ROOT)))
                .contains(first);
    }

    @Test
    void aFileIsNone() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));

        assertThat(UnpackDirectory.find(List.of(file, second), List.of(ROOT))).contains(second);
    }

    @Test
    void oneThatForbidsToExecuteIsPassedBy() {
        assertThat(UnpackDirectory.find(List.of(first, second), List.of(ROOT, mount(first, "rw,nosuid,noexec"))))
                .contains(second);
    }

    @Test
    void theMountCountsNotTheOneAboveIt() {
        List<String> mounts = List.of(ROOT, mount(first, "rw"), mount(directory, "rw,noexec"));

        assertThat(UnpackDirectory.find(List.of(second, first), mounts)).contains(first);
    }

    @Test
    void aNameThatBeginsTheSameIsAnotherPlace() {
        assertThat(UnpackDirectory.find(List.of(first), List.of(ROOT, mount(directory.resolve("fir"), "rw,noexec"))))
                .contains(first);
    }

    @Test
    void ofTwoMountsAtOnePlaceTheLaterOneCounts() {
        List<String> mounts = List.of(ROOT, mount(first, "rw,noexec"), mount(first, "rw"));

        assertThat(UnpackDirectory.find(List.of(first), mounts)).contains(first);
    }

    @Test
    void aSymbolicLinkLeadsToWhereItLeads() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), first);

        assertThat(UnpackDirectory.find(List.of(link), List.of(ROOT, mount(first, "rw,noexec"))))
                .isEmpty();
    }

    @Test
    void aMountPointWithSpacesIsFound() throws Exception {
        Path spaced = Files.createDirectory(directory.resolve("a b"));

        assertThat(UnpackDirectory.find(List.of(spaced), List.of(ROOT, mount(spaced, "noexec"))))
                .isEmpty();
    }

    private static String mount(Path point, String options) {
        return "2 1 0:9 / " + point.toString().replace(" ", "\\040") + " " + options + " shared:2 - tmpfs tmpfs rw";
    }
}
