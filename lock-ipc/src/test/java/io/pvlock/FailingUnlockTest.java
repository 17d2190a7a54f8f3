package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.Participant;
import io.pvlock.testing.Await;
import io.pvlock.testing.Regions;
import io.pvlock.testing.Team;
import io.pvlock.testing.Team.Member;
import io.pvlock.testing.Threads;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An Error in the middle of giving a lock back, or just after something was taken under it: nothing is left half held. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailingUnlockTest {

    /** What {@code LockWord.locked} is while the head of the queue sleeps. */
    private static final int SLOW = 3;

    @TempDir
    Path directory;

    private LockRegion region;
    private LockRegion other;

    private static final class Failure extends Error {
        private static final long serialVersionUID = 1L;
    }

    @BeforeEach
    void open() {
        assumeTrue(KillPoint.ENABLED, "kill points are compiled away");
        region = Regions.open(directory);
        other = Regions.open(directory);
    }

    @AfterEach
    void close() {
        if (KillPoint.ENABLED) {
            KillPoint.handler((point, who) -> {});
            region.close();
            other.close();
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

    private void awaitSleeper(int cell) {
        Await.until(
                "its head sleeps",
                () -> LockWord.locked(LockCell.word(region.session().memory().getLongVolatile(cell))) == SLOW);
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
            failAt(point, me.attachment.participant, KillPoint.PERMITS_TAKEN, () -> {
                team.run("behind", () -> assertThat(theirs.drainPermits()).isPositive());
                awaitSleeper(theirs.object().monitor().cell());
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
            failAt(point, me.attachment.participant, KillPoint.WAITER_QUEUED, () -> {
                team.run("behind", () -> theirs.tryAcquire());
                awaitSleeper(theirs.object().monitor().cell());
            });
            assertThatThrownBy(semaphore::acquire).isInstanceOf(Failure.class);
        }
        assertThat(theirs.waiting()).isZero();
        me.close();
        theirs.release(2);
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
            Member<?> next = team.run("next", () -> {
                theirs.lock();
                theirs.unlock();
            });
            awaitSleeper(lock.locking().cell());
            failAt(KillPoint.RELEASED, me.attachment.participant, null, () -> {});
            assertThatThrownBy(lock::unlock).isInstanceOf(Failure.class);
            next.get();
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
            Member<?> next = team.run("next", () -> {
                theirs.lock();
                theirs.unlock();
            });
            awaitSleeper(lock.locking().cell());
            failAt(KillPoint.RELEASED, me.attachment.participant, null, () -> {});
            assertThatThrownBy(condition::await).isInstanceOf(Failure.class);
            next.get();
        }
        assertThat(condition.waiting()).isZero();
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        assertThat(me.attachment.hasReentered(lock.locking().cell())).isFalse();
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
                        assertThat(region.session().threads().existing()).isNull();
                    })
                    .get();
        }
    }
}
