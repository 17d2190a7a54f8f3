package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.linux.Threads;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code pvlock break}, by whichever call the owner has taken the lock: the next one is told, and the owner can begin anew. */
@Timeout(180)
class BreakHoldsTest {

    private static final String NAME = "orders";
    private static final LockOptions PARK = LockOptions.defaults().waitMode(WaitMode.PARK);

    @TempDir
    private Path directory;

    private Path file;
    private LockRegion region;
    private SharedLock lock;

    /** Takes the lock, and returns what gives it back. */
    private interface Taking {
        Runnable take(SharedLock lock, LockRegion region) throws Exception;
    }

    /** Each way to take a lock that nobody has. */
    private enum Call {
        LOCK((lock, region) -> {
            lock.lock();
            return lock::unlock;
        }),
        LOCK_VCPU((lock, region) -> {
            Vcpu me = region.attach();
            lock.lock(me);
            return () -> lock.unlock(me);
        }),
        LOCK_INTERRUPTIBLY((lock, region) -> {
            lock.lockInterruptibly();
            return lock::unlock;
        }),
        TRY_LOCK((lock, region) -> {
            assertThat(lock.tryLock()).isTrue();
            return lock::unlock;
        }),
        TRY_LOCK_TIMED((lock, region) -> {
            assertThat(lock.tryLock(1, TimeUnit.MINUTES)).isTrue();
            return lock::unlock;
        }),
        ACQUIRE((lock, region) -> lock.acquire()::close),
        ACQUIRE_VCPU((lock, region) -> lock.acquire(region.attach())::close),
        TRY_ACQUIRE((lock, region) -> lock.tryAcquire(1, TimeUnit.MINUTES).orElseThrow()::close),
        TWICE((lock, region) -> {
            SharedLock reentrant = region.lock(NAME, LockOptions.defaults().reentrant());
            reentrant.lock();
            reentrant.lock();
            return reentrant::unlock;
        }),
        WITH_OTHERS((lock, region) -> LockRegion.lockAll((Lock) region.lock("other"), lock)::close);

        private final Taking taking;

        Call(Taking taking) {
            this.taking = taking;
        }
    }

    @BeforeEach
    void open() {
        file = directory.resolve("region.pvl");
        region = LockRegion.open(file, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
        lock = region.lock(NAME);
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** A thread that takes the lock; when it was broken, it gives it back in vain, and takes it anew. */
    private final class Owner {

        final CountDownLatch has = new CountDownLatch(1);
        final CountDownLatch broken = new CountDownLatch(1);
        private final Team.Member<?> thread;
        private volatile int tid;

        Owner(Team team, Taking taking) {
            this.thread = team.run("owner", () -> {
                tid = Threads.gettid();
                Runnable givingBack = taking.take(lock, region);
                has.countDown();
                broken.await();
                assertThatThrownBy(givingBack::run).isInstanceOf(IllegalMonitorStateException.class);
                assertThat(lock.isHeldByCurrentThread()).isFalse();
                lock.lock();
                assertThat(lock.getHoldCount()).isEqualTo(1);
                lock.unlock();
                assertThat(lock.isLocked()).isFalse();
            });
        }

        void awaitHas() {
            Await.until("it has the lock", () -> has.getCount() == 0 || thread.isDone());
        }
    }

    private void breakIt(Owner owner) {
        owner.awaitHas();
        Cli cli = Cli.run("break", NAME, "--yes", "-f", file);
        assertThat(cli.status()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("thread " + owner.tid);
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            guard.markConsistent();
        }
        owner.broken.countDown();
    }

    @ParameterizedTest
    @EnumSource(Call.class)
    void theNextOwnerIsTold_andTheOneBeforeCanBeginAnew(Call call) throws Exception {
        try (Team team = new Team()) {
            breakIt(new Owner(team, call.taking));
        }
    }

    /** Its hold is timed: what was broken is no hold, and the time of the next one is its own. */
    @Test
    void takenAfterAWait() throws Exception {
        lock.lock();
        try (Team team = new Team()) {
            Owner owner = new Owner(team, (shared, opened) -> {
                opened.lock(NAME, PARK).lock();
                return opened.lock(NAME, PARK)::unlock;
            });
            Await.until("it waits", () -> lock.getQueueLength() == 1);
            lock.unlock();
            breakIt(owner);
        }
        assertThat(region.locks().get(0).stats().holds().count()).isZero();
    }

    @Test
    void takenBackAfterACondition() throws Exception {
        SharedCondition condition = lock.newCondition();
        try (Team team = new Team()) {
            Owner owner = new Owner(team, (shared, opened) -> {
                shared.lock();
                condition.await();
                return shared::unlock;
            });
            Await.until("it waits", () -> {
                lock.lock();
                try {
                    return condition.hasWaiters();
                } finally {
                    lock.unlock();
                }
            });
            lock.lock();
            condition.signal();
            lock.unlock();
            breakIt(owner);
        }
    }
}
