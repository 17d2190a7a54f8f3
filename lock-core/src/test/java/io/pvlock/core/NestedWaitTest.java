package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.Kind;
import io.pvlock.core.testing.TestLiveness;
import io.pvlock.core.testing.ThreadParker;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is called in the middle of a wait waits itself, or throws: the wait that it is part of stays right. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NestedWaitTest {

    private static final WaitPolicy SPINNING = new WaitPolicy(0, 0, Long.MAX_VALUE, false);
    private static final WaitPolicy NEVER_SPINS = new WaitPolicy(0, 0, 0, false);

    private final HeapMemory memory = new HeapMemory(HeapMemory.Source.HEAP, 3, 2);
    private final int outer = memory.cell(0);
    private final int inner = memory.cell(1);
    private final Participant owner = memory.participant(0);
    private final Participant waiter = memory.participant(1);
    private final Participant next = memory.participant(2);
    private final TestLiveness liveness = new TestLiveness();
    private final ThreadParker parker = new ThreadParker(memory.vcpus(), liveness, ThreadParker.BOUND_NS);

    private LockAlgorithm lock(Kind kind) {
        VcpuTable vcpus = memory.vcpus();
        return switch (kind) {
            case PV -> new PvQSpinLock(vcpus, memory.hash(liveness), parker, liveness);
            case NATIVE -> new NativeQSpinLock(vcpus, parker);
            case TICKET -> new TicketLock(vcpus, parker);
            case MCS -> new McsLock(vcpus, parker);
            case TAS -> new TasLock(vcpus, parker);
        };
    }

    private Outcome lockFor(LockAlgorithm lock, int cell, Participant me) {
        return lock.lock(cell, me, SPINNING, Participant.NO_DEADLINE, false);
    }

    @ParameterizedTest
    @EnumSource
    void aTimedTryInTheMiddleOfAWaitDoesNotEndIt(Kind kind) {
        LockAlgorithm lock = lock(kind);
        lockFor(lock, outer, owner);
        lockFor(lock, inner, owner);
        AtomicReference<Outcome> nested = new AtomicReference<>();
        AtomicReference<Long> waitedForInside = new AtomicReference<>();
        waiter.onLongWait(me -> {
            if (nested.get() == null) {
                long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1);
                Outcome outcome = lock.lock(inner, me, SPINNING, deadline, false);
                waitedForInside.set((long) memory.vcpus().waitingForAcquire(me.index()));
                nested.set(outcome);
            }
        });
        try (Team team = new Team()) {
            Team.Member<Outcome> job = team.start(() -> lockFor(lock, outer, waiter));
            Await.until("the nested try is over", () -> nested.get() != null);
            assertThat(nested.get()).isEqualTo(Outcome.TIMED_OUT);
            assertThat(waitedForInside.get())
                    .as("it waits for the outer lock again")
                    .isEqualTo(outer);
            lock.unlock(outer, owner);
            assertThat(job.result()).isEqualTo(Outcome.ACQUIRED);
            assertThat(lock.owner(outer)).isEqualTo(waiter.ownerWord());
        }
        assertThat(memory.vcpus().slowPathVolatile(waiter.index()) & 1).isZero();
        assertThat(memory.vcpus().waitingForAcquire(waiter.index())).isZero();
        lock.unlock(outer, waiter);
        lock.unlock(inner, owner);
    }

    @Test
    void waitsInsideWaitsHaveAnEnd() {
        waiter.begin(Participant.NO_DEADLINE, false);
        waiter.begin(0, false);
        assertThat(waiter.reasonToLeave()).isEqualTo(Outcome.TIMED_OUT);
        waiter.begin(Participant.NO_DEADLINE, false);
        waiter.begin(Participant.NO_DEADLINE, false);
        assertThatThrownBy(() -> waiter.begin(Participant.NO_DEADLINE, false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("vcpu=1 waits 4 times at once");
        waiter.end();
        waiter.end();
        assertThat(waiter.reasonToLeave()).isEqualTo(Outcome.TIMED_OUT);
        waiter.end();
        assertThat(waiter.reasonToLeave()).isNull();
        waiter.end();
    }

    @ParameterizedTest
    @EnumSource
    void whoeverIsThrownOutHoldsNothingAndBlocksNobody(Kind kind) {
        LockAlgorithm lock = lock(kind);
        lockFor(lock, outer, owner);
        AtomicBoolean thrown = new AtomicBoolean();
        waiter.onLongWait(me -> {
            if (!thrown.getAndSet(true)) {
                throw new AssertionError("from a listener");
            }
        });
        try (Team team = new Team()) {
            Team.Member<Throwable> out = team.start(() -> {
                try {
                    lockFor(lock, outer, waiter);
                    return null;
                } catch (AssertionError e) {
                    return e;
                }
            });
            Await.until("it has been thrown", thrown::get);
            Team.Member<Outcome> behind = team.start(() -> lockFor(lock, outer, next));
            Await.until("the next one waits", () -> memory.vcpus().waitingForAcquire(next.index()) == outer);
            lock.unlock(outer, owner);
            assertThat(out.result()).hasMessage("from a listener");
            assertThat(behind.result()).isEqualTo(Outcome.ACQUIRED);
        }
        assertThat(lock.owner(outer)).isEqualTo(next.ownerWord());
        lock.unlock(outer, next);
    }

    /** A wait that begins with next to no stack left: it does not begin, or it ends as it should. */
    @Test
    void aWaitWithoutStackLeavesNothingBehind() {
        LockAlgorithm lock = lock(Kind.PV);
        lockFor(lock, outer, owner);
        try (Team team = new Team()) {
            int overflows = team.start(() -> {
                        AtomicReference<Integer> count = new AtomicReference<>(0);
                        recurse(lock, count);
                        return count.get();
                    })
                    .result();
            assertThat(overflows).isPositive();
        }
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int node = memory.vcpus().nodeOffset(LockWord.ref(waiter.index(), index));
            assertThat(NodeDescriptor.grantStatus(memory.vcpus().grantVolatile(node)))
                    .isIn(NodeDescriptor.FREE, NodeDescriptor.ABANDONED);
        }
        lock.unlock(outer, owner);
        assertThat(lockFor(lock, outer, next)).isEqualTo(Outcome.ACQUIRED);
        lock.unlock(outer, next);
        assertThat(memory.cellValue(0)).isZero();
    }

    // On the way back from the end of the stack, a try at each depth, until some have been had.
    private void recurse(LockAlgorithm lock, AtomicReference<Integer> overflows) {
        try {
            recurse(lock, overflows);
        } catch (StackOverflowError e) {
            // The caller has more.
        }
        if (overflows.get() < 200) {
            try {
                lock.lock(outer, waiter, NEVER_SPINS, System.nanoTime() + 1_000, false);
            } catch (StackOverflowError e) {
                overflows.set(overflows.get() + 1);
            }
        }
    }
}
