package io.pvlock.virtual;

import static io.pvlock.kit.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.DeadlockException;
import io.pvlock.Inside;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.VcpuInfo;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.kit.Threads;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Virtual threads that wait for long: they sleep, all of them are served, and all are told that a region is closed. */
@Timeout(value = 300, threadMode = SEPARATE_THREAD)
class VirtualWaitersTest extends RegionTest {

    private static final int MANY = 10_000;
    private static final int FEW = 8;
    private static final long IDLE_NS = TimeUnit.MILLISECONDS.toNanos(1500);
    private static final long FIRST_SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private static ThreadFactory virtual;

    private SharedLock lock;

    @Override
    protected RegionOptions options() {
        return Regions.small().maxVcpus(MANY + 16);
    }

    @BeforeAll
    static void findFactory() {
        virtual = Threads.virtual();
    }

    @BeforeEach
    void open() {
        lock = region.lock("virtual");
    }

    // ---- many

    @Test
    void tenThousandWaitAndEachIsServed() throws Exception {
        AtomicInteger served = new AtomicInteger();
        lock.lock();
        try (Team team = new Team(virtual)) {
            for (int i = 0; i < MANY; i++) {
                team.run("waiter " + i, () -> {
                    lock.lock();
                    served.incrementAndGet();
                    lock.unlock();
                });
            }
            until("all wait", () -> Regions.waiting(region, "virtual") == MANY);
            assertThat(served).hasValue(0);
            lock.unlock();
            team.join();
        }
        assertThat(served).hasValue(MANY);
        assertThat(lock.owner()).isEmpty();
    }

    @Test
    void closingTheRegionEndsTheWaitOfAll() throws Exception {
        try (LockRegion observer = LockRegion.open(region.path());
                Team team = new Team(virtual)) {
            SharedLock theirs = observer.lock("virtual");
            theirs.lock();
            List<Member<Void>> waiters = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                waiters.add(team.run("waiter " + i, lock::lock));
            }
            until("all wait", () -> Regions.waiting(observer, "virtual") == waiters.size());
            region.close();
            for (Member<Void> waiter : waiters) {
                assertThat(waiter.failure()).isInstanceOf(RegionException.class).hasMessageContaining("closed");
            }
            theirs.unlock();
            until("its process has left", () -> observer.check().othersAlive() == 0);
        }
    }

    // ---- nobody looks again and again

    private List<VcpuInfo> waiters() {
        return region.vcpus().stream()
                .filter(vcpu -> vcpu.threadName().startsWith("waiter"))
                .toList();
    }

    private static long sleeps(VcpuInfo vcpu) {
        long sum = 0;
        for (String event : List.of("pv_wait_node", "pv_wait_head", "wait_queue_sleep")) {
            sum += vcpu.lockEvents().getOrDefault(event, 0L);
        }
        return sum;
    }

    private static long mostSleeps(long elapsedNs) {
        long sleeps = 2;
        long sleepNs = FIRST_SLEEP_NS;
        for (long at = 0; at < elapsedNs; sleeps++) {
            at += sleepNs;
            sleepNs = Math.min(TimeUnit.SECONDS.toNanos(2), sleepNs * 4);
        }
        return sleeps;
    }

    private void assertThatAllSleepOn() {
        until("all sleep", () -> {
            List<VcpuInfo> waiters = waiters();
            return waiters.size() == FEW && waiters.stream().allMatch(vcpu -> sleeps(vcpu) > 0);
        });
        List<VcpuInfo> before = waiters();
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < IDLE_NS) {
            LockSupport.parkNanos(IDLE_NS);
        }
        List<VcpuInfo> after = waiters();
        long most = mostSleeps(System.nanoTime() - begin);
        for (int i = 0; i < FEW; i++) {
            assertThat(sleeps(after.get(i)) - sleeps(before.get(i)))
                    .as("sleeps of %s", after.get(i))
                    .isLessThanOrEqualTo(most);
        }
    }

    /** The first depends on a thread of the system, the others on virtual ones of their own process. */
    @Test
    void whoWaitsForALockSleeps() throws Exception {
        SharedLock held = region.lock("held");
        held.lock();
        try (Team team = new Team(virtual)) {
            for (int i = 0; i < FEW; i++) {
                team.run("waiter " + i, () -> {
                    held.lock();
                    held.unlock();
                });
            }
            try {
                assertThatAllSleepOn();
            } finally {
                held.unlock();
            }
        }
    }

    @Test
    void whoWaitsForACondition() throws Exception {
        SharedLock held = region.lock("held");
        SharedCondition condition = held.newCondition();
        try (Team team = new Team(virtual)) {
            for (int i = 0; i < FEW; i++) {
                team.run("waiter " + i, () -> {
                    held.lock();
                    condition.awaitUninterruptibly();
                    held.unlock();
                });
            }
            try {
                assertThatAllSleepOn();
            } finally {
                held.lock();
                condition.signalAll();
                held.unlock();
            }
        }
    }

    // ---- what is called in the middle of a wait

    @Test
    void aWaitInTheMiddleOfAWaitIsOneToo() throws Exception {
        SharedLock inner = region.lock("inner");
        AtomicInteger nested = new AtomicInteger();
        Inside.session(region).registry().onLongWait(me -> {
            if (nested.getAndIncrement() == 0) {
                inner.lock(); // held by the same one as the outer lock
                inner.unlock();
                nested.set(1000);
            }
        });
        lock.lock();
        inner.lock();
        try (Team team = new Team(virtual)) {
            Member<Void> waiter = team.run("waiter", () -> {
                lock.lock();
                lock.unlock();
            });
            until("it waits inside", () -> Regions.waiting(region, "inner") == 1);
            inner.unlock();
            until("it waits outside again", () -> nested.get() >= 1000 && Regions.waiting(region, "virtual") == 1);
            lock.unlock();
            waiter.get();
        }
    }

    @Test
    void whatIsThrownInTheMiddleOfAWaitEndsIt() throws Exception {
        Inside.session(region).registry().onLongWait(me -> {
            throw new IllegalStateException("of the test");
        });
        lock.lock();
        try (Team team = new Team(virtual)) {
            for (int i = 0; i < 20; i++) {
                assertThat(team.run("waiter " + i, lock::lock).failure())
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("of the test");
            }
        }
        assertThat(lock.queue()).isEmpty();
        lock.unlock();
        assertThat(lock.tryLock()).isTrue();
        lock.unlock();
    }

    @Test
    void aCircleOfVirtualThreadsIsFound() throws Exception {
        LockOptions options = LockOptions.defaults().onDeadlock(OnDeadlock.THROW);
        SharedLock a = region.lock("a", options);
        SharedLock b = region.lock("b", options);
        CyclicBarrier both = new CyclicBarrier(2);
        CountDownLatch found = new CountDownLatch(1);
        try (Team team = new Team(virtual)) {
            for (List<SharedLock> order : List.of(List.of(a, b), List.of(b, a))) {
                team.run("crosses", () -> {
                    order.get(0).lock();
                    both.await();
                    try {
                        order.get(1).lock();
                        order.get(1).unlock();
                    } catch (DeadlockException e) {
                        found.countDown();
                    } finally {
                        order.get(0).unlock();
                    }
                });
            }
            team.join();
        }
        assertThat(found.getCount()).isZero();
    }
}
