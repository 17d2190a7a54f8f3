package io.pvlock.look;

import static io.pvlock.kit.Await.until;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockGuard;
import io.pvlock.LockInfo;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.OwnerInfo;
import io.pvlock.SharedLock;
import io.pvlock.SharedLockArray;
import io.pvlock.VcpuInfo;
import io.pvlock.WaiterInfo;
import io.pvlock.WaiterInfo.State;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.linux.Threads;
import io.pvlock.testing.RegionTest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who holds, who waits, what there is. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class SnapshotTest extends RegionTest {

    @Test
    void nobodyHoldsAndNobodyWaits() {
        SharedLock lock = region.lock("idle");
        assertThat(lock.owner()).isEmpty();
        assertThat(lock.queue()).isEmpty();
        assertThat(lock.name()).isEqualTo("idle");
        assertThat(lock.kind()).isEqualTo(LockKind.PV);
        assertThat(lock).hasToString("SharedLock[idle PV in " + region.path() + "]");
    }

    @ParameterizedTest
    @EnumSource(LockKind.class)
    void theOwnerIsNamed(LockKind kind) throws Exception {
        SharedLock lock = region.lock("owned", LockOptions.defaults().kind(kind));
        try (Team team = new Team()) {
            team.run("an owner", () -> {
                        lock.lock();
                        OwnerInfo owner = lock.owner().orElseThrow();
                        assertThat(owner.vcpu()).isEqualTo(region.attach().index());
                        assertThat(owner.pid())
                                .isEqualTo((int) ProcessHandle.current().pid());
                        assertThat(owner.tid()).isEqualTo(Threads.gettid());
                        assertThat(owner.threadName()).isEqualTo("an owner");
                        assertThat(owner.command()).isEqualTo("java");
                        assertThat(owner.alive()).isTrue();
                        assertThat(owner.heldFor()).isEmpty();
                        lock.unlock();
                        assertThat(lock.owner()).isEmpty();
                    })
                    .get();
        }
    }

    @ParameterizedTest
    @EnumSource(LockKind.class)
    void whoeverWaitsSaysForHowLongAtLeastTheOwnerHasHeld(LockKind kind) throws Exception {
        SharedLock lock = region.lock("held", LockOptions.defaults().kind(kind));
        lock.lock();
        assertThat(lock.owner().orElseThrow().heldFor()).isEmpty();
        try (Team team = new Team()) {
            long begin = System.nanoTime();
            team.run("first", () -> {
                lock.lock();
                lock.unlock();
            });
            until("it waits", () -> lock.owner().orElseThrow().heldFor().isPresent());
            long seen = System.nanoTime();
            until(
                    "time passes",
                    () -> lock.owner().orElseThrow().heldFor().orElseThrow().toNanos() > 60_000_000);
            Duration heldFor = lock.owner().orElseThrow().heldFor().orElseThrow();
            long now = System.nanoTime();
            assertThat(heldFor.toNanos()).isLessThanOrEqualTo(now - begin);
            assertThat(lock.owner().orElseThrow().heldFor().orElseThrow().toNanos())
                    .as("the first waiter came before")
                    .isGreaterThanOrEqualTo(now - seen);
            lock.unlock();
            team.join();
        }
        assertThat(lock.owner()).isEmpty();
    }

    @Test
    void anOwnerThatCameDuringAWaitHasNotHeldSinceItBegan() throws Exception {
        SharedLock lock = region.lock("passed on", LockOptions.defaults().policy(LockOptions.Policy.FAIR));
        lock.lock();
        try (Team team = new Team()) {
            Member<Duration> second = team.start("second", () -> {
                lock.lock();
                long taken = System.nanoTime();
                until(
                        "the third has noticed",
                        () -> lock.owner().orElseThrow().heldFor().isPresent());
                Duration heldFor = lock.owner().orElseThrow().heldFor().orElseThrow();
                Duration most = Duration.ofNanos(System.nanoTime() - taken);
                lock.unlock();
                assertThat(heldFor).isLessThanOrEqualTo(most);
                return heldFor;
            });
            until("the second waits", () -> lock.getQueueLength() == 1);
            team.run("third", () -> {
                lock.lock();
                lock.unlock();
            });
            until("the third waits", () -> lock.getQueueLength() == 2);
            until(
                    "both have waited",
                    () -> lock.owner().orElseThrow().heldFor().orElseThrow().toNanos() > 60_000_000);
            lock.unlock();
            second.get();
        }
    }

    @Test
    void theLocksOfAnArraySayItToo() throws Exception {
        SharedLockArray array = region.lockArray("array", 2);
        array.lock(1);
        try (Team team = new Team()) {
            team.run("waiter", () -> {
                array.lock(1);
                array.unlock(1);
            });
            until("it waits", () -> array.owner(1).orElseThrow().heldFor().isPresent());
            array.unlock(1);
        }
    }

    @Test
    void theQueueIsInOrderAndEveryWaiterHasItsState() throws Exception {
        SharedLock lock = region.lock("queued", LockOptions.defaults().waitMode(WaitMode.PARK));
        lock.lock();
        try (Team team = new Team()) {
            enqueue(team, "first", lock, 1);
            enqueue(team, "second", lock, 2);
            enqueue(team, "third", lock, 3);
            until("all sleep", () -> lock.queue().stream().noneMatch(waiter -> waiter.state() == State.SPINNING));
            List<WaiterInfo> queue = lock.queue();
            assertThat(queue)
                    .extracting(WaiterInfo::position, WaiterInfo::threadName, WaiterInfo::state, WaiterInfo::alive)
                    .containsExactly(
                            tuple(0, "first", State.HASHED, true),
                            tuple(1, "second", State.HALTED, true),
                            tuple(2, "third", State.HALTED, true));
            assertThat(queue).allSatisfy(waiter -> {
                assertThat(waiter.pid()).isEqualTo((int) ProcessHandle.current().pid());
                assertThat(waiter.tid()).isPositive();
                assertThat(waiter.waitedFor()).isGreaterThan(Duration.ZERO);
            });
            assertThat(queue).extracting(WaiterInfo::waitedFor).isSortedAccordingTo((a, b) -> b.compareTo(a));
            assertThat(queue).extracting(WaiterInfo::vcpu).doesNotHaveDuplicates();
            lock.unlock();
            team.join();
        }
        assertThat(lock.queue()).isEmpty();
    }

    @Test
    void aSpinningWaiterAndOneThatHasLeftAreTold() throws Exception {
        SharedLock lock = region.lock("mixed", LockOptions.defaults().waitMode(WaitMode.PARK));
        SharedLock spinning = region.lock("mixed", LockOptions.defaults().waitMode(WaitMode.SPIN));
        lock.lock();
        try (Team team = new Team()) {
            enqueue(team, "spinner", spinning, 1);
            team.run("gone", () -> assertThat(lock.tryLock(1, MILLISECONDS)).isFalse())
                    .get();
            assertThat(lock.queue())
                    .extracting(WaiterInfo::threadName, WaiterInfo::state)
                    .containsExactly(tuple("spinner", State.SPINNING), tuple("gone", State.CANCELLED));
            lock.unlock();
            team.join();
        }
    }

    private static void enqueue(Team team, String name, SharedLock lock, int length) {
        team.run(name, () -> {
            lock.lock();
            lock.unlock();
        });
        until(name + " stands in the queue", () -> lock.queue().size() == length);
    }

    @Test
    void allLocksWithWhatIsKnownOfThem() throws Exception {
        assertThat(region.locks()).isEmpty();
        SharedLock pv =
                region.lock("pv", LockOptions.defaults().policy(Policy.FAIR).waitMode(WaitMode.PARK));
        region.lock("ticket", LockOptions.defaults().kind(LockKind.TICKET));
        LockGuard guard = pv.acquire();
        try (Team team = new Team()) {
            enqueue(team, "waiter", pv, 1);
            assertThat(region.locks())
                    .extracting(
                            LockInfo::name,
                            LockInfo::kind,
                            LockInfo::policy,
                            LockInfo::queueLength,
                            LockInfo::lastFencingToken)
                    .containsExactlyInAnyOrder(
                            tuple("pv", LockKind.PV, Policy.FAIR, 1, guard.fencingToken()),
                            tuple("ticket", LockKind.TICKET, Policy.HYBRID, 0, 0L));
            assertThat(region.locks()).allSatisfy(info -> {
                assertThat(info.owner().isPresent()).isEqualTo(info.name().equals("pv"));
                assertThat(info.inconsistent()).isFalse();
                assertThat(info.recoverable()).isTrue();
                assertThat(info.deaths()).isZero();
            });
            guard.close();
            team.join();
        }
    }

    @Test
    void allThreadsAndWhatTheyWaitFor() throws Exception {
        assertThat(region.vcpus()).isEmpty();
        SharedLock lock = region.lock("awaited", LockOptions.defaults().waitMode(WaitMode.PARK));
        lock.lock();
        try (Team team = new Team()) {
            enqueue(team, "waiter", lock, 1);
            until("the waiter sleeps", () -> lock.queue().get(0).state() == State.HASHED);
            assertThat(region.vcpus())
                    .extracting(VcpuInfo::vcpu, VcpuInfo::state, VcpuInfo::alive, VcpuInfo::command)
                    .containsExactly(tuple(0, "attached", true, "java"), tuple(1, "attached", true, "java"));
            assertThat(region.vcpus().get(0).waitingFor()).isEmpty();
            VcpuInfo waiter = region.vcpus().get(1);
            assertThat(waiter.waitingFor()).contains("awaited");
            assertThat(waiter.threadName()).isEqualTo("waiter");
            assertThat(waiter.lockEvents()).containsKey("pv_wait_head").doesNotContainValue(0L);
            lock.unlock();
            team.join();
        }
    }

    @Test
    void findingALockMakesNone() {
        assertThat(region.findLock("there")).isEmpty();
        assertThat(region.locks()).isEmpty();
        SharedLock made = region.lock("there", LockOptions.defaults().kind(LockKind.TAS));
        made.lock();
        SharedLock found = region.findLock("there").orElseThrow();
        assertThat(found.kind()).isEqualTo(LockKind.TAS);
        assertThat(found.isHeldByCurrentThread()).isTrue();
        found.unlock();
        assertThat(made.owner()).isEmpty();
    }

    @Test
    void aLongThreadNameIsCutAtACharacter() throws Exception {
        String name = "ä".repeat(40);
        try (Team team = new Team()) {
            team.run(name, () -> {
                        region.attach();
                        assertThat(region.vcpus())
                                .singleElement()
                                .satisfies(info -> assertThat(info.threadName()).isEqualTo("ä".repeat(30)));
                    })
                    .get();
        }
    }
}
