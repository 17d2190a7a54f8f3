package io.pvlock.internal.file;

import static io.pvlock.kit.Await.until;
import static io.pvlock.testing.RegionFiles.SMALL;
import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.linux.FileNotices;
import io.pvlock.linux.NativeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that lose their names, with the kernel's notices and without. */
@Timeout(60)
class FileWatcherTest {

    @TempDir
    Path directory;

    private final List<String> lost = new CopyOnWriteArrayList<>();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    @AfterEach
    void close() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void eachLossIsToldOnce(boolean notices) throws IOException {
        FileWatcher watcher = new FileWatcher(notices ? FileNotices::open : FileWatcherTest::noneLeft);
        watch(watcher, "first");
        watch(watcher, "second");

        Files.delete(directory.resolve("first"));
        until("the first loss is told", () -> !lost.isEmpty());
        Files.move(directory.resolve("second"), directory.resolve("elsewhere"));
        until("the second loss is told", () -> lost.size() == 2);

        assertThat(lost).containsExactly("first deleted", "second moved away");
    }

    @Test
    void afterTheEndOfAWatchNothingIsTold() throws IOException {
        FileWatcher watcher = new FileWatcher(FileNotices::open);
        FileWatcher.Watch ended = watch(watcher, "first");
        watch(watcher, "second");

        ended.close();
        Files.delete(directory.resolve("first"));
        Files.delete(directory.resolve("second"));
        until("the loss is told", () -> !lost.isEmpty());

        assertThat(lost).containsExactly("second deleted");
    }

    @Test
    void whatHappenedBeforeItWasWatchedIsToldAtOnce() throws IOException {
        RegionFile file = RegionFile.openOrCreate(directory.resolve("first"), SMALL);
        NativeFile open = file.openForLocks();
        opened.push(open);
        Files.delete(file.path());

        opened.push(new FileWatcher(FileNotices::open).watch(file, open, lost::add));

        assertThat(lost).containsExactly("deleted");
    }

    @Test
    void noticesThatRunOutAreReplacedByTheClock() throws IOException {
        FileWatcher watcher = new FileWatcher(FileNotices::open);
        watch(watcher, "first");
        watcher.pollFromNowOn();
        watch(watcher, "second");

        Files.delete(directory.resolve("first"));
        until("the first loss is told", () -> lost.contains("first deleted"));
        Files.delete(directory.resolve("second"));
        until("the second loss is told", () -> lost.contains("second deleted"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theThreadEndsWithTheLastWatchAndBeginsAgain(boolean notices) throws IOException {
        FileWatcher watcher = new FileWatcher(notices ? FileNotices::open : FileWatcherTest::noneLeft);
        FileWatcher.Watch first = watch(watcher, "first");
        FileWatcher.Watch again = watch(watcher, "first");
        assertThat(watcher.isRunning()).isTrue();

        first.close();
        again.close();
        until("the thread has ended", () -> !watcher.isRunning());

        watch(watcher, "second");
        Files.delete(directory.resolve("second"));
        until("the loss is told", () -> lost.contains("second deleted"));
    }

    /** With the clock, each of them looks at all. */
    @Test
    void aLookThatFailsAgainAndAgainIsWarnedOfOnce() throws IOException {
        List<String> warnings = new CopyOnWriteArrayList<>();
        Logger logger = Logger.getLogger("io.pvlock");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                if (line.getMessage().contains(directory.resolve("broken").toString())) {
                    warnings.add(line.getMessage());
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        try {
            FileWatcher watcher = new FileWatcher(FileWatcherTest::noneLeft);
            NativeFile none = null;
            opened.push(watcher.watch(RegionFile.openOrCreate(directory.resolve("broken"), SMALL), none, lost::add));
            for (String name : List.of("first", "second", "third")) {
                watch(watcher, name);
                Files.delete(directory.resolve(name));
                until("the loss is told", () -> lost.contains(name + " deleted"));
            }
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(warnings).hasSize(1);
    }

    private FileWatcher.Watch watch(FileWatcher watcher, String name) {
        RegionFile file = RegionFile.openOrCreate(directory.resolve(name), SMALL);
        NativeFile open = file.openForLocks();
        opened.push(open);
        FileWatcher.Watch watch = watcher.watch(file, open, how -> lost.add(name + " " + how));
        opened.push(watch);
        return watch;
    }

    private static FileNotices noneLeft() {
        // Any error of the kernel's.
        NativeFile.open(Path.of("/no/such/file"));
        throw new AssertionError("there is no such file");
    }
}
