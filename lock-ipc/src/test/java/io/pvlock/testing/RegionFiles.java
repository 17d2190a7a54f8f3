package io.pvlock.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.internal.file.RegionFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Small region files, below the public API, for tests. */
public final class RegionFiles {

    /** The smallest region with user data: 36 KiB. */
    public static final RegionOptions SMALL = RegionOptions.defaults()
            .maxProcesses(1)
            .maxVcpus(1)
            .maxLocks(1)
            .eventCapacity(1)
            .objectBytes(1)
            .dataBytes(1)
            .mapping(Mapping.PLAIN);

    private RegionFiles() {}

    public static RegionFile open(Path path, Mapping mapping) {
        return RegionFile.openOrCreate(path, SMALL.mapping(mapping));
    }

    /** The exception with which the path is refused; nothing in the directory may have changed. */
    public static RegionException refused(Path path, RegionOptions options) throws IOException {
        Path directory = path.toAbsolutePath().resolveSibling("");
        List<Path> before = files(directory);
        RegionException e = catchThrowableOfType(RegionException.class, () -> RegionFile.openOrCreate(path, options));
        assertThat(e).as("opening %s must fail", path).isNotNull();
        assertThat(files(directory)).isEqualTo(before);
        return e;
    }

    public static List<Path> files(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }
}
