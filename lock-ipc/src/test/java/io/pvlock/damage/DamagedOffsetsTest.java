package io.pvlock.damage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.SharedCounter;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.layout.CounterDescriptor;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.HeaderDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Offsets that lead nowhere: whoever reads one does not follow it, and what is there is left as it is. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class DamagedOffsetsTest extends RegionTest {

    private static final byte DATA = 0x5a;

    private RegionLayout layout;
    private UnsafeBuffer memory;
    private VcpuTable vcpus;

    @Override
    protected RegionOptions options() {
        return Regions.small().objectBytes(1 << 16);
    }

    @BeforeEach
    void open() {
        region.lock("damaged");
        RegionFile file = RegionFile.openOrCreate(region.path(), options());
        layout = file.layout();
        memory = file.memory();
        vcpus = new VcpuTable(memory, layout.vcpusOffset(), layout.maxVcpus());
        AtomicBuffer data = region.data();
        data.setMemory(0, data.capacity(), DATA);
    }

    private LockEntry entry(String name) {
        return new LockDirectory(memory, layout).find(name);
    }

    private void putExtent(String name, int offset, int length) {
        int entry = entry(name).cell() - EntryDescriptor.CELL_OFFSET;
        memory.putInt(entry + EntryDescriptor.EXTENT_OFFSET_OFFSET, offset);
        memory.putInt(entry + EntryDescriptor.EXTENT_LENGTH_OFFSET, length);
    }

    private void assertDataUntouched() {
        AtomicBuffer data = region.data();
        for (int i = 0; i < data.capacity(); i++) {
            assertThat(data.getByte(i)).isEqualTo(DATA);
        }
    }

    private static void assertCorrupt(Runnable attempt) {
        assertThatExceptionOfType(RegionException.class)
                .isThrownBy(attempt::run)
                .withMessageContaining("pvlock fsck")
                .satisfies(e -> assertThat(e.category()).isEqualTo(RegionException.Category.CORRUPT));
    }

    // ---- extents

    @ParameterizedTest
    @ValueSource(ints = {0xfffff000, 0x8000_0000, 0x7fff_f000, 1 << 20, 64, 4})
    void anExtentThatIsNowhereMakesNoRoom(int offset) {
        int all = layout.objectsLength() / Long.BYTES;
        region.lockArray("most", all - 100);
        putExtent("damaged", offset, 64);
        assertCorrupt(() -> region.lockArray("more", 1000));
        assertDataUntouched();
        region.counter("small", 7, null).tryCharge(3);
        assertThat(region.counter("small", 7, null).usage()).isEqualTo(3);
        assertDataUntouched();
    }

    @Test
    void whatComesBehindAnExtentOfCrookedLengthBeginsWhereExtentsDo() {
        SharedCounter crooked = region.counter("crooked", 7, null);
        putExtent("crooked", entry("crooked").extentOffset(), entry("crooked").extentLength() - 61);
        SharedCounter next = region.counter("next", 7, null);
        assertThat(next.tryCharge(3)).isEmpty();
        assertThat(entry("next").extentOffset() % ExtentDescriptor.ALIGNMENT).isZero();
        assertThat(crooked.usage()).isZero();
    }

    /** Of an extent that is there, and of which nobody knows how long it is, nothing is given to another. */
    @ParameterizedTest
    @ValueSource(ints = {0, 63, -1, 0x8000_0000, 0x7fff_ffff})
    void anExtentOfUnknownLengthIsNobodyElses(int length) {
        SharedCounter first = region.counter("first", 7, null);
        assertThat(first.tryCharge(3)).isEmpty();
        putExtent("first", entry("first").extentOffset(), length);
        // The room is known from before the damage, and was nobody's.
        assertThat(region.counter("second", 7, null).tryCharge(4)).isEmpty();
        memory.putLong(HeaderDescriptor.ROOM_CHECK_OFFSET, 0);
        assertCorrupt(() -> region.counter("third", 7, null));
        assertThat(first.usage()).isEqualTo(3);
        assertDataUntouched();
    }

    @ParameterizedTest
    @ValueSource(ints = {0xfffff000, 0x7fff_f000})
    void aRemovalDoesNotLookWhereNoExtentIs(int offset) {
        SharedLock lock = region.lock("lock");
        region.counter("parent", 7, null);
        for (String made : List.of("counter", "array", "data", "sequence")) {
            switch (made) {
                case "counter" -> region.counter(made, 7, region.counter("parent", 7, null));
                case "array" -> region.lockArray(made, 10);
                case "data" -> region.localData(made, 8, (vcpu, data) -> {});
                default -> region.sequenceLock(made, lock);
            }
            putExtent(made, offset, 0x7fff_ffff);
        }
        assertThat(region.remove("damaged")).isTrue();
        assertThat(region.locks()).hasSize(6);
        region.attach().close();
        assertThat(region.repair().repaired()).isTrue();
        assertDataUntouched();
    }

    /** Who comes after one that died in a charge does the rest of it. */
    @ParameterizedTest
    @ValueSource(longs = {0, 65, 0x7fff_f000, -4096, 1L << 40})
    void aBegunChargeThatLeadsNowhereIsNotFinished(long nowhere) {
        SharedCounter counter = region.counter("counter", 7, null);
        int extent = entry("counter").extentOffset();
        long[] levels = {nowhere, layout.dataOffset()};
        for (long level : levels) {
            memory.putLong(extent + CounterDescriptor.INTENT_OFFSET, extent);
            memory.putLong(extent + CounterDescriptor.INTENT_OFFSET + CounterDescriptor.INTENT_USAGE_AT, 5);
            memory.putLong(extent + CounterDescriptor.INTENT_OFFSET + CounterDescriptor.INTENT_ENTRY_BYTES, level);
            memory.putLongVolatile(extent + CounterDescriptor.INTENT_LEVELS_OFFSET, 2);
            assertCorrupt(() -> counter.tryCharge(1));
            assertThat(counter.usage()).isZero();
        }
        assertDataUntouched();
        region.attach().close();
        assertThat(region.check().findings())
                .anyMatch(finding -> finding.what().contains("has begun a charge that leads where no counter can be"));
        assertThat(region.repair().repaired()).isTrue();
        assertThat(region.check().findings()).isEmpty();
        assertThat(region.counter("counter", 7, null).tryCharge(3)).isEmpty();
    }

    // ---- nodes and slots

    @ParameterizedTest
    @ValueSource(ints = {0xfffffff8, 0x7ffffff8, 4})
    void aNodeThatQueuesForALockThatIsNowhere(int nowhere) throws Exception {
        SharedLock lock = region.lock("damaged");
        try (Team team = new Team();
                Vcpu vcpu = region.attach()) {
            CountDownLatch held = new CountDownLatch(1);
            CountDownLatch done = new CountDownLatch(1);
            Member<?> holder = team.run("holder", () -> {
                lock.lock();
                held.countDown();
                done.await();
                lock.unlock();
            });
            held.await();
            int node = vcpus.nodeOffset(LockWord.ref(vcpu.index(), 0));
            memory.putLong(node + NodeDescriptor.LOCK_OFFSET, nowhere);
            memory.putIntVolatile(node + NodeDescriptor.GRANT_OFFSET, NodeDescriptor.SKIPPED);
            try {
                assertCorrupt(() -> tryLock(lock));
                memory.putIntVolatile(node + NodeDescriptor.GRANT_OFFSET, NodeDescriptor.FREE);
                assertThat(tryLock(lock)).isFalse();
            } finally {
                done.countDown();
            }
            holder.get();
        }
    }

    private static boolean tryLock(SharedLock lock) {
        try {
            return lock.tryLock(10, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** During a long wait a waiter looks whom it waits for. */
    @ParameterizedTest
    @ValueSource(longs = {0x1_ffff_fff8L, 0x1_7fff_fff8L, 0x1_0000_0004L})
    void aWaiterThatIsSaidToWaitForNothing(long nowhere) throws Exception {
        SharedLock lock = region.lock("damaged");
        try (Team team = new Team()) {
            lock.lock();
            Member<Boolean> waiter = team.start("waiter", () -> {
                lock.lock();
                lock.unlock();
                return true;
            });
            Regions.awaitWaiting(region, "damaged", 1);
            int slot = slotOf("waiter");
            memory.putLongVolatile(slot + VcpuSlotDescriptor.WAITING_FOR_OFFSET, nowhere);
            Await.until(
                    "the waiter says again what it knows",
                    () -> waiter.isDone()
                            || (int) memory.getLongVolatile(slot + VcpuSlotDescriptor.WAITING_FOR_OFFSET)
                                    == entry("damaged").cell());
            lock.unlock();
            assertThat(waiter.get()).isTrue();
        }
    }

    private int slotOf(String thread) {
        return vcpus.slotOffset(region.vcpus().stream()
                .filter(vcpu -> vcpu.threadName().equals(thread))
                .findFirst()
                .orElseThrow()
                .vcpu());
    }
}
