package io.pvlock.internal.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.RegionOptions.Mapping;
import io.pvlock.kit.Await;
import io.pvlock.testing.RegionFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(180)
class MappingLifetimeTest {

    private static final int REGIONS = 10;
    /** Enough for the garbage collector and the cleaner to do what they must not do. */
    private static final int COLLECTIONS = 20;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void isUnmappedOnceUnreachable(Mapping mapping) throws IOException {
        Path path = directory.resolve("region");

        RegionFile[] regions = openMany(path, mapping);
        assertThat(mappings(path)).isEqualTo(REGIONS);
        Reference.reachabilityFence(regions);
        regions = null;

        Await.until("the regions are unmapped", () -> {
            System.gc();
            return mappings(path) == 0;
        });
    }

    @ParameterizedTest
    @EnumSource
    void staysMappedAsLongAsABufferMadeFromItIsReachable(Mapping mapping) throws IOException {
        Path path = directory.resolve("region");
        UnsafeBuffer slice = slice(RegionFiles.open(path, mapping));

        assertStaysMapped(path);
        slice.putLong(0, 42);
        assertThat(slice.getLong(0)).isEqualTo(42);
    }

    @ParameterizedTest
    @EnumSource
    void staysMappedAsLongAsTheMappingIsReachable(Mapping mapping) throws IOException {
        Path path = directory.resolve("region");
        RegionMapping kept = RegionFiles.open(path, mapping).mapping();

        assertStaysMapped(path);
        kept.memory().putByte(RegionFiles.SMALL.dataBytes(), (byte) 1);
    }

    @ParameterizedTest
    @EnumSource
    void outlivesTheNameOfItsFile(Mapping mapping) throws IOException {
        Path path = directory.resolve("region");
        RegionFile region = RegionFiles.open(path, mapping);
        Files.delete(path);

        region.memory().putLong(region.layout().dataOffset(), 42);
        assertThat(region.memory().getLong(region.layout().dataOffset())).isEqualTo(42);
    }

    private static RegionFile[] openMany(Path path, Mapping mapping) {
        RegionFile[] regions = new RegionFile[REGIONS];
        for (int i = 0; i < REGIONS; i++) {
            regions[i] = RegionFiles.open(path, mapping);
        }
        return regions;
    }

    private static UnsafeBuffer slice(RegionFile region) {
        return new UnsafeBuffer(
                region.memory(), region.layout().dataOffset(), region.layout().dataLength());
    }

    private static void assertStaysMapped(Path path) throws IOException {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            System.runFinalization();
        }
        assertThat(mappings(path)).isEqualTo(1);
    }

    /** How often this process maps the file. */
    private static long mappings(Path path) {
        try {
            String name = path.toRealPath().toString();
            return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                    .filter(line -> line.endsWith(name))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
