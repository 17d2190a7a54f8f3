package io.pvlock.core;

import static io.pvlock.core.LockWord.INCONSISTENT;
import static io.pvlock.core.LockWord.LOCKED;
import static io.pvlock.core.LockWord.PENDING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.TestLiveness;
import io.pvlock.core.testing.ThreadParker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Taking and giving back by what was seen last. The queue is a tail in the word: nobody looks at its nodes here. */
class PvQSpinLockSeenTest {

    private static final int QUEUE = 7 << LockWord.TAIL_INDEX_SHIFT;
    private static final int LONGER_QUEUE = 11 << LockWord.TAIL_INDEX_SHIFT;

    private static final WaitPolicy HYBRID = new WaitPolicy(2, 0, 0, false);
    private static final WaitPolicy FAIR = new WaitPolicy(0, 0, 0, false);

    private final HeapMemory memory = new HeapMemory(HeapMemory.Source.DIRECT, 4, 1);
    private final TestLiveness liveness = new TestLiveness();
    private final PvQSpinLock lock = new PvQSpinLock(
            memory.vcpus(),
            memory.hash(liveness),
            new ThreadParker(memory.vcpus(), liveness, ThreadParker.UNBOUNDED_NS),
            liveness);
    private final int cell = memory.cell(0);
    private final Participant me = memory.participant(1);
    private final Participant other = memory.participant(2);

    @BeforeEach
    @AfterEach
    void nobodyHasIt() {
        KillPoint.handler((point, participant) -> {});
        set(0);
    }

    // ---- taking

    @Test
    void whatWasSeenFreeIsTaken() {
        assertThat(lock.tryFree(cell, 0, me, FAIR)).isTrue();
        assertThat(now()).isEqualTo(me.heldCell());
        assertThat(me.counted(LockEvent.PV_LOCK_STEALING)).isZero();
    }

    @Test
    void aFreeLockIsTakenPastItsQueueAsOftenAsThePolicyAllows() {
        set(free(QUEUE));
        for (int overtakes = 1; overtakes <= 2; overtakes++) {
            assertThat(lock.tryFree(cell, now(), me, HYBRID)).isTrue();
            assertThat(lock.owner(cell)).isEqualTo(me.ownerWord());
            assertThat(LockWord.tail(word())).as("the queue").isEqualTo(LockWord.tail(QUEUE));
            assertThat(LockWord.overtakes(word())).isEqualTo(overtakes);
            assertThat(me.counted(LockEvent.PV_LOCK_STEALING)).isEqualTo(overtakes);
            set(free(word() & ~LockWord.LOCKED_MASK));
        }
        refuses(now(), HYBRID);
    }

    @Test
    void whatIsNotToBeHadIsLeftAsItIs() {
        refuses(free(QUEUE), FAIR);
        refuses(free(QUEUE | PENDING), HYBRID);
        refuses(other.heldCell(), HYBRID);
        refuses(LockCell.of(QUEUE | LOCKED, other.ownerWord()), HYBRID);
        refuses(LockCell.of(LOCKED, LockCell.NOT_RECOVERABLE), HYBRID);
    }

    @Test
    void ofADeathItIsToldInsideAnAttempt() {
        refuses(free(INCONSISTENT), HYBRID);
        refuses(free(QUEUE | INCONSISTENT), HYBRID);
        assertThat(lock.lock(cell, me, HYBRID, Participant.NO_DEADLINE, false)).isEqualTo(Outcome.OWNER_DIED);
        assertThat(me.diedOwner()).as("who took over first has told of it").isZero();
        assertThat(me.waitsBegun()).as("that was no wait").isZero();
    }

    @Test
    void whatHasChangedSinceIsLeftAsItIs() {
        set(other.heldCell());
        assertThat(lock.tryFree(cell, 0, me, HYBRID)).isFalse();
        assertThat(now()).isEqualTo(other.heldCell());
        set(free(LONGER_QUEUE));
        assertThat(lock.tryFree(cell, free(QUEUE), me, HYBRID)).isFalse();
        assertThat(now()).isEqualTo(free(LONGER_QUEUE));
        assertThat(me.counted(LockEvent.PV_LOCK_STEALING)).isZero();
    }

    @Test
    void whoIsCutShortAfterItHasTheLockDoesNotKeepIt() {
        set(free(QUEUE));
        KillPoint.handler((point, participant) -> {
            if (point == KillPoint.LOCK_TAKEN) {
                throw new OutOfMemoryError("for a test");
            }
        });
        assertThatThrownBy(() -> lock.tryFree(cell, now(), me, HYBRID)).isInstanceOf(OutOfMemoryError.class);
        assertThat(lock.owner(cell)).isZero();
        assertThat(LockWord.tail(word())).as("the queue").isEqualTo(LockWord.tail(QUEUE));
    }

    // ---- giving back

    @Test
    void itIsGivenBackWhateverWasSeen() {
        long alone = me.heldCell();
        long queued = LockCell.of(QUEUE | LOCKED, me.ownerWord());
        for (long seen : new long[] {alone, queued, 0}) {
            set(alone);
            lock.unlock(cell, seen, me);
            assertThat(now()).isZero();
            set(queued);
            lock.unlock(cell, seen, me);
            assertThat(now()).isEqualTo(free(QUEUE));
        }
    }

    @Test
    void onlyItsOwnerGivesItBack() {
        set(other.heldCell());
        for (long seen : new long[] {me.heldCell(), other.heldCell(), 0}) {
            assertThatThrownBy(() -> lock.unlock(cell, seen, me)).isInstanceOf(IllegalMonitorStateException.class);
            assertThat(now()).isEqualTo(other.heldCell());
        }
    }

    private void refuses(long held, WaitPolicy policy) {
        set(held);
        assertThat(lock.tryFree(cell, held, me, policy)).isFalse();
        assertThat(now()).isEqualTo(held);
    }

    private static long free(int word) {
        return LockCell.of(word, 0);
    }

    private int word() {
        return LockCell.word(now());
    }

    private long now() {
        return memory.cellValue(0);
    }

    private void set(long value) {
        memory.vcpus().memory().putLong(cell, value);
    }
}
