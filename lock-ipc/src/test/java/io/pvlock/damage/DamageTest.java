package io.pvlock.damage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockInfo;
import io.pvlock.LockOptions;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionReport.Severity;
import io.pvlock.SharedLock;
import io.pvlock.SharedRecord;
import io.pvlock.Vcpu;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.EventDescriptor;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.layout.SequenceDescriptor;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that hold what nobody can have written: whoever comes across is told, the rest goes on, and a repair ends it. */
@Timeout(value = 180, threadMode = SEPARATE_THREAD)
class DamageTest extends RegionTest {

    private RegionLayout layout;
    private UnsafeBuffer memory;
    private int entry;

    @BeforeEach
    void open() {
        region.lock("damaged");
        RegionFile file = RegionFile.openOrCreate(region.path(), RegionOptions.defaults());
        layout = file.layout();
        memory = file.memory();
        entry = new LockDirectory(memory, layout).find("damaged").cell() - EntryDescriptor.CELL_OFFSET;
    }

    private void assertRepaired(String damage) {
        assertThat(region.check().findings())
                .anyMatch(finding ->
                        finding.severity() == Severity.DAMAGE && finding.what().contains(damage));
        assertThat(region.repair().repaired()).isTrue();
        assertThat(region.check().findings()).noneMatch(finding -> finding.severity() == Severity.DAMAGE);
        region.lock("damaged").acquire().close();
        assertThat(region.locks()).extracting(LockInfo::name).containsExactly("damaged");
    }

    private static void assertCorrupt(Runnable attempt) {
        assertThatExceptionOfType(RegionException.class)
                .isThrownBy(attempt::run)
                .withMessageContaining("pvlock fsck")
                .satisfies(e -> assertThat(e.category()).isEqualTo(RegionException.Category.CORRUPT));
    }

    @Test
    void anOwnerThatDoesNotExist() {
        memory.putLong(entry + EntryDescriptor.CELL_OFFSET, LockCell.of(LockWord.LOCKED, LockCell.ownerWord(5000, 1)));
        SharedLock lock = region.lock("damaged");
        assertCorrupt(lock::lock);
        assertCorrupt(lock::tryLock);
        assertCorrupt(lock::owner);
        assertCorrupt(region::locks);
        region.attach().close();
        assertRepaired("is owned by vcpu 5000");
    }

    @Test
    void aTailThatIsNoneAtAll() {
        memory.putLong(entry + EntryDescriptor.CELL_OFFSET, 1L << LockWord.TAIL_INDEX_SHIFT);
        assertThat(region.lock("damaged").queue()).isEmpty();
        assertRepaired("leads nowhere");
    }

    @Test
    void aKindThatDoesNotExistIsInNobodysWay() {
        memory.putInt(entry + EntryDescriptor.KIND_OFFSET, 77);
        assertCorrupt(() -> region.lock("damaged"));
        region.lock("sound").lock();
        assertThat(region.locks()).extracting(LockInfo::name).containsExactly("sound");
        region.lock("sound").unlock();
        region.close();
        region = Regions.open(directory);
        assertThat(region.check().othersAlive())
                .as("processes that the closed region has left")
                .isZero();
        assertThat(region.repair().repaired()).isTrue();
        assertThat(region.locks()).extracting(LockInfo::name).containsExactlyInAnyOrder("damaged", "sound");
    }

    @Test
    void aPolicyThatDoesNotExistBecomesTheDefaultAndTheTokenStays() {
        region.lock("damaged").acquire().close();
        long token = region.locks().get(0).lastFencingToken();
        region.attach().close();
        memory.putInt(entry + EntryDescriptor.POLICY_OFFSET, 99);
        assertCorrupt(() -> region.lock("damaged"));
        assertRepaired("unknown policy 99");
        assertThat(region.locks().get(0).lastFencingToken()).isEqualTo(token + 1);
        assertThat(region.locks().get(0).policy()).isEqualTo(LockOptions.Policy.HYBRID);
    }

    @ParameterizedTest
    @CsvSource({"HYBRID, -1", "NUMA, -2147483648", "FAIR, 1000", "THROUGHPUT, 1000", "FAIR, -1"})
    void anOvertakeTimeThatCannotBeBecomesThatOfThePolicy(LockOptions.Policy policy, int micros) {
        memory.putInt(entry + EntryDescriptor.POLICY_OFFSET, policy.code());
        memory.putInt(entry + EntryDescriptor.OVERTAKE_US_OFFSET, micros);
        assertCorrupt(() -> region.lock("damaged"));
        assertCorrupt(() -> region.findLock("damaged"));
        assertThat(region.locks().get(0).overtakeFor())
                .as("to look does no harm")
                .isEqualTo(policy.overtakeFor());
        assertRepaired("has overtake time " + micros + " us with policy " + policy.code());
        assertThat(region.lock("damaged").policy()).isEqualTo(policy);
        assertThat(region.lock("damaged").overtakeFor()).isEqualTo(policy.overtakeFor());
    }

    @Test
    void aSlotThatIsFreeButStandsInAQueueIsNotUsed() {
        VcpuTable vcpus = new VcpuTable(memory, layout.vcpusOffset(), layout.maxVcpus());
        memory.putInt(vcpus.nodeOffset(LockWord.ref(0, 2)) + NodeDescriptor.GRANT_OFFSET, NodeDescriptor.ABANDONED);
        try (Vcpu vcpu = region.attach()) {
            assertThat(vcpu.index()).isNotZero();
        }
        assertRepaired("is free, but its node 2 is not");
    }

    /** Two objects that have a line of data in common: the later one of the table starts anew. */
    @Test
    void dataThatOverlap() {
        region.counter("early", 7, null).tryCharge(3);
        region.semaphore("late", 2);
        region.attach().close();
        LockDirectory directoryTable = new LockDirectory(memory, layout);
        LockEntry early = directoryTable.find("early");
        int late = directoryTable.find("late").cell() - EntryDescriptor.CELL_OFFSET;
        int end = early.extentOffset() + early.extentLength();
        memory.putInt(late + EntryDescriptor.EXTENT_OFFSET_OFFSET, end - ExtentDescriptor.ALIGNMENT);
        assertThat(region.check().findings())
                .extracting(finding -> finding.where() + " " + finding.what())
                .containsExactly("lock late has data where early has its own");
        assertThat(region.repair().repaired()).isTrue();
        assertThat(region.check().findings()).isEmpty();
        assertThat(region.counter("early", 7, null).usage()).isEqualTo(3);
        assertThat(region.semaphore("late", 2).availablePermits()).isEqualTo(2);
    }

    @Test
    void aRingThatHasCountedToTheEndOfAllNumbers() {
        memory.putLong(layout.eventsOffset() + EventDescriptor.NEXT_SEQUENCE_OFFSET, Long.MAX_VALUE);
        assertThat(region.events()).isEqualTo(List.of());
    }

    /** A reader compares with the count after next, which is a small one again. */
    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE - 1, Long.MAX_VALUE, Long.MIN_VALUE, -2, -1})
    void aRecordThatHasBeenCountedToTheEndOfAllNumbers(long count) {
        SharedRecord record = region.singleWriterRecord("record", 8);
        int body = new LockDirectory(memory, layout).find("record").extentOffset() + ExtentDescriptor.BODY_OFFSET;
        memory.putLongVolatile(body + SequenceDescriptor.SEQUENCE_OFFSET, count);
        assertThat(record.read(new UnsafeBuffer(new byte[8]))).isEqualTo(count >>> 1);
    }
}
