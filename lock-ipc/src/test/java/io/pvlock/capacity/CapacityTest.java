package io.pvlock.capacity;

import static io.pvlock.kit.Await.until;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import io.pvlock.VcpuInfo;
import io.pvlock.WaiterInfo;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.Regions;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Full tables say so; what is given back, or left behind by those who ended, is used again. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class CapacityTest {

    private static final int VCPUS = 8;

    @TempDir
    Path directory;

    private LockRegion open(Mapping mapping) {
        return LockRegion.open(
                directory.resolve("full.pvl"),
                Regions.small().maxVcpus(VCPUS).maxLocks(4).mapping(mapping));
    }

    @Test
    void noMoreLocksThanThereIsRoomFor() {
        try (LockRegion region = open(Mapping.PLAIN)) {
            for (int i = 0; i < 4; i++) {
                region.lock("lock " + i);
            }
            assertFull(() -> region.lock("one too many"), "4 of 4 locks", "RegionOptions.maxLocks");
            assertFull(() -> region.lock("another"), "4 of 4 locks", "RegionOptions.maxLocks");
            assertThat(region.locks()).hasSize(4);
            assertThat(region.findLock("one too many")).isEmpty();
            assertThat(region.lock("lock 3").tryLock()).isTrue();
            region.lock("lock 3").unlock();
        }
    }

    @Test
    void noMoreThreadsThanThereIsRoomForWhileAllLive() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (LockRegion region = open(Mapping.PLAIN)) {
            SharedLock lock = region.lock("crowded");
            try (Team team = new Team()) {
                for (int i = 0; i < VCPUS; i++) {
                    team.run("resident " + i, () -> {
                        region.attach();
                        end.await();
                    });
                }
                until("all are attached", () -> region.vcpus().size() == VCPUS);
                assertFull(region::attach, "8 of 8 vCPU slots used, 0 of them dead", "maxVcpus");
                assertFull(lock::lock, "8 of 8 vCPU slots used", "maxVcpus");
                assertFull(lock::tryLock, "8 of 8 vCPU slots used", "maxVcpus");
                end.countDown();
                team.join();
            }
            until("the dead are noticed", () -> region.vcpus().stream().noneMatch(VcpuInfo::alive));
            lock.lock();
            lock.unlock();
        }
    }

    private static void assertFull(ThrowingCallable call, String... texts) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RegionException.class, e -> assertThat(e.category()).isEqualTo(RegionException.Category.FULL))
                .hasMessageContainingAll(texts);
    }

    @ParameterizedTest
    @EnumSource(
            value = Mapping.class,
            names = {"PLAIN", "CHRONICLE"})
    void aThousandShortLivesFitIntoEightSlots(Mapping mapping) throws Exception {
        try (LockRegion region = open(mapping)) {
            SharedLock lock = region.lock("short-lived");
            for (int life = 0; life < 500; life++) {
                try (Team team = new Team()) {
                    for (int i = 0; i < 2; i++) {
                        team.run("life " + life + "." + i, () -> {
                            lock.lock();
                            try {
                                region.data().putLong(0, region.data().getLong(0) + 1);
                            } finally {
                                lock.unlock();
                            }
                        });
                    }
                    team.join();
                }
            }
            assertThat(region.data().getLong(0)).isEqualTo(1000);
            assertThat(region.locks()).singleElement().satisfies(info -> {
                assertThat(info.deaths()).isZero();
                assertThat(info.inconsistent()).isFalse();
            });
        }
    }

    @ParameterizedTest
    @EnumSource(LockKind.class)
    void slotsComeBackWhateverKindsOfLockThereAre(LockKind kind) throws Exception {
        try (LockRegion region = open(Mapping.PLAIN)) {
            SharedLock lock = region.lock("some kind", LockOptions.defaults().kind(kind));
            for (int life = 0; life < 5 * VCPUS; life++) {
                try (Team team = new Team()) {
                    team.run("life " + life, () -> {
                        lock.lock();
                        lock.unlock();
                    });
                }
            }
            assertThat(lock.tryLock()).isTrue();
            lock.unlock();
        }
    }

    @ParameterizedTest
    @EnumSource(LockKind.class)
    void slotsComeBackWhileAThreadWaitsForALongTime(LockKind kind) throws Exception {
        try (LockRegion region = open(Mapping.PLAIN);
                Team waiters = new Team()) {
            SharedLock lock =
                    region.lock("long held", LockOptions.defaults().kind(kind).waitMode(WaitMode.YIELD));
            lock.lock();
            waiters.run("waiter", () -> {
                lock.lock();
                lock.unlock();
            });
            Regions.awaitWaiting(region, "long held", 1);
            for (int life = 0; life < 5 * VCPUS; life++) {
                try (Team team = new Team()) {
                    team.run("life " + life, region::attach);
                }
            }
            assertThat(lock.isHeldByCurrentThread()).isTrue();
            lock.unlock();
        }
    }

    @Test
    void anInterruptedThreadFindsASlotAsWell() throws Exception {
        try (LockRegion region = open(Mapping.PLAIN);
                Team waiters = new Team()) {
            SharedLock lock = region.lock("held", LockOptions.defaults().waitMode(WaitMode.PARK));
            lock.lock();
            waiters.run("waiter", () -> {
                lock.lock();
                lock.unlock();
            });
            until(
                    "the waiter sleeps",
                    () -> !lock.queue().isEmpty() && lock.queue().get(0).state() == WaiterInfo.State.HASHED);
            for (int life = 0; life < 5 * VCPUS; life++) {
                try (Team team = new Team()) {
                    team.run("interrupted " + life, () -> {
                        Thread.currentThread().interrupt();
                        region.attach();
                        assertThat(Thread.currentThread().isInterrupted()).isTrue();
                    });
                }
            }
            lock.unlock();
        }
    }

    @Test
    void aThreadThatEndsWithPlacesInQueuesIsPassedAndItsSlotComesBack() throws Exception {
        try (LockRegion region = open(Mapping.PLAIN);
                Team team = new Team()) {
            SharedLock lock = region.lock("left", LockOptions.defaults().waitMode(WaitMode.PARK));
            lock.lock();
            Member<Void> head = waitingHead(team, lock);
            team.run("gone", () -> assertThat(lock.tryLock(1, MILLISECONDS)).isFalse())
                    .get();
            assertThat(lock.queue()).hasSize(2);
            Member<Void> behind = team.run("behind", () -> takeAndGiveBack(lock));
            until("another waits behind", () -> Regions.waiting(region, "left") == 2);
            until(
                    "the one who left is dead",
                    () -> region.vcpus().stream()
                            .anyMatch(vcpu -> !vcpu.alive() && vcpu.threadName().equals("gone")));
            lock.unlock();
            head.get();
            behind.get();
            useEachSlot(region);
            assertThat(region.vcpus()).extracting(VcpuInfo::threadName).doesNotContain("gone");
            assertThat(lock.queue()).isEmpty();
        }
    }

    @Test
    void aThreadThatDetachesWithAPlaceInAQueueLeavesItToTheOthers() throws Exception {
        try (LockRegion region = open(Mapping.PLAIN);
                Team team = new Team()) {
            SharedLock lock = region.lock("left", LockOptions.defaults().waitMode(WaitMode.PARK));
            lock.lock();
            Member<Void> head = waitingHead(team, lock);
            CountDownLatch end = new CountDownLatch(1);
            Member<Void> leaver = team.run("leaver", () -> {
                try (Vcpu me = region.attach()) {
                    assertThat(lock.tryLock(1, MILLISECONDS)).isFalse();
                    assertThat(me.index()).isPositive();
                }
                end.await();
            });
            until(
                    "the leaver's slot is marked dead",
                    () -> region.vcpus().stream().anyMatch(vcpu -> vcpu.state().equals("dead")));
            lock.unlock();
            head.get();
            useEachSlot(region);
            assertThat(region.vcpus()).extracting(VcpuInfo::threadName).doesNotContain("leaver");
            end.countDown();
            leaver.get();
        }
    }

    private static Member<Void> waitingHead(Team team, SharedLock lock) {
        Member<Void> head = team.run("head", () -> takeAndGiveBack(lock));
        until("the head waits", () -> lock.queue().size() == 1);
        return head;
    }

    private static void takeAndGiveBack(SharedLock lock) {
        lock.lock();
        lock.unlock();
    }

    /** By one thread after the other, more than there are slots. */
    private static void useEachSlot(LockRegion region) throws Exception {
        for (int life = 0; life < 3 * VCPUS; life++) {
            try (Team lives = new Team()) {
                lives.run("life " + life, region::attach);
            }
        }
    }
}
