package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each test ends when the notice comes. */
@Timeout(60)
class FileNoticesTest {

    @TempDir
    Path directory;

    @Test
    void aFileThatIsDeletedWhileItIsOpenIsTold() throws Exception {
        Path path = Files.createFile(directory.resolve("file"));
        try (NativeFile open = NativeFile.open(path);
                FileNotices notices = FileNotices.open()) {
            notices.watch(Path.of("/proc/self/fd/" + open.fd()));
            Files.delete(path);
            assertThat(notices.await()).isTrue();
        }
    }

    @Test
    void aFileThatIsReplacedIsTold() throws Exception {
        Path path = Files.createFile(directory.resolve("file"));
        Path other = Files.createFile(directory.resolve("other"));
        try (FileNotices notices = FileNotices.open()) {
            notices.watch(path);
            Files.move(other, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            assertThat(notices.await()).isTrue();
        }
    }

    @Test
    void aFileThatIsMovedIsTold() throws Exception {
        Path path = Files.createFile(directory.resolve("file"));
        try (FileNotices notices = FileNotices.open()) {
            notices.watch(path);
            Files.move(path, directory.resolve("elsewhere"));
            assertThat(notices.await()).isTrue();
        }
    }

    @Test
    void theEndOfAWatchIsTold() throws Exception {
        Path path = Files.createFile(directory.resolve("file"));
        try (FileNotices notices = FileNotices.open()) {
            notices.ignore(notices.watch(path));
            assertThat(notices.await()).isTrue();
        }
    }

    @Test
    void afterItsEndNobodyWaits() {
        FileNotices notices = FileNotices.open();
        notices.close();
        notices.close();

        assertThat(notices.await()).isFalse();
    }

    @Test
    void whatIsMissingCannotBeWatched() {
        try (FileNotices notices = FileNotices.open()) {
            assertThatThrownBy(() -> notices.watch(directory.resolve("missing")))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("inotify_add_watch of ");
        }
    }
}
