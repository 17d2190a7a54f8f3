package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.LockOptions.OnOwnerDeath;
import io.pvlock.kit.Await;
import io.pvlock.kit.Seeds;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedLockArrayTest extends TwoRegionsTest {

    private static final int LENGTH = 1_000;

    private SharedLockArray array;

    @BeforeEach
    void open() {
        array = region.lockArray("a", LENGTH);
    }

    /** Where it has locked is remembered by pages, the first lock in each of which takes a slow path. */
    @Test
    void whoHoldsAnyOfManyLocksCannotGiveItsVcpuBack() {
        try (LockRegion big =
                LockRegion.open(directory.resolve("big.pvl"), Regions.small().objectBytes(2_000_000))) {
            SharedLockArray many = big.lockArray("many", 100_000);
            for (int index : new int[] {0, 503, 504, 505, 1015, 1016, 50_000, 99_999}) {
                Vcpu me = big.attach();
                for (int round = 0; round < 2; round++) {
                    many.lock(index, me);
                    assertThatThrownBy(me::close).hasMessageContaining("many[" + index + "]");
                    many.unlock(index, me);
                }
                assertThat(many.tryLock(index, me)).isTrue();
                many.lock(index ^ 1, me);
                many.unlock(index, me);
                assertThatThrownBy(me::close).hasMessageContaining("many[" + (index ^ 1) + "]");
                many.unlock(index ^ 1, me);
                me.close();
            }
        }
    }

    @Test
    void locksAreApart() throws Exception {
        array.lock(0);
        array.lock(LENGTH - 1);
        SharedLockArray theirs = other.lockArray("a", LENGTH);
        try (Team team = new Team()) {
            team.run("other", () -> {
                        assertThat(theirs.tryLock(0)).isFalse();
                        assertThat(theirs.tryLock(LENGTH - 1, 1, TimeUnit.MILLISECONDS))
                                .isFalse();
                        assertThat(theirs.tryLock(1)).isTrue();
                        theirs.unlock(1);
                        theirs.lockInterruptibly(2);
                        theirs.unlock(2);
                    })
                    .get();
        }
        assertThat(array.isLocked(0)).isTrue();
        assertThat(array.isHeldByCurrentThread(0)).isTrue();
        assertThat(theirs.isLocked(1)).isFalse();
        assertThat(theirs.owner(0).map(OwnerInfo::vcpu))
                .contains(region.attach().index());
        assertThat(theirs.owner(1)).isEmpty();
        int me = region.attach().index();
        assertThat(theirs.owners(LENGTH - 2, LENGTH)).containsExactly(-1, me);
        assertThat(theirs.owners(1, 1)).isEmpty();
        array.unlock(0);
        array.unlock(LENGTH - 1);
        assertThat(array.owners(0, LENGTH)).containsOnly(-1);
    }

    @Test
    void badUse() throws Exception {
        assertThatThrownBy(() -> array.lock(LENGTH))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("lock 1000 of LOCK_ARRAY[a");
        assertThatThrownBy(() -> array.lock(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> array.owners(0, LENGTH + 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> array.unlock(5)).isInstanceOf(IllegalMonitorStateException.class);
        array.lock(5);
        assertThatThrownBy(() -> array.unlock(4)).isInstanceOf(IllegalMonitorStateException.class);
        assertThatThrownBy(() -> array.lock(5)).isInstanceOf(IllegalStateException.class);
        assertThat(array.tryLock(5)).isFalse();
        assertThat(array.at(5).tryLock()).isFalse();
        assertThat(array.tryLock(5, 1, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(array.tryAcquire(5, 1, TimeUnit.MILLISECONDS, region.attach()))
                .isEmpty();
        assertThatThrownBy(() -> region.attach().close())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("still holds lock 'a[5]'");
        array.unlock(5);
        assertThatIllegalArgumentException().isThrownBy(() -> region.lockArray("b", 0));
        assertThatIllegalArgumentException().isThrownBy(() -> region.lockArray("a", LENGTH + 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        region.lockArray("a", LENGTH, LockOptions.defaults().kind(LockKind.TICKET)));
        assertThatThrownBy(() -> region.lockArray("big", 1 << 20)).isInstanceOf(RegionException.class);
    }

    @Test
    void aReentrantViewLocksAgain() {
        SharedLockArray again =
                region.lockArray("a", LENGTH, LockOptions.defaults().reentrant());
        again.lock(3);
        again.lock(3);
        again.unlock(3);
        assertThat(array.isLocked(3)).isTrue();
        again.unlock(3);
        assertThat(array.isLocked(3)).isFalse();
    }

    @Test
    void anOwnersDeathIsToldOnceForEachLock() throws Exception {
        try (Team team = new Team()) {
            team.run("careless", () -> {
                        array.lock(7);
                        array.lock(8);
                    })
                    .get();
        }
        SharedLockArray theirs = other.lockArray("a", LENGTH);
        assertThatThrownBy(() -> theirs.lock(7))
                .isInstanceOf(OwnerDiedException.class)
                .hasMessageContaining("an owner of lock 'a[7]' died holding it; take it");
        try (LockGuard guard = theirs.acquire(7)) {
            assertThat(guard.ownerDied()).isTrue();
            assertThat(guard.deadOwner()).isEmpty();
            guard.markConsistent();
        }
        theirs.lock(7);
        theirs.unlock(7);
        assertThat(theirs.isInconsistent(7)).isFalse();
        SharedLockArray careless =
                region.lockArray("a", LENGTH, LockOptions.defaults().onOwnerDeath(OnOwnerDeath.CONTINUE));
        careless.lock(8);
        careless.unlock(8);
        assertThat(region.events())
                .filteredOn(event -> event.type() == RegionEvent.Type.OWNER_REPLACED)
                .extracting(event -> event.lock().orElse(""))
                .containsExactly("a[7]", "a[8]");
    }

    @Test
    void whatADeadOwnerHeldIsReclaimed() throws Exception {
        try (Team team = new Team()) {
            team.run("careless", () -> array.lock(LENGTH / 2)).get();
        }
        Await.until(
                "reclaimed",
                () -> region.session().registry().reclaimer().reclaimDead() > 0 && !array.isLocked(LENGTH / 2));
        assertThat(array.isInconsistent(LENGTH / 2)).isTrue();
    }

    @Test
    void tokensGrow() {
        long first;
        try (LockGuard guard = array.acquire(1)) {
            first = guard.fencingToken();
        }
        try (LockGuard guard = other.lockArray("a", LENGTH).acquire(1)) {
            assertThat(guard.fencingToken()).isGreaterThan(first);
        }
    }

    // ---- several at once

    @Test
    void allOrNone() throws Exception {
        HeldLocks held = array.lockAll(9, 3, 5);
        assertThat(array.owners(0, 10)).containsExactly(-1, -1, -1, 0, -1, 0, -1, -1, -1, 0);
        held.close();
        assertThat(array.owners(0, 10)).containsOnly(-1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> array.lockAll(3, 9, 3))
                .withMessageContaining("lock 3 of LOCK_ARRAY[a");
        try (Team team = new Team()) {
            team.run("careless", () -> array.lock(5)).get();
        }
        assertThatThrownBy(() -> array.lockAll(9, 3, 5)).isInstanceOf(OwnerDiedException.class);
        assertThat(array.owners(0, 10)).containsOnly(-1);
    }

    @Test
    void namedLocksTogether() {
        SharedLock a = region.lock("one");
        SharedLock b = region.lock("two");
        try (HeldLocks held = LockRegion.lockAll(b, a)) {
            assertThat(held).isNotNull();
            assertThat(a.isHeldByCurrentThread() && b.isHeldByCurrentThread()).isTrue();
        }
        assertThat(a.isHeldByCurrentThread() || b.isHeldByCurrentThread()).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> LockRegion.lockAll(a, region.lock("one")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LockRegion.lockAll(a, other.lock("two")))
                .withMessageContaining("different regions");
    }

    /** Locks of all sorts, in whatever order: each waits for the others at the same place, so all get through. */
    @Test
    void locksOfAllSortsTogether() throws Exception {
        Random random = new Random(7);
        int rounds = 2_000;
        long[] counts = new long[1];
        try (Team team = new Team()) {
            for (int i = 0; i < 3; i++) {
                LockRegion of = i % 2 == 0 ? region : other;
                long seed = random.nextLong();
                team.run("member " + i, () -> {
                    SharedLockArray accounts = of.lockArray("mixed", 4);
                    SharedReadWriteLock rw = of.readWriteLock("rw");
                    List<Lock> locks = new ArrayList<>(List.of(
                            of.lock("plain"), accounts.at(3), rw.writeLock(), accounts.at(0), of.lock("second")));
                    Random order = new Random(seed);
                    for (int round = 0; round < rounds; round++) {
                        Collections.shuffle(locks, order);
                        HeldLocks held = LockRegion.lockAll(locks.toArray(Lock[]::new));
                        counts[0]++;
                        held.close();
                    }
                });
            }
            team.join();
        }
        assertThat(counts[0]).isEqualTo(3L * rounds);
        assertThat(region.locks()).allMatch(info -> info.owner().isEmpty());
    }

    @Test
    void whatCannotBeTakenTogether() {
        SharedLockArray array = region.lockArray("four", 4);
        SharedReadWriteLock rw = region.readWriteLock("rw");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LockRegion.lockAll(array.at(1), region.lock("plain"), array.at(1)))
                .withMessageContaining("four[1] in ")
                .withMessageContaining("is given twice");
        assertThatIllegalArgumentException().isThrownBy(() -> LockRegion.lockAll(rw.readLock(), rw.writeLock()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LockRegion.lockAll(array.at(1), other.lock("plain")))
                .withMessageContaining("of different regions");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LockRegion.lockAll(new ReentrantLock()))
                .withMessageContaining("is no lock of a region");
        assertThat(array.isLocked(1)).isFalse();
        assertThat(region.lock("plain").owner()).isEmpty();
    }

    @Test
    void oneOfThemAsALock() throws Exception {
        SharedLockArray array = region.lockArray("four", 4);
        Lock lock = array.at(2);
        assertThat(lock).hasToString("four[2] in " + region.path());
        assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
        assertThatThrownBy(lock::newCondition)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("newCondition(index, name)");
        lock.lock();
        assertThat(array.isHeldByCurrentThread(2)).isTrue();
        try (Team team = new Team()) {
            Member<Boolean> attempts = team.start("other", () -> {
                Lock theirs = other.lockArray("four", 4).at(2);
                return theirs.tryLock() || theirs.tryLock(10, TimeUnit.MILLISECONDS);
            });
            assertThat(attempts.get()).isFalse();
        }
        lock.unlock();
        lock.lockInterruptibly();
        lock.unlock();
        assertThat(lock.tryLock()).isTrue();
        lock.unlock();
        assertThat(lock.tryLock(1, TimeUnit.SECONDS)).isTrue();
        lock.unlock();
        assertThat(array.isLocked(2)).isFalse();
    }

    @Test
    void oneOfThemHasConditionsByName() throws Exception {
        SharedLockArray array = region.lockArray("four", 4);
        SharedCondition filled = array.newCondition(2, "filled");
        assertThat(filled).hasToString("SharedCondition[of four[2] in " + region.path() + "]");
        assertThatThrownBy(filled::signal)
                .isInstanceOf(IllegalMonitorStateException.class)
                .hasMessageContaining("does not hold lock 'four[2]'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> other.lockArray("four", 4).newCondition(1, "filled"))
                .withMessageContaining("belongs to lock 'four[2]', not to 'four[1]'");
        try (Team team = new Team()) {
            Member<Boolean> waiter = team.start("waiter", () -> {
                SharedLockArray theirs = other.lockArray("four", 4);
                try (LockGuard guard = theirs.acquire(2)) {
                    theirs.newCondition(2, "filled").await();
                    return theirs.isHeldByCurrentThread(2) && guard.fencingToken() > 0;
                }
            });
            // It queues before it gives the lock back.
            Await.until("it waits", () -> filled.getWaitQueueLength() == 1 && !array.isLocked(2));
            array.lock(2);
            filled.signal();
            assertThat(waiter.isDone()).isFalse();
            array.unlock(2);
            assertThat(waiter.get()).isTrue();
        }
        assertThat(array.isLocked(2)).isFalse();
    }

    /** Transfers between accounts, in whatever direction: neither a deadlock nor a lost cent. */
    @Test
    void transfersLoseNothing() throws Exception {
        long seed = Seeds.of("SharedLockArrayTest", 1);
        long[] accounts = new long[8];
        try (Team team = new Team()) {
            for (int i = 0; i < 4; i++) {
                SharedLockArray theirs = i % 2 == 0 ? array : other.lockArray("a", LENGTH);
                Random random = new Random(seed + i);
                team.run("teller " + i, () -> transfer(theirs, accounts, random));
            }
            team.join();
        }
        long sum = 0;
        for (long account : accounts) {
            sum += account;
        }
        assertThat(sum).isZero();
    }

    private static void transfer(SharedLockArray array, long[] accounts, Random random) {
        for (int round = 0; round < 3_000; round++) {
            int from = random.nextInt(accounts.length);
            int to = (from + 1 + random.nextInt(accounts.length - 1)) % accounts.length;
            try (HeldLocks held = array.lockAll(from, to)) {
                assertThat(held).isNotNull();
                accounts[from] -= round;
                accounts[to] += round;
            }
        }
    }

    @Test
    void waitersOfOneLockAreToldApartFromThoseOfAnother() throws Exception {
        array.lock(1);
        array.lock(2);
        try (Team team = new Team()) {
            Member<?> one = team.run("one", () -> {
                array.lock(1);
                array.unlock(1);
            });
            Regions.awaitWaiting(region, "a[1]", 1);
            array.unlock(2);
            assertThat(one.isDone()).isFalse();
            array.unlock(1);
            one.get();
        }
    }
}
