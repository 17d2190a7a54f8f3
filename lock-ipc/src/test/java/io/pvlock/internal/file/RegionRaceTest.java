package io.pvlock.internal.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.RegionException;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.internal.layout.HeaderDescriptor;
import io.pvlock.testing.RegionFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class RegionRaceTest {

    private static final int THREADS = 8;
    private static final int ROUNDS = 50;
    private static final int DELETED_ROUNDS = 200;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void allThreadsThatRaceToCreateGetTheSameRegion(Mapping mapping) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        CyclicBarrier start = new CyclicBarrier(THREADS);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                Path path = directory.resolve("region" + round);
                List<Future<RegionFile>> opened = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    opened.add(threads.submit(() -> {
                        start.await();
                        RegionFile region = RegionFiles.open(path, mapping);
                        region.memory().getAndAddInt(region.layout().dataOffset(), 1);
                        return region;
                    }));
                }
                RegionFile first = opened.get(0).get();
                for (Future<RegionFile> region : opened) {
                    assertThat(region.get().header().regionId())
                            .isEqualTo(first.header().regionId());
                }
                assertThat(first.memory().getInt(first.layout().dataOffset())).isEqualTo(THREADS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(RegionFiles.files(directory))
                .hasSize(ROUNDS)
                .allMatch(file -> !file.toString().endsWith(RegionCreator.TEMP_SUFFIX));
    }

    /** Whoever comes between creation and opening only causes another attempt, or a clear error in the end. */
    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "PLAIN"})
    void survivesSomebodyWhoDeletesTheFileAllTheTime(Mapping mapping) throws Exception {
        Path path = directory.resolve("region");
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService deleter = Executors.newSingleThreadExecutor();
        try {
            Future<?> deleting = deleter.submit(() -> {
                while (!done.get()) {
                    Files.deleteIfExists(path);
                }
                return null;
            });
            for (int round = 0; round < DELETED_ROUNDS; round++) {
                try {
                    RegionFile region = RegionFiles.open(path, mapping);
                    assertThat(region.memory().getLong(HeaderDescriptor.REGION_ID_OFFSET))
                            .isEqualTo(region.header().regionId());
                } catch (RegionException e) {
                    assertThat(e).hasMessageContaining("vanished 100 times");
                }
            }
            done.set(true);
            deleting.get();
        } finally {
            done.set(true);
            deleter.shutdownNow();
        }
        Files.deleteIfExists(path);
        assertThat(RegionFiles.files(directory)).isEmpty();
    }

    @Test
    void threadsOfOneProcessDoNotTakeEachOthersTemporaryFilesForLeftovers() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> creations = new ArrayList<>();
            for (int i = 0; i < THREADS * ROUNDS; i++) {
                Path path = directory.resolve("region" + i);
                creations.add(threads.submit(() -> RegionFiles.open(path, Mapping.PLAIN)));
            }
            for (Future<?> creation : creations) {
                creation.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(RegionFiles.files(directory)).hasSize(THREADS * ROUNDS);
    }
}
