package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class OfdLockTest {
    private static final int O_CLOEXEC = 0x8_0000;

    @TempDir
    Path directory;

    private Path path;
    private NativeFile file;

    @BeforeEach
    void open() throws IOException {
        Linux.ensureLoaded();
        path = Files.createFile(directory.resolve("locks"));
        file = NativeFile.open(path);
    }

    @AfterEach
    void close() {
        file.close();
    }

    @Test
    void excludesOtherDescriptorsOfTheSameProcessByteByByte() {
        try (NativeFile other = NativeFile.open(path)) {
            assertThat(OfdLock.tryLock(file, 3, 1)).isTrue();
            assertThat(OfdLock.tryLock(file, 3, 1)).isTrue();
            assertThat(OfdLock.tryLock(other, 3, 1)).isFalse();
            assertThat(OfdLock.tryLock(other, 0, 0)).isFalse();
            assertThat(OfdLock.tryLock(other, 2, 1)).isTrue();
            assertThat(OfdLock.tryLock(other, 4, 1)).isTrue();
            assertThat(OfdLock.isLockedByOther(other, 3)).isTrue();
            assertThat(OfdLock.isLockedByOther(file, 3)).isFalse();
            assertThat(OfdLock.isLockedByOther(other, 5)).isFalse();
            OfdLock.unlock(file, 3, 1);
            OfdLock.unlock(file, 3, 1);
            assertThat(OfdLock.isLockedByOther(other, 3)).isFalse();
            assertThat(OfdLock.tryLock(other, 3, 1)).isTrue();
        }
        assertThat(OfdLock.tryLock(file, 0, 0)).isTrue();
    }

    @Test
    void isSeenByAnotherProcess() throws Exception {
        assertThat(OfdLock.tryLock(file, 1L << 40, 1)).isTrue();
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "query-byte", path, 1L << 40)) {
            assertThat(child.answer()).isEqualTo("locked by other true");
        }
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "query-byte", path, 1)) {
            assertThat(child.answer()).isEqualTo("locked by other false");
        }
    }

    @Test
    void isFreedByTheDeathOfItsProcess() throws Exception {
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "hold-byte", path, 7)) {
            assertThat(child.answer()).isEqualTo("locked true");
            assertThat(OfdLock.isLockedByOther(file, 7)).isTrue();
            assertThat(OfdLock.tryLock(file, 7, 1)).isFalse();
            assertThat(Processes.kill(child.pid(), Processes.SIGKILL)).isTrue();
            Await.until("lock is free", () -> !OfdLock.isLockedByOther(file, 7));
            assertThat(OfdLock.tryLock(file, 7, 1)).isTrue();
        }
    }

    /** What a POSIX record lock would not survive. */
    @Test
    void survivesTheCloseOfOtherDescriptorsOfTheFile() throws Exception {
        assertThat(OfdLock.tryLock(file, 0, 1)).isTrue();
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)
                .close();
        NativeFile.open(path).close();
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "query-byte", path, 0)) {
            assertThat(child.answer()).isEqualTo("locked by other true");
        }
    }

    @Test
    void endsWithItsDescriptorAlthoughAChildProcessLives() throws Exception {
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "idle")) {
            assertThat(OfdLock.tryLock(file, 0, 1)).isTrue();
            try (ChildJvm later = ChildJvm.start(ChildMain.class, "idle");
                    NativeFile other = NativeFile.open(path)) {
                assertThat(child.answer()).isEqualTo("idle");
                assertThat(later.answer()).isEqualTo("idle");
                file.close();
                assertThat(OfdLock.isLockedByOther(other, 0)).isFalse();
            }
        }
    }

    /** ProcessBuilder closes descriptors by itself, so the flag is looked at; what else forks may not be so careful. */
    @Test
    void descriptorIsClosedOnExec() throws IOException {
        String flags = Files.readAllLines(Path.of("/proc/self/fdinfo/" + file.fd())).stream()
                .filter(line -> line.startsWith("flags:"))
                .findFirst()
                .orElseThrow();
        assertThat(Integer.parseInt(flags.substring("flags:".length()).trim(), 8) & O_CLOEXEC)
                .isEqualTo(O_CLOEXEC);
        assertThat(Files.readSymbolicLink(Path.of("/proc/self/fd/" + file.fd())))
                .isEqualTo(path.toRealPath());
    }

    @Test
    void opensNamesThatAreNotAscii() throws IOException {
        Path named = Files.createFile(directory.resolve(asEncodable("Sch\u00e4ffe \u20ac")));
        try (NativeFile opened = NativeFile.open(named)) {
            assertThat(Files.readSymbolicLink(Path.of("/proc/self/fd/" + opened.fd())))
                    .isEqualTo(named.toRealPath());
        }
    }

    @Test
    void saysWhatCouldNotBeOpened() {
        Path missing = directory.resolve("missing");
        assertThatThrownBy(() -> NativeFile.open(missing))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
                .hasMessageContaining(missing.toString())
                .hasMessageContaining("ENOENT (2)");
    }

    @Test
    void closedFileIsRefusedAndClosingAgainClosesNobodyElses() {
        int number = file.fd();
        file.close();
        assertThat(file.fd()).isEqualTo(-1);
        assertThatThrownBy(() -> OfdLock.tryLock(file, 0, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(path.toString());
        try (NativeFile reuser = NativeFile.open(path)) {
            file.close();
            assertThat(OfdLock.tryLock(reuser, 0, 1))
                    .as("fd %s, was %s", reuser.fd(), number)
                    .isTrue();
        }
    }

    @Test
    void badRangeIsAnErrorByName() {
        assertThatThrownBy(() -> OfdLock.tryLock(file, -1, 1))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("byte -1")
                .hasMessageContaining("EINVAL (22)");
    }

    @Test
    void lockingAndAskingAllocateNothing() {
        try (NativeFile other = NativeFile.open(path)) {
            Allocation.assertNone(1000, () -> {
                OfdLock.tryLock(file, 0, 1);
                OfdLock.tryLock(other, 0, 1);
                OfdLock.isLockedByOther(other, 0);
                OfdLock.unlock(file, 0, 1);
            });
        }
    }

    /** The locale of the test run decides which names the JDK can create at all. */
    private static String asEncodable(String name) {
        Charset names = Charset.forName(System.getProperty("sun.jnu.encoding"));
        return names.newEncoder().canEncode(name) ? name : "plain";
    }
}
