package io.pvlock.internal.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.RegionOptions.Mapping;
import io.pvlock.internal.layout.HeaderDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.testing.RegionFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A region of this version of the format, as it was written when the version was made, must open for ever. Until a
 * version has been released, {@code -Dpvlock.golden.update=true} writes its file again.
 */
@Timeout(180)
class GoldenRegionTest {

    /** The beginning of the header; everything behind it is zero. */
    private static final Path GOLDEN = Path.of("src/test/resources/io/pvlock/internal/file/region-v1.hex");

    private static final int GOLDEN_BYTES = HeaderDescriptor.READY_OFFSET + Integer.BYTES;
    private static final int HEX_LINE = 64;

    private static final RegionHeader HEADER = new RegionHeader(
            new RegionLayout(3, 5, 7, 11, 0, 13),
            0x0123_4567_89ab_cdefL,
            1_700_000_000_000L,
            4711,
            UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"));

    @TempDir
    Path directory;

    @Test
    void aRegionOfThisVersionOpens() throws IOException {
        if (Boolean.getBoolean("pvlock.golden.update")) {
            writeGolden();
        }
        byte[] golden = HexFormat.of().parseHex(Files.readString(GOLDEN).replace("\n", ""));
        Path path = directory.resolve("region");
        Files.write(path, Arrays.copyOf(golden, HEADER.layout().length()));

        RegionFile region = RegionFiles.open(path, Mapping.PLAIN);

        assertThat(region.layout()).isEqualTo(HEADER.layout());
        assertThat(region.header()).isEqualTo(HEADER);
    }

    private static void writeGolden() throws IOException {
        ByteBuffer page = HEADER.encode().order(ByteOrder.nativeOrder());
        page.putInt(HeaderDescriptor.READY_OFFSET, HeaderDescriptor.READY);
        String hex = HexFormat.of().formatHex(page.array(), 0, GOLDEN_BYTES);
        Files.writeString(GOLDEN, hex.replaceAll("(.{" + HEX_LINE + "})", "$1\n") + "\n");
    }
}
