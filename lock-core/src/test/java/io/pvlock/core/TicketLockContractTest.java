package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.testing.HeapMemory.Source;
import io.pvlock.core.testing.Kind;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class TicketLockContractTest {

    abstract static class Ticket extends LockContract {

        Ticket(Source source) {
            super(Kind.TICKET, source);
        }

        /** Both halves wrap, and "now serving" must not carry into the tickets. */
        @Test
        void ticketsWrap() {
            int cell = memory.cell(0);
            for (int i = 0; i < 70_000; i++) {
                assertThat(lock.tryLock(cell, participants[0], HYBRID)).isEqualTo(Outcome.ACQUIRED);
                lock.unlock(cell, participants[0]);
            }
            assertThat(LockCell.word(memory.cellValue(0))).isEqualTo((70_000 & 0xffff) * 0x1_0001);
        }

        @Test
        void servesInOrder() {
            int cell = memory.cell(0);
            // So that the tickets wrap among the waiters.
            memory.buffer().putInt(cell, 0xfffe_fffe);
            lock.tryLock(cell, participants[0], HYBRID);
            List<Integer> order = new ArrayList<>();
            List<Team.Member<Void>> waiters = new ArrayList<>();
            for (int i = 1; i <= 4; i++) {
                Participant me = participants[i];
                int before = LockCell.word(memory.cellValue(0));
                waiters.add(team.start(() -> {
                    lockForEver(cell, me, HYBRID);
                    order.add(me.index());
                    lock.unlock(cell, me);
                    return null;
                }));
                Await.until("a ticket", () -> LockCell.word(memory.cellValue(0)) != before);
            }
            lock.unlock(cell, participants[0]);
            waiters.forEach(Team.Member::result);
            assertThat(order).containsExactly(1, 2, 3, 4);
            assertThat(LockCell.word(memory.cellValue(0))).isEqualTo(0x0003_0003);
        }
    }

    @Nested
    class OnHeap extends Ticket {
        OnHeap() {
            super(Source.HEAP);
        }
    }

    @Nested
    class Direct extends Ticket {
        Direct() {
            super(Source.DIRECT);
        }
    }
}
