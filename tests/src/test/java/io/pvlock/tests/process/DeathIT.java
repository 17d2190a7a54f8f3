package io.pvlock.tests.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockRegion;
import io.pvlock.OwnerDiedException;
import io.pvlock.OwnerInfo;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedLock;
import io.pvlock.WaiterInfo;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes that are killed, stopped or exit while they hold or wait for a lock, and what the others see of it. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeathIT extends WithProcesses {

    private static final String NAME = "lock";
    private static final long PATIENCE_S = 120;

    private SharedLock lock;
    private Ledger ledger;

    @BeforeEach
    void open() {
        lock = region.region().lock(NAME);
        ledger = new Ledger(region.region().data(), 0);
    }

    private ChildJvm start() throws InterruptedException {
        ChildJvm child = region.startWorker(children.size() % 2 == 0 ? Mapping.PLAIN : Mapping.CHRONICLE);
        children.add(child);
        return child;
    }

    private LockGuard acquire() throws InterruptedException {
        return lock.tryAcquire(PATIENCE_S, TimeUnit.SECONDS).orElseThrow();
    }

    // ---- the owner

    @Test
    void killedOwnerIsReportedUntilSomebodyRepairs() throws InterruptedException {
        ChildJvm victim = start();
        victim.ask("tear lock=lock ledger=0", "held");
        long victimsToken = region.info(NAME).lastFencingToken();
        victim.kill();

        try (LockGuard guard = acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            assertThat(guard.deadOwner()).hasValueSatisfying(dead -> {
                assertThat(dead.pid()).isEqualTo(victim.pid());
                assertThat(dead.fencingToken()).isEqualTo(victimsToken);
            });
            assertThat(guard.fencingToken()).isGreaterThan(victimsToken);
            assertThat(ledger.isTorn()).isTrue();
        }
        // Nobody has said that the data is repaired.
        assertThat(region.info(NAME).inconsistent()).isTrue();
        ChildJvm other = start();
        assertThat(other.ask("lock lock=lock", "owner-died")).isEqualTo("recoverable=true");
        assertThatThrownBy(lock::lock)
                .isInstanceOf(OwnerDiedException.class)
                .hasMessageContaining("pid " + victim.pid());
        assertThatThrownBy(() -> lock.tryLock(PATIENCE_S, TimeUnit.SECONDS)).isInstanceOf(OwnerDiedException.class);
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        try (LockGuard guard = acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            ledger.repair();
            guard.markConsistent();
        }
        other.ask("lock lock=lock", "held");
        other.ask("unlock", "released");
        try (LockGuard guard = acquire()) {
            assertThat(guard.ownerDied()).isFalse();
            assertThat(guard.deadOwner()).isEmpty();
            ledger.enter(guard.fencingToken());
        }
        assertThat(ledger.tornSeen()).isZero();
        assertThat(region.info(NAME).deaths()).isEqualTo(1);
        region.assertNobodyAliveHoldsOrWaits();
    }

    @Test
    void killedOwnerThatUsedLockIsReportedToo() throws InterruptedException {
        ChildJvm victim = start();
        victim.ask("lock lock=lock", "held");
        victim.kill();
        assertThat(start().ask("acquire lock=lock", "held")).endsWith("ownerDied=true pid=" + victim.pid());
    }

    @Test
    void killedOwnerWakesASleepingWaiter() throws InterruptedException {
        ChildJvm victim = start();
        ChildJvm waiter = start();
        ChildJvm second = start();
        victim.ask("lock lock=lock", "held");
        waiter.ask("wait lock=lock wait=PARK", "waiting");
        awaitQueue(WaiterInfo.State.HASHED);
        second.ask("wait lock=lock wait=PARK", "waiting");
        awaitQueue(WaiterInfo.State.HASHED, WaiterInfo.State.HALTED);
        victim.kill();
        assertThat(waiter.expect("got")).isEqualTo("ownerDied=true");
        assertThat(second.expect("got")).isEqualTo("ownerDied=true");
        region.assertNobodyAliveHoldsOrWaits();
    }

    @Test
    void ownerThatExitsIsReported() throws InterruptedException {
        ChildJvm victim = start();
        victim.ask("acquire lock=lock", "held");
        victim.send("exit");
        assertThat(victim.awaitExit()).isZero();
        try (LockGuard guard = acquire()) {
            assertThat(guard.deadOwner())
                    .hasValueSatisfying(dead -> assertThat(dead.pid()).isEqualTo(victim.pid()));
        }
    }

    @Test
    void threadThatEndsHoldingIsReportedThoughItsProcessLives() throws InterruptedException {
        ChildJvm holder = start();
        holder.ask("abandon-thread lock=lock", "ended");
        try (LockGuard guard = acquire()) {
            assertThat(guard.deadOwner()).hasValueSatisfying(dead -> {
                assertThat(dead.pid()).isEqualTo(holder.pid());
                assertThat(dead.tid()).isNotEqualTo(holder.pid());
            });
            guard.markConsistent();
        }
        holder.ask("lock lock=lock", "held");
    }

    @Test
    void stoppedOwnerKeepsTheLock() throws InterruptedException {
        ChildJvm holder = start();
        ChildJvm waiter = start();
        holder.ask("lock lock=lock", "held");
        waiter.ask("wait lock=lock", "waiting");
        awaitQueue(WaiterInfo.State.HASHED);
        Signals.suspend(holder);
        // Longer than any sleep of a waiter, so each of them has looked at the owner meanwhile.
        assertThat(lock.tryLock(300, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(lock.owner()).map(OwnerInfo::pid).contains(holder.pid());
        assertThat(lock.owner()).map(OwnerInfo::alive).contains(true);
        assertThat(waiter.hasAnswered()).isFalse();
        Signals.resume(holder);
        holder.ask("unlock", "released");
        assertThat(waiter.expect("got")).isEqualTo("ownerDied=false");
        try (LockGuard guard = acquire()) {
            assertThat(guard.ownerDied()).isFalse();
        }
        region.assertClean();
    }

    @Test
    void childOfAKilledOwnerDoesNotKeepItAlive() throws InterruptedException {
        ChildJvm victim = start();
        victim.ask("acquire lock=lock", "held");
        ProcessHandle child =
                ProcessHandle.of(Long.parseLong(victim.ask("spawn", "spawned"))).orElseThrow();
        try {
            victim.kill();
            assertThat(child.isAlive()).isTrue();
            try (LockGuard guard = acquire()) {
                assertThat(guard.deadOwner())
                        .hasValueSatisfying(dead -> assertThat(dead.pid()).isEqualTo(victim.pid()));
                guard.markConsistent();
            }
            assertThat(region.region().check().othersAlive())
                    .as("processes that are still there")
                    .isZero();
            assertThat(child.isAlive()).isTrue();
        } finally {
            // Not waited for: it is another's child now, who need not be one that buries the dead.
            child.destroyForcibly();
        }
    }

    // ---- the file

    @Test
    void deletedFileIsToldToAllWhoHaveIt() throws IOException, InterruptedException {
        ChildJvm holder = start();
        ChildJvm waiter = start();
        holder.ask("acquire lock=lock", "held");
        waiter.ask("wait lock=lock wait=PARK", "waiting");
        awaitQueue(WaiterInfo.State.HASHED);
        Files.delete(region.path());
        assertThat(waiter.expect("failed")).contains("lost its file while in use (deleted)");
        try (LockRegion another = LockRegion.open(region.path(), TestRegion.OPTIONS)) {
            assertThat(another.lock(NAME).tryLock())
                    .as("a lock in a file of the same name")
                    .isTrue();
            another.lock(NAME).unlock();
        }
        holder.ask("unlock", "released");
        assertThat(lock.owner()).isEmpty();
        assertThat(lock.queue()).isEmpty();
    }

    /** As a backup, or a copy of the whole machine, would be: nobody whom it names is there. */
    @Test
    void copyOfARegionInUseHasOnlyDeadUsers() throws IOException, InterruptedException {
        ChildJvm holder = start();
        ChildJvm waiter = start();
        holder.ask("acquire lock=lock", "held");
        waiter.ask("wait lock=lock wait=PARK", "waiting");
        awaitQueue(WaiterInfo.State.HASHED);
        Path copy = Files.copy(region.path(), Path.of(region.path() + "-copy"));
        try (LockRegion copied = LockRegion.open(copy, TestRegion.OPTIONS)) {
            try (LockGuard guard =
                    copied.lock(NAME).tryAcquire(PATIENCE_S, TimeUnit.SECONDS).orElseThrow()) {
                assertThat(guard.deadOwner())
                        .hasValueSatisfying(dead -> assertThat(dead.pid()).isEqualTo(holder.pid()));
                guard.markConsistent();
            }
            copied.repair();
            assertThat(copied.vcpus()).as("who is attached but this thread").hasSize(1);
            assertThat(copied.check().isSound()).isTrue();
        }
        assertThat(lock.owner()).map(OwnerInfo::pid).contains(holder.pid());
        assertThat(waiter.hasAnswered()).isFalse();
        holder.ask("unlock", "released");
        assertThat(waiter.expect("got")).isEqualTo("ownerDied=false");
    }

    // ---- waiters

    /** It names the dead one until somebody queues behind it; who overtakes it lets it stand. */
    @Test
    void aPlaceLeftBehindAKilledHeadIsPassedByWhoQueues() throws InterruptedException {
        ChildJvm holder = start();
        ChildJvm head = start();
        holder.ask("lock lock=lock", "held");
        head.ask("wait lock=lock wait=PARK", "waiting");
        awaitQueue(WaiterInfo.State.HASHED);
        assertThat(lock.tryLock(20, TimeUnit.MILLISECONDS)).isFalse();
        head.kill();
        holder.ask("unlock", "released");
        acquire().close();
        region.assertNobodyAliveHoldsOrWaits();
    }

    /** The queue's head is alive, so its turn stays; but it does not come, and the others take the lock meanwhile. */
    @ParameterizedTest
    @EnumSource(
            value = Policy.class,
            names = {"HYBRID", "THROUGHPUT"})
    void stoppedHeadDoesNotStopTheOthers(Policy policy) throws InterruptedException {
        String words = " lock=stopped policy=" + policy;
        ChildJvm holder = start();
        ChildJvm head = start();
        ChildJvm second = start();
        SharedLock stopped =
                region.region().lock("stopped", LockOptions.defaults().policy(policy));
        holder.ask("lock" + words, "held");
        head.ask("wait" + words + " wait=PARK", "waiting");
        Await.until("queued", () -> stopped.queue().size() == 1);
        second.ask("wait" + words + " wait=PARK", "waiting");
        Await.until("queued", () -> stopped.queue().size() == 2);
        Signals.suspend(head);
        holder.ask("unlock", "released");
        // Far more often than a head is overtaken that is only slow.
        for (int i = 0; i < 5_000; i++) {
            assertThat(stopped.tryLock(PATIENCE_S, TimeUnit.SECONDS)).isTrue();
            stopped.unlock();
        }
        assertThat(second.expect("got")).isEqualTo("ownerDied=false");
        assertThat(head.hasAnswered()).isFalse();
        Signals.resume(head);
        assertThat(head.expect("got")).isEqualTo("ownerDied=false");
        Await.until("empty", () -> stopped.queue().isEmpty());
        region.assertNobodyAliveHoldsOrWaits();
    }

    @Test
    void waiterThatExitsDoesNotHoldUpTheOthers() throws InterruptedException {
        ChildJvm holder = start();
        ChildJvm leaver = start();
        ChildJvm waiter = start();
        holder.ask("lock lock=lock", "held");
        leaver.ask("wait lock=lock wait=PARK", "waiting");
        awaitQueue(WaiterInfo.State.HASHED);
        waiter.ask("wait lock=lock wait=PARK", "waiting");
        awaitQueue(WaiterInfo.State.HASHED, WaiterInfo.State.HALTED);
        leaver.send("exit");
        assertThat(leaver.awaitExit()).isZero();
        holder.ask("unlock", "released");
        assertThat(waiter.expect("got")).isEqualTo("ownerDied=false");
        region.assertNobodyAliveHoldsOrWaits();
    }

    /** Three wait; the head, the middle one or the last one is killed. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void killedWaiterDoesNotHoldUpTheOthers(int killed) throws InterruptedException {
        ChildJvm holder = start();
        holder.ask("lock lock=lock", "held");
        List<ChildJvm> waiters = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ChildJvm waiter = start();
            waiter.ask("wait lock=lock wait=PARK", "waiting");
            waiters.add(waiter);
            int expected = i + 1;
            Await.until("queued", () -> lock.queue().size() == expected);
        }
        waiters.remove(killed).kill();
        holder.ask("unlock", "released");
        for (ChildJvm waiter : waiters) {
            assertThat(waiter.expect("got")).isEqualTo("ownerDied=false");
        }
        try (LockGuard guard = acquire()) {
            assertThat(guard.ownerDied()).isFalse();
        }
        region.assertNobodyAliveHoldsOrWaits();
    }

    @Test
    void killedWaitersDoNotHoldUpNewcomers() throws InterruptedException {
        ChildJvm holder = start();
        holder.ask("lock lock=lock", "held");
        List<ChildJvm> waiters = List.of(start(), start());
        for (ChildJvm waiter : waiters) {
            waiter.ask("wait lock=lock wait=PARK", "waiting");
        }
        Await.until("queued", () -> lock.queue().size() == 2);
        for (ChildJvm waiter : waiters) {
            waiter.kill();
        }
        holder.ask("unlock", "released");
        // Nobody alive is in the queue: a newcomer must find that out.
        assertThat(start().ask("acquire lock=lock", "held")).contains("ownerDied=false");
    }

    private void awaitQueue(WaiterInfo.State... states) throws InterruptedException {
        Await.until(
                "asleep in the order " + List.of(states),
                () -> lock.queue().stream().map(WaiterInfo::state).toList().equals(List.of(states)));
    }
}
