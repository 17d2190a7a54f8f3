package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.LockOptions.OnOwnerDeath;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.layout.ConditionDescriptor;
import io.pvlock.internal.lock.CellCondition;
import io.pvlock.internal.wait.WaitQueue;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Date;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedConditionTest extends TwoRegionsTest {

    private SharedLock lock;
    private SharedCondition condition;

    @BeforeEach
    void open() {
        lock = region.lock("l");
        condition = lock.newCondition();
    }

    /** Waits in {@code in}, and returns when it does. */
    private Member<Boolean> waiter(Team team, LockRegion in, Wait wait) {
        int before = condition.getWaitQueueLength();
        Member<Boolean> waiter = team.start("waiter " + before, () -> {
            SharedLock theirs = in.lock("l");
            theirs.lock();
            try {
                boolean result = wait.on(theirs.newCondition());
                assertThat(theirs.isHeldByCurrentThread()).isTrue();
                return result;
            } finally {
                theirs.unlock();
            }
        });
        Await.until("waits", () -> condition.getWaitQueueLength() == before + 1);
        return waiter;
    }

    private interface Wait {
        boolean on(SharedCondition condition) throws InterruptedException;
    }

    private static boolean exclusively(SharedCondition condition) throws InterruptedException {
        condition.await();
        return true;
    }

    private static boolean shared(SharedCondition condition) throws InterruptedException {
        condition.awaitShared();
        return true;
    }

    private void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    @Test
    void aSignalWakesOneInOrder() throws Exception {
        try (Team team = new Team()) {
            Member<Boolean> first = waiter(team, other, SharedConditionTest::exclusively);
            Member<Boolean> second = waiter(team, region, SharedConditionTest::exclusively);
            locked(condition::signal);
            first.get();
            assertThat(second.isDone()).isFalse();
            assertThat(condition.getWaitQueueLength()).isEqualTo(1);
            locked(condition::signal);
            second.get();
        }
        locked(condition::signal);
    }

    @ParameterizedTest
    @EnumSource(LockKind.class)
    void locksOfEveryKindHaveConditions(LockKind kind) throws Exception {
        LockOptions options = LockOptions.defaults().kind(kind);
        SharedLock ours = region.lock("of a kind", options);
        SharedLock theirs = other.lock("of a kind", options.reentrant());
        try (Team team = new Team()) {
            Member<Boolean> waiter = team.start("waiter", () -> {
                theirs.lock();
                theirs.lock();
                theirs.newCondition().await();
                theirs.unlock();
                boolean held = theirs.isHeldByCurrentThread();
                theirs.unlock();
                return held;
            });
            Await.until("it waits", () -> ours.newCondition().getWaitQueueLength() == 1);
            ours.lock();
            assertThat(ours.newCondition().await(1, TimeUnit.MILLISECONDS)).isFalse();
            ours.newCondition().signal();
            ours.unlock();
            assertThat(waiter.get()).isTrue();
        }
        assertThat(ours.owner()).isEmpty();
    }

    @Test
    void aSignalWakesOneExclusiveWaiterAndAllOthers() throws Exception {
        try (Team team = new Team()) {
            Member<Boolean> exclusive = waiter(team, region, SharedConditionTest::exclusively);
            Member<Boolean> exclusiveToo = waiter(team, region, SharedConditionTest::exclusively);
            Member<Boolean> shared = waiter(team, region, SharedConditionTest::shared);
            Member<Boolean> sharedToo = waiter(team, other, c -> c.awaitShared(1, TimeUnit.HOURS));
            locked(condition::signal);
            exclusive.get();
            shared.get();
            sharedToo.get();
            assertThat(exclusiveToo.isDone()).isFalse();
            locked(condition::signal);
            exclusiveToo.get();
        }
    }

    @Test
    void signalAllWakesAll() throws Exception {
        try (Team team = new Team()) {
            List<Member<Boolean>> waiters = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                waiters.add(waiter(team, i % 2 == 0 ? region : other, SharedConditionTest::exclusively));
            }
            locked(condition::signalAll);
            for (Member<Boolean> waiter : waiters) {
                waiter.get();
            }
        }
        assertThat(condition.getWaitQueueLength()).isZero();
    }

    @Test
    void onlyTheOwnerWaitsAndSignals() throws Exception {
        try (Team team = new Team()) {
            team.run(
                            "stranger",
                            () -> assertThatThrownBy(condition::signal)
                                    .isInstanceOf(IllegalMonitorStateException.class)
                                    .hasMessage("thread 'stranger' does not hold lock 'l', which it needs to signal"))
                    .get();
        }
        lock.lock();
        lock.unlock();
        assertThatThrownBy(condition::await).isInstanceOf(IllegalMonitorStateException.class);
        assertThatThrownBy(condition::signalAll).isInstanceOf(IllegalMonitorStateException.class);
        assertThatThrownBy(condition::awaitUninterruptibly).isInstanceOf(IllegalMonitorStateException.class);
        assertThat(condition.getWaitQueueLength()).isZero();
    }

    @Test
    void timeOutsEndWithTheLock() throws InterruptedException {
        lock.lock();
        assertThat(condition.await(1, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(condition.awaitShared(1, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(condition.awaitNanos(1)).isNotPositive();
        assertThat(condition.awaitUntil(new Date(0))).isFalse();
        assertThat(condition.awaitUntil(new Date(Long.MIN_VALUE))).isFalse();
        assertThat(condition.awaitUntil(new Date(-1))).isFalse();
        assertThat(condition.await(Long.MIN_VALUE, TimeUnit.DAYS)).isFalse();
        assertThat(condition.awaitShared(Long.MIN_VALUE, TimeUnit.NANOSECONDS)).isFalse();
        assertThat(condition.awaitNanos(Long.MIN_VALUE)).isNegative();
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        assertThat(condition.getWaitQueueLength()).isZero();
        lock.unlock();
    }

    @Test
    void theLongestTimesDoNotOverflow() throws Exception {
        try (Team team = new Team()) {
            Member<Boolean> date = waiter(team, other, c -> c.awaitUntil(new Date(Long.MAX_VALUE)));
            locked(condition::signal);
            assertThat(date.get()).isTrue();
            Member<Boolean> nanos =
                    waiter(team, other, c -> c.awaitNanos(Long.MAX_VALUE) > Long.MAX_VALUE - TimeUnit.HOURS.toNanos(1));
            locked(condition::signal);
            assertThat(nanos.get()).isTrue();
            Member<Boolean> time = waiter(team, other, c -> c.await(Long.MAX_VALUE, TimeUnit.DAYS));
            locked(condition::signal);
            assertThat(time.get()).isTrue();
        }
    }

    @Test
    void aSignalInTimeLeavesTime() throws Exception {
        try (Team team = new Team()) {
            Member<Boolean> waiter =
                    waiter(team, other, c -> c.awaitNanos(TimeUnit.HOURS.toNanos(1)) > TimeUnit.MINUTES.toNanos(50));
            locked(condition::signal);
            assertThat(waiter.get()).isTrue();
        }
    }

    @Test
    void anInterruptEndsTheWaitWithTheLock() throws Exception {
        try (Team team = new Team()) {
            Member<Boolean> waiter = waiter(team, region, c -> {
                assertThatThrownBy(c::await).isInstanceOf(InterruptedException.class);
                return Thread.currentThread().isInterrupted();
            });
            waiter.thread().interrupt();
            assertThat(waiter.get()).isFalse();
        }
        assertThat(condition.getWaitQueueLength()).isZero();
    }

    @Test
    void whoWasInterruptedAndThenChosenHasTheSignal() throws Exception {
        try (Team team = new Team()) {
            Member<Boolean> waiter = waiter(team, region, c -> {
                c.await();
                return Thread.interrupted();
            });
            locked(() -> {
                waiter.thread().interrupt();
                // It has left the wait, and has yet to get the lock to say so.
                Regions.awaitWaiting(region, "l", 1);
                condition.signal();
            });
            assertThat(waiter.get()).isTrue();
        }
    }

    @Test
    void anUninterruptibleWaitGoesOn() throws Exception {
        try (Team team = new Team()) {
            Member<Boolean> waiter = waiter(team, region, c -> {
                Thread.currentThread().interrupt();
                c.awaitUninterruptibly();
                return Thread.interrupted();
            });
            assertThat(waiter.isDone()).isFalse();
            locked(condition::signal);
            assertThat(waiter.get()).isTrue();
        }
    }

    @Test
    void reentrantHoldsAreGivenBackWholeAndHadAgain() throws Exception {
        SharedLock reentrant = region.lock("l", LockOptions.defaults().reentrant());
        try (Team team = new Team()) {
            Member<Boolean> waiter = team.start("waiter", () -> {
                for (int i = 0; i < 3; i++) {
                    reentrant.lock();
                }
                reentrant.newCondition().await();
                for (int i = 0; i < 3; i++) {
                    assertThat(reentrant.isHeldByCurrentThread()).isTrue();
                    reentrant.unlock();
                }
                return reentrant.isHeldByCurrentThread();
            });
            Await.until("waits", () -> condition.getWaitQueueLength() == 1);
            locked(condition::signal);
            assertThat(waiter.get()).isFalse();
        }
        assertThat(lock.tryLock()).isTrue();
        lock.unlock();
    }

    @Test
    void aGuardIsGoodAfterTheWait() throws Exception {
        try (Team team = new Team()) {
            Member<Boolean> waiter = team.start("waiter", () -> {
                try (LockGuard guard = lock.acquire()) {
                    condition.await();
                    return !guard.ownerDied()
                            && lock.owner().orElseThrow().heldFor().isPresent();
                }
            });
            // It queues before it gives the lock back.
            Await.until(
                    "waits",
                    () -> condition.getWaitQueueLength() == 1 && lock.owner().isEmpty());
            locked(condition::signal);
            assertThat(waiter.get()).isTrue();
        }
    }

    // ---- deaths

    // That of the lock's own condition.
    private WaitQueue queue() {
        LockDirectory.Template template = new LockDirectory.Template(LockKind.PV, 1, 0);
        LockEntry entry = region.session().findOrCreate("l", template);
        int extent = region.session()
                .extent(entry, "l", CellCondition.bodyLength(region.session().maxVcpus()), List.of());
        return new WaitQueue(
                region.session().registry(), extent, extent + ConditionDescriptor.QUEUE_OFFSET, entry.cell());
    }

    /** A thread that waits, is chosen, and ends without having acted on it. Its slot's index. */
    private int chosenAndDead(Team team, Runnable meanwhile) throws Exception {
        WaitQueue queue = queue();
        CountDownLatch end = new CountDownLatch(1);
        Member<Integer> doomed = team.start("doomed", () -> {
            Vcpu me = region.attach();
            lock.lock();
            queue.join(me.attachment.participant, true);
            lock.unlock();
            end.await();
            return me.index();
        });
        Await.until("waits", () -> condition.getWaitQueueLength() == 1);
        meanwhile.run();
        locked(condition::signal);
        end.countDown();
        return doomed.get();
    }

    @Test
    void theWakeUpOfOneThatDiesGoesToTheNext() throws Exception {
        try (Team team = new Team()) {
            List<Member<Boolean>> waiter = new ArrayList<>();
            chosenAndDead(team, () -> waiter.add(waiter(team, other, SharedConditionTest::exclusively)));
            assertThat(waiter.get(0).get()).isTrue();
        }
    }

    @Test
    void theWakeUpOfOneThatDiesKeepsItsSlotUntilItIsPassedOn() throws Exception {
        WaitQueue queue = queue();
        Vcpu me = region.attach();
        try (Team team = new Team()) {
            int dead = chosenAndDead(team, () -> locked(() -> queue.join(me.attachment.participant, true)));
            assertThat(queue.isWoken(me.attachment.participant)).isFalse();
            Await.until(
                    "it is known to be dead",
                    () -> region.vcpus().stream().noneMatch(vcpu -> vcpu.vcpu() == dead && vcpu.alive()));
            assertThat(region.session().registry().reclaimer().reclaimDead()).isZero();
            assertThat(queue.hasWakeUpToPassOn()).isTrue();
            locked(queue::passOn);
            assertThat(queue.isWoken(me.attachment.participant)).isTrue();
            assertThat(region.session().registry().reclaimer().reclaimDead()).isEqualTo(1);
            // The lowest slot that is free is given first.
            team.run("next user", () -> {
                        assertThat(region.attach().index()).isEqualTo(dead);
                        lock.lock();
                        condition.await(1, TimeUnit.NANOSECONDS);
                        lock.unlock();
                    })
                    .get();
        }
    }

    @Test
    void whoSignalsAndDiesHoldingIsReportedToWhoWaited() throws Exception {
        try (Team team = new Team()) {
            Member<Boolean> waiter = waiter(team, other, c -> {
                assertThatThrownBy(c::await).isInstanceOf(OwnerDiedException.class);
                assertThatThrownBy(c::signal).isInstanceOf(IllegalMonitorStateException.class);
                return other.lock("l", LockOptions.defaults().onOwnerDeath(OnOwnerDeath.CONTINUE))
                        .tryLock();
            });
            team.run("dies holding", () -> {
                lock.lock();
                condition.signal();
            });
            assertThat(waiter.get()).isTrue();
        }
    }

    @Test
    void whoContinuesAfterADeathJustReturns() throws Exception {
        try (Team team = new Team()) {
            SharedLock theirs = region.lock("l", LockOptions.defaults().onOwnerDeath(OnOwnerDeath.CONTINUE));
            Member<Boolean> waiter = team.start("waiter", () -> {
                theirs.lock();
                theirs.newCondition().await();
                theirs.unlock();
                return true;
            });
            Await.until("waits", () -> condition.getWaitQueueLength() == 1);
            team.run("dies holding", () -> {
                lock.lock();
                condition.signal();
            });
            assertThat(waiter.get()).isTrue();
        }
    }

    @Test
    void whoWaitsForALockThatIsGivenUpIsTold() throws Exception {
        try (Team team = new Team()) {
            Member<?> waiter = team.run("waiter", () -> {
                lock.lock();
                condition.await();
            });
            Await.until("waits", () -> condition.getWaitQueueLength() == 1);
            lock.acquire().abandon();
            assertThat(waiter.failure()).isInstanceOf(OwnerDiedException.class).hasMessageContaining("given up");
        }
    }

    @Test
    void closingTheRegionEndsTheWaitWithTheLock() throws Exception {
        try (Team team = new Team()) {
            Member<Boolean> waiter = waiter(team, other, c -> {
                assertThatThrownBy(c::await).isInstanceOf(RegionException.class).hasMessageContaining("is closed");
                return true;
            });
            lock.lock();
            other.close();
            assertThat(waiter.isDone()).isFalse();
            lock.unlock();
            assertThat(waiter.get()).isTrue();
        }
        assertThat(condition.getWaitQueueLength()).isZero();
    }

    // ---- names

    @Test
    void namedConditionsAreApart() throws Exception {
        SharedCondition notEmpty = lock.newCondition("not empty");
        try (Team team = new Team()) {
            Member<Boolean> waiter = waiter(team, region, SharedConditionTest::exclusively);
            locked(notEmpty::signalAll);
            locked(lock.newCondition("not full")::signalAll);
            assertThat(condition.getWaitQueueLength()).isEqualTo(1);
            locked(other.lock("l")::newCondition);
            locked(condition::signal);
            waiter.get();
        }
    }

    @Test
    void aNamedConditionBelongsToOneLock() {
        lock.newCondition("c");
        other.lock("l").newCondition("c");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> other.lock("m").newCondition("c"))
                .withMessage("condition 'c' belongs to lock 'l', not to 'm'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> lock.newCondition("l"))
                .withMessage("'l' is a LOCK, not a CONDITION");
    }

    // ---- together

    @Test
    void everythingPutIsTakenOnce() throws Exception {
        int items = 2_000;
        Deque<Integer> buffer = new ArrayDeque<>();
        List<Integer> taken = new ArrayList<>();
        try (Team team = new Team()) {
            for (int i = 0; i < 4; i++) {
                LockRegion theirs = i % 2 == 0 ? region : other;
                team.run("consumer " + i, () -> consume(theirs, buffer, taken, items / 2));
            }
            for (int i = 0; i < 2; i++) {
                LockRegion theirs = i % 2 == 0 ? region : other;
                team.run("producer " + i, () -> produce(theirs, buffer, items));
            }
            team.join();
        }
        assertThat(taken).hasSize(2 * items);
        assertThat(taken.stream().mapToLong(Integer::longValue).sum()).isEqualTo((long) items * (items - 1));
    }

    private static void produce(LockRegion region, Deque<Integer> buffer, int items) throws InterruptedException {
        SharedLock lock = region.lock("l");
        SharedCondition notEmpty = lock.newCondition("not empty");
        SharedCondition notFull = lock.newCondition("not full");
        for (int i = 0; i < items; i++) {
            lock.lock();
            while (buffer.size() == 3) {
                notFull.await();
            }
            buffer.add(i);
            notEmpty.signal();
            lock.unlock();
        }
    }

    private static void consume(LockRegion region, Deque<Integer> buffer, List<Integer> taken, int items)
            throws InterruptedException {
        SharedLock lock = region.lock("l");
        SharedCondition notEmpty = lock.newCondition("not empty");
        SharedCondition notFull = lock.newCondition("not full");
        for (int i = 0; i < items; i++) {
            lock.lock();
            while (buffer.isEmpty()) {
                notEmpty.await();
            }
            taken.add(buffer.remove());
            notFull.signal();
            lock.unlock();
        }
    }
}
