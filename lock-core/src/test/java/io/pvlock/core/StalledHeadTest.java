package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.Implementation;
import io.pvlock.core.testing.ParavirtLock;
import io.pvlock.core.testing.TestLiveness;
import io.pvlock.core.testing.ThreadParker;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A head that lives and does not move: its place is kept, and the lock is the others' meanwhile. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StalledHeadTest {

    private static final WaitPolicy HYBRID = new WaitPolicy(2, 0, 0, false);
    private static final WaitPolicy FAIR = new WaitPolicy(0, 0, 0, false);
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int ROUNDS = 1_000;
    private static final long MORE_THAN_HALF_A_STALL_NS = TimeUnit.MILLISECONDS.toNanos(120);

    private final HeapMemory memory = new HeapMemory(HeapMemory.Source.HEAP, 4, 1);
    private final int cell = memory.cell(0);
    private final Participant holder = memory.participant(0);
    private final Participant head = memory.participant(1);
    private final Participant second = memory.participant(2);
    private final Participant newcomer = memory.participant(3);
    private volatile CountDownLatch headStopped = new CountDownLatch(1);
    private volatile CountDownLatch headGoesOn = new CountDownLatch(1);
    private final ParavirtLock lock;

    StalledHeadTest() {
        TestLiveness liveness = new TestLiveness();
        ThreadParker parker = new ThreadParker(memory.vcpus(), liveness, ThreadParker.BOUND_NS);
        lock = Implementation.current().lock(memory, parker, liveness);
    }

    /** Where it stops. */
    enum Where {
        PENDING_SET,
        HASHED,
        HEAD_PARKING,
        HEAD_WOKEN
    }

    private Thread stopHeadAt(KillPoint where, WaitPolicy policy) throws InterruptedException {
        KillPoint.handler((point, who) -> {
            if (who == head && point == where) {
                headStopped.countDown();
                awaitQuietly(headGoesOn);
            }
        });
        Thread thread = start(head, policy);
        if (where == KillPoint.HEAD_WOKEN) {
            awaitAsleepAsHead();
        } else {
            headStopped.await();
        }
        return thread;
    }

    private void awaitAsleepAsHead() throws InterruptedException {
        while (LockWord.locked(LockCell.word(memory.cellValue(0))) != LockWord.SLOW) {
            TimeUnit.NANOSECONDS.sleep(POLL_NS);
        }
    }

    private Thread start(Participant who, WaitPolicy policy) {
        Thread thread = new Thread(() -> {
            lock.lock(cell, who, policy, Participant.NO_DEADLINE, false);
            lock.unlock(cell, who);
        });
        thread.start();
        return thread;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void letGo() {
        headGoesOn.countDown();
        KillPoint.handler((point, who) -> {});
    }

    @ParameterizedTest
    @EnumSource
    void everybodyElseGoesOn(Where where) throws InterruptedException {
        lock.lock(cell, holder, HYBRID, Participant.NO_DEADLINE, false);
        Thread stopped = stopHeadAt(KillPoint.valueOf(where.name()), HYBRID);
        Thread behind = start(second, HYBRID);
        lock.unlock(cell, holder);
        headStopped.await();
        behind.join();
        for (int i = 0; i < ROUNDS; i++) {
            lock.lock(cell, newcomer, HYBRID, Participant.NO_DEADLINE, false);
            lock.unlock(cell, newcomer);
        }
        assertThat(stopped.isAlive()).isTrue();
        headGoesOn.countDown();
        stopped.join();
        assertThat(memory.cellValue(0)).isZero();
        for (int vcpu = 0; vcpu < 4; vcpu++) {
            int grant = memory.vcpus().grantVolatile(memory.vcpus().nodeOffset(LockWord.ref(vcpu, 0)));
            assertThat(NodeDescriptor.grantStatus(grant))
                    .as("node of vcpu %d", vcpu)
                    .isEqualTo(NodeDescriptor.FREE);
        }
    }

    /** Those who never wait for long find it out between them. */
    @Test
    void whoeverOnlyTriesGoesOnToo() throws InterruptedException {
        lock.lock(cell, holder, HYBRID, Participant.NO_DEADLINE, false);
        stopHeadAt(KillPoint.PENDING_SET, HYBRID);
        lock.unlock(cell, holder);
        int tries = 1;
        while (lock.tryLock(cell, newcomer, HYBRID) != Outcome.ACQUIRED) {
            tries++;
            TimeUnit.NANOSECONDS.sleep(POLL_NS);
        }
        assertThat(tries).as("the head is not taken for stalled at first sight").isGreaterThan(2);
        lock.unlock(cell, newcomer);
    }

    /** Each stands in the same place, and the same word says so; but in between the queue has moved, and the one who looks was in it. */
    @Test
    void aHeadIsNotTakenForTheOneBefore() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            lock.lock(cell, holder, HYBRID, Participant.NO_DEADLINE, false);
            Thread stopped = stopHeadAt(KillPoint.PENDING_SET, HYBRID);
            lock.unlock(cell, holder);
            assertThat(lock.tryLock(cell, newcomer, HYBRID)).as("head %d", i).isNotEqualTo(Outcome.ACQUIRED);
            headGoesOn.countDown();
            stopped.join();
            lock.lock(cell, holder, HYBRID, Participant.NO_DEADLINE, false);
            Thread queued = start(newcomer, HYBRID);
            awaitAsleepAsHead();
            lock.unlock(cell, holder);
            queued.join();
            TimeUnit.NANOSECONDS.sleep(MORE_THAN_HALF_A_STALL_NS);
            headStopped = new CountDownLatch(1);
            headGoesOn = new CountDownLatch(1);
        }
    }

    @Test
    void nobodyOvertakesWhereNobodyMay() throws InterruptedException {
        lock.lock(cell, holder, FAIR, Participant.NO_DEADLINE, false);
        Thread stopped = stopHeadAt(KillPoint.HEAD_PARKING, FAIR);
        lock.unlock(cell, holder);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
        assertThat(lock.lock(cell, newcomer, FAIR, deadline, false)).isEqualTo(Outcome.TIMED_OUT);
        headGoesOn.countDown();
        stopped.join();
    }
}
