package io.pvlock.closing;

import static io.pvlock.kit.Await.until;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.Inside;
import io.pvlock.LockGuard;
import io.pvlock.LockInfo;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionEvent;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionReport.Severity;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.core.KillPoint;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.kit.Team;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Names are removed, and used again, and no object of a removed one ever locks another. Two regions are two processes. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class RemovalTest extends TwoRegionsTest {

    private static final int LOCKS = 8;

    @Override
    protected RegionOptions options() {
        return Regions.small().maxLocks(LOCKS).objectBytes(1 << 16);
    }

    @AfterEach
    void close() {
        KillPoint.handler((point, me) -> {});
    }

    // ---- locks

    @Test
    void whatNobodyUsesIsGone() {
        region.lock("gone");
        region.lock("stays");
        assertThat(region.remove("gone")).isTrue();
        assertThat(region.remove("gone")).isFalse();
        assertThat(region.remove("never there")).isFalse();
        assertThat(region.findLock("gone")).isEmpty();
        assertThat(other.locks()).extracting(LockInfo::name).containsExactly("stays");
        assertSound();
    }

    @Test
    void whoHasAnObjectOfARemovedLockIsToldAndNeverGetsAnother() throws Exception {
        SharedLock stale = other.lock("name");
        SharedLock mine = region.lock("name");
        assertThat(region.remove("name")).isTrue();
        assertRemoved(mine::lock);
        List<SharedLock> others = new ArrayList<>();
        for (int i = 0; i < LOCKS - 1; i++) {
            others.add(region.lock("name" + (i == 0 ? "" : i)));
        }
        others.forEach(SharedLock::lock);
        assertRemoved(stale::lock);
        assertRemoved(stale::tryLock);
        assertRemoved(stale::acquire);
        assertRemoved(stale::lockInterruptibly);
        assertRemoved(() -> stale.tryLock(1, MILLISECONDS));
        assertRemoved(() -> stale.tryAcquire(1, MILLISECONDS));
        assertThat(stale.isHeldByCurrentThread()).isFalse();
        assertThatThrownBy(stale::unlock).isInstanceOf(IllegalMonitorStateException.class);
        others.forEach(lock -> assertThat(lock.isHeldByCurrentThread()).isTrue());
        assertThat(other.lock("name").tryLock()).as("looked up again").isFalse();
        others.forEach(SharedLock::unlock);
        other.lock("name").lock();
        assertThat(region.lock("name").tryLock()).isFalse();
        other.lock("name").unlock();
        assertSound();
    }

    private static void assertRemoved(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lock 'name' of ")
                .hasMessageContaining("was removed; look it up again");
    }

    @Test
    void aPlaceIsUsedAgainWhenAllWhoLookedItUpHaveLeft() {
        SharedLock stale = other.lock("kept");
        for (int i = 1; i < LOCKS; i++) {
            region.lock("lock " + i);
        }
        assertThat(region.remove("kept")).isTrue();
        assertThatThrownBy(() -> region.lock("one too many"))
                .isInstanceOfSatisfying(
                        RegionException.class, e -> assertThat(e.category()).isEqualTo(RegionException.Category.FULL))
                .hasMessageContainingAll(
                        "8 of 8 locks exist, 1 of them removed but kept", "pvlock rm NAME", "maxLocks");
        assertThat(stale.name()).isEqualTo("kept");
        other.close();
        region.lock("now there is room").lock();
        assertThatThrownBy(stale::lock).isInstanceOf(RegionException.class);
        assertThat(region.lock("now there is room").isHeldByCurrentThread()).isTrue();
        region.lock("now there is room").unlock();
        assertSound();
    }

    @Test
    void orWhenTheirObjectsHaveBeenCollected() {
        other.lock("kept");
        region.lock("stays");
        for (int i = 2; i < LOCKS; i++) {
            region.lock("lock " + i);
        }
        assertThat(region.remove("kept")).isTrue();
        until("the other has noticed", () -> {
            System.gc();
            assertThat(other.findLock("stays")).isPresent();
            try {
                region.lock("now there is room");
                return true;
            } catch (RegionException e) {
                return false;
            }
        });
        assertSound();
    }

    @Test
    void whatIsInUseStays() throws Exception {
        SharedLock lock = region.lock("used");
        SharedCondition condition = lock.newCondition();
        lock.lock();
        assertInUse("used", "vcpu=" + region.attach().index() + " holds it");
        try (Team team = new Team()) {
            team.run("waiter", () -> {
                lock.lock();
                condition.await();
                lock.unlock();
            });
            until("it waits for the lock", lock::hasQueuedThreads);
            assertInUse("used", "holds it");
            lock.unlock();
            until("it waits for the condition", () -> condition.getWaitQueueLength() == 1 && !lock.isLocked());
            assertInUse("used", "thread 'waiter' of pid ");
            lock.lock();
            condition.signal();
            lock.unlock();
        }
        lock.newCondition("made of it");
        assertInUse("used", "CONDITION 'made of it' is made of it, remove that first");
        assertThat(region.lock("used").tryLock()).isTrue();
        lock.unlock();
        region.sequenceLock("sequence", region.lock("writers"));
        assertInUse("writers", "SEQUENCE_LOCK 'sequence'");
        region.counter("child", 1, region.counter("parent", 1, null));
        assertInUse("parent", "COUNTER 'child'");
        assertSound();
    }

    private void assertInUse(String name, String by) {
        assertThatThrownBy(() -> other.remove(name))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("'" + name + "' is in use: ", by);
        assertThat(region.locks()).extracting(LockInfo::name).contains(name);
    }

    @Test
    void whatOnlyTheDeadUseIsRemoved() throws Exception {
        SharedLock lock = region.lock("left behind");
        try (Team team = new Team()) {
            team.run("dies holding", lock::lock);
        }
        until("its death is known", () -> !lock.owner().orElseThrow().alive());
        assertThat(other.remove("left behind")).isTrue();
        assertThat(region.events(0)).extracting(RegionEvent::type).contains(RegionEvent.Type.OWNER_REPLACED);
        SharedLock damaged = region.lock("damaged");
        damaged.acquire().abandon();
        assertThat(other.remove("damaged")).as("given up").isTrue();
        region.lock("damaged").lock();
        region.lock("damaged").unlock();
        assertSound();
    }

    @Test
    void whatCannotBeRemovedIsNotTakenFromTheDeadWithoutAWord() throws Exception {
        SharedLock lock = region.lock("used");
        lock.newCondition("made of it");
        try (Team team = new Team()) {
            team.run("dies holding", lock::lock);
        }
        until("its death is known", () -> !lock.owner().orElseThrow().alive());
        int dead = lock.owner().orElseThrow().tid();
        assertInUse("used", "CONDITION 'made of it' is made of it");
        assertThat(lock.owner().orElseThrow().tid()).as("still the dead one").isEqualTo(dead);
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            assertThat(guard.deadOwner().orElseThrow().tid()).isEqualTo(dead);
            guard.markConsistent();
        }
        assertSound();
    }

    @Test
    void fencingTokensGoOn() {
        long before;
        try (LockGuard guard = region.lock("token").acquire()) {
            before = guard.fencingToken();
        }
        try (LockGuard guard = region.lock("token").acquire()) {
            assertThat(guard.fencingToken()).isGreaterThan(before);
            before = guard.fencingToken();
        }
        assertThat(region.remove("token")).isTrue();
        try (LockGuard guard = other.lock("token").acquire()) {
            assertThat(guard.fencingToken()).isGreaterThan(before);
        }
        try (LockGuard guard = other.lockArray("array", 2).acquire(1)) {
            assertThat(guard.fencingToken()).isGreaterThan(before);
        }
    }

    @Test
    void tenThousandNamesComeAndGo() {
        try (LockRegion large =
                LockRegion.open(directory.resolve("large.pvl"), Regions.small().maxLocks(1024))) {
            for (int i = 0; i < 10_000; i++) {
                SharedLock lock = large.lock("job " + i);
                lock.lock();
                lock.unlock();
                assertThat(large.remove("job " + i)).isTrue();
            }
            assertThat(large.locks()).isEmpty();
            assertThat(large.check().findings()).noneMatch(finding -> finding.severity() == Severity.DAMAGE);
        }
    }

    // ---- other objects, and kinds that cannot be told

    @Test
    void otherObjectsGoWhenNobodyHasThemOpen() throws Exception {
        SharedSemaphore semaphore = other.semaphore("permits", 2);
        semaphore.acquire();
        assertThatThrownBy(() -> region.remove("permits"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has 1 permits");
        semaphore.release();
        assertThatThrownBy(() -> region.remove("permits"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("(java) has looked it up, and has the region open");
        semaphore.acquire();
        semaphore.release();
        other.close();
        assertThat(region.remove("permits")).isTrue();
        region.semaphore("permits", 5).acquire(5);
        assertSound();
    }

    @ParameterizedTest
    @EnumSource(
            value = LockKind.class,
            names = {"NATIVE", "TICKET", "MCS", "TAS"})
    void locksOfOtherKindsGoWhenNobodyHasThemOpen(LockKind kind) {
        LockOptions options = LockOptions.defaults().kind(kind);
        SharedLock stuck = other.lock("spin", options);
        assertThatThrownBy(() -> region.remove("spin"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has the region open");
        stuck.lock();
        stuck.unlock();
        other.close();
        assertThat(region.remove("spin")).isTrue();
        SharedLock again = region.lock("spin");
        assertThat(again.kind()).isEqualTo(LockKind.PV);
        assertThatThrownBy(() -> {
                    region.lock("mine", options);
                    SharedLock held = region.lock("mine", options);
                    try {
                        region.remove("mine");
                    } finally {
                        assertThat(held.isLocked()).isFalse();
                    }
                })
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("still reachable");
        assertSound();
    }

    @Test
    void theBytesOfObjectsAreUsedAgain() {
        for (int i = 0; i < 40; i++) {
            region.record("small", 64);
            region.record("large " + i, 16_000);
            assertThat(region.remove("large " + i)).isTrue();
        }
        region.record("between", 16_000);
        assertSound();
    }

    // ---- deaths

    @ParameterizedTest
    @EnumSource(
            value = KillPoint.class,
            names = {"NAME_UNLINKED", "NAME_REMOVED", "ENTRY_CLEARED", "ENTRY_UNUSED", "ENTRY_GIVEN_BACK"})
    void aRemoverThatDiesLeavesOneLockOfTheName(KillPoint death) {
        boolean ofUnheld = death.compareTo(KillPoint.ENTRY_CLEARED) >= 0;
        for (boolean held : ofUnheld ? List.of(false) : List.of(false, true)) {
            boolean[] died = new boolean[1];
            SharedLock old = other.lock("name");
            if (ofUnheld) {
                region.lock("before");
                assertThat(region.remove("before")).isTrue();
                old = null;
            }
            KillPoint.handler((point, me) -> {
                if (point == death) {
                    died[0] = true;
                    throw new Death();
                }
            });
            if (held && old != null) {
                old.lock();
            }
            String removed = old == null ? "before" : "name";
            try {
                if (old == null) {
                    fill();
                } else {
                    region.remove(removed);
                }
            } catch (Death | IllegalStateException | RegionException e) {
                assertThat(e).isNotNull();
            }
            KillPoint.handler((point, me) -> {});
            assertThat(died[0]).as("it came so far").isEqualTo(death != KillPoint.NAME_REMOVED || !held);
            SharedLock found = region.lock("name");
            boolean free = found.tryLock();
            if (held && old != null) {
                assertThat(free).as("another holds the lock of that name").isFalse();
                assertThat(old.isHeldByCurrentThread()).isTrue();
                old.unlock();
                assertThat(found.tryLock()).isTrue();
                free = true;
            }
            assertThat(free).isTrue();
            if (old != null && !isTheSame(old, found)) {
                assertRemoved(old::tryLock);
            }
            found.unlock();
            empty();
            assertSound();
        }
    }

    @Test
    void whatIsHeldComesBackIfItsRemoverDiedThoughNobodyHasAnObjectOfIt() {
        SharedLock held = other.lock("name");
        held.lock();
        KillPoint.handler((point, me) -> {
            if (point == KillPoint.NAME_UNLINKED) {
                throw new Death();
            }
        });
        assertThatThrownBy(() -> region.remove("name")).isInstanceOf(Death.class);
        KillPoint.handler((point, me) -> {});
        // As if its object had been collected, which its holder need not keep.
        Inside.session(region).memory().setMemory(usersOf(held), EntryDescriptor.USERS_BITS / Byte.SIZE, (byte) 0);
        region.lock("another");
        assertThat(region.remove("another"))
                .as("and looks for what is to be given back")
                .isTrue();
        assertThat(region.locks()).extracting(LockInfo::name).containsExactly("name");
        assertThat(region.lock("name").tryLock()).as("it is held").isFalse();
        held.unlock();
        assertThat(region.lock("name").tryLock()).isTrue();
        region.lock("name").unlock();
        assertSound();
    }

    @Test
    void whatIsRemovedDoesNotComeBackForWhoeverWasJustLookingItUp() {
        int users = usersOf(region.semaphore("name", 2));
        until("its object is collected", () -> {
            System.gc();
            KillPoint.handler((point, me) -> {
                if (point == KillPoint.NAME_REMOVED) {
                    // The other has been counted, and not yet seen that the name is gone.
                    Inside.session(region)
                            .memory()
                            .putLong(
                                    users,
                                    1L
                                            << Inside.session(other)
                                                    .registry()
                                                    .processes()
                                                    .index());
                }
            });
            try {
                return region.remove("name");
            } catch (IllegalStateException e) {
                return false;
            }
        });
        KillPoint.handler((point, me) -> {});
        assertThat(region.semaphore("name", 5).permits()).isEqualTo(5);
        assertSound();
    }

    private static int usersOf(SharedLock lock) {
        return Inside.locking(lock).cell() - EntryDescriptor.CELL_OFFSET + EntryDescriptor.USERS_OFFSET;
    }

    private static int usersOf(SharedSemaphore semaphore) {
        return Inside.object(semaphore).monitor().cell() - EntryDescriptor.CELL_OFFSET + EntryDescriptor.USERS_OFFSET;
    }

    private static boolean isTheSame(SharedLock one, SharedLock two) {
        return Inside.locking(one).cell() == Inside.locking(two).cell();
    }

    private void fill() {
        for (int i = 0; i < LOCKS; i++) {
            region.lock("fill " + i);
        }
    }

    private void empty() {
        for (LockInfo info : region.locks()) {
            assertThat(region.remove(info.name())).isTrue();
        }
        assertThat(region.locks()).isEmpty();
    }

    private static final class Death extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @Test
    void aRepairedRegionDoesNotBringThemBack() {
        region.lock("stays");
        other.lock("gone");
        assertThat(region.remove("gone")).isTrue();
        other.close();
        region.close();
        try (LockRegion repaired = openRegion()) {
            assertThat(repaired.repair().repaired()).isTrue();
            assertThat(repaired.locks()).extracting(LockInfo::name).containsExactly("stays");
            for (int i = 1; i < LOCKS; i++) {
                repaired.lock("new " + i);
            }
            assertThat(repaired.check().findings()).isEmpty();
        }
    }

    @Test
    void fencingTokensGoOnAfterTheRepairOfARemovalThatNobodyHasFinished() {
        long before;
        try (LockGuard guard = other.lock("name").acquire()) {
            before = guard.fencingToken();
        }
        KillPoint.handler((point, me) -> {
            if (point == KillPoint.NAME_UNLINKED) {
                throw new Death();
            }
        });
        assertThatThrownBy(() -> region.remove("name")).isInstanceOf(Death.class);
        KillPoint.handler((point, me) -> {});
        other.close();
        region.close();
        try (LockRegion repaired = openRegion()) {
            assertThat(repaired.repair().repaired()).isTrue();
            try (LockGuard guard = repaired.lock("name").acquire()) {
                assertThat(guard.fencingToken()).isGreaterThan(before);
            }
        }
    }

    @Test
    void norDoesARepairGiveAwayWhatThisProcessStillHas() throws Exception {
        SharedLock stale = region.lock("name");
        assertThat(region.remove("name")).isTrue();
        region.lock("name");
        other.close();
        assertThat(region.repair().repaired()).isTrue();
        for (int i = 1; i < LOCKS - 1; i++) {
            region.lock("new " + i);
        }
        assertThat(region.locks()).hasSize(LOCKS - 1);
        region.locks().forEach(info -> region.lock(info.name()).lock());
        assertRemoved(stale::tryLock);
        region.locks().forEach(info -> region.lock(info.name()).unlock());
        assertSound();
    }

    // ---- all at once

    @Test
    void whoeverMakesRemovesAndLocksAtTheSameTimeIsAlone() throws Exception {
        int names = 3;
        AtomicIntegerArray inside = new AtomicIntegerArray(names);
        AtomicInteger removals = new AtomicInteger();
        AtomicInteger told = new AtomicInteger();
        try (Team team = new Team()) {
            for (int i = 0; i < 4; i++) {
                Random random = new Random(42 + i);
                LockRegion mine = i % 2 == 0 ? region : other;
                team.run("user " + i, () -> {
                    SharedLock[] known = new SharedLock[names];
                    for (int round = 0; round < 1_000; round++) {
                        int name = random.nextInt(names);
                        try {
                            if (known[name] == null || random.nextInt(4) == 0) {
                                known[name] = mine.lock("name " + name);
                            }
                            known[name].lock();
                            try {
                                assertThat(inside.incrementAndGet(name))
                                        .as("inside at once")
                                        .isEqualTo(1);
                                inside.decrementAndGet(name);
                            } finally {
                                known[name].unlock();
                            }
                            removals.addAndGet(random.nextInt(8) == 0 && mine.remove("name " + name) ? 1 : 0);
                        } catch (RegionException e) {
                            // Full of places that the other process's objects keep: until it looks the names up again.
                            assertThat(e.category()).isEqualTo(RegionException.Category.FULL);
                            java.util.Arrays.fill(known, null);
                        } catch (IllegalStateException e) {
                            assertThat(e).hasMessageMatching(".*was removed; look it up again.*|.* is in use: .*");
                            told.incrementAndGet();
                            known[name] = null;
                        }
                    }
                });
            }
            team.join();
        }
        assertThat(removals).hasPositiveValue();
        assertThat(told).hasPositiveValue();
        assertSound();
    }

    private void assertSound() {
        assertThat(region.check().findings()).noneMatch(finding -> finding.severity() == Severity.DAMAGE);
    }
}
