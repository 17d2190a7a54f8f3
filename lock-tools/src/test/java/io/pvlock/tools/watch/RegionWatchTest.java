package io.pvlock.tools.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pvlock.LockInfo;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class RegionWatchTest {

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void make() {
        file = directory.resolve("region.pvl");
        region("first");
    }

    private void region(String lock) {
        try (LockRegion region = LockRegion.open(file, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN))) {
            region.lock(lock);
        }
    }

    private RegionWatch watch() {
        return new RegionWatch(file, () -> LockRegion.openForReading(file));
    }

    private static List<String> names(RegionWatch watch) {
        return watch.look(view -> view.locks().stream().map(LockInfo::name).toList());
    }

    @Test
    void whatIsThereIsSeen() {
        try (RegionWatch watch = watch()) {
            assertThat(names(watch)).containsExactly("first");
            region("second");
            assertThat(names(watch)).containsExactlyInAnyOrder("first", "second");
        }
    }

    @Test
    void aRegionThatIsNotThereCannotBeWatched() throws Exception {
        Files.delete(file);
        assertThatExceptionOfType(RegionException.class)
                .isThrownBy(this::watch)
                .withMessageContaining("does not exist");
    }

    @Test
    void theEndOfTheRegionIsSaid_andTheNextOneIsSeen() throws Exception {
        try (RegionWatch watch = watch()) {
            Files.delete(file);
            for (int look = 0; look < 2; look++) {
                assertThatExceptionOfType(RegionException.class)
                        .isThrownBy(() -> names(watch))
                        .withMessageContaining("does not exist");
            }
            region("next");
            assertThat(names(watch)).containsExactly("next");
        }
    }

    @Test
    void aFileThatTookItsPlaceIsSeenInstead() throws Exception {
        try (RegionWatch watch = watch()) {
            Files.move(file, directory.resolve("old.pvl"));
            region("replacement");
            assertThat(names(watch)).containsExactly("replacement");
        }
    }
}
