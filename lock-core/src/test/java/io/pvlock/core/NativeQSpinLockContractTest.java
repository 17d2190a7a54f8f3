package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.testing.HeapMemory.Source;
import io.pvlock.core.testing.Kind;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class NativeQSpinLockContractTest {

    abstract static class Native extends LockContract {

        Native(Source source) {
            super(Kind.NATIVE, source);
        }

        @Test
        void firstWaiterIsPendingAndTheSecondQueues() {
            int cell = memory.cell(0);
            lock.tryLock(cell, participants[0], HYBRID);
            Team.Member<Outcome> pending = startLocking(1);
            Await.until("pending", () -> word() == (LockWord.PENDING | LockWord.LOCKED));
            Team.Member<Outcome> queued = startLocking(2);
            Await.until("a queue", () -> word() == (LockWord.encodeTail(2, 0) | LockWord.PENDING | LockWord.LOCKED));
            lock.unlock(cell, participants[0]);
            assertThat(pending.result()).isEqualTo(Outcome.ACQUIRED);
            assertThat(queued.result()).isEqualTo(Outcome.ACQUIRED);
            assertThat(events(LockEvent.LOCK_PENDING)).isEqualTo(1);
            assertThat(events(LockEvent.LOCK_SLOWPATH)).isEqualTo(1);
            assertThat(events(LockEvent.LOCK_NO_NODE)).isZero();
        }

        @Test
        void waitsWithoutANodeWhenAllAreInUse() {
            int cell = memory.cell(0);
            lock.tryLock(cell, participants[0], HYBRID);
            Team.Member<Outcome> pending = startLocking(1);
            Await.until("pending", () -> LockWord.isPending(word()));
            VcpuTable vcpus = memory.vcpus();
            for (int index = 0; index < LockWord.MAX_NODES; index++) {
                vcpus.initNode(vcpus.nodeOffset(LockWord.ref(2, index)), 1, memory.cell(1), 0);
            }
            Team.Member<Outcome> withoutNode = startLocking(2);
            Await.until("no node", () -> events(LockEvent.LOCK_NO_NODE) == 1);
            lock.unlock(cell, participants[0]);
            assertThat(pending.result()).isEqualTo(Outcome.ACQUIRED);
            assertThat(withoutNode.result()).isEqualTo(Outcome.ACQUIRED);
            for (int index = 0; index < LockWord.MAX_NODES; index++) {
                vcpus.freeNode(LockWord.ref(2, index));
            }
        }

        /** The byte store of unlock must not disturb what others do to the rest of the word meanwhile. */
        @Test
        void unlockStoresTheLockedByteAlone() {
            int cell = memory.cell(0);
            lock.tryLock(cell, participants[0], HYBRID);
            int others = LockWord.encodeTail(LockWord.MAX_VCPUS - 1, 3) | LockWord.PENDING;
            memory.buffer().putInt(cell, others | LockWord.LOCKED);
            lock.unlock(cell, participants[0]);
            assertThat(memory.cellValue(0)).isEqualTo(LockCell.of(others, 0));
            memory.buffer().putInt(cell, 0);
        }

        private int word() {
            return LockCell.word(memory.cellValue(0));
        }

        private Team.Member<Outcome> startLocking(int vcpu) {
            int cell = memory.cell(0);
            Participant me = participants[vcpu];
            return team.start(() -> unlockIfOwned(cell, me, lockForEver(cell, me, HYBRID)));
        }
    }

    @Nested
    class OnHeap extends Native {
        OnHeap() {
            super(Source.HEAP);
        }
    }

    @Nested
    class Direct extends Native {
        Direct() {
            super(Source.DIRECT);
        }
    }
}
