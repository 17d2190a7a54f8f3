package io.pvlock.deadlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.HeldLocks;
import io.pvlock.Inside;
import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.SharedLockArray;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.internal.session.LockOrder;
import io.pvlock.testing.Regions;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LockOrderTest {

    @TempDir
    Path directory;

    private LockRegion region;
    private SharedLock a;
    private SharedLock b;
    private SharedLock c;

    @BeforeEach
    void open() {
        System.setProperty(LockOrder.PROPERTY, "true");
        try {
            region = Regions.open(directory);
        } finally {
            System.clearProperty(LockOrder.PROPERTY);
        }
        a = region.lock("a");
        b = region.lock("b");
        c = region.lock("c");
    }

    @AfterEach
    void close() {
        region.close();
    }

    private static void both(SharedLock first, SharedLock second) {
        first.lock();
        second.lock();
        second.unlock();
        first.unlock();
    }

    private static void otherWayRound(SharedLock first, SharedLock second) {
        both(second, first);
    }

    @Test
    void aContradictionIsReportedOnceWithBothPlaces() {
        both(a, b);
        both(a, b);
        assertThat(region.lockOrderReports()).isEmpty();
        otherWayRound(a, b);
        otherWayRound(a, b);
        assertThat(region.lockOrderReports()).hasSize(1);
        assertThat(region.lockOrderReports().get(0))
                .startsWith("possible deadlock: lock 'a' is waited for by who holds 'b', here:")
                .contains("but 'b' was waited for by who held 'a', here:")
                .contains("LockOrderTest.otherWayRound(")
                .contains("thread '" + Thread.currentThread().getName() + "'");
    }

    @Test
    void aLongerCircleIsFoundToo() {
        both(a, b);
        both(b, c);
        assertThat(region.lockOrderReports()).isEmpty();
        both(c, a);
        assertThat(region.lockOrderReports()).hasSize(1);
        assertThat(region.lockOrderReports().get(0)).contains("but 'c' was waited for by who held 'b'");
    }

    @Test
    void whatIsNotHeldTogetherHasNoOrder() throws InterruptedException {
        a.lock();
        a.unlock();
        both(b, a);
        SharedLock again = region.lock("a", LockOptions.defaults().reentrant());
        again.lock();
        again.lock();
        again.unlock();
        again.unlock();
        b.lock();
        b.unlock();
        assertThat(region.lockOrderReports()).isEmpty();
    }

    @Test
    void anAttemptThatDoesNotWaitCannotDeadlock() throws InterruptedException {
        both(a, b);
        b.lock();
        assertThat(a.tryLock()).isTrue();
        a.unlock();
        assertThat(region.lockOrderReports()).isEmpty();
        assertThat(a.tryLock(1, TimeUnit.SECONDS)).isTrue();
        a.unlock();
        b.unlock();
        assertThat(region.lockOrderReports()).hasSize(1);
    }

    @Test
    void arraysAndGuardsCount() {
        SharedLockArray array = region.lockArray("array", 10);
        try (HeldLocks held = array.lockAll(3, 4)) {
            assertThat(held).isNotNull();
            a.lock();
            a.unlock();
        }
        try (LockGuard guard = a.acquire()) {
            assertThat(guard.ownerDied()).isFalse();
            array.lock(9);
            array.unlock(9);
        }
        assertThat(region.lockOrderReports()).hasSize(1);
    }

    /** Two that read and write in this way wait for each other, if they come at the wrong time. */
    @Test
    void readersCount() {
        SharedReadWriteLock rw = region.readWriteLock("rw");
        rw.readLock().lock();
        rw.readLock().lock();
        a.lock();
        a.unlock();
        rw.readLock().unlock();
        rw.readLock().unlock();
        b.lock();
        b.unlock();
        a.lock();
        assertThat(rw.readLock().tryLock()).isTrue();
        rw.readLock().unlock();
        assertThat(region.lockOrderReports()).isEmpty();
        rw.writeLock().lock();
        rw.writeLock().unlock();
        a.unlock();
        assertThat(region.lockOrderReports()).singleElement().asString().contains("'rw'", "'a'");
        // What is held no longer is no reason for a report either.
        c.lock();
        rw.readLock().lock();
        rw.readLock().unlock();
        c.unlock();
        c.lock();
        c.unlock();
        assertThat(region.lockOrderReports()).hasSize(1);
    }

    @Test
    void withoutThePropertyNothingIsKept() {
        try (LockRegion plain = Regions.open(directory)) {
            both(plain.lock("a"), plain.lock("b"));
            otherWayRound(plain.lock("a"), plain.lock("b"));
            assertThat(plain.lockOrderReports()).isEmpty();
            assertThat(Inside.session(plain).order()).isNull();
            assertThat(Inside.locking(plain.lock("a")).fastSession()).isSameAs(Inside.session(plain));
        }
    }
}
