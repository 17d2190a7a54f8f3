package io.pvlock.virtual;

import static io.pvlock.kit.Await.until;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.kit.Threads;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Virtual threads, of which there are many more than carriers and slots. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class VirtualThreadsTest extends RegionTest {

    private static ThreadFactory virtual;

    private SharedLock lock;

    @Override
    protected RegionOptions options() {
        return Regions.small().maxVcpus(256);
    }

    @BeforeAll
    static void findFactory() {
        virtual = Threads.virtual();
    }

    @BeforeEach
    void open() {
        lock = region.lock("virtual");
    }

    @Test
    void ownersThatSleepAndWaitersThatSleepAllGetOn() throws Exception {
        try (Team team = new Team(virtual)) {
            for (int i = 0; i < 200; i++) {
                int thread = i;
                team.run("virtual " + i, () -> {
                    for (int round = 0; round < 200; round++) {
                        lock.lock();
                        try {
                            long seen = region.data().getLong(0);
                            if ((round + thread) % 100 == 0) {
                                LockSupport.parkNanos(1);
                            }
                            region.data().putLong(0, seen + 1);
                        } finally {
                            lock.unlock();
                        }
                    }
                });
            }
            team.join();
        }
        assertThat(region.data().getLong(0)).isEqualTo(200 * 200);
        assertThat(lock.owner()).isEmpty();
        assertThat(region.vcpus())
                .as("slots kept for the next ones are anybody's")
                .isEmpty();
        region.close();
        try (LockRegion again = LockRegion.open(Regions.path(directory))) {
            assertThat(again.vcpus()).isEmpty();
        }
    }

    @Test
    void anInterruptedThreadThatMayNotLeaveDoesNotHogItsCarrier() throws Exception {
        int carriers = Runtime.getRuntime().availableProcessors();
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch waiting = new CountDownLatch(1);
        try (Team team = new Team(virtual)) {
            Member<Void> owner = team.run("owner", () -> {
                lock.lock();
                held.countDown();
                waiting.await();
                lock.unlock();
            });
            held.await();
            for (int i = 0; i < 2 * carriers; i++) {
                team.run("interrupted " + i, () -> {
                    Thread.currentThread().interrupt();
                    lock.lock();
                    lock.unlock();
                    assertThat(Thread.currentThread().isInterrupted()).isTrue();
                });
            }
            until("all wait", () -> lock.queue().size() == 2 * carriers);
            waiting.countDown();
            owner.get();
            team.join();
        }
    }

    @Test
    void anInterruptEndsAWait() throws Exception {
        lock.lock();
        try (Team team = new Team(virtual)) {
            List<Member<?>> waiters = new ArrayList<>();
            waiters.add(team.run("lockInterruptibly", lock::lockInterruptibly));
            waiters.add(team.start("tryLock", () -> lock.tryLock(1, HOURS)));
            until("both wait", () -> lock.queue().size() == 2);
            for (Member<?> waiter : waiters) {
                waiter.thread().interrupt();
                assertThat(waiter.failure()).isInstanceOf(InterruptedException.class);
            }
            assertThat(team.start("timed", () -> lock.tryLock(5, MILLISECONDS)).get())
                    .isFalse();
        }
        lock.unlock();
        assertThat(lock.tryLock()).isTrue();
        lock.unlock();
    }

    @Test
    void severalLocksAreHeldWithOneSlot() throws Exception {
        SharedLock inner = region.lock("inner");
        try (Team team = new Team(virtual)) {
            team.run("nester", () -> {
                        lock.lock();
                        inner.lock();
                        assertThat(region.vcpus()).hasSize(1);
                        lock.unlock();
                        assertThat(inner.isHeldByCurrentThread()).isTrue();
                        assertThat(lock.isHeldByCurrentThread()).isFalse();
                        inner.unlock();
                        assertThatThrownBy(inner::unlock).isInstanceOf(IllegalMonitorStateException.class);
                    })
                    .get();
            // The slot is free for another.
            team.run("next", () -> {
                        inner.lock();
                        assertThat(region.vcpus()).hasSize(1);
                        inner.unlock();
                    })
                    .get();
        }
    }

    @Test
    void aRefusedLockDoesNotCountAsAHold() throws Exception {
        SharedLock spin = region.lock("spin", LockOptions.defaults().kind(LockKind.TAS));
        try (Team team = new Team(virtual)) {
            for (SharedLock held : List.of(lock, spin)) {
                team.run("twice " + held.name(), () -> {
                            held.lock();
                            assertThatThrownBy(held::lock).isInstanceOf(IllegalStateException.class);
                            assertThat(held.tryLock()).isFalse();
                            assertThatThrownBy(held::acquire).isInstanceOf(IllegalStateException.class);
                            assertThat(held.tryLock(1, MILLISECONDS)).isFalse();
                            assertThat(held.isHeldByCurrentThread()).isTrue();
                            held.unlock();
                            assertThat(held.isHeldByCurrentThread()).isFalse();
                        })
                        .get();
                team.run("next " + held.name(), () -> {
                            held.lock();
                            assertThat(region.vcpus()).as("slots").hasSize(1);
                            held.unlock();
                        })
                        .get();
            }
        }
    }

    @Test
    void anExplicitVcpuIsKeptUntilItIsClosed() throws Exception {
        CountDownLatch attached = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team(virtual)) {
            Member<Void> keeper = team.run("keeper", () -> {
                lock.lock();
                try (Vcpu me = region.attach()) {
                    assertThat(region.attach()).isSameAs(me);
                    assertThat(lock.owner().orElseThrow().vcpu()).isEqualTo(me.index());
                    assertThatThrownBy(me::close).isInstanceOf(IllegalStateException.class);
                    lock.unlock(me);
                    lock.lock(me);
                    lock.unlock(me);
                    attached.countDown();
                    end.await();
                    lock.lock(me);
                    lock.unlock(me);
                }
            });
            attached.await();
            team.run("other", () -> {
                        lock.lock();
                        assertThat(region.vcpus()).as("one kept, one lent").hasSize(2);
                        lock.unlock();
                    })
                    .get();
            end.countDown();
            keeper.get();
        }
    }

    @Test
    void aStaleVcpuCannotEndTheLoanOfAnother() throws Exception {
        try (Team team = new Team(virtual)) {
            Vcpu stale = team.start("stale", () -> {
                        Vcpu me = region.attach();
                        me.close();
                        return me;
                    })
                    .get();
            team.run("next", () -> {
                        lock.lock();
                        assertThat(lock.owner().orElseThrow().vcpu()).isEqualTo(stale.index());
                        Member<Void> closer = team.run("closer", stale::close);
                        closer.get();
                        assertThat(lock.isHeldByCurrentThread()).isTrue();
                        lock.unlock();
                        lock.lock();
                        lock.unlock();
                    })
                    .get();
        }
    }

    @Test
    void closingTellsThoseWhoWaitAndLetsTheHolderUnlock() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        try (LockRegion observer = LockRegion.open(Regions.path(directory));
                Team team = new Team(virtual)) {
            Member<Void> holder = team.run("holder", () -> {
                lock.lock();
                held.countDown();
                closed.await();
                lock.unlock();
            });
            held.await();
            Member<Void> waiter = team.run("waiter", lock::lock);
            until("the waiter waits", () -> lock.queue().size() == 1);
            region.close();
            assertThat(waiter.failure()).isInstanceOf(RegionException.class);
            assertThat(observer.lock("virtual").tryLock()).isFalse();
            closed.countDown();
            holder.get();
            until(
                    "all slots are given back",
                    () -> observer.vcpus().stream()
                            .noneMatch(vcpu -> vcpu.state().equals("borrowed")));
            assertThat(observer.lock("virtual").tryLock()).isTrue();
            observer.lock("virtual").unlock();
        }
    }
}
