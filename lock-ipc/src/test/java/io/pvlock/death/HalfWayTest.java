package io.pvlock.death;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.Inside;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.core.KillPoint;
import io.pvlock.internal.layout.ReadWriteLockDescriptor;
import io.pvlock.internal.lock.LockSet;
import io.pvlock.internal.slot.SlotState;
import io.pvlock.internal.wait.VcpuWords;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What fails half-way, for whatever reason, gives back what it had taken. */
@Timeout(value = 60, threadMode = SEPARATE_THREAD)
class HalfWayTest extends RegionTest {

    private static final int VCPUS = 4;
    private static final int LOCKS = 4;

    @Override
    protected RegionOptions options() {
        return Regions.small().maxVcpus(VCPUS).maxLocks(LOCKS).maxProcesses(2);
    }

    /** Stands for any that a JVM may throw anywhere. */
    private static final class Failure extends Error {
        private static final long serialVersionUID = 1;
    }

    @BeforeEach
    void open() {
        assumeTrue(KillPoint.ENABLED, "kill points are compiled away");
    }

    @AfterEach
    void close() {
        if (KillPoint.ENABLED) {
            KillPoint.handler((point, who) -> {});
        }
    }

    private static void failAt(KillPoint wanted) {
        KillPoint.handler((point, who) -> {
            if (point == wanted) {
                throw new Failure();
            }
        });
    }

    private void assertFails(Runnable action) {
        assertThatThrownBy(action::run).isInstanceOf(Failure.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = KillPoint.class,
            names = {"SLOT_CLAIMED", "SENTINEL_INITIALISED", "SENTINEL_LOCKED", "SLOT_ATTACHED"})
    void attaching(KillPoint point) {
        SharedLock lock = region.lock("lock");
        failAt(point);
        for (int i = 0; i < 2 * VCPUS; i++) {
            assertFails(lock::lock);
        }
        for (int vcpu = 0; vcpu < VCPUS; vcpu++) {
            assertThat(SlotState.name(Inside.session(region).registry().vcpus().stateVolatile(vcpu)))
                    .isEqualTo("free");
        }
        KillPoint.handler((at, who) -> {});
        lock.lock();
        lock.unlock();
    }

    @ParameterizedTest
    @EnumSource(
            value = KillPoint.class,
            names = {
                "BUCKET_CLAIMED",
                "ENTRY_RESERVED",
                "ENTRY_UNLISTED",
                "EXTENT_FILLED",
                "ENTRY_FILLED",
                "BUCKET_FILLED"
            })
    void makingAnObject(KillPoint point) {
        failAt(point);
        for (int i = 0; i < 2 * LOCKS; i++) {
            int name = i;
            assertFails(() -> region.semaphore("never made " + name, 1));
        }
        KillPoint.handler((at, who) -> {});
        for (int i = 0; i < LOCKS; i++) {
            assertThat(region.semaphore("made " + i, 1).availablePermits()).isEqualTo(1);
        }
        assertThat(region.check().findings()).isEmpty();
    }

    @Test
    void openingARegion() {
        failAt(KillPoint.PROCESS_ENTERED);
        for (int i = 0; i < 4; i++) {
            assertFails(() -> LockRegion.open(region.path()));
        }
        KillPoint.handler((at, who) -> {});
        try (LockRegion again = LockRegion.open(region.path())) {
            assertThat(again.lock("lock").tryLock()).isTrue();
            again.lock("lock").unlock();
        }
    }

    /** Also what a reclaimer that is killed leaves: it does each word and each slot in one step. */
    @ParameterizedTest
    @EnumSource(
            value = KillPoint.class,
            names = {"RECLAIM_MARKED", "DEAD_WORD_CLEARED", "DEAD_UNHASHED", "DEAD_NODES_FREED"})
    void reclaiming(KillPoint point) throws Exception {
        SharedSemaphore semaphore = region.semaphore("semaphore", 1);
        SharedReadWriteLock lock = region.readWriteLock("rw");
        Thread ends = new Thread(() -> {
            semaphore.acquireUninterruptibly();
            lock.readLock().lock();
        });
        ends.start();
        ends.join();
        failAt(point);
        assertFails(() -> {
            while (Inside.session(region).registry().reclaimer().reclaimDead() == 0) {
                Thread.onSpinWait(); // the kernel takes a while to end it, too
            }
        });
        KillPoint.handler((at, who) -> {});
        assertThat(Inside.session(region).registry().reclaimer().reclaimDead()).isEqualTo(1);
        assertThat(VcpuWords.value(Inside.session(region)
                        .memory()
                        .getLong(Inside.object(semaphore).body())))
                .isZero();
        assertThat(VcpuWords.value(Inside.session(region)
                        .memory()
                        .getLong(Inside.object(lock).body() + ReadWriteLockDescriptor.READERS_OFFSET)))
                .isZero();
    }

    @Test
    void takingSeveralLocks() {
        SharedLock first = region.lock("first");
        SharedLock second = region.lock("second");
        first.lock(); // attached
        first.unlock();
        List<Integer> taken = new ArrayList<>();
        assertFails(() -> LockSet.lockAll(
                3,
                i -> {
                    if (i == 2) {
                        throw new Failure();
                    }
                    taken.add(i);
                    (i == 0 ? first : second).lock();
                },
                i -> (i == 0 ? first : second).unlock()));
        assertThat(taken).containsExactly(0, 1);
        assertThat(first.owner()).isEmpty();
        assertThat(second.owner()).isEmpty();
    }

    @Test
    void givingBackSeveralLocks() {
        List<Integer> unlocked = new ArrayList<>();
        LockSet held = LockSet.lockAll(4, i -> {}, i -> {
            unlocked.add(i);
            if (i == 3) {
                throw new IllegalMonitorStateException("third");
            } else if (i == 1) {
                throw new IllegalMonitorStateException("first");
            }
        });
        assertThatThrownBy(held::close)
                .hasMessage("third")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .extracting(Throwable::getMessage)
                        .containsExactly("first"));
        assertThat(unlocked).containsExactly(3, 2, 1, 0);
        held.close();
        assertThat(unlocked).hasSize(4);
    }
}
