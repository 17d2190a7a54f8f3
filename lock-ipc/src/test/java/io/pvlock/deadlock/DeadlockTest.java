package io.pvlock.deadlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.DeadlockException;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.RegionEvent;
import io.pvlock.SharedLock;
import io.pvlock.SharedLockArray;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeadlockTest extends TwoRegionsTest {

    private static final LockOptions THROW = LockOptions.defaults().onDeadlock(OnDeadlock.THROW);
    private static final LockOptions IGNORE = LockOptions.defaults().onDeadlock(OnDeadlock.IGNORE);

    private List<RegionEvent> reports() {
        return region.events().stream()
                .filter(event -> event.type() == RegionEvent.Type.DEADLOCK)
                .toList();
    }

    /** Holds one lock, and when all do, waits for the other; returns what it got instead of it, or null. */
    private static DeadlockException cross(CyclicBarrier all, SharedLock first, SharedLock second) throws Exception {
        first.lock();
        try {
            all.await();
            second.lock();
            second.unlock();
            return null;
        } catch (DeadlockException e) {
            assertThat(second.isHeldByCurrentThread()).isFalse();
            return e;
        } finally {
            first.unlock();
        }
    }

    @Test
    void whoAskedForItGetsAnExceptionAndTheOtherTheLock() throws Exception {
        CyclicBarrier all = new CyclicBarrier(2);
        try (Team team = new Team()) {
            Member<DeadlockException> one =
                    team.start("one", () -> cross(all, region.lock("a", THROW), region.lock("b", THROW)));
            Member<DeadlockException> two = team.start("two", () -> cross(all, other.lock("b"), other.lock("a")));
            assertThat(two.get()).isNull();
            assertThat(one.get().cycle())
                    .extracting(link -> link.threadName() + " waits for " + link.lock())
                    .containsExactly("one waits for b", "two waits for a");
            assertThat(one.get())
                    .hasMessageContaining("deadlock: thread 'one' (vcpu ")
                    .hasMessageContaining("waits for lock 'b', which vcpu ");
        }
    }

    @Test
    void aCircleOfThreeThroughAnArrayIsReported() throws Exception {
        CyclicBarrier all = new CyclicBarrier(3);
        SharedLockArray array = region.lockArray("array", 10);
        try (Team team = new Team()) {
            Member<?> one = team.run("one", () -> {
                SharedLock b = region.lock("b");
                array.lock(7);
                all.await();
                try {
                    b.lockInterruptibly();
                } catch (InterruptedException e) {
                    array.unlock(7);
                }
            });
            Member<?> two = team.run("two", () -> cross(all, other.lock("b"), other.lock("c")));
            Member<?> three = team.run("three", () -> {
                SharedLock c = region.lock("c");
                c.lock();
                all.await();
                array.lock(7);
                array.unlock(7);
                c.unlock();
            });
            Await.until("all report", () -> reports().size() == 3);
            assertThat(reports())
                    .extracting(event -> event.lock().orElseThrow())
                    .containsExactlyInAnyOrder("array[7]", "b", "c");
            one.thread().interrupt();
            one.get();
            two.get();
            three.get();
        }
        // Once for each wait, however long it took.
        assertThat(reports()).hasSize(3);
    }

    /** Those that are told to spin or to yield never sleep, but look as well. */
    @ParameterizedTest
    @EnumSource(names = {"SPIN", "YIELD"})
    void whoDoesNotSleepLooksToo(WaitMode mode) throws Exception {
        CyclicBarrier all = new CyclicBarrier(2);
        LockOptions never = THROW.waitMode(mode);
        try (Team team = new Team()) {
            Member<DeadlockException> one =
                    team.start("one", () -> cross(all, region.lock("a", never), region.lock("b", never)));
            Member<DeadlockException> two =
                    team.start("two", () -> cross(all, other.lock("b", IGNORE), other.lock("a", IGNORE)));
            assertThat(two.get()).isNull();
            assertThat(one.get()).isNotNull();
        }
        assertThat(reports()).hasSize(1);
    }

    /** A place in their queues cannot be given back: a wait that has one only reports. */
    @ParameterizedTest
    @EnumSource(names = "PV", mode = EnumSource.Mode.EXCLUDE)
    void waitsOfTheOtherKindsReport(LockKind kind) throws Exception {
        CyclicBarrier all = new CyclicBarrier(2);
        LockOptions options = THROW.kind(kind);
        try (Team team = new Team()) {
            Member<?> one = team.run("one", () -> {
                region.lock("a", options).lock();
                all.await();
                region.lock("b", options).lock();
                region.lock("b", options).unlock();
                region.lock("a", options).unlock();
            });
            Member<DeadlockException> two = team.start("two", () -> {
                other.lock("b", options).lock();
                all.await();
                try {
                    // With a limit, so that it does not queue.
                    other.lock("a", options).tryLock(1, TimeUnit.HOURS);
                    return null;
                } catch (DeadlockException e) {
                    return e;
                } finally {
                    other.lock("b", options).unlock();
                }
            });
            assertThat(two.get()).isNotNull();
            one.get();
        }
        assertThat(reports()).isNotEmpty();
    }

    private static LockOptions throwing(boolean asked) {
        return asked ? THROW : LockOptions.defaults();
    }

    /** A writer waits for all readers: it is enough that one of them waits for it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aWriterAndOneOfItsReaders(boolean writerThrows) throws Exception {
        CyclicBarrier all = new CyclicBarrier(3);
        CountDownLatch over = new CountDownLatch(1);
        try (Team team = new Team()) {
            Member<?> bystander = team.run("bystander", () -> {
                other.readWriteLock("rw").readLock().lock();
                all.await();
                over.await();
                other.readWriteLock("rw").readLock().unlock();
            });
            Member<DeadlockException> writer = team.start("writer", () -> {
                SharedLock a = region.lock("a");
                Lock write = region.readWriteLock("rw", throwing(writerThrows)).writeLock();
                a.lock();
                all.await();
                try {
                    write.lock();
                    write.unlock();
                    return null;
                } catch (DeadlockException e) {
                    return e;
                } finally {
                    a.unlock();
                }
            });
            Member<DeadlockException> reader = team.start("reader", () -> {
                Lock read = other.readWriteLock("rw").readLock();
                read.lock();
                all.await();
                try {
                    other.lock("a", throwing(!writerThrows)).lock();
                    other.lock("a").unlock();
                    return null;
                } catch (DeadlockException e) {
                    return e;
                } finally {
                    read.unlock();
                }
            });
            Member<DeadlockException> finder = writerThrows ? writer : reader;
            assertThat(finder.get().cycle())
                    .extracting(link -> link.threadName() + " waits for " + link.lock())
                    .containsExactlyInAnyOrder("writer waits for rw", "reader waits for a");
            over.countDown();
            bystander.get();
            assertThat((writerThrows ? reader : writer).get()).isNull();
        }
        SharedReadWriteLock lock = region.readWriteLock("rw");
        assertThat(lock.writeLock().tryLock()).isTrue();
        lock.writeLock().unlock();
    }

    @Test
    void aReaderThatWaitsForAWriter() throws Exception {
        CyclicBarrier all = new CyclicBarrier(2);
        try (Team team = new Team()) {
            Member<?> writer = team.run("writer", () -> {
                Lock write = region.readWriteLock("rw").writeLock();
                write.lock();
                all.await();
                region.lock("a", IGNORE).lock();
                region.lock("a").unlock();
                write.unlock();
            });
            Member<DeadlockException> reader = team.start("reader", () -> {
                other.lock("a").lock();
                all.await();
                try {
                    other.readWriteLock("rw", THROW).readLock().lock();
                    return null;
                } catch (DeadlockException e) {
                    return e;
                } finally {
                    other.lock("a").unlock();
                }
            });
            assertThat(reader.get()).hasMessageContaining("waits for lock 'rw'");
            writer.get();
        }
    }

    @Test
    void aWriterThatWaitsForReadersWhoDoNotWaitForIt() throws Exception {
        SharedReadWriteLock lock = region.readWriteLock("rw", THROW);
        CyclicBarrier all = new CyclicBarrier(2);
        CountDownLatch over = new CountDownLatch(1);
        try (Team team = new Team()) {
            Member<?> reader = team.run("reader", () -> {
                other.readWriteLock("rw").readLock().lock();
                all.await();
                over.await();
                other.readWriteLock("rw").readLock().unlock();
            });
            Member<Boolean> writer = team.start("writer", () -> {
                all.await();
                // Long enough for several looks.
                return lock.writeLock().tryLock(300, TimeUnit.MILLISECONDS);
            });
            assertThat(writer.get()).isFalse();
            over.countDown();
            reader.get();
        }
        assertThat(reports()).isEmpty();
    }

    /** Who waits for a condition of a lock needs that lock to return. */
    @Test
    void whoWaitsForAConditionHoldingWhatTheSignallerNeeds() throws Exception {
        SharedLock a = region.lock("a", THROW);
        SharedLock b = region.lock("b", THROW);
        try (Team team = new Team()) {
            Member<?> waiter = team.run("waiter", () -> {
                b.lock();
                a.lock();
                a.newCondition().await();
                a.unlock();
                b.unlock();
            });
            Await.until("waits", () -> a.newCondition().getWaitQueueLength() == 1);
            Regions.awaitWaiting(region, "a", 1);
            a.lock();
            DeadlockException mine = null;
            try {
                b.lock();
            } catch (DeadlockException e) {
                mine = e;
            }
            a.newCondition().signal();
            a.unlock();
            assertThat(mine).isNotNull();
            waiter.get();
        }
    }

    @Test
    void aLongWaitInALineIsNone() throws Exception {
        SharedLock a = region.lock("a", THROW);
        SharedLock b = region.lock("b", THROW);
        a.lock();
        try (Team team = new Team()) {
            Member<?> one = team.run("one", () -> {
                b.lock();
                a.lock();
                a.unlock();
                b.unlock();
            });
            Regions.awaitWaiting(region, "a", 1);
            // Long enough for several looks at one, which waits for the test's thread, which does not wait.
            Member<Boolean> two = team.start("two", () -> b.tryLock(300, TimeUnit.MILLISECONDS));
            assertThat(two.get()).isFalse();
            a.unlock();
            one.get();
        }
        assertThat(reports()).isEmpty();
    }

    @Test
    void whoDoesNotLookSaysNothing() throws Exception {
        CyclicBarrier all = new CyclicBarrier(2);
        try (Team team = new Team()) {
            Member<Boolean> one = team.start("one", () -> {
                SharedLock a = region.lock("a", IGNORE);
                a.lock();
                all.await();
                boolean got = region.lock("b", IGNORE).tryLock(300, TimeUnit.MILLISECONDS);
                a.unlock();
                return got;
            });
            Member<?> two = team.run("two", () -> cross(all, region.lock("b", IGNORE), region.lock("a", IGNORE)));
            assertThat(one.get()).isFalse();
            two.get();
        }
        assertThat(reports()).isEmpty();
    }

    @Test
    void aConditionIsLeftWithTheLockWhateverCircle() throws Exception {
        SharedLock a = region.lock("a", THROW);
        SharedLock b = region.lock("b", THROW);
        try (Team team = new Team()) {
            Member<Boolean> waiter = team.start("waiter", () -> {
                b.lock();
                a.lock();
                a.newCondition().await();
                boolean held = a.isHeldByCurrentThread();
                a.unlock();
                b.unlock();
                return held;
            });
            Await.until("waits", () -> a.newCondition().getWaitQueueLength() == 1);
            a.lock();
            a.newCondition().signal();
            // The waiter wants a back and has b: one circle, which the waiter only reports, so this one must end it.
            DeadlockException mine = null;
            try {
                b.lock();
            } catch (DeadlockException e) {
                mine = e;
            }
            a.unlock();
            assertThat(mine).isNotNull();
            assertThat(waiter.get()).isTrue();
        }
    }
}
