package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.core.testing.Crew;
import io.pvlock.core.testing.HeapMemory.Source;
import io.pvlock.core.testing.Implementation;
import io.pvlock.core.testing.Kind;
import io.pvlock.core.testing.ParavirtLock;
import io.pvlock.core.testing.ThreadParker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class PvQSpinLockContractTest {

    abstract static class Pv extends LockContract {

        private int overtakeLimit = WaitPolicy.UNLIMITED;

        Pv(Source source) {
            super(Kind.PV, source);
        }

        @Override
        void inside(int cell) {
            int word = LockCell.word(memory.cellValue(0));
            // On a busy machine, a head may be without a processor for long.
            assertThat(LockWord.overtakes(word))
                    .matches(n -> n <= overtakeLimit || overtakeLimit > 0 && LockWord.isStalled(word));
        }

        @Test
        void fairNeverOvertakes() {
            overtakeLimit = 0;
            storm(6, 2_000, new WaitPolicy(0, 0, 5_000, false), false);
            assertThat(events(LockEvent.PV_LOCK_STEALING)).isZero();
        }

        @Test
        void hybridOvertakesWithinItsLimit() {
            overtakeLimit = 3;
            storm(6, 2_000, new WaitPolicy(3, 0, 5_000, false), false);
        }

        @Test
        void throughputOvertakesAtWill() {
            storm(6, 2_000, new WaitPolicy(WaitPolicy.UNLIMITED, 0, 5_000, false), false);
        }

        /** A call is a hint: whoever believes in one that no head has made does no harm. */
        @Test
        void whoeverIsCalledWronglyDoesNoHarm() {
            for (Participant participant : participants) {
                participant.numaNode(participant.index() % 2);
            }
            AtomicBoolean over = new AtomicBoolean();
            Crew.Job<Boolean> caller = crew.start(() -> {
                while (!over.get()) {
                    callEverybody();
                    Thread.yield();
                }
                return true;
            });
            // Until somebody was awake, in the queue, when it was called and the lock free; the watchdog is the test's.
            try {
                do {
                    storm(6, 2_000, new WaitPolicy(0, 0, 20_000, false, 1_000_000), false);
                } while (events(LockEvent.NUMA_AHEAD) == 0);
            } finally {
                over.set(true);
            }
            assertThat(caller.result()).isTrue();
        }

        private void callEverybody() {
            for (Participant participant : participants) {
                for (int index = 0; index < LockWord.MAX_NODES; index++) {
                    int node = memory.vcpus().nodeOffset(LockWord.ref(participant.index(), index));
                    memory.vcpus().called(node, memory.vcpus().grantVolatile(node));
                }
            }
        }

        /** The sleep is bounded, so a death that nobody tells of is found as well. */
        @Test
        void headFindsAnUnannouncedDeathOfTheOwner() {
            ParavirtLock bounded = Implementation.current()
                    .lock(memory, new ThreadParker(memory.vcpus(), liveness, ThreadParker.BOUND_NS), liveness);
            int cell = memory.cell(0);
            bounded.tryLock(cell, participants[0], HYBRID);
            Participant me = participants[1];
            Crew.Job<Outcome> waiter = crew.start(() -> {
                Outcome outcome = bounded.lock(cell, me, HYBRID, Participant.NO_DEADLINE, false);
                bounded.markConsistent(cell, me);
                return unlockIfOwned(cell, me, outcome);
            });
            Crew.await("sleep", () -> events(LockEvent.PV_WAIT_HEAD) > 0);
            liveness.kill(0);
            assertThat(waiter.result()).isEqualTo(Outcome.OWNER_DIED);
            assertThat(bounded.diedOwner(me)).isEqualTo(participants[0].ownerWord());
        }

        @Test
        void strayNodesAreUsedUpAndTheLockStillWorks() {
            int last = memory.cell(4);
            for (int c = 0; c <= 4; c++) {
                lock.tryLock(memory.cell(c), participants[0], HYBRID);
            }
            List<Crew.Job<Outcome>> heads = new ArrayList<>();
            for (int c = 0; c < 4; c++) {
                int cell = memory.cell(c);
                int index = c;
                Participant head = participants[1 + c];
                heads.add(crew.start(() -> unlockIfOwned(cell, head, lockForEver(cell, head, HYBRID))));
                Crew.await("a queue", () -> LockWord.tail(LockCell.word(memory.cellValue(index))) != 0);
            }
            // Behind a waiting head, whoever gives up leaves its node in the queue.
            Participant me = participants[5];
            for (int c = 0; c < 4; c++) {
                assertThat(lock.lock(memory.cell(c), me, HYBRID, System.nanoTime() + 100_000, false))
                        .isEqualTo(Outcome.TIMED_OUT);
                assertThat(grantStatus(me.index(), c)).isEqualTo(NodeDescriptor.ABANDONED);
            }
            assertThat(lock.lock(last, me, HYBRID, System.nanoTime() + 2_000_000, false))
                    .isEqualTo(Outcome.TIMED_OUT);
            Crew.Job<Outcome> waiter = crew.start(() -> unlockIfOwned(last, me, lockForEver(last, me, HYBRID)));
            // It stands in no queue, so that it would take a lock that is free earlier as any thief does.
            Crew.await("a sleep without a node", () -> ThreadParker.isParked(memory.vcpus(), me.index()));
            lock.unlock(last, participants[0]);
            assertThat(waiter.result()).isEqualTo(Outcome.ACQUIRED);
            assertThat(events(LockEvent.LOCK_NO_NODE)).isEqualTo(1);
            assertThat(events(LockEvent.LOCK_USE_NODE2)).isEqualTo(1);
            assertThat(events(LockEvent.LOCK_USE_NODE3)).isEqualTo(1);
            assertThat(events(LockEvent.LOCK_USE_NODE4)).isEqualTo(1);
            for (int c = 0; c < 4; c++) {
                lock.unlock(memory.cell(c), participants[0]);
            }
            heads.forEach(head -> assertThat(head.result()).isEqualTo(Outcome.ACQUIRED));
        }
    }

    @Nested
    class OnHeap extends Pv {
        OnHeap() {
            super(Source.HEAP);
            assumeTrue(Implementation.current().takesArrays(), "this lock takes no arrays");
        }
    }

    @Nested
    class Direct extends Pv {
        Direct() {
            super(Source.DIRECT);
        }
    }
}
