package io.pvlock.internal.file;

import static io.pvlock.RegionException.Category.CORRUPT;
import static io.pvlock.RegionException.Category.INCOMPATIBLE;
import static io.pvlock.RegionException.Category.UNAVAILABLE;
import static io.pvlock.internal.layout.HeaderDescriptor.*;
import static io.pvlock.testing.RegionFiles.SMALL;
import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.RegionException;
import io.pvlock.RegionException.Category;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.kit.Seeds;
import io.pvlock.linux.Processes;
import io.pvlock.testing.RegionFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files that are no region, or not one for this program. */
@Timeout(120)
class RegionHeaderTest {

    private static final long GIGABYTES_3 = 3L << 30;

    @TempDir
    Path directory;

    private Path path;
    private byte[] valid;

    @BeforeEach
    void createRegion() throws IOException {
        path = directory.resolve("region");
        RegionFile.openOrCreate(path, SMALL);
        valid = Files.readAllBytes(path);
    }

    @ParameterizedTest
    @EnumSource
    void anEmptyFile(Mapping mapping) throws IOException {
        write(new byte[0]);
        assertRefused(mapping, CORRUPT, "is empty; end all processes that use it and delete it");
    }

    @ParameterizedTest
    @EnumSource
    void aForeignFile(Mapping mapping) throws IOException {
        for (String content : new String[] {"x", "#!/bin/sh\n", "y".repeat(valid.length)}) {
            write(content.getBytes());
            assertRefused(mapping, CORRUPT, "is not a region but some other file", "choose another path");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTruncatedFile(Mapping mapping) throws IOException {
        write(Arrays.copyOf(valid, valid.length - 1));
        assertRefused(mapping, CORRUPT, (valid.length - 1) + " bytes long instead of " + valid.length, "cut off");

        write(Arrays.copyOf(valid, LENGTH));
        assertRefused(mapping, CORRUPT, "4096 bytes long instead of " + valid.length);

        write(Arrays.copyOf(valid, LENGTH - 1));
        assertRefused(mapping, CORRUPT, "is cut off in its header, after 4095 bytes");
    }

    @ParameterizedTest
    @EnumSource
    void anExtendedFile(Mapping mapping) throws IOException {
        write(Arrays.copyOf(valid, valid.length + 1));
        assertRefused(mapping, CORRUPT, "it was extended");
    }

    @ParameterizedTest
    @EnumSource
    void aFileThatIsTooLongToMap(Mapping mapping) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(GIGABYTES_3);
        }
        assertThat(RegionFiles.refused(path, SMALL.mapping(mapping)))
                .returns(UNAVAILABLE, RegionException::category)
                .hasMessageContaining(GIGABYTES_3 + " bytes long, but regions are below 2 GiB");
        assertThat(Files.size(path)).isEqualTo(GIGABYTES_3);
    }

    @ParameterizedTest
    @EnumSource
    void theOtherByteOrder(Mapping mapping) throws IOException {
        forge(header -> header.putInt(BYTE_ORDER_OFFSET, Integer.reverseBytes(BYTE_ORDER_MARK)));
        assertRefused(mapping, INCOMPATIBLE, "comes from a machine of the other byte order");
    }

    @ParameterizedTest
    @EnumSource
    void aNewerAndAnOlderVersion(Mapping mapping) throws IOException {
        forge(header -> header.putInt(VERSION_OFFSET, VERSION + 1));
        assertRefused(mapping, INCOMPATIBLE, "has format version " + (VERSION + 1), "program is older than the region");

        forge(header -> header.putInt(VERSION_OFFSET, VERSION - 1));
        assertRefused(mapping, INCOMPATIBLE, "has format version " + (VERSION - 1), "region is older than the program");
    }

    @ParameterizedTest
    @EnumSource
    void anotherLayout(Mapping mapping) throws IOException {
        forge(header -> header.putLong(LAYOUT_HASH_OFFSET, 0xfeedL));
        assertRefused(mapping, INCOMPATIBLE, "has layout 000000000000feed", "use the same build in all processes");
    }

    @ParameterizedTest
    @EnumSource
    void otherSections(Mapping mapping) throws IOException {
        forge(header -> header.putInt(SECTION_TABLE_OFFSET, 8192));
        assertRefused(mapping, INCOMPATIBLE, "has its sections at other places");
    }

    @ParameterizedTest
    @EnumSource
    void impossibleCapacities(Mapping mapping) throws IOException {
        forge(header -> header.putInt(MAX_LOCKS_OFFSET, -1));
        assertRefused(mapping, CORRUPT, "has impossible capacities (maxLocks=-1, allowed are 1..16777216)");
    }

