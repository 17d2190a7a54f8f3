package io.pvlock.death;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.Inside;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.Vcpu;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.Participant;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.layout.ConditionDescriptor;
import io.pvlock.internal.lock.CellCondition;
import io.pvlock.internal.lock.EntryLocking;
import io.pvlock.internal.object.MonitoredExtent;
import io.pvlock.internal.session.Session;
import io.pvlock.internal.wait.VcpuWords;
import io.pvlock.internal.wait.WaitQueue;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.kit.Threads;
import io.pvlock.testing.TwoRegionsTest;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An Error in the middle of giving a lock back, or just after something was taken under it: nothing is left half held. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailingUnlockTest extends TwoRegionsTest {

    /** What {@code LockWord.locked} is while the head of the queue sleeps. */
    private static final int SLOW = 3;

    private static final class Failure extends Error {
        private static final long serialVersionUID = 1L;
    }

    @BeforeEach
    void open() {
        assumeTrue(KillPoint.ENABLED, "kill points are compiled away");
    }

    @AfterEach
    void close() {
        if (KillPoint.ENABLED) {
            KillPoint.handler((point, who) -> {});
        }
    }

    /** The next time that {@code me} gets to {@code point}; before that, {@code first} runs when it gets to {@code before}. */
    private static void failAt(KillPoint point, Participant me, KillPoint before, Runnable first) {
        KillPoint.handler((at, who) -> {
            if (who != me) {
                return;
            }
            if (at == before) {
                first.run();
            }
            if (at == point) {
                KillPoint.handler((any, anybody) -> {});
                throw new Failure();
            }
        });
    }

    /** The next time that {@code thread} gets to {@code point}, which is nobody's in particular. */
    private static void failAt(KillPoint point, Thread thread) {
        KillPoint.handler((at, who) -> {
            if (at == point && Thread.currentThread() == thread) {
                KillPoint.handler((any, anybody) -> {});
                throw new Failure();
            }
        });
    }

    private void awaitSleeper(int cell) {
        Await.until(
                "its head sleeps",
                () -> LockWord.locked(
                                LockCell.word(Inside.session(region).memory().getLongVolatile(cell)))
                        == SLOW);
    }

    @ParameterizedTest
    @EnumSource(
            value = KillPoint.class,
            names = {"PERMITS_TAKEN", "RELEASED"})
    void noPermitIsHeldByWhoWasNotTold(KillPoint point) throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", 2);
        SharedSemaphore theirs = other.semaphore("s", 2);
        Vcpu me = region.attach();
        try (Team team = new Team()) {
            failAt(point, Inside.attachment(me).participant, KillPoint.PERMITS_TAKEN, () -> {
                team.run("behind", () -> assertThat(theirs.drainPermits()).isPositive());
                awaitSleeper(Inside.object(theirs).monitor().cell());
            });
            assertThatThrownBy(semaphore::acquire).isInstanceOf(Failure.class);
        }
        Await.until("all permits are back", () -> theirs.availablePermits() == 2);
        assertThat(other.holds("s")).allSatisfy(hold -> assertThat(hold.vcpu()).isNotEqualTo(me.index()));
        me.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = KillPoint.class,
            names = {"WAITER_QUEUED", "RELEASED"})
    void nobodyWaitsForPermitsWhoWasToldOtherwise(KillPoint point) throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", 2);
        SharedSemaphore theirs = other.semaphore("s", 2);
        theirs.acquire(2);
        Vcpu me = region.attach();
        try (Team team = new Team()) {
            failAt(point, Inside.attachment(me).participant, KillPoint.WAITER_QUEUED, () -> {
                team.run("behind", () -> theirs.tryAcquire());
                awaitSleeper(Inside.object(theirs).monitor().cell());
            });
            assertThatThrownBy(semaphore::acquire).isInstanceOf(Failure.class);
        }
        assertThat(theirs.getQueueLength()).isZero();
        me.close();
        theirs.release(2);
    }

    @Test
    void aReaderThatCouldNotLetTheNextOneInDoesNotRead() throws Exception {
        SharedReadWriteLock lock = region.readWriteLock("rw");
        SharedReadWriteLock theirs = other.readWriteLock("rw");
        theirs.writeLock().lock();
        try (Team team = new Team()) {
            Member<?> reader = team.run("reader", () -> {
                Vcpu me = region.attach();
                int cell = Inside.object(lock).monitor().cell();
                failAt(
                        KillPoint.RELEASED,
                        Inside.attachment(me).participant,
                        KillPoint.BEFORE_FREE,
                        () -> awaitSleeper(cell));
                assertThatThrownBy(lock.readLock()::lock).isInstanceOf(Failure.class);
                assertThat(lock.getReadHoldCount()).isZero();
                assertThat(other.holds("rw"))
                        .allSatisfy(hold -> assertThat(hold.vcpu()).isNotEqualTo(me.index()));
                me.close();
            });
            Await.until("the reader waits", () -> theirs.getQueueLength() == 1);
            Member<?> next = team.run("next", () -> {
                theirs.readLock().lock();
                theirs.readLock().unlock();
            });
            Await.until("the next one waits", () -> theirs.getQueueLength() == 2);
            theirs.writeLock().unlock();
            reader.get();
            next.get();
        }
        assertThat(theirs.writeLock().tryLock()).isTrue();
        theirs.writeLock().unlock();
    }

    /** One that waits, was chosen, and ends without having acted on it. */
    private Member<?> doomed(Team team, WaitQueue queue, EntryLocking lock, CountDownLatch end) {
        Member<?> doomed = team.run("doomed", () -> {
            Vcpu me = other.attach();
            lock.lock(Inside.attachment(me));
            queue.join(Inside.attachment(me).participant, true);
            lock.unlock(Inside.attachment(me));
            end.await();
        });
        Await.until("it waits", () -> queue.waiters() == 1);
        return doomed;
    }

    // That of the own condition of the lock "l".
    private WaitQueue conditionQueue() {
        Session session = Inside.session(other);
        LockEntry entry = session.findOrCreate("l", new LockDirectory.Template(LockKind.PV, 1, 0));
        int extent = session.extent(entry, "l", CellCondition.bodyLength(session.maxVcpus()), List.of());
        return new WaitQueue(session.registry(), extent, extent + ConditionDescriptor.QUEUE_OFFSET, entry.cell());
    }

    @Test
    void aWakeUpIsPassedOnByWhoFailsAtIt() throws Exception {
        SharedLock lock = region.lock("l");
        SharedLock theirs = other.lock("l");
        SharedCondition condition = lock.newCondition();
        WaitQueue queue = conditionQueue();
        Participant last = Inside.attachment(other.attach()).participant;
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team()) {
            Member<?> doomed = doomed(team, queue, Inside.locking(theirs), end);
            Member<?> waiter = team.run("waiter", () -> {
                Vcpu me = region.attach();
                lock.lock();
                assertThatThrownBy(condition::await).isInstanceOf(Failure.class);
                assertThat(lock.isHeldByCurrentThread()).isTrue();
                assertThat(queue.isQueued(Inside.attachment(me).participant)).isFalse();
                lock.unlock();
                me.close();
            });
            Await.until("both wait", () -> queue.waiters() == 2);
            failAt(KillPoint.WAITER_CHOSEN, waiter.thread());
            theirs.lock();
            queue.join(last, true);
            queue.wake(1);
            theirs.unlock();
            assertThat(queue.isWoken(last)).isFalse();
            end.countDown();
            doomed.get();
            waiter.get();
        }
        assertThat(queue.isWoken(last)).isTrue();
        queue.leave(last);
        assertThat(queue.waiters()).isZero();
    }

    @Test
    void noPlaceForPermitsIsKeptByWhoFailsToPassAWakeUpOn() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", 1);
        SharedSemaphore theirs = other.semaphore("s", 1);
        MonitoredExtent object = Inside.object(theirs);
        EntryLocking monitor = object.monitor();
        int words = object.body() + VcpuWords.length(Inside.session(other).maxVcpus());
        WaitQueue queue = new WaitQueue(object.registry(), object.extent(), words, monitor.cell());
        CountDownLatch end = new CountDownLatch(1);
        theirs.acquire();
        try (Team team = new Team()) {
            Member<?> doomed = doomed(team, queue, monitor, end);
            Member<?> waiter = team.run("waiter", () -> {
                Vcpu me = region.attach();
                assertThatThrownBy(semaphore::acquire).isInstanceOf(Failure.class);
                assertThat(queue.isQueued(Inside.attachment(me).participant)).isFalse();
                assertThat(semaphore.availablePermits()).isEqualTo(1);
                me.close();
            });
            Await.until("both wait", () -> queue.waiters() == 2);
            failAt(KillPoint.WAITER_CHOSEN, waiter.thread());
            theirs.release();
            end.countDown();
            doomed.get();
            waiter.get();
        }
        assertThat(theirs.tryAcquire()).isTrue();
        theirs.release();
    }

    /** {@code release} gives the lock back, and fails before anybody is woken; the next one gets it. */
    private void failsToWakeTheNext(
            Team team, SharedLock lock, SharedLock theirs, Vcpu me, ThrowableAssert.ThrowingCallable release)
            throws Exception {
        Member<?> next = team.run("next", () -> {
            theirs.lock();
            theirs.unlock();
        });
        awaitSleeper(Inside.locking(lock).cell());
        failAt(KillPoint.RELEASED, Inside.attachment(me).participant, null, () -> {});
        assertThatThrownBy(release).isInstanceOf(Failure.class);
        next.get();
    }

    @Test
    void aLockIsGivenBackWhollyThoughNobodyCouldBeWoken() throws Exception {
        SharedLock lock = region.lock("l", LockOptions.defaults().reentrant());
        SharedLock theirs = other.lock("l");
        lock.lock();
        lock.lock();
        lock.unlock();
        Vcpu me = region.attach();
        try (Team team = new Team()) {
            failsToWakeTheNext(team, lock, theirs, me, lock::unlock);
        }
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        me.close();
    }

    @Test
    void aWaitThatCouldNotGiveTheLockBackHasNoPlaceAndNoHold() throws Exception {
        SharedLock lock = region.lock("l", LockOptions.defaults().reentrant());
        SharedLock theirs = other.lock("l");
        SharedCondition condition = lock.newCondition();
        lock.lock();
        lock.lock();
        Vcpu me = region.attach();
        try (Team team = new Team()) {
            failsToWakeTheNext(team, lock, theirs, me, condition::await);
        }
        assertThat(condition.getWaitQueueLength()).isZero();
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        assertThat(Inside.attachment(me).hasReentered(Inside.locking(lock).cell()))
                .isFalse();
        me.close();
    }

    /** Also of a hold that its repair handler has taken again. */
    @Test
    void aRepairHandlerThatFailsLeavesNoHold() throws Exception {
        SharedLock view = region.lock("l", LockOptions.defaults().reentrant());
        SharedLock lock = region.lock("l", LockOptions.defaults().repairWith(guard -> {
            view.lock();
            throw new Failure();
        }));
        try (Team team = new Team()) {
            team.run("doomed", lock::lock).get();
        }
        assertThatThrownBy(lock::lock).isInstanceOf(Failure.class);
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        region.attach().close();
    }

    /** It comes between the look for one and the attempt. */
    @Test
    void anInterruptWhileASlotIsBorrowedDoesNotKeepTheSlot() throws Exception {
        ThreadFactory virtual = Threads.virtual();
        SharedLock lock = region.lock("l");
        KillPoint.handler((at, who) -> {
            if (at == KillPoint.SLOT_ATTACHED) {
                Thread.currentThread().interrupt();
            }
        });
        try (Team team = new Team(virtual)) {
            team.run("interrupted", () -> {
                        try {
                            lock.lockInterruptibly();
                            lock.unlock();
                        } catch (InterruptedException e) {
                            // Either way.
                        }
                        assertThat(Inside.session(region).threads().existing()).isNull();
                    })
                    .get();
        }
    }
}
