package io.pvlock.contract;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.Inside;
import io.pvlock.LockGuard;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.SharedLockArray;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A reentrant view: the owner locks again and unlocks as often; whoever else looks sees one owner. */
@ParameterizedClass
@EnumSource(LockKind.class)
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class ReentrantViewTest extends RegionTest {

    @Parameter
    LockKind kind;

    private SharedLock plain;
    private SharedLock reentrant;

    @BeforeEach
    void open() {
        plain = region.lock("twice", LockOptions.defaults().kind(kind));
        reentrant = region.lock("twice", LockOptions.defaults().reentrant());
    }

    @Test
    void unlocksAsOftenAsItLocked() throws Exception {
        reentrant.lock();
        reentrant.lockInterruptibly();
        assertThat(reentrant.tryLock()).isTrue();
        assertThat(reentrant.tryLock(1, SECONDS)).isTrue();
        for (int left = 4; left > 0; left--) {
            assertThat(isFree()).as("free with %d unlocks to go", left).isFalse();
            reentrant.unlock();
        }
        assertThat(isFree()).isTrue();
        assertThatThrownBy(reentrant::unlock).isInstanceOf(IllegalMonitorStateException.class);
    }

    @Test
    void guardsNestToo() throws Exception {
        try (LockGuard outer = reentrant.acquire()) {
            try (LockGuard inner = reentrant.acquire()) {
                assertThat(inner.fencingToken()).isGreaterThan(outer.fencingToken());
                assertThat(reentrant.tryAcquire(0, SECONDS)).isPresent().hasValueSatisfying(LockGuard::close);
            }
            assertThat(isFree()).isFalse();
        }
        assertThat(isFree()).isTrue();
    }

    @Test
    void aPlainViewOfTheSameLockIsStillNotReentrant() throws Exception {
        reentrant.lock();
        assertThatThrownBy(plain::lock).isInstanceOf(IllegalStateException.class);
        reentrant.unlock();
        assertThat(isFree()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void whicheverViewsTakeAndGiveBackTheLastOneFreesIt(Way way) throws Exception {
        SharedLock[] views = {plain, reentrant};
        for (int unlocks = 0; unlocks < 8; unlocks++) {
            way.lock(plain);
            way.lock(reentrant);
            way.lock(reentrant);
            assertThat(plain.tryLock()).isFalse();
            for (int left = 3; left > 0; left--) {
                assertThat(isFree()).as("free with %d unlocks to go", left).isFalse();
                assertThat(plain.getHoldCount()).isEqualTo(left);
                assertThat(reentrant.getHoldCount()).isEqualTo(left);
                way.unlock(views[unlocks >> left - 1 & 1]);
            }
            assertThat(isFree()).isTrue();
            assertThatThrownBy(reentrant::unlock).isInstanceOf(IllegalMonitorStateException.class);
            takeAndGiveBack();
        }
    }

    private enum Way {
        OWN {
            @Override
            void lock(SharedLock view) {
                view.lock();
            }

            @Override
            void unlock(SharedLock view) {
                view.unlock();
            }
        },
        EXPLICIT {
            @Override
            void lock(SharedLock view) {
                view.lock(Inside.vcpu(Inside.locking(view).session().threads().attach()));
            }

            @Override
            void unlock(SharedLock view) {
                view.unlock(Inside.vcpu(Inside.locking(view).session().threads().attach()));
            }
        };

        abstract void lock(SharedLock view);

        abstract void unlock(SharedLock view);
    }

    @Test
    void aGuardOfOneViewEndsOneHoldOnly() throws Exception {
        try (LockGuard guard = plain.acquire()) {
            reentrant.lock();
            plain.unlock();
            assertThat(isFree()).isFalse();
            assertThat(guard.fencingToken()).isPositive();
        }
        assertThat(isFree()).isTrue();
        reentrant.lock();
        LockGuard inner = reentrant.acquire();
        inner.close();
        assertThat(isFree()).isFalse();
        plain.unlock();
        assertThat(isFree()).isTrue();
        takeAndGiveBack();
    }

    @Test
    void aConditionOfThePlainViewGivesAllHoldsBackAndHasThemAgain() throws Exception {
        SharedCondition condition = plain.newCondition();
        plain.lock();
        reentrant.lock();
        try (Team team = new Team()) {
            team.run("signaller", () -> {
                Await.until("it waits", () -> condition.getWaitQueueLength() == 1);
                reentrant.lock();
                condition.signal();
                plain.unlock();
            });
            condition.await();
            team.join();
        }
        assertThat(plain.getHoldCount()).isEqualTo(2);
        plain.unlock();
        assertThat(isFree()).isFalse();
        plain.unlock();
        assertThat(isFree()).isTrue();
        takeAndGiveBack();
    }

    @Test
    void theViewsOfAnArrayCountTogether() throws Exception {
        SharedLockArray plainArray = region.lockArray("array", 3);
        SharedLockArray reentrantArray =
                region.lockArray("array", 3, LockOptions.defaults().reentrant());
        plainArray.lock(1);
        reentrantArray.lock(1);
        reentrantArray.acquire(1, region.attach());
        assertThat(plainArray.getHoldCount(1)).isEqualTo(3);
        plainArray.unlock(1);
        plainArray.unlock(1, region.attach());
        assertThat(plainArray.isHeldByCurrentThread(1)).isTrue();
        plainArray.unlock(1);
        assertThat(plainArray.isLocked(1)).isFalse();
        assertThat(plainArray.getHoldCount(1)).isZero();
    }

    @Test
    void theLastUnlockOfAPlainViewGivesTheLockToAWaiter() throws Exception {
        reentrant.lock();
        reentrant.lock();
        try (Team team = new Team()) {
            team.run("waiter", () -> {
                plain.lock();
                plain.unlock();
            });
            Regions.awaitWaiting(region, "twice", 1);
            plain.unlock();
            assertThat(plain.isHeldByCurrentThread()).isTrue();
            plain.unlock();
            team.join();
        }
        takeAndGiveBack();
    }

    // A count left over from before would keep the lock here.
    private void takeAndGiveBack() throws Exception {
        reentrant.lock();
        reentrant.unlock();
        assertThat(isFree()).isTrue();
    }

    @Test
    void theCountIsTheLocksOwn() throws Exception {
        SharedLock other =
                region.lock("other", LockOptions.defaults().kind(kind).reentrant());
        reentrant.lock();
        reentrant.lock();
        other.lock();
        other.unlock();
        assertThat(other.isHeldByCurrentThread()).isFalse();
        assertThat(reentrant.isHeldByCurrentThread()).isTrue();
        reentrant.unlock();
        reentrant.unlock();
        assertThat(isFree()).isTrue();
    }

    private boolean isFree() throws Exception {
        try (Team team = new Team()) {
            return team.start("probe", () -> {
                        boolean free = plain.tryLock();
                        if (free) {
                            plain.unlock();
                        }
                        return free;
                    })
                    .get();
        }
    }
}
