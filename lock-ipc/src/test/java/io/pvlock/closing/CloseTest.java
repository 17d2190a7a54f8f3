package io.pvlock.closing;

import static io.pvlock.kit.Await.until;
import static java.util.concurrent.TimeUnit.HOURS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class CloseTest extends RegionTest {

    private LockRegion observer;

    @BeforeEach
    void open() {
        observer = openRegion();
    }

    @AfterEach
    void close() {
        observer.close();
    }

    @Test
    void closingTwiceDoesNothingMore() {
        assertThat(region.isClosed()).isFalse();
        region.close();
        region.close();
        assertThat(region.isClosed()).isTrue();
    }

    @Test
    void aClosedRegionRefusesEverything() {
        SharedLock lock = region.lock("refused");
        SharedLock reentrant = region.lock("refused", LockOptions.defaults().reentrant());
        lock.lock();
        lock.unlock();
        region.close();
        for (SharedLock view : List.of(lock, reentrant)) {
            assertClosed(view::lock);
            assertClosed(view::tryLock);
            assertClosed(view::lockInterruptibly);
            assertClosed(() -> view.tryLock(1, HOURS));
            assertClosed(view::acquire);
            assertClosed(() -> view.tryAcquire(1, HOURS));
            assertClosed(view::owner);
            assertClosed(view::queue);
            assertThatThrownBy(view::unlock).isInstanceOf(IllegalMonitorStateException.class);
            assertThat(view.isHeldByCurrentThread()).isFalse();
        }
        assertClosed(() -> region.lock("another"));
        assertClosed(() -> region.findLock("refused"));
        assertClosed(region::locks);
        assertClosed(region::vcpus);
        assertClosed(region::events);
        assertClosed(region::attach);
        assertThat(observer.vcpus()).isEmpty();
    }

    @Test
    void aThreadThatIsAttachedIsRefusedToo() throws Exception {
        SharedLock lock = region.lock("refused");
        CountDownLatch attached = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        try (Team team = new Team()) {
            team.run("attached", () -> {
                lock.lock();
                lock.unlock();
                attached.countDown();
                closed.await();
                assertClosed(lock::lock);
                assertClosed(lock::tryLock);
            });
            attached.await();
            region.close();
            closed.countDown();
            team.join();
        }
    }

    private static void assertClosed(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RegionException.class,
                        e -> assertThat(e.category()).isEqualTo(RegionException.Category.UNAVAILABLE))
                .hasMessageContaining("closed");
    }

    @ParameterizedTest
    @EnumSource(WaitMode.class)
    void whoeverWaitsIsTold(WaitMode waitMode) throws Exception {
        SharedLock held = observer.lock("awaited");
        SharedLock lock = region.lock("awaited", LockOptions.defaults().waitMode(waitMode));
        held.lock();
        try (Team team = new Team()) {
            List<Member<?>> waiters = new ArrayList<>();
            waiters.add(team.run("lock", lock::lock));
            waiters.add(team.run("lockInterruptibly", lock::lockInterruptibly));
            waiters.add(team.start("tryLock", () -> lock.tryLock(1, HOURS)));
            waiters.add(team.start("acquire", lock::acquire));
            waiters.add(team.start("tryAcquire", () -> lock.tryAcquire(1, HOURS)));
            Regions.awaitWaiting(observer, "awaited", 5);
            region.close();
            for (Member<?> waiter : waiters) {
                assertThat(waiter.failure())
                        .isInstanceOfSatisfying(
                                RegionException.class,
                                e -> assertThat(e.category()).isEqualTo(RegionException.Category.UNAVAILABLE));
            }
        }
        held.unlock();
        assertThat(held.tryLock()).isTrue();
        held.unlock();
        assertThat(held.queue()).isEmpty();
    }

    @Test
    void aHolderInAnotherThreadKeepsItsLockAndUnlocks() throws Exception {
        SharedLock lock = region.lock("kept");
        SharedLock observed = observer.lock("kept");
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        try (Team team = new Team()) {
            team.run("holder", () -> {
                lock.lock();
                held.countDown();
                closed.await();
                assertThat(lock.isHeldByCurrentThread()).isTrue();
                lock.unlock();
            });
            held.await();
            region.close();
            assertThat(observed.tryLock()).isFalse();
            assertThat(observed.owner().orElseThrow().alive()).isTrue();
            Member<Boolean> next = team.start("next", () -> {
                observed.lock();
                observed.unlock();
                return true;
            });
            Regions.awaitWaiting(observer, "kept", 1);
            closed.countDown();
            assertThat(next.get()).isTrue();
            team.join();
        }
    }

    @Test
    void theClosingThreadKeepsItsLockAndUnlocks() throws Exception {
        SharedLock lock = region.lock("kept");
        SharedLock observed = observer.lock("kept");
        lock.lock();
        region.close();
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        try (Team team = new Team()) {
            assertThat(team.start("other", observed::tryLock).get()).isFalse();
        }
        lock.unlock();
        assertThat(observed.tryLock()).isTrue();
        observed.unlock();
    }

    @Test
    void aGuardOutlivesTheRegion() {
        SharedLock observed = observer.lock("guarded");
        LockGuard guard = region.lock("guarded").acquire();
        region.close();
        assertThat(observed.tryLock()).isFalse();
        guard.close();
        assertThat(observed.tryLock()).isTrue();
        observed.unlock();
    }

    @ParameterizedTest
    @EnumSource(
            value = Mapping.class,
            names = {"PLAIN", "CHRONICLE"})
    void openingAndClosingAgainAndAgainLeavesNothing(Mapping mapping) throws Exception {
        Path path = directory.resolve("again.pvl");
        // The file has room for 16 processes and 32 threads.
        for (int round = 0; round < 200; round++) {
            openLockClose(path, mapping);
        }
        until("the mappings are collected, of which Chronicle's have a file each", () -> {
            if (openFiles(path) != 0) {
                System.gc();
            }
            return openFiles(path) == 0;
        });
        try (LockRegion last = LockRegion.open(path, Regions.small().mapping(mapping))) {
            assertThat(last.vcpus()).isEmpty();
        }
    }

    private static void openLockClose(Path path, Mapping mapping) {
        try (LockRegion again = LockRegion.open(path, Regions.small().mapping(mapping))) {
            SharedLock lock = again.lock("again");
            lock.lock();
            lock.unlock();
        }
    }

    @Test
    void threadsThatHaveEndedLeaveNothingEither() throws Exception {
        Path path = directory.resolve("again.pvl");
        for (int round = 0; round < 50; round++) {
            try (LockRegion again = LockRegion.open(path, Regions.small());
                    Team team = new Team()) {
                SharedLock lock = again.lock("again");
                for (int i = 0; i < 3; i++) {
                    team.run("short-lived " + i, () -> {
                        lock.lock();
                        lock.unlock();
                    });
                }
                team.join();
            }
        }
        until("the last threads have ended and the files are closed", () -> {
            openLockClose(path, Mapping.PLAIN);
            return openFiles(path) == 0;
        });
    }

    @Test
    void theLastThreadToLeaveAClosedRegionClosesTheFile() throws Exception {
        Path path = directory.resolve("left.pvl");
        CountDownLatch attached = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        LockRegion left = LockRegion.open(path, Regions.small());
        try (Team team = new Team()) {
            team.run("attached", () -> {
                Vcpu me = left.attach();
                attached.countDown();
                closed.await();
                me.close();
            });
            attached.await();
            left.close();
            assertThat(openFiles(path)).as("somebody is attached").isPositive();
            closed.countDown();
            team.join();
        }
        assertThat(openFiles(path)).isZero();
    }

    @Test
    void aRefusedOpenLeavesNoFileOpen() {
        Path path = directory.resolve("crowded.pvl");
        RegionOptions one = Regions.small().maxProcesses(1);
        try (LockRegion only = LockRegion.open(path, one)) {
            long before = openFiles(path);
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> LockRegion.open(path, one))
                        .isInstanceOfSatisfying(
                                RegionException.class,
                                e -> assertThat(e.category()).isEqualTo(RegionException.Category.FULL))
                        .hasMessageContaining("1 of 1 process entries");
            }
            assertThat(openFiles(path)).isEqualTo(before);
            assertThat(only.isClosed()).isFalse();
        }
        try (LockRegion next = LockRegion.open(path, one)) {
            assertThat(next.vcpus()).isEmpty();
        }
    }

    private static long openFiles(Path path) {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(descriptor -> leadsTo(descriptor, path)).count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean leadsTo(Path descriptor, Path path) {
        try {
            return Files.readSymbolicLink(descriptor).equals(path.toRealPath());
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }
}
