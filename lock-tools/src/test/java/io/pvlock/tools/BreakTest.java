package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.LockGuard;
import io.pvlock.LockHold;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionEvent;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.kit.Await;
import io.pvlock.linux.Threads;
import java.nio.file.Path;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class BreakTest {

    @TempDir
    private Path directory;

    private Path file;
    private LockRegion region;
    private SharedLock lock;

    @BeforeEach
    void open() {
        file = directory.resolve("region.pvl");
        region = LockRegion.open(file, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
        lock = region.lock("orders");
    }

    @AfterEach
    void close() {
        region.close();
    }

    @Test
    void theNextOwnerIsToldThatTheOneBeforeDied() throws Exception {
        lock.lock();
        Cli cli = Cli.run("break", "orders", "--yes", "-f", file);
        assertThat(cli.status()).as(cli.err()).isZero();
        assertThat(cli.out())
                .containsPattern("owner +pid " + Threads.getpid() + ", thread " + Threads.gettid())
                .containsPattern("alive +yes: it will go on beside the next owner")
                .containsPattern("command line +.*java")
                .contains("broken: the next owner of 'orders' is told that pid " + Threads.getpid() + " died");
        assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            assertThat(guard.deadOwner()).hasValueSatisfying(dead -> {
                assertThat(dead.pid()).isEqualTo(Threads.getpid());
                assertThat(dead.tid()).isEqualTo(Threads.gettid());
            });
            guard.markConsistent();
        }
        assertThat(region.events())
                .filteredOn(event -> event.type() == RegionEvent.Type.LOCK_BROKEN)
                .singleElement()
                .satisfies(event -> assertThat(event.lock()).contains("orders"));
        assertThat(Cli.run("events", "-f", file).out()).contains("lock broken");
        assertThat(region.findLock("orders").orElseThrow().isLocked()).isFalse();
    }

    @Test
    void whoWaitsGetsIt() throws Exception {
        LockGuard mine = lock.acquire();
        boolean[] told = {false};
        Thread waiter = new Thread(() -> {
            try (LockGuard guard = lock.acquire()) {
                told[0] = guard.ownerDied();
            }
        });
        waiter.start();
        Await.until("it waits", () -> !lock.queue().isEmpty());
        assertThat(Cli.run("break", "orders", "-y", "--pid", Threads.getpid(), "--token", 1, "-f", file)
                        .status())
                .isZero();
        waiter.join();
        assertThat(told[0]).isTrue();
        assertThatThrownBy(mine::close).isInstanceOf(IllegalMonitorStateException.class);
    }

    @Test
    void onlyTheHoldThatWasShownIsBroken() {
        LockHold first;
        try (LockGuard guard = lock.acquire()) {
            first = region.hold("orders").orElseThrow();
            assertThat(first.lastFencingToken()).isEqualTo(guard.fencingToken());
        }
        assertThat(region.breakHold(first)).as("it is free").isFalse();
        try (LockGuard guard = lock.acquire()) {
            assertThat(region.breakHold(first))
                    .as("the next hold of the same owner")
                    .isFalse();
            assertThat(guard.ownerDied()).isFalse();
        }
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.ownerDied()).isFalse();
        }
        assertThat(region.events()).isEmpty();
    }

    @Test
    void anotherOwnerOrTokenThanExpectedIsNotBroken() {
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.fencingToken()).isEqualTo(1);
            Cli pid = Cli.run("break", "orders", "-y", "--pid", 1, "-f", file);
            assertThat(pid.status()).isEqualTo(1);
            assertThat(pid.err())
                    .contains("'orders' is held by pid " + Threads.getpid() + ", not by 1; nothing was broken");
            Cli token = Cli.run("break", "orders", "-y", "--token", 2, "-f", file);
            assertThat(token.status()).isEqualTo(1);
            assertThat(token.err()).contains("the last token of 'orders' is 1, not 2; nothing was broken");
        }
    }

    @Test
    void nobodyIsAskedWithoutATerminal() {
        lock.lock();
        try {
            Cli cli = Cli.run("break", "orders", "--json", "-f", file);
            assertThat(cli.status()).isEqualTo(2);
            assertThat(cli.err()).contains("--yes breaks it without asking");
        } finally {
            lock.unlock();
        }
    }

    @Test
    void whatNobodyHoldsIsNotBroken() {
        Cli free = Cli.run("break", "orders", "--yes", "-f", file);
        assertThat(free.status()).isEqualTo(1);
        assertThat(free.err()).contains("nobody holds 'orders'; nothing was broken");
        Cli none = Cli.run("break", "none", "--yes", "-f", file);
        assertThat(none.status()).isEqualTo(1);
        assertThat(none.err()).contains("no lock 'none' in " + file);
        assertThat(region.findLock("none")).isEmpty();
    }

    @Test
    void eitherTheOwnerUnlocksOrTheLockIsBroken() throws Exception {
        ExecutorService breaker = Executors.newSingleThreadExecutor();
        try {
            for (int i = 0; i < 500; i++) {
                try (LockGuard guard = lock.acquire()) {
                    if (guard.ownerDied()) {
                        guard.markConsistent();
                    }
                }
                lock.lock();
                LockHold seen = region.hold("orders").orElseThrow();
                CyclicBarrier together = new CyclicBarrier(2);
                Future<Boolean> broken = breaker.submit(() -> {
                    together.await();
                    return region.breakHold(seen);
                });
                together.await();
                boolean unlocked = unlocks();
                assertThat(broken.get()).isNotEqualTo(unlocked);
                assertThat(lock.isLocked()).isFalse();
            }
        } finally {
            breaker.shutdown();
        }
    }

    private boolean unlocks() {
        try {
            lock.unlock();
            return true;
        } catch (IllegalMonitorStateException e) {
            return false;
        }
    }

    @Test
    void onlyPvLocksCanBeBroken() {
        SharedLock ticket = region.lock("ticket", LockOptions.defaults().kind(LockKind.TICKET));
        ticket.lock();
        try {
            Cli cli = Cli.run("break", "ticket", "--yes", "-f", file);
            assertThat(cli.status()).isEqualTo(1);
            assertThat(cli.err()).contains("'ticket' cannot be broken: only PV locks can");
            LockHold hold = region.hold("ticket").orElseThrow();
            assertThatIllegalArgumentException().isThrownBy(() -> region.breakHold(hold));
        } finally {
            ticket.unlock();
        }
    }
}
