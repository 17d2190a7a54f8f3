package io.pvlock.closing;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockOptions;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.SharedLocalData;
import io.pvlock.SharedLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.SharedSequenceLock;
import io.pvlock.WaiterInfo;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import io.pvlock.testing.Waits;
import io.pvlock.testing.Waits.Wait;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Closing a region while its threads wait: each wait of each object ends, and nobody else is in its way afterwards. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CloseWhileWaitingTest extends TwoRegionsTest {

    private static final String NAME = Waits.NAME;

    static Stream<Wait> waits() {
        return Waits.all();
    }

    /** A thread that waits, and lives on afterwards: nothing of it is cleared away because it has ended. */
    private static final class Waiter {

        private final CompletableFuture<Throwable> thrown = new CompletableFuture<>();

        Waiter(Team team, String name, Wait wait, LockRegion region, CountDownLatch end) {
            team.run(name, () -> {
                try {
                    wait.body().run(region);
                    thrown.complete(null);
                } catch (Throwable e) {
                    thrown.complete(e);
                }
                end.await();
            });
        }

        /** What ended the wait; null if it has got what it waited for. */
        Throwable thrown() throws Exception {
            return thrown.get(Await.WATCHDOG.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private static void assertClosed(Throwable thrown) {
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        RegionException.class,
                        e -> assertThat(e.category()).isEqualTo(RegionException.Category.UNAVAILABLE))
                .hasMessageContaining("closed");
    }

    @ParameterizedTest
    @MethodSource("waits")
    void aWaitEndsAndIsInNobodysWay(Wait wait) throws Exception {
        wait.hold().accept(other);
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team()) {
            try {
                Waiter first = new Waiter(team, "first", wait, region, end);
                Await.until("it waits", () -> Waits.isWaiting(other, 1));
                region.close();
                assertClosed(first.thrown());
                wait.release().accept(other);
                team.run("after", () -> {
                            wait.hold().accept(other);
                            wait.release().accept(other);
                        })
                        .get();
                Waits.assertNothingIsLeft(other);
            } finally {
                end.countDown();
            }
        }
    }

    /** Whoever waits behind one that is told to leave gets what it waits for. */
    @ParameterizedTest
    @MethodSource("waits")
    void whoWaitsBehindItGetsOn(Wait wait) throws Exception {
        wait.hold().accept(other);
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team();
                LockRegion third = Regions.open(directory)) {
            try {
                Waiter first = new Waiter(team, "first", wait, region, end);
                Await.until("it waits", () -> Waits.isWaiting(other, 1));
                Waiter second = new Waiter(team, "second", wait, third, end);
                Await.until("both wait", () -> Waits.isWaiting(other, 2));
                region.close();
                assertClosed(first.thrown());
                if (wait.name().startsWith("condition")) {
                    SharedLock lock = other.lock(NAME);
                    lock.lock();
                    lock.newCondition().signalAll();
                    lock.unlock();
                } else {
                    wait.release().accept(other);
                }
                assertThat(second.thrown()).isNull();
            } finally {
                end.countDown();
            }
        }
    }

    /** Without a lock and without a slot: it sleeps for a moment, again and again. */
    @Test
    void aReaderOfASingleWriterSequenceLockIsTold() throws Exception {
        SharedSequenceLock written = other.singleWriterSequenceLock(NAME);
        written.writeBegin();
        try (Team team = new Team()) {
            SharedSequenceLock lock = region.singleWriterSequenceLock(NAME);
            Member<?> reader = team.start("reader", lock::readBegin);
            Await.until("it naps", () -> reader.thread().getState() == Thread.State.TIMED_WAITING);
            region.close();
            assertThat(reader.failure()).isInstanceOf(RegionException.class);
        }
        written.writeEnd();
    }

    @Test
    void aVisitorOfLocalDataIsTold() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        SharedLocalData data = region.localData(NAME, 8, (vcpu, part) -> {});
        try (Team team = new Team()) {
            Member<?> own = team.run(
                    "own",
                    () -> other.localData(NAME, 8, (vcpu, part) -> {}).own(part -> {
                        inside.countDown();
                        Await.until("the test is over", () -> end.getCount() == 0);
                    }));
            inside.await();
            Member<?> visitor = team.run("visitor", () -> data.each((vcpu, part) -> {}));
            Await.until(
                    "it waits",
                    () -> other.vcpus().stream()
                            .anyMatch(vcpu -> vcpu.waitingFor()
                                    .filter(name -> name.startsWith(NAME))
                                    .isPresent()));
            region.close();
            assertThat(visitor.failure()).isInstanceOf(RegionException.class);
            end.countDown();
            own.get();
            other.localData(NAME, 8, (vcpu, part) -> {}).each((vcpu, part) -> {});
        }
    }

    /** Taking the lock back is a wait like any other, in the queue, however busy the lock is: nobody who comes later comes first. */
    @Test
    void aConditionOfABusyLockIsLeftInTurn() throws Exception {
        LockOptions fair = LockOptions.defaults().policy(Policy.FAIR);
        SharedLock lock = region.lock(NAME, fair);
        SharedLock theirs = other.lock(NAME, fair);
        List<String> order = new CopyOnWriteArrayList<>();
        try (Team team = new Team()) {
            Member<?> waiter = team.run("waiter", () -> {
                lock.lock();
                try {
                    lock.newCondition().await();
                } finally {
                    order.add("waiter");
                    lock.unlock();
                }
            });
            Await.until("waits", () -> theirs.newCondition().getWaitQueueLength() == 1);
            theirs.lock();
            region.close();
            Await.until("it queues", () -> isQueued(theirs, "waiter"));
            Member<?> last = team.run("last", () -> {
                theirs.lock();
                order.add("last");
                theirs.unlock();
            });
            Await.until("it queues", () -> isQueued(theirs, "last"));
            theirs.unlock();
            last.get();
            assertThat(waiter.failure()).isInstanceOf(RegionException.class);
        }
        assertThat(order).containsExactly("waiter", "last");
    }

    private static boolean isQueued(SharedLock lock, String thread) {
        return lock.queue().stream()
                .anyMatch(waiter -> waiter.threadName().equals(thread) && waiter.state() != WaiterInfo.State.CANCELLED);
    }

    /** It neither goes on waiting for permits in a closed region nor leaves the word behind by which others see it wait. */
    @Test
    void permitsAreReleasedInOrderAlsoWhenTheRegionIsClosed() throws Exception {
        SharedSemaphore semaphore = region.fairSemaphore(NAME, 1);
        SharedSemaphore theirs = other.fairSemaphore(NAME, 1);
        semaphore.acquire();
        try (Team team = new Team()) {
            Member<?> cancelled = team.run("cancelled", semaphore::acquire);
            Await.until("it waits", () -> theirs.getQueueLength() == 1);
            Member<?> waiter = team.run("waiter", theirs::acquire);
            Await.until("it waits", () -> theirs.getQueueLength() == 2);
            region.close();
            assertThat(cancelled.failure()).isInstanceOf(RegionException.class);
            assertThat(theirs.getQueueLength()).isEqualTo(1);
            semaphore.release();
            waiter.get();
        }
        Await.until("the waiter has ended", () -> theirs.availablePermits() == 1);
        assertThat(theirs.tryAcquire()).isTrue();
        theirs.release();
    }
}
