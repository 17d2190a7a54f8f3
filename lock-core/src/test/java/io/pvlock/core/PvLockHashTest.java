package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.TestLiveness;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PvLockHashTest {

    private static final int CAPACITY = 16;
    private static final int LINES = CAPACITY / HashDescriptor.ENTRIES_PER_LINE;
    private static final int CELL = 0x1000;

    private final HeapMemory memory = new HeapMemory(HeapMemory.Source.HEAP, 8, 1);
    private final TestLiveness liveness = new TestLiveness();
    private final UnsafeBuffer table = new UnsafeBuffer(new byte[HashDescriptor.length(CAPACITY)]);
    private final PvLockHash hash = new PvLockHash(table, 0, CAPACITY, memory.vcpus(), liveness);
    private final Participant me = memory.participant(0);

    @Test
    void findsWhatWasEnteredAndNothingElse() {
        hash.insert(CELL, ref(1), me);
        assertThat(hash.contains(CELL, ref(1))).isTrue();
        assertThat(hash.contains(CELL, ref(2))).isFalse();
        assertThat(hash.contains(CELL + 8, ref(1))).isFalse();
        assertThat(hash.take(CELL + 8)).isZero();
        assertThat(takeAndDrop(CELL)).isEqualTo(ref(1));
        assertThat(hash.take(CELL)).isZero();
        assertThat(hash.size()).isZero();
    }

    /** Whoever has taken it may be killed before it kicks: then the next unlocker kicks. */
    @Test
    void whatWasTakenIsThereForOtherUnlockersAndNotForItsOwner() {
        hash.insert(CELL, ref(1), me);
        assertThat(hash.take(CELL)).isEqualTo(ref(1));
        assertThat(hash.contains(CELL, ref(1))).isFalse();
        assertThat(hash.take(CELL)).isEqualTo(ref(1));
        hash.insert(CELL, ref(1), me);
        hash.dropTaken(CELL, ref(1));
        assertThat(hash.contains(CELL, ref(1))).as("entered again meanwhile").isTrue();
        assertThat(hash.size()).isEqualTo(1);
        hash.dropTaken(CELL, ref(1));
        assertThat(hash.contains(CELL, ref(1))).as("by one who is late").isTrue();
    }

    @Test
    void whoWasKickedIsPassedByAndNobodyElse() {
        hash.insert(CELL, ref(1), me);
        hash.insert(CELL, ref(2), me);
        hash.insert(CELL, ref(1), me);
        assertThat(hash.takeAnother(CELL, ref(1))).isEqualTo(ref(2));
        hash.dropTaken(CELL, ref(2));
        assertThat(hash.takeAnother(CELL, ref(1))).isZero();
        assertThat(hash.takeAnother(CELL, ref(2))).isEqualTo(ref(1));
    }

    @Test
    void ownersRemoveWhatWasTaken() {
        hash.insert(CELL, ref(1), me);
        hash.take(CELL);
        hash.insert(CELL, ref(1), me);
        hash.remove(CELL, ref(1));
        assertThat(hash.size()).isZero();
    }

    @Test
    void missingEntryIsLegal() {
        assertThat(hash.take(CELL)).isZero();
        hash.remove(CELL, ref(1));
        assertThat(hash.size()).isZero();
    }

    @Test
    void takesAllEntriesOfALockDuplicatesIncluded() {
        int[] refs = {ref(1), ref(2), ref(1), ref(3), ref(1), ref(4)};
        List<Integer> expected = new ArrayList<>();
        for (int ref : refs) {
            hash.insert(CELL, ref, me);
            expected.add(ref);
        }
        hash.insert(CELL + 8, ref(5), me);
        List<Integer> taken = new ArrayList<>();
        for (int ref = takeAndDrop(CELL); ref != 0; ref = takeAndDrop(CELL)) {
            taken.add(ref);
        }
        assertThat(taken).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(hash.contains(CELL + 8, ref(5))).isTrue();
    }

    @Test
    void removesItsOwnEntriesDuplicatesIncludedAndNoOther() {
        hash.insert(CELL, ref(1), me);
        hash.insert(CELL, ref(2), me);
        hash.insert(CELL, ref(1), me);
        hash.insert(CELL + 8, ref(1), me);
        hash.remove(CELL, ref(1));
        assertThat(hash.size()).isEqualTo(2);
        assertThat(hash.contains(CELL, ref(2))).isTrue();
        assertThat(hash.contains(CELL + 8, ref(1))).isTrue();
    }

    @Test
    void removesTheEntriesOfADeadVcpu() {
        hash.insert(CELL, LockWord.ref(1, 0), me);
        hash.insert(CELL + 8, LockWord.ref(1, 3), me);
        hash.insert(CELL + 16, LockWord.ref(2, 0), me);
        hash.removeVcpus(vcpu -> vcpu == 1);
        assertThat(hash.size()).isEqualTo(1);
        assertThat(hash.take(CELL + 16)).isEqualTo(LockWord.ref(2, 0));
    }

    /** A line holds four; the fifth of one lock goes to the next line and is still found when the first line is empty again. */
    @Test
    void searchGoesOnBehindHoles() {
        for (int i = 0; i < 5; i++) {
            hash.insert(CELL, LockWord.ref(i, 0), me);
        }
        for (int i = 0; i < 4; i++) {
            hash.remove(CELL, LockWord.ref(i, 0));
        }
        assertThat(hash.contains(CELL, LockWord.ref(4, 0))).isTrue();
        assertThat(hash.take(CELL)).isEqualTo(LockWord.ref(4, 0));
    }

    @Test
    void linesInUseOnlyGrowAndBoundTheSearch() {
        assertThat(linesInUse()).isZero();
        int before = 0;
        for (int i = 0; i < CAPACITY; i++) {
            hash.insert(CELL, LockWord.ref(i % 8, i / 8), me);
            assertThat(linesInUse())
                    .isEqualTo(i / HashDescriptor.ENTRIES_PER_LINE + 1)
                    .isGreaterThanOrEqualTo(before);
            before = linesInUse();
        }
        for (int ref = takeAndDrop(CELL); ref != 0; ref = takeAndDrop(CELL)) {
            assertThat(linesInUse()).isEqualTo(LINES);
        }
        hash.insert(CELL, ref(1), me);
        assertThat(linesInUse()).isEqualTo(LINES);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, LINES + 1, Integer.MAX_VALUE})
    void damagedLineCountMeansTheWholeTable(int damaged) {
        for (int i = 0; i < CAPACITY; i++) {
            hash.insert(CELL, LockWord.ref(i % 8, i / 8), me);
        }
        table.putInt(HashDescriptor.LINES_OFFSET, damaged);
        assertThat(hash.contains(CELL, LockWord.ref(7, 1))).isTrue();
        assertThat(hash.contains(CELL, LockWord.ref(7, 2))).isFalse();
    }

    @Test
    void countsTheEntriesItLookedAt() {
        hash.insert(CELL, ref(1), me);
        hash.insert(CELL, ref(2), me);
        hash.insert(CELL, ref(3), me);
        assertThat(memory.vcpus().eventPlain(0, LockEvent.PV_HASH_HOPS)).isEqualTo(1 + 2 + 3);
    }

    /** Stale is: of a dead vCPU, of a node that is no head, of a node that heads another queue. */
    @Test
    void fullTableGivesUpStaleEntriesOnly() {
        VcpuTable vcpus = memory.vcpus();
        makeHead(ref(1), CELL);
        makeHead(ref(2), CELL);
        makeHead(ref(3), CELL + 8);
        liveness.kill(2);
        hash.insert(CELL, ref(1), me);
        hash.insert(CELL, ref(2), me);
        hash.insert(CELL, ref(3), me);
        for (int i = 3; i < CAPACITY; i++) {
            hash.insert(CELL, ref(4), me);
        }
        assertThat(hash.size()).isEqualTo(CAPACITY);
        assertThat(hash.insert(CELL + 16, ref(5), me)).isFalse();
        List<Integer> taken = new ArrayList<>();
        for (int stale = hash.takeStale(); stale != 0; stale = hash.takeStale()) {
            taken.add(stale);
        }
        assertThat(taken).hasSize(CAPACITY - 1).contains(ref(2), ref(3), ref(4)).doesNotContain(ref(1));
        assertThat(hash.insert(CELL + 16, ref(5), me)).isTrue();
        assertThat(hash.contains(CELL, ref(1))).as("a living head").isTrue();
        assertThat(hash.contains(CELL, ref(2))).as("a dead head").isFalse();
        assertThat(hash.contains(CELL, ref(3))).as("the head of another queue").isFalse();
        assertThat(hash.contains(CELL, ref(4))).as("no head").isFalse();
        assertThat(hash.contains(CELL + 16, ref(5))).isTrue();
        assertThat(vcpus.grantVolatile(vcpus.nodeOffset(ref(1)))).isNotZero();
    }

    @ParameterizedTest
    @CsvSource({"1, 4", "2, 8", "3, 16", "4, 16", "5, 32", "1024, 4096", "16383, 65536"})
    void hasFourPlacesForEachVcpuAtLeast(int vcpus, int capacity) {
        assertThat(HashDescriptor.capacity(vcpus)).isEqualTo(capacity);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -4, 0, 1, 2, 3, 6, 12})
    void refusesACapacityThatIsNoPowerOfTwo(int capacity) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PvLockHash(table, 0, capacity, memory.vcpus(), liveness))
                .withMessageContaining("capacity=" + capacity);
    }

    private int takeAndDrop(int cell) {
        int ref = hash.take(cell);
        hash.dropTaken(cell, ref);
        return ref;
    }

    private int linesInUse() {
        return table.getInt(HashDescriptor.LINES_OFFSET);
    }

    private void makeHead(int ref, int cell) {
        int node = memory.vcpus().nodeOffset(ref);
        memory.vcpus().initNode(node, 1, cell, 0);
        memory.vcpus().grantRelease(node, NodeDescriptor.grant(1, NodeDescriptor.GRANTED));
    }

    private static int ref(int vcpu) {
        return LockWord.ref(vcpu, 0);
    }
}
