package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.testing.Crew;
import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.Implementation;
import io.pvlock.core.testing.ParavirtLock;
import io.pvlock.core.testing.TestLiveness;
import io.pvlock.core.testing.ThreadParker;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An owner dies while the head of its queue lives and does not move: the others replace it, whatever the policy. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeadOwnerTest {

    private static final WaitPolicy FAIR = new WaitPolicy(0, 0, 0, false);
    private static final WaitPolicy HYBRID = new WaitPolicy(2, 0, 5_000, false);
    private static final WaitPolicy THROUGHPUT = new WaitPolicy(WaitPolicy.UNLIMITED, 0, 5_000, false);

    private final HeapMemory memory = new HeapMemory(HeapMemory.Source.HEAP, 3, 1);
    private final int cell = memory.cell(0);
    private final Participant owner = memory.participant(0);
    private final Participant head = memory.participant(1);
    private final Participant other = memory.participant(2);
    private final TestLiveness liveness = new TestLiveness();
    private final ThreadParker parker = new ThreadParker(memory.vcpus(), liveness, ThreadParker.BOUND_NS);
    private final ParavirtLock lock = Implementation.current().lock(memory, parker, liveness);
    private final CountDownLatch headStopped = new CountDownLatch(1);
    private final CountDownLatch headGoesOn = new CountDownLatch(1);

    private static final WaitPolicy FAIR_SPINNING = new WaitPolicy(0, 0, Long.MAX_VALUE, false);
    private static final WaitPolicy HYBRID_SPINNING = new WaitPolicy(2, 0, Long.MAX_VALUE, false);

    static Stream<Arguments> stops() {
        Stream<Arguments> sleeping = Stream.of(FAIR, HYBRID, THROUGHPUT)
                .flatMap(policy -> Stream.of(KillPoint.PENDING_SET, KillPoint.HASHED, KillPoint.HEAD_PARKING)
                        .map(point -> Arguments.of(policy, point)));
        Stream<Arguments> spinning =
                Stream.of(FAIR_SPINNING, HYBRID_SPINNING).map(policy -> Arguments.of(policy, KillPoint.PENDING_SET));
        return Stream.concat(sleeping, spinning);
    }

    @AfterEach
    void letGo() {
        headGoesOn.countDown();
        KillPoint.handler((point, who) -> {});
    }

    private Crew.Job<Outcome> startHead(Crew crew, WaitPolicy policy, KillPoint where) throws InterruptedException {
        return startHead(crew, () -> lockOnce(head, policy), where);
    }

    private Crew.Job<Outcome> startHead(Crew crew, Callable<Outcome> attempt, KillPoint where)
            throws InterruptedException {
        KillPoint.handler((point, who) -> {
            if (who == head && point == where) {
                headStopped.countDown();
                awaitQuietly(headGoesOn);
            }
        });
        Crew.Job<Outcome> job = crew.start(attempt);
        headStopped.await();
        return job;
    }

    private Outcome lockOnce(Participant me, WaitPolicy policy) {
        Outcome outcome = lock.lock(cell, me, policy, Participant.NO_DEADLINE, false);
        if (outcome == Outcome.OWNER_DIED) {
            lock.markConsistent(cell, me);
        }
        lock.unlock(cell, me);
        return outcome;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void die() {
        liveness.kill(owner.index());
        parker.kickAll();
    }

    @ParameterizedTest
    @MethodSource("stops")
    void whoeverStandsBehindTheHeadReplacesIt(WaitPolicy policy, KillPoint where) throws InterruptedException {
        lock.lock(cell, owner, policy, Participant.NO_DEADLINE, false);
        try (Crew crew = new Crew()) {
            Crew.Job<Outcome> stopped = startHead(crew, policy, where);
            Crew.Job<Outcome> behind = crew.start(() -> lockOnce(other, policy));
            int node = memory.vcpus().nodeOffset(LockWord.ref(other.index(), 0));
            Crew.await("it stands in the queue", () -> memory.vcpus().lockOf(node) == cell);
            die();
            assertThat(behind.result()).isEqualTo(Outcome.OWNER_DIED);
            headGoesOn.countDown();
            assertThat(stopped.result()).isEqualTo(Outcome.ACQUIRED);
        }
        assertThat(memory.cellValue(0)).isZero();
    }

    /** Who stands behind a head that does not move learns that nobody will ever have the lock. */
    @ParameterizedTest
    @MethodSource("stops")
    void whoeverStandsBehindTheHeadLearnsThatItWasGivenUp(WaitPolicy policy, KillPoint where)
            throws InterruptedException {
        lock.lock(cell, owner, policy, Participant.NO_DEADLINE, false);
        try (Crew crew = new Crew()) {
            Crew.Job<Outcome> stopped =
                    startHead(crew, () -> lock.lock(cell, head, policy, Participant.NO_DEADLINE, false), where);
            Crew.Job<Outcome> behind = crew.start(() -> lock.lock(cell, other, policy, Participant.NO_DEADLINE, false));
            int node = memory.vcpus().nodeOffset(LockWord.ref(other.index(), 0));
            Crew.await("it stands in the queue", () -> memory.vcpus().lockOf(node) == cell);
            lock.abandon(cell, owner);
            assertThat(behind.result()).isEqualTo(Outcome.NOT_RECOVERABLE);
            headGoesOn.countDown();
            assertThat(stopped.result()).isEqualTo(Outcome.NOT_RECOVERABLE);
        }
    }

    @ParameterizedTest
    @MethodSource("stops")
    void whoeverComesLaterReplacesIt(WaitPolicy policy, KillPoint where) throws InterruptedException {
        lock.lock(cell, owner, policy, Participant.NO_DEADLINE, false);
        try (Crew crew = new Crew()) {
            Crew.Job<Outcome> stopped = startHead(crew, policy, where);
            die();
            assertThat(lockOnce(other, policy)).isEqualTo(Outcome.OWNER_DIED);
            headGoesOn.countDown();
            assertThat(stopped.result()).isEqualTo(Outcome.ACQUIRED);
        }
        assertThat(memory.cellValue(0)).isZero();
    }

    @ParameterizedTest
    @MethodSource("stops")
    void whoeverOnlyTriesReplacesIt(WaitPolicy policy, KillPoint where) throws InterruptedException {
        lock.lock(cell, owner, policy, Participant.NO_DEADLINE, false);
        try (Crew crew = new Crew()) {
            Crew.Job<Outcome> stopped = startHead(crew, policy, where);
            die();
            // However seldom it tries.
            Crew.await("a try gets it", () -> {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(250));
                return lock.tryLock(cell, other, policy) == Outcome.OWNER_DIED;
            });
            lock.markConsistent(cell, other);
            lock.unlock(cell, other);
            headGoesOn.countDown();
            assertThat(stopped.result()).isEqualTo(Outcome.ACQUIRED);
        }
        assertThat(memory.cellValue(0)).isZero();
    }
}
