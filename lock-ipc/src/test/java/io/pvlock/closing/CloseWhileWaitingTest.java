package io.pvlock.closing;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.Inside;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.SharedCondition;
import io.pvlock.SharedCounter;
import io.pvlock.SharedLocalCounter;
import io.pvlock.SharedLocalData;
import io.pvlock.SharedLock;
import io.pvlock.SharedLockArray;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedRecord;
import io.pvlock.SharedSemaphore;
import io.pvlock.SharedSequenceLock;
import io.pvlock.WaiterInfo;
import io.pvlock.internal.object.MonitoredExtent;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Closing a region while its threads wait: each wait of each object ends, and nobody else is in its way afterwards. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CloseWhileWaitingTest extends TwoRegionsTest {

    private static final String NAME = "awaited";

    /** What somebody else has, what a thread does that waits for it, and how everybody goes on. */
    private record Wait(String name, Consumer<LockRegion> hold, Body body, Consumer<LockRegion> release) {

        interface Body {
            void run(LockRegion region) throws Exception;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Wait onLock(String name, LockOptions options, OnLock wait) {
        Function<LockRegion, SharedLock> lock = region -> region.lock(NAME, options);
        return new Wait(
                name,
                theirs -> lock.apply(theirs).lock(),
                mine -> wait.run(lock.apply(mine)),
                theirs -> lock.apply(theirs).unlock());
    }

    private interface OnLock {
        void run(SharedLock lock) throws Exception;
    }

    private static Wait onArray(String name, OnArray wait) {
        Function<LockRegion, SharedLockArray> array = region -> region.lockArray(NAME, 10);
        return new Wait(
                name,
                theirs -> array.apply(theirs).lock(7),
                mine -> wait.run(array.apply(mine)),
                theirs -> array.apply(theirs).unlock(7));
    }

    private interface OnArray {
        void run(SharedLockArray array) throws Exception;
    }

    private static Wait onSemaphore(String name, boolean fair, OnSemaphore wait) {
        Function<LockRegion, SharedSemaphore> semaphore =
                region -> fair ? region.fairSemaphore(NAME, 2) : region.semaphore(NAME, 2);
        return new Wait(
                name + (fair ? ", fair" : ""),
                theirs -> assertThat(semaphore.apply(theirs).tryAcquire(2)).isTrue(),
                mine -> wait.run(semaphore.apply(mine)),
                theirs -> semaphore.apply(theirs).release(2));
    }

    private interface OnSemaphore {
        void run(SharedSemaphore semaphore) throws Exception;
    }

    private static Wait onCondition(String name, Policy policy, OnCondition wait) {
        Function<LockRegion, SharedLock> lock =
                region -> region.lock(NAME, LockOptions.defaults().policy(policy));
        return new Wait(
                name + ", " + policy,
                theirs -> {},
                mine -> {
                    SharedLock held = lock.apply(mine);
                    held.lock();
                    try {
                        wait.run(held.newCondition());
                    } finally {
                        held.unlock(); // or the wait ended without it
                    }
                },
                theirs -> {
                    lock.apply(theirs).lock();
                    assertThat(lock.apply(theirs).newCondition().getWaitQueueLength())
                            .isZero();
                    lock.apply(theirs).unlock();
                });
    }

    private interface OnCondition {
        void run(SharedCondition condition) throws Exception;
    }

    private static Wait onWriter(String name, OnReadWriteLock wait) {
        return new Wait(
                name,
                theirs -> theirs.readWriteLock(NAME).writeLock().lock(),
                mine -> wait.run(mine.readWriteLock(NAME)),
                theirs -> theirs.readWriteLock(NAME).writeLock().unlock());
    }

    private static Wait onReader(String name, OnReadWriteLock wait) {
        return new Wait(
                name,
                theirs -> theirs.readWriteLock(NAME).readLock().lock(),
                mine -> wait.run(mine.readWriteLock(NAME)),
                theirs -> theirs.readWriteLock(NAME).readLock().unlock());
    }

    private interface OnReadWriteLock {
        void run(SharedReadWriteLock lock) throws Exception;
    }

    private static Wait onSequence(String name, OnSequenceLock wait) {
        return new Wait(
                name,
                theirs -> theirs.sequenceLock(NAME).writeBegin(),
                mine -> wait.run(mine.sequenceLock(NAME)),
                theirs -> theirs.sequenceLock(NAME).writeEnd());
    }

    private interface OnSequenceLock {
        void run(SharedSequenceLock lock) throws Exception;
    }

    /** Held by its monitor, which the public methods hold for a moment only. */
    private static <T> Wait onMonitor(
            String name, Function<LockRegion, T> made, Function<T, MonitoredExtent> object, Action2<T> wait) {
        return new Wait(
                name,
                theirs -> object.apply(made.apply(theirs)).enter(),
                mine -> wait.run(made.apply(mine)),
                theirs -> object.apply(made.apply(theirs))
                        .exit(Inside.session(theirs).threads().existing()));
    }

    private interface Action2<T> {
        void run(T object) throws Exception;
    }

    static Stream<Wait> waits() {
        List<Wait> waits = new ArrayList<>();
        for (Policy policy : Policy.values()) {
            LockOptions options = LockOptions.defaults().policy(policy);
            waits.add(onLock("lock, " + policy, options, SharedLock::lock));
            waits.add(onLock("lock for a time, " + policy, options, lock -> lock.tryLock(1, HOURS)));
        }
        LockOptions plain = LockOptions.defaults();
        waits.add(onLock("lock interruptibly", plain, SharedLock::lockInterruptibly));
        waits.add(onLock("acquire", plain, SharedLock::acquire));
        waits.add(onLock("acquire for a time", plain, lock -> lock.tryAcquire(1, HOURS)));
        waits.add(onLock("reentrant", plain.reentrant(), SharedLock::lock));
        waits.add(new Wait(
                "lock all",
                theirs -> theirs.lock(NAME).lock(),
                mine -> LockRegion.lockAll(mine.lock("another"), mine.lock(NAME)),
                theirs -> theirs.lock(NAME).unlock()));
        for (LockKind kind : LockKind.values()) {
            // Without a limit they queue, and a place in their queues cannot be given back.
            waits.add(onLock("for a time, " + kind, plain.kind(kind), lock -> lock.tryLock(1, HOURS)));
        }
        waits.add(onArray("lock array", array -> array.lock(7)));
        waits.add(onArray("lock array, interruptibly", array -> array.lockInterruptibly(7)));
        waits.add(onArray("lock array, for a time", array -> array.tryLock(7, 1, HOURS)));
        waits.add(onArray("lock array, acquire", array -> array.acquire(7)));
        waits.add(onArray("lock array, all", array -> array.lockAll(1, 7, 9)));
        waits.add(onArray("lock array, view", array -> array.at(7).lock()));
        waits.add(onArray("lock array, view for a time", array -> array.at(7).tryLock(1, HOURS)));
        for (boolean fair : new boolean[] {false, true}) {
            waits.add(onSemaphore("semaphore", fair, SharedSemaphore::acquire));
            waits.add(onSemaphore("semaphore, all", fair, semaphore -> semaphore.acquire(2)));
            waits.add(onSemaphore("semaphore, uninterruptibly", fair, SharedSemaphore::acquireUninterruptibly));
            waits.add(onSemaphore("semaphore, for a time", fair, semaphore -> semaphore.tryAcquire(1, 1, HOURS)));
        }
        for (Policy policy : List.of(Policy.HYBRID, Policy.FAIR)) {
            waits.add(onCondition("condition", policy, SharedCondition::await));
            waits.add(onCondition("condition, for a time", policy, condition -> condition.await(1, HOURS)));
            waits.add(onCondition("condition, uninterruptibly", policy, SharedCondition::awaitUninterruptibly));
            waits.add(onCondition("condition, shared", policy, SharedCondition::awaitShared));
        }
        waits.add(onWriter("read lock", lock -> lock.readLock().lock()));
        waits.add(onWriter("read lock, for a time", lock -> lock.readLock().tryLock(1, HOURS)));
        waits.add(onWriter("update lock", lock -> lock.updateLock().lock()));
        waits.add(onWriter("write lock", lock -> lock.writeLock().lock()));
        waits.add(onWriter("write lock, interruptibly", lock -> lock.writeLock().lockInterruptibly()));
        waits.add(onWriter("write lock, acquire", SharedReadWriteLock::acquireWrite));
        waits.add(onReader("write lock after readers", lock -> lock.writeLock().lock()));
        waits.add(onReader("write lock after readers, for a time", lock -> lock.tryAcquireWrite(1, HOURS)));
        waits.add(onReader("upgrade after readers", lock -> {
            lock.updateLock().lock();
            try {
                lock.writeLock().lock();
            } finally {
                lock.updateLock().unlock();
            }
        }));
        waits.add(onSequence("sequence lock, write", SharedSequenceLock::writeBegin));
        waits.add(onSequence("sequence lock, acquire", SharedSequenceLock::acquireWrite));
        waits.add(onSequence("sequence lock, read", SharedSequenceLock::readBegin));
        waits.add(onSequence("sequence lock, read under the lock", lock -> lock.readBeginOrLock(1)));
        waits.add(onMonitor(
                "record",
                region -> region.record(NAME, 8),
                (SharedRecord o) -> Inside.object(o),
                record -> record.write(data -> {})));
        waits.add(onMonitor(
                "counter",
                region -> region.counter(NAME, 10, null),
                (SharedCounter o) -> Inside.object(o),
                counter -> counter.tryCharge(1)));
        waits.add(onMonitor(
                "counter's limit",
                region -> region.counter(NAME, 10, null),
                (SharedCounter o) -> Inside.object(o),
                c -> c.setMax(1)));
        waits.add(onMonitor(
                "local counter",
                region -> region.localCounter(NAME),
                (SharedLocalCounter o) -> Inside.object(o),
                SharedLocalCounter::drain));
        waits.add(onMonitor(
                "semaphore's monitor",
                region -> region.semaphore(NAME, 1),
                (SharedSemaphore o) -> Inside.object(o),
                SharedSemaphore::tryAcquire));
        return waits.stream();
    }

    private static boolean isWaiting(LockRegion seenBy, int count) {
        return seenBy.vcpus().stream()
                        .filter(vcpu -> vcpu.alive()
                                && vcpu.waitingFor()
                                        .filter(name -> name.startsWith(NAME))
                                        .isPresent())
                        .count()
                == count;
    }

    /** A thread that waits, and lives on afterwards: nothing of it is cleared away because it has ended. */
    private static final class Waiter {

        private final CompletableFuture<Throwable> thrown = new CompletableFuture<>();

        Waiter(Team team, String name, Wait wait, LockRegion region, CountDownLatch end) {
            team.run(name, () -> {
                try {
                    wait.body.run(region);
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
        wait.hold.accept(other);
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team()) {
            try {
                Waiter first = new Waiter(team, "first", wait, region, end);
                Await.until("it waits", () -> isWaiting(other, 1));
                region.close();
                assertClosed(first.thrown());
                wait.release.accept(other);
                team.run("after", () -> {
                            wait.hold.accept(other);
                            wait.release.accept(other);
                        })
                        .get();
                assertThat(isWaiting(other, 0)).isTrue();
                assertThat(other.holds(NAME)).isEmpty();
                assertThat(other.queue(NAME)).isEmpty();
            } finally {
                end.countDown();
            }
        }
    }

    /** Whoever waits behind one that is told to leave gets what it waits for. */
    @ParameterizedTest
    @MethodSource("waits")
    void whoWaitsBehindItGetsOn(Wait wait) throws Exception {
        wait.hold.accept(other);
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team();
                LockRegion third = Regions.open(directory)) {
            try {
                Waiter first = new Waiter(team, "first", wait, region, end);
                Await.until("it waits", () -> isWaiting(other, 1));
                Waiter second = new Waiter(team, "second", wait, third, end);
                Await.until("both wait", () -> isWaiting(other, 2));
                region.close();
                assertClosed(first.thrown());
                if (wait.name.startsWith("condition")) {
                    SharedLock lock = other.lock(NAME);
                    lock.lock();
                    lock.newCondition().signalAll();
                    lock.unlock();
                } else {
                    wait.release.accept(other);
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
