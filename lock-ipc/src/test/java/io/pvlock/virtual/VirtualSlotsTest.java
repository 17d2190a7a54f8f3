package io.pvlock.virtual;

import static io.pvlock.kit.Await.WATCHDOG;
import static io.pvlock.kit.Await.until;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.HoldInfo;
import io.pvlock.Inside;
import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.OwnerDiedException;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.SharedLockArray;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.VcpuInfo;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.kit.Threads;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More virtual threads than slots, slots that they do not need now, and virtual threads that end while they hold. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class VirtualSlotsTest extends RegionTest {

    private static final int VCPUS = 4;

    private static ThreadFactory virtual;

    private SharedLock lock;

    @Override
    protected RegionOptions options() {
        return Regions.small().maxVcpus(VCPUS);
    }

    @BeforeAll
    static void findFactory() {
        virtual = Threads.virtual();
    }

    @BeforeEach
    void open() {
        lock = region.lock("virtual");
    }

    // ---- more threads than slots

    @Test
    void twoHundredThreadsShareFourSlots() throws Exception {
        SharedSemaphore semaphore = region.semaphore("semaphore", 2);
        SharedReadWriteLock readWrite = region.readWriteLock("rw");
        AtomicInteger inside = new AtomicInteger();
        try (Team team = new Team(virtual)) {
            for (int i = 0; i < 200; i++) {
                team.run("virtual " + i, () -> {
                    for (int round = 0; round < 20; round++) {
                        lock.lock();
                        try {
                            region.data().putLong(0, region.data().getLong(0) + 1);
                        } finally {
                            lock.unlock();
                        }
                        semaphore.acquire();
                        assertThat(inside.incrementAndGet()).isLessThanOrEqualTo(2);
                        inside.decrementAndGet();
                        semaphore.release();
                        readWrite.readLock().lock();
                        readWrite.readLock().unlock();
                    }
                });
            }
            team.join();
        }
        assertThat(region.data().getLong(0)).isEqualTo(200 * 20);
        assertThat(region.vcpus()).isEmpty();
    }

    /** Virtual threads that have all slots until the latch opens. */
    private void occupy(Team team, CountDownLatch end) {
        CountDownLatch held = new CountDownLatch(VCPUS);
        for (int i = 0; i < VCPUS; i++) {
            SharedLock own = region.lock("own " + i);
            team.run("occupies " + i, () -> {
                own.lock();
                held.countDown();
                end.await();
                own.unlock();
            });
        }
        until("all slots are in use, and their locks are held", () -> held.getCount() == 0);
    }

    @Test
    void aWaitForASlotEndsAsAWaitForALockDoes() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        SharedSemaphore semaphore = region.semaphore("semaphore", 2);
        SharedReadWriteLock readWrite = region.readWriteLock("rw");
        SharedLockArray array = region.lockArray("array", 2);
        try (Team team = new Team(virtual)) {
            occupy(team, end);
            try {
                team.run("impatient", () -> {
                            assertThat(lock.tryLock()).isFalse();
                            assertThat(lock.tryLock(10, MILLISECONDS)).isFalse();
                            assertThat(lock.tryAcquire(10, MILLISECONDS)).isEmpty();
                            assertThat(array.tryLock(1)).isFalse();
                            assertThat(array.tryLock(1, 10, MILLISECONDS)).isFalse();
                            assertThat(array.at(1).tryLock(10, MILLISECONDS)).isFalse();
                            assertThat(semaphore.tryAcquire(1, 10, MILLISECONDS))
                                    .isFalse();
                            assertThat(readWrite.readLock().tryLock(10, MILLISECONDS))
                                    .isFalse();
                            assertThat(readWrite.writeLock().tryLock()).isFalse();
                            assertThat(readWrite.updateLock().tryLock(10, MILLISECONDS))
                                    .isFalse();
                        })
                        .get();
                Member<Void> interrupted = team.run("interrupted", lock::lockInterruptibly);
                until("it waits", () -> interrupted.thread().getState() == Thread.State.TIMED_WAITING);
                interrupted.thread().interrupt();
                assertThat(interrupted.failure()).isInstanceOf(InterruptedException.class);
                Member<Boolean> uninterruptible = team.start("uninterruptible", () -> {
                    Thread.currentThread().interrupt();
                    lock.lock();
                    lock.unlock();
                    return Thread.currentThread().isInterrupted();
                });
                until("it waits", () -> uninterruptible.thread().getState() == Thread.State.TIMED_WAITING);
                end.countDown();
                assertThat(uninterruptible.get()).isTrue();
            } finally {
                end.countDown();
            }
        }
    }

    @Test
    void closingTheRegionEndsAWaitForASlot() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team(virtual)) {
            occupy(team, end);
            Member<Void> waits = team.run("waits", lock::lock);
            until("it waits", () -> waits.thread().getState() == Thread.State.TIMED_WAITING);
            region.close();
            assertThat(waits.failure()).isInstanceOf(RegionException.class).hasMessageContaining("closed");
            end.countDown();
        }
    }

    // ---- idle slots

    @Test
    void whatLiesIdleIsLentOnAndComesBack() throws Exception {
        try (Team team = new Team(virtual)) {
            CountDownLatch end = new CountDownLatch(1);
            occupy(team, end);
            end.countDown();
            team.join();
        }
        try (LockRegion other = LockRegion.open(region.path());
                Team platform = new Team()) {
            CountDownLatch end = new CountDownLatch(1);
            for (int i = 0; i < VCPUS; i++) {
                platform.run("platform " + i, () -> {
                    other.attach();
                    end.await();
                });
            }
            until("others have all slots", () -> other.vcpus().size() == VCPUS);
            try (Team team = new Team(virtual)) {
                Member<Void> waits = team.run("waits", () -> {
                    lock.lock();
                    lock.unlock();
                });
                until("it waits", () -> waits.thread().getState() == Thread.State.TIMED_WAITING);
                end.countDown();
                waits.get();
            } finally {
                end.countDown();
            }
        }
    }

    @Test
    void aPlatformThreadGetsAnIdleSlotOfItsOwnProcess() throws Exception {
        try (Team team = new Team(virtual)) {
            CountDownLatch end = new CountDownLatch(1);
            occupy(team, end);
            end.countDown();
            team.join();
        }
        lock.lock();
        lock.unlock();
        assertThat(region.vcpus()).extracting(VcpuInfo::state).containsExactly("attached");
    }

    // ---- the end of a virtual thread

    @Test
    void aVirtualThreadThatEndsWhileItHoldsCountsAsKilled() throws Exception {
        SharedSemaphore semaphore = region.semaphore("semaphore", 2);
        try (Team team = new Team(virtual)) {
            team.run("ends", () -> {
                        lock.lock();
                        semaphore.acquire();
                    })
                    .get();
        }
        assertThatThrownBy(lock::lock).isInstanceOf(OwnerDiedException.class);
        assertThat(semaphore.availablePermits()).isEqualTo(2);
        try (LockGuard guard = lock.acquire()) {
            guard.markConsistent();
        }
        until("its slot is free", () -> {
            Inside.session(region).registry().reclaimer().reclaimDead();
            return region.vcpus().size() == 1;
        });
    }

    /** Another opening of the file is another process, of which nobody can look into this one. */
    @Test
    void othersLearnOfItThoughNobodyLooks() throws Exception {
        region.semaphore("semaphore", 1);
        try (LockRegion other = LockRegion.open(region.path());
                Team team = new Team(virtual)) {
            team.run("ends", () -> {
                        lock.lock();
                        region.semaphore("semaphore", 1).acquire();
                    })
                    .get();
            assertThat(other.semaphore("semaphore", 1).tryAcquire(1, WATCHDOG.toSeconds(), SECONDS))
                    .isTrue();
            assertThatThrownBy(() -> other.lock("virtual").tryLock(WATCHDOG.toSeconds(), SECONDS))
                    .isInstanceOf(OwnerDiedException.class);
        }
    }

    @Test
    void aClosedRegionIsLetGoWhenItsLastVirtualThreadHasEnded() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        try (LockRegion other = LockRegion.open(region.path());
                Team team = new Team(virtual)) {
            Member<Void> ends = team.run("ends", () -> {
                lock.lock();
                held.countDown();
                end.await();
            });
            held.await();
            region.close();
            assertThat(other.check().othersAlive()).isEqualTo(1);
            end.countDown();
            ends.get();
            until("its process has left", () -> other.check().othersAlive() == 0);
        }
    }

    @Test
    void aHolderIsShownWithItsKindOfSlot() throws Exception {
        SharedSemaphore semaphore = region.semaphore("semaphore", 2);
        semaphore.acquire();
        try (Team team = new Team(virtual)) {
            team.run("holder", () -> {
                        lock.lock();
                        semaphore.acquire();
                        assertThat(lock.owner().orElseThrow().borrowed()).isTrue();
                        assertThat(region.holds("semaphore"))
                                .extracting(HoldInfo::borrowed)
                                .containsExactlyInAnyOrder(false, true);
                        assertThat(region.vcpus())
                                .extracting(VcpuInfo::borrowed)
                                .containsExactlyInAnyOrder(false, true);
                        semaphore.release();
                        lock.unlock();
                    })
                    .get();
        }
        lock.lock();
        assertThat(lock.owner().orElseThrow().borrowed()).isFalse();
        lock.unlock();
        semaphore.release();
    }

    @Test
    void slotsOfVirtualThreadsThatNeverClosedThemComeBack() throws Exception {
        for (int i = 0; i < 3 * VCPUS; i++) {
            try (Team team = new Team(virtual)) {
                team.run("never closes", region::attach).get();
            }
        }
        lock.lock();
        lock.unlock();
    }
}
