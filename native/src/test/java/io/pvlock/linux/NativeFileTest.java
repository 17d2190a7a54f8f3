package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NativeFileTest {

    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    @Test
    void aLinkIsNotFollowed() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), Files.createFile(directory.resolve("file")));
        NativeFile.open(link).close();

        assertThatThrownBy(() -> NativeFile.openItself(link))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ELOOP))
                .hasMessageContaining("symbolic link, which is not followed");
        assertThatThrownBy(() -> NativeFile.openItselfToRead(link)).isInstanceOf(LinuxException.class);
    }

    @Test
    void nobodyWaitsForTheOtherEndOfAFifo() throws Exception {
        Path fifo = directory.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();

        NativeFile.openItselfToRead(fifo).close();
    }

    @Test
    void whoMayOnlyReadSeesLocksAndTakesNone() throws Exception {
        Path path = Files.createFile(directory.resolve("file"));
        try (NativeFile holder = NativeFile.openItself(path);
                NativeFile reader = NativeFile.openItselfToRead(path)) {
            assertThat(OfdLock.isLockedByOther(reader, 7)).isFalse();
            assertThat(OfdLock.tryLock(holder, 7, 1)).isTrue();
            assertThat(OfdLock.isLockedByOther(reader, 7)).isTrue();
            assertThat(OfdLock.isLockedByOther(reader, 8)).isFalse();
            assertThatThrownBy(() -> OfdLock.tryLock(reader, 8, 1))
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADF));
        }
    }

    @Test
    void theFirstHoleIsFound() throws Exception {
        Path whole = Files.write(directory.resolve("whole"), new byte[MIB]);
        Path sparse = directory.resolve("sparse");
        try (FileChannel channel = FileChannel.open(sparse, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1}), 0);
            channel.write(ByteBuffer.wrap(new byte[] {1}), MIB - 1);
        }
        try (NativeFile one = NativeFile.open(whole);
                NativeFile other = NativeFile.open(sparse)) {
            assertThat(one.firstHole()).isGreaterThanOrEqualTo(MIB);
            assumeTrue(other.firstHole() < MIB, "the file system of the temporary directory makes no holes");
            assertThat(other.firstHole()).isPositive();
        }
    }
}
