package io.pvlock.internal.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockRegion;
import io.pvlock.kit.Team;
import io.pvlock.testing.Regions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = SEPARATE_THREAD)
class FillLevelTest {

    private static final Logger LOGGER = Logger.getLogger("io.pvlock");

    @TempDir
    Path directory;

    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord record) {
            boolean warning = record.getLevel().equals(Level.WARNING);
            if (warning && record.getMessage().contains(directory.toString())) {
                warnings.add(record.getMessage());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        LOGGER.addHandler(handler);
    }

    @AfterEach
    void ignore() {
        LOGGER.removeHandler(handler);
    }

    private Path file() {
        return directory.resolve("level.pvl");
    }

    @Test
    void eightyPercentOfTheNamesAreSaidOnce() {
        try (LockRegion region = LockRegion.open(file(), Regions.small().maxLocks(10))) {
            for (int i = 1; i <= 7; i++) {
                region.lock("lock " + i);
            }
            assertThat(warnings).isEmpty();
            for (int i = 1; i <= 10; i++) {
                region.lock("lock " + i);
            }
            assertThat(warnings)
                    .singleElement()
                    .satisfies(text ->
                            assertThat(text).contains(": 8 of 10 names are in use; ", "pvlock rm NAME", "maxLocks"));
        }
    }

    @Test
    void andOfTheProcesses() {
        List<LockRegion> regions = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            regions.add(LockRegion.open(file(), Regions.small().maxProcesses(5)));
            assertThat(warnings).hasSize(i < 3 ? 0 : 1);
        }
        assertThat(warnings.get(0)).contains(": 4 of 5 entries for processes are in use; ", "maxProcesses");
        regions.forEach(LockRegion::close);
    }

    @Test
    void andOfTheSlots() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (LockRegion region = LockRegion.open(file(), Regions.small().maxVcpus(5));
                Team team = new Team()) {
            for (int i = 0; i < 4; i++) {
                assertThat(warnings).isEmpty();
                CountDownLatch attached = new CountDownLatch(1);
                team.run("resident " + i, () -> {
                    region.attach();
                    attached.countDown();
                    end.await();
                });
                attached.await();
            }
            assertThat(warnings)
                    .singleElement()
                    .satisfies(text ->
                            assertThat(text).contains(": 4 of 5 vCPU slots are in use; ", "pvlock vcpus", "maxVcpus"));
            end.countDown();
        }
    }

    @Test
    void andOfTheBytes() {
        try (LockRegion region = LockRegion.open(file(), Regions.small().objectBytes(1 << 16))) {
            region.record("one", 10_000);
            region.record("two", 10_000);
            assertThat(warnings).isEmpty();
            region.record("three", 10_000);
            assertThat(warnings)
                    .singleElement()
                    .satisfies(text -> assertThat(text)
                            .contains(" of 65536 bytes for objects are in use; ", "pvlock rm NAME", "objectBytes"));
        }
    }

    /** Who comes when a slot is left but few has it, whatever is thrown in saying so. */
    @Test
    void aLogThatFailsIsInNobodysWay() {
        Handler broken = new Handler() {
            @Override
            public void publish(LogRecord record) {
                throw new AssertionError("the log is full");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        LOGGER.addHandler(broken);
        try (LockRegion region = LockRegion.open(file(), Regions.small().maxVcpus(1))) {
            region.lock("lock").lock();
            region.lock("lock").unlock();
            assertThat(warnings).anyMatch(warning -> warning.contains("vCPU slots"));
        } finally {
            LOGGER.removeHandler(broken);
        }
    }
}
