package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.TestLiveness;
import io.pvlock.core.testing.ThreadParker;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Windows of a few nanoseconds in the kinds that spin, entered on purpose. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SpinLockStepsTest {

    private static final WaitPolicy POLICY = new WaitPolicy(0, 0, 0, false);

    static Stream<BiFunction<VcpuTable, Parker, LockAlgorithm>> kinds() {
        return Stream.of(NativeQSpinLock::new, TicketLock::new, McsLock::new, TasLock::new);
    }

    private static Parker parker(VcpuTable vcpus) {
        return new ThreadParker(vcpus, new TestLiveness(), ThreadParker.BOUND_NS);
    }

    /** Somebody takes the lock before each access of unlock, as soon as it can. */
    @ParameterizedTest
    @MethodSource("kinds")
    void unlockerDoesNotEraseTheNextOwner(BiFunction<VcpuTable, Parker, LockAlgorithm> kind) {
        Thief thief = new Thief();
        HeapMemory memory = HeapMemory.stepping(2, 1, thief::strike);
        LockAlgorithm lock = kind.apply(memory.vcpus(), parker(memory.vcpus()));
        int cell = memory.cell(0);
        lock.tryLock(cell, memory.participant(0), POLICY);
        thief.attempt = () -> lock.tryLock(cell, memory.participant(1), POLICY).isOwned();
        lock.unlock(cell, memory.participant(0));
        if (!thief.hasIt) {
            thief.strike();
        }
        assertThat(thief.hasIt).isTrue();
        assertThat(lock.owner(cell)).isEqualTo(memory.participant(1).ownerWord());
        lock.unlock(cell, memory.participant(1));
        assertThat(lock.owner(cell)).isZero();
    }

    private static final class Thief {
        private BooleanSupplier attempt;
        private boolean hasIt;

        void strike() {
            BooleanSupplier mine = attempt;
            if (mine != null && !hasIt) {
                // Its own accesses are not to be interrupted.
                attempt = null;
                hasIt = mine.getAsBoolean();
                attempt = mine;
            }
        }
    }

    /** A queue forms between the look at the word and the setting of pending: the bit must go again, or its head waits for ever. */
    @Test
    void pendingSetTooLateIsTakenBack() {
        HeapMemory memory = new HeapMemory(HeapMemory.Source.HEAP, 3, 1);
        int cell = memory.cell(0);
        int queueOfAnother = LockWord.encodeTail(2, 0);
        boolean[] armed = {false};
        UnsafeBuffer buffer =
                new UnsafeBuffer(memory.buffer(), 0, memory.buffer().capacity()) {
                    @Override
                    public int getIntVolatile(int index) {
                        int value = super.getIntVolatile(index);
                        if (armed[0] && index == cell && value == LockWord.LOCKED) {
                            armed[0] = false;
                            putInt(cell, queueOfAnother | LockWord.LOCKED);
                        }
                        return value;
                    }
                };
        VcpuTable vcpus = new VcpuTable(buffer, memory.vcpus().slotOffset(0), 3);
        LockAlgorithm lock = new NativeQSpinLock(vcpus, parker(vcpus));
        lock.tryLock(cell, memory.participant(0), POLICY);
        int nodeOfAnother = vcpus.nodeOffset(LockWord.ref(2, 0));
        vcpus.initNode(nodeOfAnother, 1, cell, 0);
        armed[0] = true;
        Participant late = new Participant(vcpus, 1, 1);
        try (Team team = new Team()) {
            team.start(() -> {
                lock.lock(cell, late, POLICY, Participant.NO_DEADLINE, false);
                lock.unlock(cell, late);
                return null;
            });
            int linked = NodeDescriptor.next(1, LockWord.ref(1, 0));
            Await.until("a link", () -> vcpus.nextVolatile(nodeOfAnother) == linked);
            assertThat(LockCell.word(memory.cellValue(0))).isEqualTo(LockWord.encodeTail(1, 0) | LockWord.LOCKED);
            lock.unlock(cell, memory.participant(0));
            int node = vcpus.nodeOffset(LockWord.ref(1, 0));
            int waiting = vcpus.grantVolatile(node);
            vcpus.casGrant(node, waiting, NodeDescriptor.withStatus(waiting, NodeDescriptor.GRANTED));
        }
        assertThat(memory.cellValue(0)).isZero();
    }
}
