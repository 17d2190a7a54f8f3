package io.pvlock.death;

import static io.pvlock.kit.Await.until;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockGuard;
import io.pvlock.LockInfo;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.OnOwnerDeath;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.LockRegion;
import io.pvlock.OwnerDiedException;
import io.pvlock.RegionEvent;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedLock;
import io.pvlock.WaiterInfo;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.linux.Threads;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.logging.Filter;
import java.util.logging.Logger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A thread ends while it holds a lock: the next one is told, by the means it has chosen. */
@ParameterizedClass
@EnumSource(
        value = Mapping.class,
        names = {"PLAIN", "CHRONICLE"})
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class OwnerDeathTest extends RegionTest {

    private static final int MY_PID = (int) ProcessHandle.current().pid();

    @Parameter
    Mapping mapping;

    private SharedLock lock;

    @Override
    protected RegionOptions options() {
        return Regions.small().mapping(mapping);
    }

    @BeforeEach
    void open() {
        lock = region.lock("bereaved");
    }

    /** Returns the thread id of one that took the lock and ended, when the kernel has said so. */
    private int dieHolding() throws Exception {
        try (Team team = new Team()) {
            int tid = team.start("doomed", () -> {
                        lock.acquire();
                        return Threads.gettid();
                    })
                    .get();
            until("the owner is dead", () -> !lock.owner().orElseThrow().alive());
            return tid;
        }
    }

    private LockInfo info() {
        return region.locks().get(0);
    }

    // ---- acquire

    @Test
    void aGuardTellsWhoDiedUntilSomebodyMarksItConsistent() throws Exception {
        int tid = dieHolding();
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            assertThat(guard.fencingToken()).isEqualTo(2);
            LockGuard.DeadOwner dead = guard.deadOwner().orElseThrow();
            assertThat(dead.pid()).isEqualTo(MY_PID);
            assertThat(dead.tid()).isEqualTo(tid);
            assertThat(dead.fencingToken()).isEqualTo(1);
            // Not closer: the wall clock may be set meanwhile, as it is soon after a boot.
            assertThat(dead.replacedAt()).isCloseTo(Instant.now(), within(1, ChronoUnit.HOURS));
        }
        assertThat(info().inconsistent()).isTrue();
        assertThat(info().deaths()).isEqualTo(1);
        try (LockGuard again = lock.acquire()) {
            assertThat(again.ownerDied()).as("nobody has repaired").isTrue();
            assertThat(again.deadOwner().orElseThrow().tid()).isEqualTo(tid);
            again.markConsistent();
        }
        assertThat(info().inconsistent()).isFalse();
        assertThat(info().deaths()).isEqualTo(1);
        try (LockGuard sound = lock.acquire()) {
            assertThat(sound.ownerDied()).isFalse();
            assertThat(sound.deadOwner()).isEmpty();
        }
    }

    @Test
    void aSleepingWaiterIsWokenByTheDeath() throws Exception {
        SharedLock parking = region.lock("bereaved", LockOptions.defaults().waitMode(WaitMode.PARK));
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team()) {
            Member<Integer> doomed = team.start("doomed", () -> {
                lock.lock();
                end.await();
                return Threads.gettid();
            });
            until("the lock is held", () -> lock.owner().isPresent());
            List<Member<Boolean>> waiters = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                waiters.add(team.start("waiter " + i, () -> {
                    try (LockGuard guard = parking.acquire()) {
                        boolean died = guard.ownerDied();
                        if (died) {
                            assertThat(guard.deadOwner().orElseThrow().tid()).isEqualTo(doomed.get());
                            guard.markConsistent();
                        }
                        return died;
                    }
                }));
                int length = i + 1;
                until("waiter " + i + " waits", () -> lock.queue().size() == length);
            }
            until(
                    "all sleep",
                    () -> lock.queue().stream().allMatch(waiter -> waiter.state() != WaiterInfo.State.SPINNING));
            end.countDown();
            assertThat(waiters.get(0).get()).isTrue();
            assertThat(waiters.get(1).get()).isFalse();
            assertThat(waiters.get(2).get()).isFalse();
        }
        assertThat(region.events())
                .extracting(RegionEvent::type)
                .contains(RegionEvent.Type.OWNER_REPLACED, RegionEvent.Type.MARKED_CONSISTENT);
    }

    @Test
    void aRepairerThatDiesPassesTheFactOn() throws Exception {
        dieHolding();
        int second = dieHolding();
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            assertThat(guard.deadOwner().orElseThrow().tid()).isEqualTo(second);
            guard.markConsistent();
        }
        assertThat(info().deaths()).isEqualTo(2);
    }

    // ---- FAIL

    @Test
    void failRefusesUntilSomebodyRepaired() throws Exception {
        int tid = dieHolding();
        assertRefused(lock::lock, tid);
        assertRefused(lock::tryLock, tid);
        assertRefused(lock::lockInterruptibly, tid);
        assertRefused(() -> lock.tryLock(1, SECONDS), tid);
        assertRefused(() -> lock.lock(region.attach()), tid);
        assertRefused(() -> lock.tryLock(region.attach()), tid);
        try (LockGuard guard = lock.tryAcquire(1, SECONDS).orElseThrow()) {
            assertThat(guard.ownerDied()).isTrue();
            guard.markConsistent();
        }
        lock.lock();
        lock.unlock();
        assertThat(info().deaths()).isEqualTo(1);
    }

    private void assertRefused(ThrowingCallable call, int tid) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        OwnerDiedException.class,
                        e -> assertThat(e.isRecoverable()).isTrue())
                .hasMessageContainingAll("'bereaved'", "pid " + MY_PID, "tid " + tid, "acquire()");
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        assertThat(lock.owner()).isEmpty();
    }

    // ---- CONTINUE

    @Test
    void continueTakesItAsIfNothingHadHappened() throws Exception {
        dieHolding();
        SharedLock carefree = region.lock("bereaved", LockOptions.defaults().onOwnerDeath(OnOwnerDeath.CONTINUE));
        carefree.lock();
        assertThat(carefree.isHeldByCurrentThread()).isTrue();
        assertThat(info().inconsistent()).isFalse();
        assertThat(info().deaths()).isEqualTo(1);
        assertThat(carefree.owner().orElseThrow().heldFor())
                .as("not since the dead owner took it")
                .isEmpty();
        carefree.unlock();
        lock.lock();
        lock.unlock();
    }

    // ---- HANDLER

    @Test
    void aHandlerRepairsUnderTheLock() throws Exception {
        int tid = dieHolding();
        List<Integer> seen = new ArrayList<>();
        SharedLock repairing = handledBy(guard -> {
            assertThat(lock.isHeldByCurrentThread()).isTrue();
            assertThat(guard.ownerDied()).isTrue();
            seen.add(guard.deadOwner().orElseThrow().tid());
            guard.markConsistent();
        });
        assertThat(repairing.tryLock()).isTrue();
        assertThat(seen).containsExactly(tid);
        repairing.unlock();
        repairing.lock();
        repairing.unlock();
        assertThat(seen).as("called once").hasSize(1);
        assertThat(info().inconsistent()).isFalse();
    }

    @Test
    void aHandlerThatThrowsLeavesTheLockFreeAndInconsistent() throws Exception {
        dieHolding();
        SharedLock repairing = handledBy(guard -> {
            throw new UnsupportedOperationException("cannot repair");
        });
        assertThatThrownBy(repairing::lock)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("cannot repair");
        assertFreeAndInconsistent();
    }

    @Test
    void aHandlerThatForgetsToMarkItLeavesTheLockFreeAndInconsistent() throws Exception {
        dieHolding();
        SharedLock repairing = handledBy(guard -> {});
        assertThatThrownBy(repairing::lock)
                .isInstanceOfSatisfying(
                        OwnerDiedException.class,
                        e -> assertThat(e.isRecoverable()).isTrue())
                .hasMessageContaining("did not mark it consistent");
        assertFreeAndInconsistent();
    }

    @Test
    void aHandlerThatUnlocksHasNotRepaired() throws Exception {
        dieHolding();
        SharedLock repairing = handledBy(guard -> {
            guard.markConsistent();
            guard.close();
        });
        assertThatThrownBy(repairing::lock)
                .isInstanceOfSatisfying(
                        OwnerDiedException.class,
                        e -> assertThat(e.isRecoverable()).isTrue());
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        lock.lock();
        lock.unlock();
    }

    @Test
    void aHandlerMayGiveUp() throws Exception {
        dieHolding();
        SharedLock repairing = handledBy(LockGuard::abandon);
        assertThatThrownBy(repairing::lock)
                .isInstanceOfSatisfying(
                        OwnerDiedException.class,
                        e -> assertThat(e.isRecoverable()).isFalse());
        assertThat(info().recoverable()).isFalse();
    }

    private SharedLock handledBy(Consumer<LockGuard> handler) {
        return region.lock("bereaved", LockOptions.defaults().repairWith(handler));
    }

    private void assertFreeAndInconsistent() throws Exception {
        assertThat(lock.owner()).isEmpty();
        assertThat(info().inconsistent()).isTrue();
        try (LockGuard guard = lock.tryAcquire(0, SECONDS).orElseThrow()) {
            assertThat(guard.ownerDied()).isTrue();
        }
    }

    // ---- reclaimed

    @Test
    void aDeadOwnerWhoseSlotWasReclaimedIsStillTold() throws Exception {
        region.attach(); // or everything would be put in order at once
        dieHolding();
        try (LockGuard guard = lock.acquire()) {
            guard.markConsistent();
        }
        int tid = dieHolding();
        assertThat(region.repair().repaired()).isFalse();
        assertThat(lock.owner()).isEmpty();
        assertThat(info().inconsistent()).isTrue();
        assertThat(info().deaths()).isEqualTo(2);
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            assertThat(guard.fencingToken()).isEqualTo(4);
            assertThat(guard.deadOwner().orElseThrow().tid())
                    .as("not the one before")
                    .isEqualTo(tid);
            assertThat(guard.deadOwner().orElseThrow().fencingToken()).isEqualTo(3);
        }
        assertThat(region.events()).anySatisfy(event -> {
            assertThat(event.type()).isEqualTo(RegionEvent.Type.OWNER_RECLAIMED);
            assertThat(event.tid()).isEqualTo(tid);
            assertThat(event.lock()).contains("bereaved");
        });
    }

    // ---- abandon

    @ParameterizedTest
    @EnumSource(WaitMode.class)
    void whoeverWaitsForALockThatIsGivenUpIsTold(WaitMode waitMode) throws Exception {
        SharedLock waiting = region.lock("bereaved", LockOptions.defaults().waitMode(waitMode));
        LockGuard guard = lock.acquire();
        try (Team team = new Team()) {
            List<Member<?>> waiters = new ArrayList<>();
            waiters.add(team.run("lock", waiting::lock));
            waiters.add(team.run("lockInterruptibly", waiting::lockInterruptibly));
            waiters.add(team.start("tryLock", () -> waiting.tryLock(1, HOURS)));
            waiters.add(team.start("acquire", waiting::acquire));
            waiters.add(team.start("tryAcquire", () -> waiting.tryAcquire(1, HOURS)));
            until("all stand in the queue", () -> lock.queue().size() == 5);
            guard.abandon();
            for (Member<?> waiter : waiters) {
                assertNotRecoverable(waiter.failure());
            }
        }
        assertThat(lock.queue()).isEmpty();
        assertThat(lock.owner()).isEmpty();
        assertThat(info().recoverable()).isFalse();
    }

    @Test
    void whoeverComesToALockThatWasGivenUpIsTold() throws Exception {
        dieHolding();
        lock.acquire().abandon();
        SharedLock carefree = region.lock("bereaved", LockOptions.defaults().onOwnerDeath(OnOwnerDeath.CONTINUE));
        SharedLock repairing = handledBy(LockGuard::markConsistent);
        for (SharedLock view : List.of(lock, carefree, repairing)) {
            assertNotRecoverable(catchThrowable(view::lock));
            assertNotRecoverable(catchThrowable(view::tryLock));
            assertNotRecoverable(catchThrowable(view::lockInterruptibly));
            assertNotRecoverable(catchThrowable(() -> view.tryLock(1, HOURS)));
            assertNotRecoverable(catchThrowable(view::acquire));
            assertNotRecoverable(catchThrowable(() -> view.tryAcquire(1, HOURS)));
            assertThatThrownBy(view::unlock).isInstanceOf(IllegalMonitorStateException.class);
        }
        try (LockRegion other = Regions.open(directory, mapping)) {
            assertNotRecoverable(catchThrowable(other.lock("bereaved")::lock));
        }
    }

    private static void assertNotRecoverable(Throwable thrown) {
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        OwnerDiedException.class,
                        e -> assertThat(e.isRecoverable()).isFalse())
                .hasMessageContaining("'bereaved'");
    }

    // ---- listeners

    @Test
    void aListenerThatThrowsHarmsNobodyAndIsLogged() throws Exception {
        Logger logger = Logger.getLogger("io.pvlock");
        List<String> logged = new CopyOnWriteArrayList<>();
        Filter earlier = logger.getFilter();
        logger.setFilter(entry -> {
            logged.add(entry.getMessage());
            return false;
        });
        try {
            throwingListener();
            until("all is told", () -> logged.size() == region.events().size());
        } finally {
            logger.setFilter(earlier);
        }
        assertThat(logged)
                .isNotEmpty()
                .allSatisfy(message -> assertThat(message).contains("listener failed"));
    }

    private void throwingListener() throws Exception {
        region.onEvent(event -> {
            throw new UnsupportedOperationException("listener of " + event.type());
        });
        dieHolding();
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            guard.markConsistent();
        }
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team()) {
            team.run("doomed", () -> {
                lock.lock();
                end.await();
            });
            until("the lock is held", () -> lock.owner().isPresent());
            Member<Boolean> waiter = team.start("waiter", () -> {
                try (LockGuard guard = lock.acquire()) {
                    return guard.ownerDied();
                }
            });
            Regions.awaitWaiting(region, "bereaved", 1);
            end.countDown();
            assertThat(waiter.get()).isTrue();
        }
        assertThat(region.events()).extracting(RegionEvent::type).contains(RegionEvent.Type.OWNER_REPLACED);
    }

    @Test
    void aListenerHearsOfEverythingInTheRing() throws Exception {
        List<RegionEvent> heard = new CopyOnWriteArrayList<>();
        region.onEvent(heard::add);
        dieHolding();
        try (LockGuard guard = lock.acquire()) {
            guard.markConsistent();
        }
        until("all is told", () -> heard.size() == region.events().size());
        assertThat(heard).isNotEmpty().isEqualTo(region.events());
    }
}
