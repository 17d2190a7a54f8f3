package io.pvlock.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockOptions;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.RegionOptions;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.VcpuInfo;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.linux.Futex;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Who waits while nothing happens sleeps, and hardly ever wakes. What is counted is how often a thread has gone to sleep, by its own
 * account and by the kernel's, and how often it may have done so in the time that has passed.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class IdleWaitersTest extends RegionTest {

    private static final int WAITERS = 6;
    private static final long IDLE_NS = TimeUnit.MILLISECONDS.toNanos(1500);

    /** Of the kernel's account: a thread may be put to sleep by more than a lock, such as a page that is not there yet. */
    private static final long OTHER_SWITCHES = 20;

    /** A first sleep, eight times as long each time: how many end in a time, and one that is under way. */
    private static final long FIRST_SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(50);

    @Override
    protected RegionOptions options() {
        return Regions.small().maxVcpus(WAITERS + 4);
    }

    @BeforeEach
    void assumeThatDeathsAreTold() {
        Assumptions.assumeTrue(
                Futex.waitvSupported(), "without futex_waitv a waiter looks each 50 ms whether another lives");
    }

    private static long mostSleeps(long elapsedNs) {
        long sleeps = 2;
        long longest = TimeUnit.SECONDS.toNanos(2);
        long sleepNs = FIRST_SLEEP_NS;
        for (long at = 0; at < elapsedNs; sleeps++) {
            at += sleepNs;
            sleepNs = Math.min(longest, sleepNs * 8);
        }
        return sleeps;
    }

    private List<VcpuInfo> waiters() {
        return region.vcpus().stream()
                .filter(vcpu -> vcpu.threadName().startsWith("waiter"))
                .toList();
    }

    private static long count(VcpuInfo vcpu, String... events) {
        long sum = 0;
        for (String event : events) {
            sum += vcpu.lockEvents().getOrDefault(event, 0L);
        }
        return sum;
    }

    private static long switches(VcpuInfo vcpu) {
        try {
            return Files.readAllLines(Path.of("/proc/self/task/" + vcpu.tid() + "/status")).stream()
                    .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
                    .mapToLong(line ->
                            Long.parseLong(line.substring(line.indexOf(':') + 1).trim()))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Nothing happens for a while, once all sleep. */
    private void idle(String... sleepEvents) {
        Await.until("all sleep", () -> {
            List<VcpuInfo> waiters = waiters();
            return waiters.size() == WAITERS && waiters.stream().allMatch(vcpu -> count(vcpu, sleepEvents) > 0);
        });
        List<VcpuInfo> before = waiters();
        List<Long> switchesBefore =
                before.stream().map(IdleWaitersTest::switches).toList();
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < IDLE_NS) {
            LockSupport.parkNanos(IDLE_NS);
        }
        List<VcpuInfo> after = waiters();
        List<Long> switchesAfter = after.stream().map(IdleWaitersTest::switches).toList();
        long most = mostSleeps(System.nanoTime() - begin);
        for (int i = 0; i < WAITERS; i++) {
            assertThat(count(after.get(i), sleepEvents) - count(before.get(i), sleepEvents))
                    .as("sleeps of %s", after.get(i))
                    .isLessThanOrEqualTo(most);
            assertThat(switchesAfter.get(i) - switchesBefore.get(i))
                    .as("switches of %s", after.get(i))
                    .isLessThanOrEqualTo(most + OTHER_SWITCHES);
        }
    }

    @Test
    void whoWaitsForALockSleeps() throws Exception {
        SharedLock lock = region.lock("l", LockOptions.defaults().waitMode(WaitMode.PARK));
        lock.lock();
        try (Team team = new Team()) {
            for (int i = 0; i < WAITERS; i++) {
                team.run("waiter-" + i, () -> {
                    lock.lock();
                    lock.unlock();
                });
            }
            try {
                idle("pv_wait_node", "pv_wait_head");
            } finally {
                lock.unlock();
            }
        }
    }

    @Test
    void whoWaitsForAConditionSleeps() throws Exception {
        SharedLock lock = region.lock("l");
        SharedCondition condition = lock.newCondition();
        try (Team team = new Team()) {
            for (int i = 0; i < WAITERS; i++) {
                team.run("waiter-" + i, () -> {
                    lock.lock();
                    condition.awaitUninterruptibly();
                    lock.unlock();
                });
            }
            try {
                idle("wait_queue_sleep");
            } finally {
                lock.lock();
                condition.signalAll();
                lock.unlock();
            }
        }
    }
}
