package io.pvlock;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.linux.Threads;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.agrona.concurrent.AtomicBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedReadWriteLockTest extends TwoRegionsTest {

    private SharedReadWriteLock lock;
    private SharedReadWriteLock theirs;

    @BeforeEach
    void open() {
        lock = region.readWriteLock("rw");
        theirs = other.readWriteLock("rw");
    }

    private static boolean elsewhere(Lock view) throws Exception {
        try (Team team = new Team()) {
            return team.start("elsewhere", () -> {
                        boolean taken = view.tryLock();
                        if (taken) {
                            view.unlock();
                        }
                        return taken;
                    })
                    .get();
        }
    }

    private void assertFor(boolean read, boolean update, boolean write) throws Exception {
        assertThat(elsewhere(theirs.readLock())).as("others may read").isEqualTo(read);
        assertThat(elsewhere(theirs.updateLock())).as("others may update").isEqualTo(update);
        assertThat(elsewhere(theirs.writeLock())).as("others may write").isEqualTo(write);
    }

    @Test
    void whoExcludesWhom() throws Exception {
        assertFor(true, true, true);
        lock.readLock().lock();
        assertThat(lock.readers()).isEqualTo(1);
        assertFor(true, true, false);
        lock.readLock().unlock();
        lock.updateLock().lock();
        assertThat(theirs.isUpdateLocked()).isTrue();
        assertFor(true, false, false);
        lock.updateLock().unlock();
        lock.writeLock().lock();
        assertThat(theirs.isWriteLocked()).isTrue();
        assertFor(false, false, false);
        lock.writeLock().unlock();
        assertFor(true, true, true);
    }

    @Test
    void upAndDown() throws Exception {
        lock.updateLock().lock();
        lock.readLock().lock();
        assertFor(true, false, false);
        lock.writeLock().lock();
        assertFor(false, false, false);
        lock.writeLock().unlock();
        assertFor(true, false, false);
        lock.updateLock().unlock();
        assertFor(true, true, false);
        lock.readLock().unlock();
        assertFor(true, true, true);

        lock.writeLock().lock();
        lock.updateLock().lock();
        lock.writeLock().unlock();
        assertFor(true, false, false);
        lock.updateLock().unlock();

        lock.writeLock().lock();
        lock.readLock().lock();
        lock.writeLock().unlock();
        assertFor(true, true, false);
        lock.readLock().unlock();

        lock.updateLock().lock();
        lock.writeLock().lock();
        lock.updateLock().unlock();
        assertFor(false, false, false);
        lock.writeLock().unlock();
        assertFor(true, true, true);
    }

    @Test
    void readersMayReadAgainThoughAWriterWaits() throws Exception {
        lock.readLock().lock();
        try (Team team = new Team()) {
            Member<?> writer = team.run("writer", () -> {
                theirs.writeLock().lock();
                theirs.writeLock().unlock();
            });
            Await.until("the writer waits", () -> lock.getQueueLength() == 1);
            assertThat(elsewhere(lock.readLock())).isFalse();
            lock.readLock().lock();
            assertThat(lock.getReadHoldCount()).isEqualTo(2);
            lock.readLock().unlock();
            assertThat(writer.isDone()).isFalse();
            lock.readLock().unlock();
            writer.get();
        }
        assertThat(lock.getReadHoldCount()).isZero();
    }

    @Test
    void whatWouldWaitForItselfIsAnError() {
        lock.readLock().lock();
        assertThatThrownBy(() -> lock.writeLock().lock())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("take the update lock first");
        assertThatThrownBy(() -> lock.updateLock().lock()).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> region.attach().close())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(" still holds a part of READ_WRITE_LOCK[rw in ");
        lock.readLock().unlock();
        lock.writeLock().lock();
        assertThatThrownBy(lock::acquireWrite)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("holds the write lock of");
        lock.writeLock().unlock();
        lock.updateLock().lock();
        assertThatThrownBy(() -> lock.updateLock().lock()).isInstanceOf(IllegalStateException.class);
        lock.updateLock().unlock();
        region.attach().close();
    }

    @Test
    void aTryOfWhatWouldWaitForItselfFailsAndIsNoError() throws Exception {
        lock.readLock().lock();
        assertThat(lock.writeLock().tryLock()).isFalse();
        assertThat(lock.updateLock().tryLock()).isFalse();
        assertThat(lock.writeLock().tryLock(1, MILLISECONDS)).isFalse();
        assertThat(lock.updateLock().tryLock(1, MILLISECONDS)).isFalse();
        assertThat(lock.tryAcquireWrite(1, MILLISECONDS)).isEmpty();
        assertThat(lock.getReadHoldCount()).isEqualTo(1);
        lock.readLock().unlock();
        lock.writeLock().lock();
        assertThat(lock.writeLock().tryLock()).isFalse();
        assertThat(lock.writeLock().tryLock(-1, MILLISECONDS)).isFalse();
        assertThat(lock.tryAcquireWrite(1, MILLISECONDS)).isEmpty();
        lock.writeLock().unlock();
        lock.updateLock().lock();
        assertThat(lock.updateLock().tryLock()).isFalse();
        assertThat(lock.updateLock().tryLock(1, MILLISECONDS)).isFalse();
        assertThat(lock.writeLock().tryLock()).isTrue();
        lock.writeLock().unlock();
        lock.updateLock().unlock();
        assertThat(lock.isWriteLocked()).isFalse();
        region.attach().close();
    }

    @Test
    void saysWhoReadsAndWhoWrites() throws Exception {
        assertThat(lock.isFair()).isTrue();
        assertThat(lock.writer()).isEmpty();
        assertThat(lock.hasQueuedThreads()).isFalse();
        lock.readLock().lock();
        lock.readLock().lock();
        assertThat(lock.readers()).isEqualTo(1);
        assertThat(lock.getReadLockCount()).isEqualTo(2);
        assertThat(lock.getReadHoldCount()).isEqualTo(2);
        assertThat(lock.getWriteHoldCount()).isZero();
        try (Team team = new Team()) {
            team.run("writer", () -> {
                lock.writeLock().lock();
                lock.writeLock().unlock();
            });
            Await.until("it waits", lock::hasQueuedThreads);
            assertThat(lock.getQueueLength()).isEqualTo(1);
            assertThat(lock.writer()).as("who only waits to write").isEmpty();
            lock.readLock().unlock();
            lock.readLock().unlock();
        }
        WriteGuard guard = lock.acquireWrite();
        assertThat(lock.isWriteLockedByCurrentThread()).isTrue();
        assertThat(lock.getWriteHoldCount()).isEqualTo(1);
        assertThat(lock.writer().orElseThrow().tid()).isEqualTo(Threads.gettid());
        assertThat(lock.updater()).isEmpty();
        assertThat(guard).hasToString("WriteGuard[" + lock + "]");
        guard.close();
        assertThat(guard).hasToString("WriteGuard[" + lock + ", closed]");
        assertThat(lock.isWriteLockedByCurrentThread()).isFalse();
        lock.updateLock().lock();
        assertThat(lock.isUpdateLockedByCurrentThread()).isTrue();
        assertThat(lock.updater().orElseThrow().tid()).isEqualTo(Threads.gettid());
        assertThat(lock.writer()).isEmpty();
        lock.updateLock().unlock();
    }

    @Test
    void nobodyUnlocksWhatItDoesNotHold() throws Exception {
        for (Lock view : List.of(lock.readLock(), lock.writeLock(), lock.updateLock())) {
            assertThatThrownBy(view::unlock).isInstanceOf(IllegalMonitorStateException.class);
            view.lock();
            try (Team team = new Team()) {
                assertThat(team.start("stranger", () -> {
                                    view.unlock();
                                    return null;
                                })
                                .failure())
                        .isInstanceOf(IllegalMonitorStateException.class);
            }
            view.unlock();
            assertThatThrownBy(view::unlock).isInstanceOf(IllegalMonitorStateException.class);
            assertThatThrownBy(view::newCondition).isInstanceOf(UnsupportedOperationException.class);
        }
        assertFor(true, true, true);
    }

    @Test
    void badArguments() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> region.readWriteLock("x", LockOptions.defaults().repairWith(LockGuard::markConsistent)))
                .withMessageContaining("repair under acquireWrite()");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> region.readWriteLock("x", LockOptions.defaults().reentrant()))
                .withMessageContaining("cannot be reentrant");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> region.lock("rw"))
                .withMessage("'rw' is a READ_WRITE_LOCK, not a LOCK");
    }

    @Test
    void aTimeOutLeavesNothingBehind() throws Exception {
        lock.readLock().lock();
        try (Team team = new Team()) {
            assertThat(team.start("late writer", () -> theirs.writeLock().tryLock(20, TimeUnit.MILLISECONDS))
                            .get())
                    .isFalse();
            assertThat(team.start("late guard", () -> theirs.tryAcquireWrite(20, TimeUnit.MILLISECONDS))
                            .get())
                    .isEmpty();
        }
        assertFor(true, true, false);
        lock.readLock().unlock();
        lock.writeLock().lock();
        try (Team team = new Team()) {
            for (Lock view : List.of(theirs.readLock(), theirs.updateLock(), theirs.writeLock())) {
                assertThat(team.start("late", () -> view.tryLock(20, TimeUnit.MILLISECONDS))
                                .get())
                        .isFalse();
            }
        }
        lock.writeLock().unlock();
        assertThat(lock.getQueueLength()).isZero();
        assertFor(true, true, true);
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        lock.readLock().lock();
        assertInterruptEnds(theirs.writeLock());
        lock.readLock().unlock();
        lock.writeLock().lock();
        assertInterruptEnds(theirs.readLock());
        assertInterruptEnds(theirs.updateLock());
        lock.writeLock().unlock();
        assertFor(true, true, true);
    }

    private void assertInterruptEnds(Lock view) throws Exception {
        try (Team team = new Team()) {
            Member<?> waiter = team.run("waiter", view::lockInterruptibly);
            Await.until("waits", () -> lock.getQueueLength() == 1);
            waiter.thread().interrupt();
            assertThat(waiter.failure()).isInstanceOf(InterruptedException.class);
        }
        assertThat(lock.getQueueLength()).isZero();
    }

    @Test
    void readersAndWritersQueueInOneLine() throws Exception {
        lock.writeLock().lock();
        List<String> order = new CopyOnWriteArrayList<>();
        try (Team team = new Team()) {
            List<Member<?>> members = new ArrayList<>();
            CountDownLatch leave = new CountDownLatch(1);
            for (String who : List.of("r0", "w1", "r2", "w3")) {
                SharedReadWriteLock of = members.size() % 2 == 0 ? lock : theirs;
                Lock view = who.startsWith("r") ? of.readLock() : of.writeLock();
                int before = members.size();
                members.add(team.run(who, () -> {
                    view.lock();
                    order.add(who);
                    if (who.equals("r0")) {
                        leave.await();
                    }
                    view.unlock();
                }));
                Await.until(who + " waits", () -> lock.getQueueLength() == before + 1);
            }
            lock.writeLock().unlock();
            Await.until("the first is in", () -> order.size() == 1);
            Await.until("the writer waits for it", () -> lock.getQueueLength() == 3);
            leave.countDown();
            team.join();
        }
        assertThat(order).containsExactly("r0", "w1", "r2", "w3");
    }

    @Test
    void aReaderThatEndsIsNotCounted() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team()) {
            team.run("careless", () -> {
                theirs.readLock().lock();
                end.await();
            });
            Await.until("it reads", () -> lock.readers() == 1);
            Member<?> writer = team.run("writer", () -> {
                lock.writeLock().lock();
                lock.writeLock().unlock();
            });
            Await.until("the writer waits", () -> lock.getQueueLength() == 1);
            end.countDown();
            writer.get();
        }
        assertThat(lock.readers()).isZero();
        assertFor(true, true, true);
    }

    private int dieHolding(Lock view) throws Exception {
        try (Team team = new Team()) {
            return team.start("dies", () -> {
                        view.lock();
                        return Threads.gettid();
                    })
                    .get();
        }
    }

    @Test
    void aDeadWriterIsToldUntilSomebodyHasRepaired() throws Exception {
        int victim = dieHolding(theirs.writeLock());
        String who = "died writing (pid " + Threads.getpid() + ", tid " + victim + "); ";
        for (Lock view : List.of(lock.readLock(), lock.updateLock(), lock.writeLock(), theirs.readLock())) {
            assertThatThrownBy(view::lock)
                    .isInstanceOf(OwnerDiedException.class)
                    .hasMessageContaining(
                            who + "take it with acquireWrite(), repair the data, and call markConsistent()");
            assertThatThrownBy(view::tryLock).isInstanceOf(OwnerDiedException.class);
        }
        assertThat(lock.tryOptimisticRead()).isZero();
        try (WriteGuard guard = lock.acquireWrite()) {
            assertThat(guard.ownerDied()).isTrue();
            assertThat(guard.deadOwner())
                    .hasValueSatisfying(dead -> assertThat(dead.tid()).isEqualTo(victim));
        }
        try (Team team = new Team()) {
            assertThat(team.start(
                                    "repairer that dies",
                                    () -> theirs.acquireWrite().ownerDied())
                            .get())
                    .isTrue();
        }
        WriteGuard guard = lock.tryAcquireWrite(30, TimeUnit.SECONDS).orElseThrow();
        assertThat(guard.ownerDied()).isTrue();
        guard.markConsistent();
        guard.close();
        assertThatThrownBy(guard::markConsistent).isInstanceOf(IllegalMonitorStateException.class);
        assertFor(true, true, true);
        try (WriteGuard next = theirs.acquireWrite()) {
            assertThat(next.ownerDied()).isFalse();
            assertThat(next.deadOwner()).isEmpty();
        }
    }

    @Test
    void whoDiesWithoutWritingDamagesNothing() throws Exception {
        dieHolding(theirs.updateLock());
        lock.writeLock().lock();
        lock.writeLock().unlock();
        assertFor(true, true, true);
        dieHolding(theirs.readLock());
        lock.writeLock().lock();
        lock.writeLock().unlock();
        assertFor(true, true, true);
    }

    @Test
    void whoContinuesIsNotTold() throws Exception {
        SharedReadWriteLock careless =
                region.readWriteLock("rw", LockOptions.defaults().onOwnerDeath(LockOptions.OnOwnerDeath.CONTINUE));
        dieHolding(theirs.writeLock());
        careless.readLock().lock();
        careless.readLock().unlock();
        assertFor(true, true, true);
    }

    @Test
    void aStampIsGoodUntilSomebodyWrites() {
        long stamp = lock.tryOptimisticRead();
        lock.readLock().lock();
        lock.readLock().unlock();
        lock.updateLock().lock();
        assertThat(theirs.validate(stamp)).isTrue();
        lock.writeLock().lock();
        assertThat(theirs.validate(stamp)).isFalse();
        assertThat(theirs.tryOptimisticRead()).isZero();
        assertThat(lock.validate(0)).isFalse();
        lock.writeLock().unlock();
        lock.updateLock().unlock();
        assertThat(theirs.validate(stamp)).isFalse();
        assertThat(theirs.validate(theirs.tryOptimisticRead())).isTrue();
    }

    @Test
    void aClosedRegionEndsTheWaitAndKeepsWhatIsHeld() throws Exception {
        lock.readLock().lock();
        try (Team team = new Team()) {
            LockRegion third = Regions.open(directory);
            SharedReadWriteLock closing = third.readWriteLock("rw");
            Member<?> waiter = team.run("waiter", () -> closing.writeLock().lock());
            Await.until("waits", () -> lock.getQueueLength() == 1);
            third.close();
            assertThat(waiter.failure()).isInstanceOf(RegionException.class);
        }
        assertThat(elsewhere(theirs.readLock())).isTrue();
        region.close();
        assertThat(elsewhere(theirs.writeLock())).isFalse();
        assertThatThrownBy(() -> lock.readLock().lock()).isInstanceOf(RegionException.class);
        lock.readLock().unlock();
        assertThat(elsewhere(theirs.writeLock())).isTrue();
    }

    @Test
    void nobodySeesHalfOfWhatAWriterWrites() throws Exception {
        AtomicBuffer data = region.data();
        int rounds = 400;
        try (Team team = new Team()) {
            for (int i = 0; i < 6; i++) {
                SharedReadWriteLock of = i % 2 == 0 ? lock : theirs;
                boolean writes = i < 2;
                boolean updates = i == 2;
                team.run("member " + i, () -> {
                    for (int round = 0; round < rounds; round++) {
                        Lock view = writes ? of.writeLock() : updates ? of.updateLock() : of.readLock();
                        view.lock();
                        long first = data.getLong(0);
                        assertThat(data.getLong(1024)).isEqualTo(first);
                        if (updates) {
                            of.writeLock().lock();
                            assertThat(data.getLong(0)).isEqualTo(first);
                        }
                        if (writes || updates) {
                            data.putLong(0, first + 1);
                            Thread.yield();
                            data.putLong(1024, first + 1);
                        }
                        if (updates) {
                            of.writeLock().unlock();
                        }
                        view.unlock();
                        long stamp = of.tryOptimisticRead();
                        long one = data.getLong(0);
                        long two = data.getLong(1024);
                        assertThat(of.validate(stamp) && one != two).isFalse();
                    }
                });
            }
            team.join();
        }
        assertThat(data.getLong(0)).isEqualTo(3L * rounds);
        assertThat(lock.readers()).isZero();
        assertThat(lock.getQueueLength()).isZero();
    }

    @Test
    void anInterruptThatIsPendingKeepsFromAcquiring() {
        SharedReadWriteLock lock = region.readWriteLock("interrupted");
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> lock.tryAcquireWrite(1, TimeUnit.HOURS)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        assertThat(lock.isWriteLocked()).isFalse();
    }
}
