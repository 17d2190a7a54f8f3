package io.pvlock.death;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.Inside;
import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.OnOwnerDeath;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.core.LockEvent;
import io.pvlock.core.VcpuTable;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.linux.Futex;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many threads wait, and end one after the other as owners: each end concerns the next one and nobody else. Kicks are counted. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EndingThreadsTest extends RegionTest {

    private static final int WAITERS = 24;

    @Override
    protected RegionOptions options() {
        return Regions.small().maxVcpus(WAITERS + 4);
    }

    private long sum(LockEvent event) {
        VcpuTable vcpus = Inside.session(region).registry().vcpus();
        long sum = 0;
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            sum += vcpus.eventPlain(vcpu, event);
        }
        return sum;
    }

    @Test
    void whoIsServedAndEndsDisturbsNobodyButTheNext() throws Exception {
        Assumptions.assumeTrue(Futex.waitvSupported(), "without futex_waitv all are told of a death");
        SharedLock lock =
                region.lock("l", LockOptions.defaults().waitMode(WaitMode.PARK).onOwnerDeath(OnOwnerDeath.CONTINUE));
        LockGuard first = lock.acquire();
        try (Team team = new Team()) {
            for (int i = 0; i < WAITERS; i++) {
                team.run("waiter-" + i, lock::acquire);
            }
            Await.until(
                    "all sleep", () -> sum(LockEvent.PV_WAIT_NODE) >= WAITERS - 1 && sum(LockEvent.PV_WAIT_HEAD) >= 1);
            first.close();
            team.join();
        }
        try (LockGuard last = lock.acquire()) {
            assertThat(last.ownerDied()).isTrue();
        }
        assertThat(sum(LockEvent.OWNER_DIED)).isEqualTo(WAITERS);
        assertThat(sum(LockEvent.PV_KICK_WAKE)).isLessThanOrEqualTo(2 * WAITERS);
    }
}
