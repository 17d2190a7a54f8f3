package io.pvlock.internal.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pvlock.RegionOptions.Mapping;
import io.pvlock.internal.layout.HeaderDescriptor;
import io.pvlock.linux.FileMapper;
import io.pvlock.linux.NativeFile;
import io.pvlock.testing.RegionFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Left alone, Chronicle creates the file that it does not find, and extends the one that is too short. */
@Timeout(180)
class ProvidedMappingTest {

    @TempDir
    Path directory;

    private Path path;
    private RegionHeader header;

    @BeforeEach
    void createRegion() throws IOException {
        path = directory.resolve("region");
        RegionFiles.open(path, Mapping.PLAIN);
        try (FileChannel channel = FileChannel.open(path)) {
            header = RegionHeader.read(channel, path);
        }
    }

    @Test
    void mapsTheFileThatWasValidatedAndNotWhateverIsAtItsPath() throws IOException {
        try (NativeFile file = SameFile.openItself(path)) {
            Files.delete(path);

            FileMapper chronicle = ProvidedMapping.provider().orElseThrow();
            RegionMapping mapping =
                    ProvidedMapping.map(chronicle, file, header.layout().length());

            assertThat(mapping.memory().getLong(HeaderDescriptor.REGION_ID_OFFSET))
                    .isEqualTo(header.regionId());
            assertThat(RegionFiles.files(directory)).isEmpty();
        }
    }

    @Test
    void aFileThatWasDeletedOrReplacedSinceItWasValidatedIsNotTheSame() throws IOException {
        Object key = FileFacts.of(path).key();
        // Its number must not be given to another file.
        try (NativeFile file = SameFile.openItself(path)) {
            Files.delete(path);
            assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> SameFile.open(path, key));
            assertThat(RegionFiles.files(directory)).isEmpty();

            Files.copy(SameFile.pathOf(file), path);
            assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> SameFile.open(path, key));
        }
    }
}
