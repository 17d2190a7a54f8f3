package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.testing.HeapMemory.Source;
import io.pvlock.core.testing.Kind;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class McsLockContractTest {

    abstract static class Mcs extends LockContract {

        Mcs(Source source) {
            super(Kind.MCS, source);
        }

        /** A contended lock keeps its node for as long as it is held, so the fifth has none. */
        @Test
        void fifthContendedLockIsTakenWithoutANode() {
            Participant me = participants[1];
            for (int c = 0; c < 5; c++) {
                lock.tryLock(memory.cell(c), participants[0], HYBRID);
            }
            Team.Member<Void> holder = team.start(() -> {
                for (int c = 0; c < 5; c++) {
                    assertThat(lockForEver(memory.cell(c), me, HYBRID)).isEqualTo(Outcome.ACQUIRED);
                }
                for (int c = 0; c < 5; c++) {
                    lock.unlock(memory.cell(c), me);
                }
                return null;
            });
            for (int c = 0; c < 4; c++) {
                int index = c;
                Await.until("a queue", () -> LockWord.tail(LockCell.word(memory.cellValue(index))) != 0);
                lock.unlock(memory.cell(c), participants[0]);
            }
            Await.until("no node", () -> events(LockEvent.LOCK_NO_NODE) == 1);
            lock.unlock(memory.cell(4), participants[0]);
            holder.result();
            assertThat(events(LockEvent.LOCK_SLOWPATH)).isEqualTo(4);
            assertThat(events(LockEvent.LOCK_USE_NODE4)).isEqualTo(1);
        }
    }

    @Nested
    class OnHeap extends Mcs {
        OnHeap() {
            super(Source.HEAP);
        }
    }

    @Nested
    class Direct extends Mcs {
        Direct() {
            super(Source.DIRECT);
        }
    }
}
