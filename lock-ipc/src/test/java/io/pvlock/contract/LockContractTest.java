package io.pvlock.contract;

import static io.pvlock.kit.Await.until;
import static io.pvlock.testing.Regions.awaitWaiting;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockGuard;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every kind of lock owes its users, on both mappings. */
@ParameterizedClass(name = "{0} {1}")
@MethodSource("kindsAndMappings")
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class LockContractTest extends RegionTest {

    @Parameter(0)
    LockKind kind;

    @Parameter(1)
    Mapping mapping;

    private SharedLock lock;

    static Stream<Arguments> kindsAndMappings() {
        return Stream.of(LockKind.values())
                .flatMap(kind ->
                        Stream.of(Mapping.PLAIN, Mapping.CHRONICLE).map(mapping -> Arguments.of(kind, mapping)));
    }

    @Override
    protected RegionOptions options() {
        return Regions.small().mapping(mapping);
    }

    @BeforeEach
    void open() {
        lock = region.lock("contract", LockOptions.defaults().kind(kind));
    }

    @Test
    void tryLockTakesOnlyAFreeLock() throws Exception {
        assertThat(lock.tryLock()).isTrue();
        try (Team team = new Team()) {
            assertThat(team.start("other", lock::tryLock).get()).isFalse();
            lock.unlock();
            assertThat(team.start("another", () -> lock.tryLock() && unlocked(lock))
                            .get())
                    .isTrue();
        }
        assertThat(lock.tryLock()).isTrue();
        lock.unlock();
    }

    @Test
    void timedTryLockWaitsAsLongAsItSaysAndNotLessThanThat() throws Exception {
        lock.lock();
        try (Team team = new Team()) {
            assertThat(team.start("short of time", () -> {
                                long begin = System.nanoTime();
                                assertThat(lock.tryLock(30, MILLISECONDS)).isFalse();
                                return System.nanoTime() - begin;
                            })
                            .get())
                    .isGreaterThanOrEqualTo(MILLISECONDS.toNanos(30));
            assertThat(team.start("without time", () -> lock.tryLock(0, SECONDS))
                            .get())
                    .isFalse();
            assertThat(team.start("late", () -> lock.tryLock(-1, SECONDS)).get())
                    .isFalse();
            Member<Boolean> patient = team.start("patient", () -> lock.tryLock(Long.MAX_VALUE, SECONDS));
            awaitWaiting(region, "contract", 1);
            assertThat(patient.isDone()).isFalse();
            lock.unlock();
            assertThat(patient.get()).isTrue();
        }
    }

    @Test
    void interruptBeforeEndsTheAttemptEvenOnAFreeLock() throws Exception {
        try (Team team = new Team()) {
            Member<Boolean> interrupted = team.start("interrupted before", () -> {
                Thread.currentThread().interrupt();
                assertThatThrownBy(lock::lockInterruptibly).isInstanceOf(InterruptedException.class);
                assertThat(Thread.currentThread().isInterrupted()).isFalse();
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> lock.tryLock(1, SECONDS)).isInstanceOf(InterruptedException.class);
                assertThat(Thread.currentThread().isInterrupted()).isFalse();
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> lock.tryAcquire(1, SECONDS)).isInstanceOf(InterruptedException.class);
                assertThat(Thread.currentThread().isInterrupted()).isFalse();
                return lock.isHeldByCurrentThread();
            });
            assertThat(interrupted.get()).isFalse();
        }
        assertThat(lock.tryLock()).isTrue();
        lock.unlock();
    }

    @Test
    void interruptLeavesLockAndTryLockAlone() throws Exception {
        try (Team team = new Team()) {
            lock.lock();
            Member<Boolean> waiter = team.start("uninterruptible", () -> {
                Thread.currentThread().interrupt();
                assertThat(lock.tryLock()).isFalse();
                lock.lock();
                lock.unlock();
                return Thread.currentThread().isInterrupted();
            });
            awaitWaiting(region, "contract", 1);
            assertThat(waiter.isDone()).isFalse();
            lock.unlock();
            assertThat(waiter.get()).as("interrupt status kept").isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("waitModes")
    void interruptEndsAWait(WaitMode waitMode) throws Exception {
        SharedLock mine = region.lock("contract", LockOptions.defaults().waitMode(waitMode));
        lock.lock();
        try (Team team = new Team()) {
            List<Member<Boolean>> waiters = new ArrayList<>();
            waiters.add(team.start("lockInterruptibly", () -> {
                mine.lockInterruptibly();
                return true;
            }));
            waiters.add(team.start("tryLock", () -> mine.tryLock(1, HOURS)));
            waiters.add(team.start("tryAcquire", () -> mine.tryAcquire(1, HOURS).isPresent()));
            awaitWaiting(region, "contract", 3);
            for (Member<Boolean> waiter : waiters) {
                waiter.thread().interrupt();
                assertThat(waiter.failure()).isInstanceOf(InterruptedException.class);
            }
        }
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        lock.unlock();
        assertThat(lock.tryLock()).isTrue();
        lock.unlock();
    }

    static WaitMode[] waitModes() {
        return WaitMode.values();
    }

    @Test
    void aStrangerCannotUnlock() throws Exception {
        assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
        lock.lock();
        try (Team team = new Team()) {
            team.run(
                            "never attached",
                            () -> assertThatThrownBy(lock::unlock)
                                    .isInstanceOf(IllegalMonitorStateException.class)
                                    .hasMessageContaining("never attached"))
                    .get();
            team.run("attached", () -> {
                        Vcpu me = region.attach();
                        assertThatThrownBy(lock::unlock)
                                .isInstanceOf(IllegalMonitorStateException.class)
                                .hasMessageContaining(me.toString())
                                .hasMessageContaining("owner is vcpu=");
                        assertThatThrownBy(() -> lock.unlock(me)).isInstanceOf(IllegalMonitorStateException.class);
                    })
                    .get();
        }
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        lock.unlock();
        assertThatThrownBy(lock::unlock)
                .isInstanceOf(IllegalMonitorStateException.class)
                .hasMessageContaining("nobody is");
    }

    @Test
    void lockingTwiceIsAnErrorAndNoHang() throws Exception {
        lock.lock();
        assertThatThrownBy(lock::lock)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("already holds this lock");
        assertThatThrownBy(lock::lockInterruptibly).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(lock::acquire).isInstanceOf(IllegalStateException.class);
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        lock.unlock();
        assertThat(lock.owner()).isEmpty();
    }

    @Test
    void aTryByTheHolderFailsAndIsNoError() throws Exception {
        lock.lock();
        assertThat(lock.tryLock()).isFalse();
        assertThat(lock.tryLock(region.attach())).isFalse();
        assertThat(lock.tryLock(0, SECONDS)).isFalse();
        assertThat(lock.tryLock(Long.MIN_VALUE, SECONDS)).isFalse();
        assertThat(lock.tryAcquire(-1, SECONDS)).isEmpty();
        long begin = System.nanoTime();
        assertThat(lock.tryLock(20, MILLISECONDS)).isFalse();
        assertThat(lock.tryLock(20, MILLISECONDS, region.attach())).isFalse();
        assertThat(lock.tryAcquire(20, MILLISECONDS)).isEmpty();
        assertThat(lock.tryAcquire(20, MILLISECONDS, region.attach())).isEmpty();
        assertThat(System.nanoTime() - begin).as("it waits its time").isGreaterThanOrEqualTo(80_000_000L);
        assertThat(lock.getHoldCount()).isEqualTo(1);
        lock.unlock();
        assertThat(lock.owner()).isEmpty();
    }

    @Test
    void aTimedTryByTheHolderEndsWithAnInterruptAndWithTheRegion() throws Exception {
        try (Team team = new Team()) {
            Member<Void> interrupted = team.run("interrupted holder", () -> {
                lock.lock();
                try {
                    assertThatThrownBy(() -> lock.tryLock(1, HOURS)).isInstanceOf(InterruptedException.class);
                } finally {
                    lock.unlock();
                }
            });
            until("it holds", lock::isLocked);
            interrupted.thread().interrupt();
            interrupted.get();
            Member<Void> closed = team.run("holder in a closed region", () -> {
                lock.lock();
                try {
                    assertThatThrownBy(() -> lock.tryAcquire(1, HOURS))
                            .isInstanceOf(RegionException.class)
                            .hasMessageContaining("closed");
                } finally {
                    lock.unlock();
                }
            });
            until("it holds", lock::isLocked);
            region.close();
            closed.get();
        }
    }

    @Test
    void saysWhatItIsAndWhoHasIt() throws Exception {
        assertThat(lock.kind()).isEqualTo(kind);
        assertThat(lock.policy()).isEqualTo(LockOptions.Policy.HYBRID);
        assertThat(lock.waitMode()).isEqualTo(LockOptions.WaitMode.AUTO);
        assertThat(lock.isReentrant()).isFalse();
        assertThat(lock.isFair()).isEqualTo(kind != LockKind.PV && kind != LockKind.TAS);
        assertThat(lock.isLocked()).isFalse();
        assertThat(lock.getHoldCount()).isZero();
        assertThat(lock.hasQueuedThreads()).isFalse();
        lock.lock();
        assertThat(lock.isLocked()).isTrue();
        assertThat(lock.getHoldCount()).isEqualTo(1);
        try (Team team = new Team()) {
            for (int i = 0; i < 2; i++) {
                team.run("waiter " + i, () -> {
                    assertThat(lock.getHoldCount()).isZero();
                    lock.lock();
                    lock.unlock();
                });
            }
            until("both wait", () -> lock.getQueueLength() == 2);
            assertThat(lock.hasQueuedThreads()).isTrue();
            lock.unlock();
        }
        assertThat(lock.getQueueLength()).isZero();
        assertThat(lock.isLocked()).isFalse();
    }

    @Test
    void theHolderKnowsThatItHolds() throws Exception {
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        lock.lock();
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        try (Team team = new Team()) {
            assertThat(team.start("other", lock::isHeldByCurrentThread).get()).isFalse();
            assertThat(team.start("attached other", () -> {
                                region.attach();
                                return lock.isHeldByCurrentThread();
                            })
                            .get())
                    .isFalse();
        }
        lock.unlock();
        assertThat(lock.isHeldByCurrentThread()).isFalse();
    }

    @Test
    void sixLocksCanBeHeldAtOnceAndWaitedForWhileOthersAreHeld() throws Exception {
        List<SharedLock> locks = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            locks.add(region.lock("nested " + i, LockOptions.defaults().kind(kind)));
        }
        try (Team team = new Team()) {
            for (int thread = 0; thread < 3; thread++) {
                team.run("nester " + thread, () -> {
                    for (int round = 0; round < 20; round++) {
                        locks.forEach(SharedLock::lock);
                        assertThat(locks).allMatch(SharedLock::isHeldByCurrentThread);
                        locks.forEach(SharedLock::unlock);
                    }
                });
            }
            team.join();
        }
        assertThat(locks).allMatch(nested -> nested.owner().isEmpty());
    }

    @Test
    void fencingTokensIncreaseWhoeverAsks() throws Exception {
        List<Long> tokens = new ArrayList<>();
        try (Team team = new Team()) {
            for (int thread = 0; thread < 3; thread++) {
                team.run("guarded " + thread, () -> {
                    for (int round = 0; round < 50; round++) {
                        try (LockGuard guard = lock.acquire()) {
                            assertThat(guard.ownerDied()).isFalse();
                            assertThat(guard.deadOwner()).isEmpty();
                            tokens.add(guard.fencingToken());
                        }
                    }
                });
            }
            team.join();
        }
        assertThat(tokens).hasSize(150).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void aConditionIsWaitedForWithoutTheLockAndLeftWithIt() throws Exception {
        SharedCondition condition = lock.newCondition();
        try (Team team = new Team()) {
            Member<Boolean> waiter = team.start("waiter", () -> {
                lock.lock();
                condition.await();
                return lock.isHeldByCurrentThread() && unlocked(lock);
            });
            Await.until("waits", () -> condition.getWaitQueueLength() == 1);
            lock.lock();
            condition.signal();
            lock.unlock();
            assertThat(waiter.get()).isTrue();
        }
    }

    private static boolean unlocked(SharedLock lock) {
        lock.unlock();
        return true;
    }
}
