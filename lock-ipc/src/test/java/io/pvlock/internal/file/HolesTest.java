package io.pvlock.internal.file;

import static io.pvlock.RegionException.Category.CORRUPT;
import static io.pvlock.testing.RegionFiles.SMALL;
import static io.pvlock.testing.RegionFiles.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.RegionException;
import io.pvlock.linux.NativeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Copies of a region in which the zeros have been left out. */
@Timeout(60)
class HolesTest {

    private static final int PAGE = 4096;

    @TempDir
    Path directory;

    @Test
    void aSparseCopyIsRefused() throws IOException {
        Path sparse = sparseCopy(whole(), directory.resolve("sparse"));

        RegionException e = refused(sparse, SMALL);
        assertThat(e.category()).isEqualTo(CORRUPT);
        assertThat(e).hasMessageContaining("has a hole at byte " + PAGE).hasMessageContaining("--sparse=never");
        assertThatThrownBy(() -> RegionFile.openToRead(sparse)).hasMessageContaining("has a hole at byte " + PAGE);
    }

    @Test
    void aHoleAtTheEndIsRefused() throws IOException {
        Path path = whole();
        Path cut = directory.resolve("cut");
        byte[] bytes = Files.readAllBytes(path);
        Files.write(cut, Arrays.copyOf(bytes, bytes.length - PAGE));
        assertThat(new ProcessBuilder("truncate", "--size=" + bytes.length, cut.toString())
                        .start()
                        .onExit()
                        .join()
                        .exitValue())
                .isZero();
        assumeHole(cut, bytes.length);

        assertThat(refused(cut, SMALL)).hasMessageContaining("has a hole at byte " + (bytes.length - PAGE));
    }

    @Test
    void aWholeCopyIsNot() throws IOException {
        Path copy = directory.resolve("copy");
        Files.write(copy, Files.readAllBytes(whole()));

        RegionFile.openOrCreate(copy, SMALL);
    }

    @Test
    void fileSystemsThatMakeHolesThemselvesMayHaveThem() {
        assertThat(Holes.mayHaveHoles("zfs")).isTrue();
        assertThat(Holes.mayHaveHoles("btrfs")).isTrue();
        assertThat(Holes.mayHaveHoles("tmpfs")).isFalse();
        assertThat(Holes.mayHaveHoles("ext4")).isFalse();
    }

    private Path whole() {
        Path path = directory.resolve("region");
        RegionFile.openOrCreate(path, SMALL);
        return path;
    }

    private static Path sparseCopy(Path from, Path to) throws IOException {
        byte[] bytes = Files.readAllBytes(from);
        try (FileChannel channel = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes, 0, PAGE));
            // The end, so that the length is right.
            channel.write(ByteBuffer.wrap(bytes, bytes.length - PAGE, PAGE), bytes.length - PAGE);
        }
        assumeHole(to, bytes.length);
        return to;
    }

    private static void assumeHole(Path path, int length) throws IOException {
        try (NativeFile file = NativeFile.open(path)) {
            assumeTrue(file.firstHole() < length, "the file system of the temporary directory makes no holes");
        }
        String type = Files.getFileStore(path).type();
        assumeTrue(!Holes.mayHaveHoles(type), type + " may have holes");
    }
}
