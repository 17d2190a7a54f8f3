package io.pvlock.death;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.Inside;
import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.OwnerDiedException;
import io.pvlock.RegionEvent;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.SharedLockArray;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.Vcpu;
import io.pvlock.internal.lock.ArrayLocking;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.kit.Threads;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An Error in the middle of a wait, or just after it: nothing is left taken, and nobody waits for who is not there. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailingWaitsTest extends TwoRegionsTest {

    /** Whose waits end by an Error, as soon as they have slept for long. */
    private LockRegion failing;

    private final AtomicBoolean armed = new AtomicBoolean(true);

    private static final class Failure extends Error {
        private static final long serialVersionUID = 1L;
    }

    @BeforeEach
    void open() {
        failing = region;
        Inside.session(failing).registry().onLongWait(me -> {
            if (armed.get()) {
                throw new Failure();
            }
        });
    }

    @Test
    void aSemaphoresWaiterLeavesItsPlace() throws Exception {
        SharedSemaphore theirs = other.fairSemaphore("s", 2);
        theirs.acquire(2);
        SharedSemaphore semaphore = failing.fairSemaphore("s", 2);
        assertThatThrownBy(semaphore::acquire).isInstanceOf(Failure.class);
        assertThatThrownBy(() -> semaphore.tryAcquire(2, 1, TimeUnit.HOURS)).isInstanceOf(Failure.class);
        assertThat(theirs.getQueueLength()).isZero();
        assertThat(other.holds("s")).allSatisfy(hold -> assertThat(hold.what()).isEqualTo("permits"));
        assertThat(Regions.waiting(other, "s")).isZero();
        theirs.release();
        assertThat(theirs.tryAcquire()).isTrue();
        theirs.release(2);
        assertThat(semaphore.tryAcquire(2)).isTrue();
        semaphore.release(2);
    }

    @Test
    void aConditionIsLeftWithTheLock() throws Exception {
        SharedLock lock = failing.lock("l", LockOptions.defaults().reentrant());
        lock.lock();
        lock.lock();
        assertThatThrownBy(() -> lock.newCondition().await()).isInstanceOf(Failure.class);
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        assertThat(lock.newCondition().getWaitQueueLength()).isZero();
        lock.unlock();
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        lock.unlock();
        assertThat(other.lock("l").tryLock()).isTrue();
        other.lock("l").unlock();
    }

    /** A signal that came to one that is thrown out is another's. */
    @Test
    void aSignalOfOneThatFailsIsAnothers() throws Exception {
        armed.set(false);
        SharedCondition theirs = other.lock("l").newCondition();
        try (Team team = new Team()) {
            Member<?> first = team.run("first", () -> waitFor(failing.lock("l")));
            Await.until("waits", () -> theirs.getWaitQueueLength() == 1);
            Member<?> second = team.run("second", () -> waitFor(other.lock("l")));
            Await.until("waits", () -> theirs.getWaitQueueLength() == 2);
            other.lock("l").lock();
            Inside.session(failing).registry().onLongWait(me -> {
                if (armed.getAndSet(false)) {
                    throw new Failure(); // once: the wait for the lock goes on
                }
            });
            armed.set(true);
            Await.until("it wants to leave", () -> other.lock("l").queue().size() == 1);
            theirs.signal();
            other.lock("l").unlock();
            assertThat(first.failure()).isInstanceOf(Failure.class);
            second.get();
        }
    }

    private static void waitFor(SharedLock lock) throws InterruptedException {
        lock.lock();
        try {
            lock.newCondition().await();
        } finally {
            lock.unlock();
        }
    }

    @Test
    void aWriterThatWaitsForReadersLetsTheNextIn() throws Exception {
        SharedReadWriteLock theirs = other.readWriteLock("rw");
        theirs.readLock().lock();
        SharedReadWriteLock lock = failing.readWriteLock("rw");
        assertThatThrownBy(() -> lock.writeLock().lock()).isInstanceOf(Failure.class);
        assertThat(theirs.getQueueLength()).isZero();
        assertThatThrownBy(lock::acquireWrite).isInstanceOf(Failure.class);
        lock.updateLock().lock();
        assertThatThrownBy(() -> lock.writeLock().lock()).isInstanceOf(Failure.class);
        assertThat(theirs.isUpdateLocked()).isTrue();
        lock.updateLock().unlock();
        try (Team team = new Team()) {
            assertThat(team.start("another", theirs.readLock()::tryLock).get()).isTrue();
        }
        assertThat(theirs.getQueueLength()).isZero();
        theirs.readLock().unlock();
        Await.until("the other reader has ended", () -> theirs.readers() == 0);
        assertThat(theirs.writeLock().tryLock()).isTrue();
        theirs.writeLock().unlock();
    }

    @Test
    void aVirtualThreadGivesItsSlotBack() throws Exception {
        ThreadFactory virtual = Threads.virtual();
        other.lock("l").lock();
        other.semaphore("s", 1).acquire();
        other.readWriteLock("rw").readLock().lock();
        SharedLock lock = failing.lock("l", LockOptions.defaults().waitMode(LockOptions.WaitMode.PARK));
        givesItsSlotBack(virtual, lock::lock);
        givesItsSlotBack(virtual, lock::acquire);
        givesItsSlotBack(virtual, failing.semaphore("s", 1)::acquire);
        givesItsSlotBack(virtual, failing.readWriteLock("rw").writeLock()::lock);
        other.lock("l").unlock();
        other.semaphore("s", 1).release();
        other.readWriteLock("rw").readLock().unlock();
    }

    private void givesItsSlotBack(ThreadFactory virtual, Team.Action wait) throws Exception {
        try (Team team = new Team(virtual)) {
            team.run("waiter", () -> {
                        assertThatThrownBy(wait::run).isInstanceOf(Failure.class);
                        assertThat(Inside.session(failing).threads().existing()).isNull();
                    })
                    .get();
        }
    }

    /** The token of an array is kept where there is no memory: the lock is had, and then its guard cannot be made. */
    @Test
    void whatFailsAfterTheLockWasTakenUnlocksIt() {
        SharedLockArray array = other.lockArray("array", 2);
        int nowhere = Inside.session(other).memory().capacity();
        ArrayLocking broken = new ArrayLocking(
                Inside.session(other),
                "array",
                Inside.object(array).entry(),
                Inside.cell(array, 0),
                Inside.cell(array, 1) - Inside.cell(array, 0),
                nowhere,
                Inside.use(LockOptions.defaults()));
        Vcpu me = other.attach();
        assertThatThrownBy(() -> broken.acquire(Inside.cell(array, 0), Inside.attachment(me), Inside::guard))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(array.isLocked(0)).isFalse();
        me.close();
    }

    private static void dieHolding(SharedLock lock) throws Exception {
        try (Team team = new Team()) {
            team.run("doomed", lock::lock).get();
        }
    }

    private SharedLock repairedBy(Consumer<LockGuard> repair) throws Exception {
        SharedLock lock = other.lock("l", LockOptions.defaults().repairWith(repair));
        dieHolding(lock);
        return lock;
    }

    @Test
    void aRepairHandlerMayWaitForOtherLocks() throws Exception {
        SharedLock log = other.lock("log");
        SharedLock busy = other.lock("busy", LockOptions.defaults().onDeadlock(LockOptions.OnDeadlock.THROW));
        try (Team team = new Team()) {
            team.run("holder", () -> {
                busy.lock();
                Await.until("it was waited for", () -> Regions.waiting(other, "busy") == 1);
                busy.unlock();
            });
            Await.until("held", () -> busy.owner().isPresent());
            SharedLock lock = repairedBy(guard -> {
                busy.lock();
                log.lock();
                guard.markConsistent();
                log.unlock();
                busy.unlock();
            });
            lock.lock();
            assertThat(lock.isHeldByCurrentThread()).isTrue();
            lock.unlock();
        }
        assertThat(other.events())
                .filteredOn(event -> event.type() == RegionEvent.Type.OWNER_REPLACED)
                .singleElement()
                .satisfies(event -> assertThat(event.lock()).contains("l"));
    }

    @Test
    void anErrorOfARepairHandlerLeavesTheLockInconsistent() throws Exception {
        SharedLock lock = repairedBy(guard -> {
            throw new Failure();
        });
        assertThatThrownBy(lock::lock).isInstanceOf(Failure.class);
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            guard.markConsistent();
        }
    }

    /** lock() never returns without the lock. */
    @Test
    void aRepairHandlerThatUnlocksIsAnError() throws Exception {
        SharedLock view = other.lock("l");
        SharedLock lock = repairedBy(guard -> {
            guard.markConsistent();
            view.unlock();
        });
        assertThatThrownBy(lock::lock)
                .isInstanceOf(OwnerDiedException.class)
                .hasMessageContaining("its repair handler has unlocked it");
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        lock.lock();
        lock.unlock();
        other.attach().close();
    }
}
