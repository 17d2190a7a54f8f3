package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.Implementation;
import io.pvlock.core.testing.ParavirtLock;
import io.pvlock.core.testing.TestLiveness;
import io.pvlock.core.testing.ThreadParker;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that no participant can have written ends a wait with a message, not in a loop. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedQueueTest {

    private static final WaitPolicy POLICY = new WaitPolicy(0, 0, 0, false);

    private final HeapMemory memory = new HeapMemory(HeapMemory.Source.HEAP, 4, 1);
    private final int cell = memory.cell(0);
    private final Participant me = memory.participant(0);
    private final Participant other = memory.participant(1);
    private final ParavirtLock lock;

    DamagedQueueTest() {
        TestLiveness liveness = new TestLiveness();
        ThreadParker parker = new ThreadParker(memory.vcpus(), liveness, ThreadParker.BOUND_NS);
        lock = Implementation.current().lock(memory, parker, liveness);
    }

    private int node(int ref) {
        return memory.vcpus().nodeOffset(ref);
    }

    private void putTail(int ref) {
        memory.buffer().putLong(cell, memory.cellValue(0) | (long) ref << LockWord.TAIL_INDEX_SHIFT);
    }

    private void putSkipped(int ref, int prev, int next) {
        memory.buffer().putInt(node(ref) + NodeDescriptor.GRANT_OFFSET, NodeDescriptor.SKIPPED);
        memory.buffer().putInt(node(ref) + NodeDescriptor.PREV_OFFSET, prev);
        memory.buffer().putInt(node(ref) + NodeDescriptor.NEXT_OFFSET, next);
    }

    private static void assertCorrupt(ThrowingCallable attempt) {
        assertThatExceptionOfType(CorruptMemoryException.class)
                .isThrownBy(attempt)
                .withMessageContaining("pvlock fsck");
    }

    private Outcome lockByMe() {
        return lock.lock(cell, me, POLICY, Participant.NO_DEADLINE, false);
    }

    @Test
    void aWaiterBehindACircleOfSkippedNodes() {
        int one = LockWord.ref(2, 0);
        int two = LockWord.ref(3, 1);
        lock.lock(cell, other, POLICY, Participant.NO_DEADLINE, false);
        putSkipped(one, two, 0);
        putSkipped(two, one, 0);
        putTail(one);
        assertCorrupt(this::lockByMe);
    }

    @Test
    void aHeadWhoseSuccessorsStandInACircle() {
        int one = LockWord.ref(2, 0);
        int two = LockWord.ref(3, 1);
        int mine = LockWord.ref(me.index(), 0);
        putSkipped(one, mine, two);
        putSkipped(two, one, one);
        // As if it had queued long ago, left, and come back when it was head.
        memory.buffer().putInt(node(mine) + NodeDescriptor.GRANT_OFFSET, NodeDescriptor.ABANDONED);
        memory.buffer().putLong(node(mine) + NodeDescriptor.LOCK_OFFSET, cell);
        memory.buffer().putInt(node(mine) + NodeDescriptor.NEXT_OFFSET, one);
        putTail(two);
        assertCorrupt(this::lockByMe);
    }

    @Test
    void aLockThatIsHeldByNobody() {
        memory.buffer().putLong(cell, LockWord.LOCKED);
        assertCorrupt(this::lockByMe);
        assertCorrupt(() -> lock.tryLock(cell, me, POLICY));
    }

    @Test
    void aTailThatDoesNotExist() {
        lock.lock(cell, other, POLICY, Participant.NO_DEADLINE, false);
        putTail(LockWord.ref(100, 0));
        assertCorrupt(this::lockByMe);
    }

    @ParameterizedTest
    @ValueSource(longs = {0xffff_fff8L, 4})
    void aNodeThatQueuesForALockThatIsNowhere(long nowhere) {
        int mine = node(LockWord.ref(me.index(), 0));
        lock.lock(cell, other, POLICY, Participant.NO_DEADLINE, false);
        memory.buffer().putInt(mine + NodeDescriptor.GRANT_OFFSET, NodeDescriptor.SKIPPED);
        memory.buffer().putLong(mine + NodeDescriptor.LOCK_OFFSET, nowhere);
        assertCorrupt(() -> lock.lock(cell, me, POLICY, NanoClock.nowNs() + 1_000_000, false));
        memory.buffer().putInt(mine + NodeDescriptor.GRANT_OFFSET, NodeDescriptor.FREE);
        assertThat(lock.lock(cell, me, POLICY, NanoClock.nowNs() + 1_000_000, false))
                .isEqualTo(Outcome.TIMED_OUT);
    }
}