    @ParameterizedTest
    @EnumSource
    void anUnfinishedFile(Mapping mapping) throws IOException {
        forge(header -> header.putInt(READY_OFFSET, 0));
        assertRefused(
                mapping,
                CORRUPT,
                "was never completed: its creator, pid "
                        + ProcessHandle.current().pid());
    }

    @ParameterizedTest
    @EnumSource
    void everyFlippedBitThatMatters(Mapping mapping) throws IOException {
        // The first byte of each field, and the reserved bytes before the ready state.
        for (int at : new int[] {0, 8, 12, 16, 20, 24, 32, 40, 48, 64, 68, 72, 76, 80, 84, 88, 96, 160, 255, 256}) {
            byte[] bytes = valid.clone();
            bytes[at] ^= 0x10;
            write(bytes);
            assertRefused(mapping, CORRUPT);
        }
    }

    @Test
    void aRegionOfAnEarlierBoot() throws IOException {
        forge(header -> header.putLong(BOOT_ID_OFFSET, ~header.getLong(BOOT_ID_OFFSET)));

        assertThat(RegionFile.openOrCreate(path, SMALL).header().bootId()).isNotEqualTo(Processes.bootId());
    }

    @Test
    void randomTruncations() throws IOException {
        Random random = seeded("randomTruncations");
        for (int i = 0; i < 300; i++) {
            write(Arrays.copyOf(valid, random.nextInt(i % 2 == 0 ? valid.length : LENGTH)));
            assertRefused(Mapping.PLAIN, CORRUPT);
        }
    }

    @Test
    void randomMutationsAreNoticedWhereverTheyMatter() throws IOException {
        Random random = seeded("randomMutations");
        int opened = 0;
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = mutate(random);
            write(bytes);
            boolean intact = Arrays.equals(bytes, 0, READY_OFFSET + 4, valid, 0, READY_OFFSET + 4);
            if (intact) {
                assertOpens();
                opened++;
            } else {
                Category category = RegionFiles.refused(path, SMALL).category();
                assertThat(category).isIn(CORRUPT, INCOMPATIBLE);
            }
        }
        assertThat(opened).isBetween(1, 1_999);
    }

    /** As if written by a program with other ideas: the checksum is right, so only the values can give it away. */
    @Test
    void randomForgeriesOpenOrAreRefused() throws IOException {
        Random random = seeded("randomForgeries");
        int opened = 0;
        for (int i = 0; i < 2_000; i++) {
            ByteBuffer header = nativeOrder(mutate(random));
            header.putInt(CHECKSUM_OFFSET, checksum(header.array()));
            write(header.array());
            try {
                RegionFile.openOrCreate(path, SMALL);
            } catch (RegionException e) {
                continue;
            }
            assertOpens();
            opened++;
        }
        assertThat(opened).isBetween(1, 1_999);
    }

    private void assertOpens() {
        RegionFile region = RegionFile.openOrCreate(path, SMALL);
        assertThat(region.layout().length()).isEqualTo(valid.length);
        region.memory().putByte(valid.length - 1, (byte) 0);
    }

    private void assertRefused(Mapping mapping, Category category, String... messageParts) throws IOException {
        byte[] before = Files.readAllBytes(path);
        RegionOptions options = SMALL.mapping(mapping);

        RegionException e = RegionFiles.refused(path, options);

        assertThat(e.category()).isEqualTo(category);
        assertThat(e).hasMessageContaining(path.toRealPath().toString());
        for (String part : messageParts) {
            assertThat(e).hasMessageContaining(part);
        }
        assertThat(Files.readAllBytes(path)).isEqualTo(before);
    }

    /** One to eight random bytes, most of them where something is. */
    private byte[] mutate(Random random) {
        byte[] bytes = valid.clone();
        for (int n = 1 + random.nextInt(8); n > 0; n--) {
            int at = random.nextInt(random.nextInt(4) == 0 ? LENGTH : random.nextBoolean() ? 4 + READY_OFFSET : 96);
            bytes[at] = (byte) random.nextInt();
        }
        return bytes;
    }

    /** Changes the header and makes its checksum right again. */
    private void forge(Consumer<ByteBuffer> change) throws IOException {
        ByteBuffer header = nativeOrder(valid.clone());
        change.accept(header);
        header.putInt(CHECKSUM_OFFSET, checksum(header.array()));
        write(header.array());
    }

    private static ByteBuffer nativeOrder(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, CHECKSUMMED_OFFSET, READY_OFFSET - CHECKSUMMED_OFFSET);
        return (int) crc.getValue();
    }

    private void write(byte[] bytes) throws IOException {
        // Another file each time: the one before may still be mapped, and must not be shortened.
        Files.delete(path);
        Files.write(path, bytes);
    }

    private static Random seeded(String test) {
        return new Random(Seeds.of("RegionHeaderTest#" + test, 1));
    }
}
