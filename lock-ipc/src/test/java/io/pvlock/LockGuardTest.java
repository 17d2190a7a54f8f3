package io.pvlock;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.kit.Team;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class LockGuardTest extends RegionTest {

    private SharedLock lock;

    @BeforeEach
    void open() {
        lock = region.lock("guarded");
    }

    @Test
    void closingTwiceUnlocksOnce() throws Exception {
        LockGuard guard = lock.acquire();
        guard.close();
        try (Team team = new Team()) {
            team.run("next", () -> {
                        lock.lock();
                        guard.close();
                        assertThat(lock.isHeldByCurrentThread()).isTrue();
                        lock.unlock();
                    })
                    .get();
        }
    }

    @Test
    void saysWhatItStandsFor() {
        LockGuard guard = lock.acquire();
        String by = "LockGuard[guarded by vcpu=" + region.attach().index() + ", token=" + guard.fencingToken();
        assertThat(guard).hasToString(by + "]");
        guard.close();
        assertThat(guard).hasToString(by + ", closed]");
        SharedLockArray array = region.lockArray("array", 8);
        try (LockGuard one = array.acquire(7, region.attach())) {
            assertThat(one.toString()).startsWith("LockGuard[array[7] by vcpu=");
            one.abandon();
            assertThat(one.toString()).endsWith(", given up]");
        }
    }

    @Test
    void aClosedGuardDoesNothingMore() {
        LockGuard guard = lock.acquire();
        guard.close();
        assertThatThrownBy(guard::markConsistent).isInstanceOf(IllegalMonitorStateException.class);
        assertThatThrownBy(guard::abandon).isInstanceOf(IllegalMonitorStateException.class);
        assertThat(lock.tryLock()).isTrue();
        lock.unlock();
    }

    @Test
    void anAbandonedGuardNeedsNoClosingAndAllowsIt() {
        LockGuard guard = lock.acquire();
        guard.abandon();
        assertThatThrownBy(guard::abandon).isInstanceOf(IllegalMonitorStateException.class);
        guard.close();
        assertThatThrownBy(lock::lock)
                .isInstanceOfSatisfying(
                        OwnerDiedException.class,
                        e -> assertThat(e.isRecoverable()).isFalse());
    }

    @Test
    void aGuardWhoseLockWasUnlockedByHandLeavesTheNextHolderAlone() throws Exception {
        LockGuard guard = lock.acquire();
        lock.unlock();
        try (Team team = new Team()) {
            team.run("next", () -> {
                        try (LockGuard next = lock.acquire()) {
                            assertThatThrownBy(guard::close).isInstanceOf(IllegalMonitorStateException.class);
                            assertThat(lock.isHeldByCurrentThread()).isTrue();
                            assertThat(lock.owner().orElseThrow().heldFor())
                                    .as("since when token %d is held", next.fencingToken())
                                    .isPresent();
                        }
                    })
                    .get();
        }
    }

    @Test
    void tellsSinceWhenItIsHeldAndOnlyWhileItIs() {
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.fencingToken()).isPositive();
            assertThat(lock.owner().orElseThrow().heldFor())
                    .hasValueSatisfying(heldFor -> assertThat(heldFor).isGreaterThanOrEqualTo(Duration.ZERO));
        }
        lock.lock();
        assertThat(lock.owner().orElseThrow().heldFor()).isEmpty();
        lock.unlock();
    }

    @Test
    void markingASoundLockConsistentChangesNothing() {
        try (LockGuard guard = lock.acquire()) {
            guard.markConsistent();
        }
        assertThat(region.locks()).singleElement().satisfies(info -> {
            assertThat(info.inconsistent()).isFalse();
            assertThat(info.recoverable()).isTrue();
        });
    }

    @Test
    void onlyAPvLockCanBeGivenUp() throws Exception {
        SharedLock ticket = region.lock("ticket", LockOptions.defaults().kind(LockKind.TICKET));
        try (LockGuard guard = ticket.acquire()) {
            assertThatThrownBy(guard::abandon)
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("TICKET");
            assertThat(ticket.isHeldByCurrentThread()).isTrue();
        }
        assertThat(ticket.tryAcquire(0, SECONDS)).isPresent().hasValueSatisfying(LockGuard::close);
    }

    @Test
    void tokensGoOnAfterTheRegionWasClosedAndOpenedAgain() {
        long before;
        try (LockGuard guard = lock.acquire()) {
            before = guard.fencingToken();
        }
        region.close();
        region = Regions.open(directory);
        try (LockGuard guard = region.lock("guarded").acquire()) {
            assertThat(guard.fencingToken()).isGreaterThan(before);
        }
    }
}
