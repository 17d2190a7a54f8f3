package io.pvlock.tests.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.OwnerDiedException;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.linux.Processes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The shapes of glibc's tst-robust1 to 6, 10 and 11, with the contract of this lock: inconsistent until somebody
 * repairs.
 */
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RobustLockIT {

    private static final int THREADS = 32;
    private static final int ROUNDS = System.getProperty("pvlock.kill.full") == null ? 20 : 1000;

    private LockRegion region;

    @BeforeEach
    void open(@TempDir Path directory) {
        RegionOptions options = RegionOptions.defaults().maxVcpus(48).dataBytes(8 * GuardedData.LENGTH);
        region = LockRegion.open(directory.resolve("region.pvl"), options.mapping(RegionOptions.Mapping.PLAIN));
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** Each way of asking, for a lock whose owner was killed. */
    enum How {
        LOCK {
            @Override
            boolean had(SharedLock lock) {
                lock.lock();
                return true;
            }

            @Override
            LockGuard acquire(SharedLock lock) {
                return lock.acquire();
            }
        },
        TRY {
            @Override
            boolean had(SharedLock lock) {
                return lock.tryLock();
            }

            @Override
            LockGuard acquire(SharedLock lock) throws InterruptedException {
                return lock.tryAcquire(0, TimeUnit.NANOSECONDS).orElseThrow();
            }
        },
        TIMED {
            @Override
            boolean had(SharedLock lock) throws InterruptedException {
                return lock.tryLock(60, TimeUnit.SECONDS);
            }

            @Override
            LockGuard acquire(SharedLock lock) throws InterruptedException {
                return lock.tryAcquire(60, TimeUnit.SECONDS).orElseThrow();
            }
        };

        abstract boolean had(SharedLock lock) throws InterruptedException;

        abstract LockGuard acquire(SharedLock lock) throws InterruptedException;
    }

    @ParameterizedTest
    @EnumSource
    void ownerDiedIsToldUntilTheDataIsRepaired(How how) throws InterruptedException {
        killOwnerOf("L0");
        SharedLock lock = region.lock("L0");

        assertThatExceptionOfType(OwnerDiedException.class)
                .isThrownBy(() -> how.had(lock))
                .matches(OwnerDiedException::isRecoverable);
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        try (LockGuard guard = how.acquire(lock)) {
            assertThat(guard.ownerDied()).isTrue();
        }
        try (LockGuard guard = how.acquire(lock)) {
            assertThat(guard.ownerDied()).as("nobody has repaired").isTrue();
            guard.markConsistent();
        }
        try (LockGuard guard = how.acquire(lock)) {
            assertThat(guard.ownerDied()).as("repaired").isFalse();
        }
        assertThat(how.had(lock)).isTrue();
        lock.unlock();
    }

    @ParameterizedTest
    @EnumSource
    void lockGivenUpAfterItsOwnerDiedIsNobodysForEver(How how) throws InterruptedException {
        killOwnerOf("L0");
        SharedLock lock = region.lock("L0");
        how.acquire(lock).abandon();

        for (How any : How.values()) {
            assertThatExceptionOfType(OwnerDiedException.class)
                    .isThrownBy(() -> any.had(lock))
                    .matches(e -> !e.isRecoverable());
            assertThatExceptionOfType(OwnerDiedException.class)
                    .isThrownBy(() -> any.acquire(lock))
                    .matches(e -> !e.isRecoverable());
        }
    }

    private void killOwnerOf(String name) {
        try (KillJvm child = KillJvm.start("owner")) {
            child.awaitReady();
            child.actor("owner").send("open " + region.path()).expect("opened");
            child.actor("owner").send("take " + name + " PARK").expect("held");
            assertThat(Processes.kill(child.pid(), Processes.SIGKILL)).isTrue();
            child.awaitEnd();
        }
    }

    /** tst-robust10: one who waits with a time limit, while the owner of the repaired lock lives, waits no longer. */
    @Test
    void timedWaitEndsThoughAnEarlierOwnerDied() throws InterruptedException {
        killOwnerOf("L0");
        SharedLock lock = region.lock("L0");
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            AtomicReference<Boolean> had = new AtomicReference<>();
            Thread other = new Thread(() -> had.set(isHadWithin(lock, 20)));
            other.start();
            other.join();
            assertThat(had).hasValue(false);
            guard.markConsistent();
        }
    }

    private static boolean isHadWithin(SharedLock lock, long timeoutMs) {
        try {
            return lock.tryAcquire(timeoutMs, TimeUnit.MILLISECONDS).isPresent();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** tst-robust11: in each round threads come, and some of them end with the lock in their hands. */
    @Test
    void threadsThatEndWithTheLockPassItOn() throws InterruptedException {
        SharedLock lock = region.lock("L0");
        boolean[] died = new boolean[1];
        int[] entered = new int[1];
        AtomicInteger wrong = new AtomicInteger();
        for (int round = 0; round < ROUNDS; round++) {
            CountDownLatch go = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                boolean dies = i % 3 == 0;
                threads.add(new Thread(() -> {
                    awaitQuietly(go);
                    LockGuard guard = lock.acquire();
                    // Plain fields: only the lock guards them.
                    if (guard.ownerDied() != died[0]) {
                        wrong.incrementAndGet();
                    }
                    entered[0]++;
                    died[0] = dies;
                    if (guard.ownerDied()) {
                        guard.markConsistent();
                    }
                    if (!dies) {
                        guard.close();
                        region.attach().close();
                    }
                }));
            }
            threads.forEach(Thread::start);
            go.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
        }
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.ownerDied()).isEqualTo(died[0]);
        }
        assertThat(wrong).as("owners that were told wrongly").hasValue(0);
        assertThat(entered[0]).isEqualTo(ROUNDS * THREADS);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
