package io.pvlock.look;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.RegionStats;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RegionStatsTest extends TwoRegionsTest {

    @Test
    void anEmptyRegionHasRoom() {
        RegionStats stats = region.stats();

        assertThat(stats.locks()).isZero();
        assertThat(stats.maxLocks()).isEqualTo(16);
        assertThat(stats.vcpus()).isZero();
        assertThat(stats.maxVcpus()).isEqualTo(32);
        assertThat(stats.processes()).isEqualTo(2);
        assertThat(stats.maxProcesses()).isEqualTo(16);
        assertThat(stats.objectBytes()).isZero();
        assertThat(stats.maxObjectBytes()).isEqualTo(1 << 20);
        assertThat(stats.waiters()).isZero();
        assertThat(stats.longestWaitNs()).isZero();
    }

    @Test
    void whoWaitsIsSeenAndForHowLong() throws Exception {
        SharedLock lock = region.lock("orders");
        region.semaphore("permits", 1);
        lock.lock();
        try (Team team = new Team()) {
            team.run("waiter", () -> {
                other.lock("orders").lock();
                other.lock("orders").unlock();
            });
            Await.until("it waits", () -> region.stats().longestWaitNs() > 50_000_000);

            RegionStats stats = region.stats();
            assertThat(stats.waiters()).isEqualTo(1);
            assertThat(stats.heldLocks()).isEqualTo(1);
            assertThat(stats.locks()).isEqualTo(2);
            assertThat(stats.vcpus()).isEqualTo(2);
            assertThat(stats.objectBytes()).isPositive();
            lock.unlock();
        }
        assertThat(region.stats().waiters()).isZero();
        assertThat(region.stats().contended()).isEqualTo(1);
    }

    @Test
    void aWaitForPermitsIsOneForAConditionIsNot() throws Exception {
        SharedLock lock = region.lock("orders");
        SharedCondition condition = lock.newCondition();
        SharedSemaphore permits = region.semaphore("permits", 1);
        permits.acquire();
        CountDownLatch awaits = new CountDownLatch(1);
        try (Team team = new Team()) {
            team.run("worker", () -> {
                lock.lock();
                awaits.countDown();
                condition.await();
                lock.unlock();
            });
            awaits.await();
            Await.until(
                    "the worker waits",
                    () -> region.locks().stream().anyMatch(one -> one.values().getOrDefault("awaiting", 0L) == 1));
            Regions.awaitWaiting(region, "orders", 1);
            assertThat(region.stats().waiters()).isZero();

            team.run("client", () -> {
                other.semaphore("permits", 1).acquire();
                other.semaphore("permits", 1).release();
            });
            Await.until("the client waits", () -> region.stats().waiters() == 1);

            permits.release();
            lock.lock();
            condition.signal();
            lock.unlock();
        }
    }

    @Test
    void ownersThatDiedAreCounted() throws Exception {
        SharedLock lock = region.lock("orders");
        for (int i = 1; i <= 3; i++) {
            try (Team team = new Team()) {
                team.run("doomed", () -> region.lock("orders").acquire());
            }
            Await.until("it is dead", () -> !lock.owner().orElseThrow().alive());
            try (var guard = lock.acquire()) {
                guard.markConsistent();
            }
            int deaths = i;
            assertThat(region.stats().ownerDeaths()).isEqualTo(deaths);
        }
        assertThat(region.stats().deadlocks()).isZero();
    }
}
