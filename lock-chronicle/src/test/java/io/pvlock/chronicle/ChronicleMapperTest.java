package io.pvlock.chronicle;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.linux.FileMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The rest of what is promised is tested with regions, which half of the tests of lock-ipc map by it. */
@Timeout(180)
class ChronicleMapperTest {

    private static final int LENGTH = 1 << 16;

    @TempDir
    Path directory;

    @Test
    void itIsFoundWhereItIsADependency() {
        FileMapper mapper = ServiceLoader.load(FileMapper.class).findFirst().orElseThrow();

        assertThat(mapper).isInstanceOf(ChronicleMapper.class);
        assertThat(mapper.problem()).isEmpty();
    }

    @Test
    void itMapsTheFileItself() throws IOException {
        Path file = Files.write(directory.resolve("file"), new byte[LENGTH]);

        ByteBuffer view = new ChronicleMapper().map(file, LENGTH);
        view.put(LENGTH - 1, (byte) 42);

        assertThat(view.isDirect()).isTrue();
        assertThat(view.capacity()).isEqualTo(LENGTH);
        assertThat(Files.size(file)).isEqualTo(LENGTH);
        assertThat(Files.readAllBytes(file)[LENGTH - 1]).isEqualTo((byte) 42);
    }

    @Test
    void aMissingFlagIsNamed() {
        System.setProperty("mappedFile.retain", "false");
        try {
            assertThat(new ChronicleMapper().problem())
                    .startsWith(
                            "this JVM was started without -DmappedFile.retain=true, which mapping through Chronicle Bytes")
                    .contains("JDK_JAVA_OPTIONS");
        } finally {
            System.setProperty("mappedFile.retain", "true");
        }
    }
}
