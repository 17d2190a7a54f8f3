package io.pvlock.internal.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pvlock.core.HashDescriptor;
import io.pvlock.core.LockWord;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.kit.Seeds;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RegionLayoutTest {

    private static final RegionLayout DEFAULT = new RegionLayout(256, 1024, 1024, 256, 0, 4096);

    @Test
    void sectionsFollowEachOtherInTheDocumentedOrder() {
        assertThat(DEFAULT.processesOffset()).isEqualTo(4096);
        assertThat(DEFAULT.vcpusOffset()).isEqualTo(DEFAULT.processesOffset() + 256 * 128);
        assertThat(DEFAULT.hashOffset()).isEqualTo(DEFAULT.vcpusOffset() + 1024 * 768);
        assertThat(DEFAULT.directoryOffset()).isEqualTo(DEFAULT.hashOffset() + 4096 * 16 + 4096);
        assertThat(DEFAULT.namesOffset()).isEqualTo(DEFAULT.directoryOffset() + 2048 * 16);
        assertThat(DEFAULT.entriesOffset()).isEqualTo(DEFAULT.namesOffset() + 1024 * 96);
        assertThat(DEFAULT.eventsOffset()).isEqualTo(DEFAULT.entriesOffset() + 1024 * 128);
        assertThat(DEFAULT.statisticsOffset()).isEqualTo(DEFAULT.eventsOffset() + 256 * 64 + 4096);
        assertThat(DEFAULT.dataOffset()).isEqualTo(DEFAULT.statisticsOffset() + 1024 * 1024);
        assertThat(DEFAULT.dataLength()).isEqualTo(4096);
        assertThat(DEFAULT.length()).isEqualTo(DEFAULT.dataOffset() + 4096);
    }

    @Test
    void everySectionOfRandomLayoutsIsAlignedAndHoldsItsRecords() {
        Random random = new Random(Seeds.of("RegionLayoutTest", 1));
        for (int i = 0; i < 2_000; i++) {
            RegionLayout layout = new RegionLayout(
                    1 + random.nextInt(RegionLayout.MAX_PROCESSES),
                    1 + random.nextInt(LockWord.MAX_VCPUS),
                    1 + random.nextInt(1 << 20),
                    1 + random.nextInt(1 << 20),
                    random.nextInt(1 << 20),
                    random.nextInt(1 << 20));
            int[] offsets = {
                HeaderDescriptor.LENGTH,
                layout.processesOffset(),
                layout.vcpusOffset(),
                layout.hashOffset(),
                layout.directoryOffset(),
                layout.namesOffset(),
                layout.entriesOffset(),
                layout.eventsOffset(),
                layout.statisticsOffset(),
                layout.objectsOffset(),
                layout.dataOffset(),
                layout.length()
            };
            long[] records = {
                0,
                (long) layout.maxProcesses() * ProcessDescriptor.LENGTH,
                (long) layout.maxVcpus() * VcpuSlotDescriptor.LENGTH,
                HashDescriptor.length(layout.hashCapacity()),
                (long) layout.directoryCapacity() * DirectoryDescriptor.LENGTH,
                (long) layout.maxLocks() * NameDescriptor.LENGTH,
                (long) layout.maxLocks() * EntryDescriptor.LENGTH,
                EventDescriptor.RECORDS_OFFSET + (long) layout.eventCapacity() * EventDescriptor.RECORD_LENGTH,
                (long) Math.min(layout.maxLocks(), 1024) * StatisticsDescriptor.LENGTH,
                layout.objectBytes(),
                layout.dataBytes()
            };
            for (int s = 0; s < records.length; s++) {
                long room = (long) offsets[s + 1] - offsets[s];
                assertThat(offsets[s])
                        .as("%s, section %d", layout, s)
                        .isPositive()
                        .matches(o -> o % 4096 == 0);
                assertThat(room).as("%s, section %d", layout, s).isBetween(records[s], records[s] + 4095);
            }
        }
    }

    @Test
    void dataIsRoundedUpToPagesAndMayBeNone() {
        assertThat(new RegionLayout(1, 1, 1, 1, 0, 0).dataLength()).isZero();
        assertThat(new RegionLayout(1, 1, 1, 1, 0, 1).dataLength()).isEqualTo(4096);
        assertThat(new RegionLayout(1, 1, 1, 1, 0, 4097).dataLength()).isEqualTo(8192);
    }

    @Test
    void theLargestRegionEndsOnePageBelowTwoGigabytes() {
        int rest = new RegionLayout(1, 1, 1, 1, 0, 0).length();
        int largest = Integer.MAX_VALUE - 4095 - rest;

        assertThat(new RegionLayout(1, 1, 1, 1, 0, largest).length()).isEqualTo(Integer.MAX_VALUE - 4095);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RegionLayout(1, 1, 1, 1, 0, largest + 1))
                .withMessageContaining("need a region of 2147483648 bytes, which is not below 2 GiB");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RegionLayout(65536, 16383, 1 << 24, Integer.MAX_VALUE, 0, Integer.MAX_VALUE))
                .withMessageContaining("not below 2 GiB");
    }
}
