package io.pvlock.look;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.Inside;
import io.pvlock.LockGuard;
import io.pvlock.LockInfo;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.LockRegion;
import io.pvlock.LockStats;
import io.pvlock.RegionView;
import io.pvlock.SharedLock;
import io.pvlock.SharedLockArray;
import io.pvlock.TimeSummary;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a lock has seen: of waits and holds, and of nothing else. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LockStatsTest extends TwoRegionsTest {

    private static final LockOptions PARK = LockOptions.defaults().waitMode(WaitMode.PARK);

    private LockStats stats(String name) {
        return region.locks().stream()
                .filter(lock -> lock.name().equals(name))
                .map(LockInfo::stats)
                .findFirst()
                .orElseThrow();
    }

    /** Somebody of the other process waits while {@code held} runs, which gives the lock back; then has it, and gives it back. */
    private void waitedFor(String name, LockOptions options, Team.Action held) throws Exception {
        try (Team team = new Team()) {
            team.run("waiter", () -> {
                SharedLock theirs = other.lock(name, options);
                theirs.lock();
                theirs.unlock();
            });
            Regions.awaitWaiting(region, name, 1);
            held.run();
        }
    }

    @Test
    void aWaitIsCountedWithItsTimeAndSoIsWhatTheWaiterHeld() throws Exception {
        SharedLock lock = region.lock("orders", PARK);
        lock.lock();
        waitedFor("orders", PARK, lock::unlock);

        LockStats stats = stats("orders");
        assertThat(stats.contended()).isEqualTo(1);
        assertThat(stats.acquisitions()).isEqualTo(1);
        assertThat(stats.waits().count()).isEqualTo(1);
        // It has slept, so it was longer than what is sampled.
        assertThat(stats.waits().maxNs()).isGreaterThan(8_000);
        assertThat(stats.waits().p50Ns()).isEqualTo(stats.waits().maxNs());
        assertThat(stats.holds().count())
                .as("its own, not that of the lock() before")
                .isEqualTo(1);
        assertThat(stats.ownerDeaths()).isZero();
    }

    @Test
    void aGuardsHoldIsCountedIfSomebodyWaitsAtItsEnd() throws Exception {
        SharedLock lock = region.lock("orders", PARK);
        LockGuard guard = lock.acquire();
        long began = System.nanoTime();
        waitedFor("orders", PARK, () -> {
            while (System.nanoTime() - began < 20_000_000) {
                Thread.onSpinWait();
            }
            guard.close();
        });

        LockStats stats = stats("orders");
        assertThat(stats.acquisitions()).isEqualTo(1);
        assertThat(stats.holds().count()).isEqualTo(2);
        assertThat(stats.holds().maxNs()).isGreaterThanOrEqualTo(20_000_000);
    }

    @Test
    void whoWakesAWaiterIsCounted() throws Exception {
        LockOptions fair = PARK.policy(Policy.FAIR);
        SharedLock lock = region.lock("orders", fair);
        lock.lock();
        waitedFor("orders", fair, () -> {
            Await.until(
                    "the waiter sleeps",
                    () -> lock.queue().stream()
                            .anyMatch(waiter -> waiter.state() == io.pvlock.WaiterInfo.State.HASHED));
            lock.unlock();
        });

        assertThat(stats("orders").kicks()).isEqualTo(1);
    }

    @Test
    void whereNobodyWaitsNothingIsWritten() {
        SharedLock lock = region.lock("orders");
        SharedLockArray array = region.lockArray("array", 4);
        for (int i = 0; i < 100; i++) {
            lock.lock();
            lock.unlock();
            lock.acquire().close();
            assertThat(lock.tryLock()).isTrue();
            lock.unlock();
            array.acquire(i & 3).close();
        }

        assertThat(stats("orders")).isEqualTo(new LockStats(100, 0, 0, 0, 0, TimeSummary.NONE, TimeSummary.NONE));
        assertThat(stats("array").acquisitions()).isEqualTo(100);
        RegionLayout layout = Inside.session(region).layout();
        UnsafeBuffer memory = Inside.session(region).memory();
        for (int at = layout.statisticsOffset(); at < layout.objectsOffset(); at += Long.BYTES) {
            assertThat(memory.getLong(at)).as("at %d", at).isZero();
        }
    }

    @Test
    void theFastPathIsThereAgainAfterATimedHold() throws Exception {
        SharedLock lock = region.lock("orders", PARK);
        lock.lock();
        try (Team team = new Team()) {
            team.run("waiter", () -> {
                SharedLock theirs = other.lock("orders", PARK);
                theirs.lock();
                assertThat(Inside.attachment(other.attach()).fastSession)
                        .as("timed")
                        .isNull();
                theirs.unlock();
                assertThat(Inside.attachment(other.attach()).fastSession).isNotNull();
                theirs.lock();
                theirs.unlock();
            });
            Regions.awaitWaiting(region, "orders", 1);
            lock.unlock();
        }

        assertThat(stats("orders").holds().count()).isEqualTo(1);
    }

    @Test
    void aLockOfThatNameThatIsMadeAgainBeginsAnewAndGoesOnWithTokens() throws Exception {
        SharedLock lock = region.lock("orders", PARK);
        LockGuard guard = lock.acquire();
        waitedFor("orders", PARK, guard::close);
        assertThat(stats("orders").contended()).isEqualTo(1);
        other.close(); // it has looked the name up
        assertThat(region.remove("orders")).isTrue();
        lock = null;

        SharedLock again = region.lock("orders");

        assertThat(stats("orders")).isEqualTo(new LockStats(0, 0, 0, 0, 0, TimeSummary.NONE, TimeSummary.NONE));
        try (LockGuard first = again.acquire()) {
            assertThat(first.fencingToken()).isGreaterThan(1);
        }
        assertThat(stats("orders").acquisitions()).isEqualTo(1);
    }

    @Test
    void whoOnlyLooksSeesTheSame() throws Exception {
        SharedLock lock = region.lock("orders", PARK);
        lock.lock();
        waitedFor("orders", PARK, lock::unlock);

        try (RegionView view = LockRegion.openForReading(region.path())) {
            assertThat(view.locks().get(0).stats()).isEqualTo(stats("orders"));
            assertThat(view.stats().contended()).isEqualTo(1);
        }
    }

    @Test
    void aWaitThatEndsWithoutTheLockIsNotCounted() throws Exception {
        SharedLock lock = region.lock("orders", PARK);
        lock.lock();
        try (Team team = new Team()) {
            team.run(
                    "waiter",
                    () -> assertThat(other.lock("orders", PARK).tryLock(10, java.util.concurrent.TimeUnit.MILLISECONDS))
                            .isFalse());
        }
        lock.unlock();

        assertThat(stats("orders").contended()).isZero();
    }

    @Test
    void aProcessThatDoesNotCountLeavesNothing() throws Exception {
        System.setProperty("pvlock.statistics", "false");
        try (LockRegion uncounted = openRegion()) {
            SharedLock lock = uncounted.lock("orders", PARK);
            LockGuard guard = lock.acquire();
            try (Team team = new Team()) {
                team.run("waiter", () -> {
                    uncounted.lock("orders", PARK).lock();
                    uncounted.lock("orders", PARK).unlock();
                });
                Regions.awaitWaiting(uncounted, "orders", 1);
                guard.close();
            }
            assertThat(stats("orders")).isEqualTo(new LockStats(1, 0, 0, 0, 0, TimeSummary.NONE, TimeSummary.NONE));
        } finally {
            System.clearProperty("pvlock.statistics");
        }
    }
}
