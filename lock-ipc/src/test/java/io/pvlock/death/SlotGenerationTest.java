package io.pvlock.death;

import static io.pvlock.kit.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.Inside;
import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.ObjectType;
import io.pvlock.OwnerDiedException;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.SharedLockArray;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedRecord;
import io.pvlock.SharedSemaphore;
import io.pvlock.SharedSequenceLock;
import io.pvlock.Vcpu;
import io.pvlock.VcpuInfo;
import io.pvlock.WriteGuard;
import io.pvlock.core.LockCell;
import io.pvlock.internal.directory.LockDirectory.Template;
import io.pvlock.internal.layout.ConditionDescriptor;
import io.pvlock.internal.layout.ReadWriteLockDescriptor;
import io.pvlock.internal.layout.SequenceDescriptor;
import io.pvlock.internal.object.SingleWriter;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.slot.SlotState;
import io.pvlock.internal.wait.VcpuWords;
import io.pvlock.internal.wait.WaitQueue;
import io.pvlock.kit.Team;
import io.pvlock.testing.RegionTest;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A slot's generation has 16 bits: its 65,536th user to come has the name of one that died long ago, and must not have anything
 * of it. The generation is set back here, so that it is the next one.
 */
@Timeout(value = 60, threadMode = SEPARATE_THREAD)
class SlotGenerationTest extends RegionTest {

    private static final int SLOT = 0;

    private long slotState() {
        return Inside.session(region).registry().vcpus().stateVolatile(SLOT);
    }

    /** Does something by the slot's user, which then ends without giving anything back. */
    private int dies(Team.Action last) throws Exception {
        int owner;
        try (Team team = new Team()) {
            owner = team.start("dies", () -> {
                        Vcpu me = region.attach();
                        assertThat(me.index()).isEqualTo(SLOT);
                        last.run();
                        return Inside.attachment(me).participant.ownerWord();
                    })
                    .get();
        }
        return owner;
    }

    private void reclaim() {
        until("the slot is free", () -> {
            Inside.session(region).registry().reclaimer().reclaimDead();
            return SlotState.status(slotState()) == SlotState.FREE;
        });
    }

    /** Runs something by a user of the slot that has the same name as {@code dead}. */
    private void namesake(int dead, Team.Action action) throws Exception {
        reclaim();
        long before = slotState();
        long generation = LockCell.ownerGeneration(dead) - 1 & 0xffff;
        assertThat(Inside.session(region)
                        .registry()
                        .vcpus()
                        .casState(SLOT, before, before & ~(0xffffL << 32) | generation << 32))
                .isTrue();
        try (Team team = new Team()) {
            team.run("namesake", () -> {
                        Vcpu me = region.attach();
                        assertThat(Inside.attachment(me).participant.ownerWord())
                                .isEqualTo(dead);
                        action.run();
                    })
                    .get();
        }
    }

    // ---- read-write lock

    @Test
    void aReadHold() throws Exception {
        SharedReadWriteLock lock = region.readWriteLock("rw");
        int dead = dies(lock.readLock()::lock);
        namesake(dead, () -> {
            assertThat(lock.getReadHoldCount()).isZero();
            assertThat(lock.readers()).isZero();
            try (Team team = new Team()) {
                team.run("writes", () -> {
                    assertThat(lock.writeLock().tryLock()).isTrue();
                    lock.writeLock().unlock();
                });
            }
            assertThatThrownBy(lock.readLock()::unlock).isInstanceOf(IllegalMonitorStateException.class);
        });
    }

    @Test
    void aWriteLock() throws Exception {
        SharedReadWriteLock lock = region.readWriteLock("rw");
        int dead = dies(lock.writeLock()::lock);
        namesake(dead, () -> {
            assertThat(lock.isWriteLocked()).isFalse();
            assertThatThrownBy(lock.readLock()::lock).isInstanceOf(OwnerDiedException.class);
            try (WriteGuard guard = lock.acquireWrite()) {
                assertThat(guard.ownerDied()).isTrue();
                guard.markConsistent();
            }
            lock.readLock().lock();
            lock.readLock().unlock();
        });
    }

    @Test
    void anUpdateLock() throws Exception {
        SharedReadWriteLock lock = region.readWriteLock("rw");
        int dead = dies(lock.updateLock()::lock);
        namesake(dead, () -> {
            assertThat(lock.isUpdateLocked()).isFalse();
            lock.writeLock().lock();
            lock.writeLock().unlock();
        });
    }

    @Test
    void aWriterThatWaited() throws Exception {
        SharedReadWriteLock lock = region.readWriteLock("rw");
        int head = Inside.object(lock).body() + ReadWriteLockDescriptor.HEAD_OFFSET;
        dies(() -> Inside.session(region)
                .memory()
                .putLongVolatile(
                        head,
                        (long) Inside.attachment(region.attach()).participant.ownerWord() << 32 | 7));
        reclaim();
        assertThat(Inside.session(region).memory().getLongVolatile(head)).isZero();
    }

    // ---- semaphore

    @Test
    void permits() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", 3);
        int dead = dies(() -> semaphore.acquire(2));
        namesake(dead, () -> {
            assertThat(semaphore.availablePermits()).isEqualTo(3);
            assertThatThrownBy(semaphore::release).isInstanceOf(IllegalMonitorStateException.class);
        });
    }

    private WaitQueue queueOf(SharedSemaphore semaphore) {
        int words = Inside.object(semaphore).body()
                + VcpuWords.length(Inside.session(region).maxVcpus());
        return new WaitQueue(
                Inside.session(region).registry(),
                Inside.object(semaphore).extent(),
                words,
                Inside.object(semaphore).monitor().cell());
    }

    @Test
    void aPlaceInASemaphoresQueue() throws Exception {
        SharedSemaphore semaphore = region.fairSemaphore("s", 1);
        WaitQueue queue = queueOf(semaphore);
        int dead = dies(() -> {
            Attachment me = Inside.object(semaphore).enter();
            queue.join(me.participant, true);
            Inside.object(semaphore).exit(me);
        });
        namesake(dead, () -> {
            assertThat(semaphore.getQueueLength()).isZero();
            assertThat(semaphore.tryAcquire()).isTrue();
            semaphore.release();
        });
    }

    // ---- condition

    private WaitQueue queueOf(SharedLock lock, String condition) {
        lock.newCondition(condition);
        int extent = Inside.session(region)
                .findOrCreate(condition, Template.object(ObjectType.CONDITION, LockOptions.Policy.HYBRID, 0, List.of()))
                .extentOffset();
        return new WaitQueue(
                Inside.session(region).registry(),
                extent,
                extent + ConditionDescriptor.QUEUE_OFFSET,
                Inside.locking(lock).cell());
    }

    @Test
    void aPlaceInAConditionsQueue() throws Exception {
        SharedLock lock = region.lock("lock");
        WaitQueue queue = queueOf(lock, "condition");
        int dead = dies(() -> {
            lock.lock();
            queue.join(Inside.attachment(region.attach()).participant, true);
            lock.unlock();
        });
        namesake(dead, () -> assertThat(queue.waiters()).isZero());
    }

    @Test
    void aWakeUpThatNobodyElseWaitsFor() throws Exception {
        SharedLock lock = region.lock("lock");
        WaitQueue queue = queueOf(lock, "condition");
        int dead = dies(() -> {
            lock.lock();
            queue.join(Inside.attachment(region.attach()).participant, true);
            queue.wake(1);
            lock.unlock();
        });
        namesake(dead, () -> assertThat(queue.hasWakeUpToPassOn()).isFalse());
    }

    @Test
    void aWakeUpOfTheDeadIsNotLostToWhoeverWaits() throws Exception {
        SharedLock lock = region.lock("lock");
        SharedCondition condition = lock.newCondition("condition");
        WaitQueue queue = queueOf(lock, "condition");
        CountDownLatch queued = new CountDownLatch(1);
        CountDownLatch signal = new CountDownLatch(1);
        try (Team team = new Team()) {
            Team.Member<Void> dies = team.run("dies", () -> {
                lock.lock();
                queue.join(Inside.attachment(region.attach()).participant, true);
                lock.unlock();
                queued.countDown();
                signal.await();
                lock.lock();
                assertThat(queue.wake(1)).isEqualTo(1);
                lock.unlock();
            });
            queued.await();
            Team.Member<Boolean> waits = team.start("waits", () -> {
                lock.lock();
                boolean signalled = condition.await(60, TimeUnit.SECONDS);
                lock.unlock();
                return signalled;
            });
            until("it waits", () -> condition.getWaitQueueLength() == 2);
            signal.countDown();
            dies.get();
            until("the other has the wake-up", () -> {
                Inside.session(region).registry().reclaimer().reclaimDead();
                return waits.isDone();
            });
            assertThat(waits.get()).isTrue();
        }
        reclaim();
        assertThat(condition.getWaitQueueLength()).isZero();
    }

    // ---- writers without a lock

    @Test
    void theWriterOfASequenceLock() throws Exception {
        SharedSequenceLock lock = region.singleWriterSequenceLock("sequence");
        int dead = dies(lock::writeBegin);
        namesake(dead, () -> {
            assertThat(lock.isWriteLocked()).isFalse();
            assertThatThrownBy(lock::readBegin).isInstanceOf(OwnerDiedException.class);
            assertThatThrownBy(lock::writeEnd).isInstanceOf(IllegalMonitorStateException.class);
            try (WriteGuard guard = lock.acquireWrite()) {
                assertThat(guard.ownerDied()).isTrue();
                guard.markConsistent();
            }
            lock.writeBegin();
            lock.writeEnd();
        });
    }

    @Test
    void theWriterOfASequenceLockWithALock() throws Exception {
        SharedSequenceLock lock = region.sequenceLock("sequence");
        int dead = dies(lock::writeBegin);
        namesake(dead, () -> {
            assertThat(lock.isWriteLocked()).isFalse();
            try (WriteGuard guard = lock.acquireWrite()) {
                assertThat(guard.ownerDied()).isTrue();
                guard.markConsistent();
            }
        });
    }

    @Test
    void aWriterIsNamedAgainOnlyWhileItsSlotIsItsOwn() throws Exception {
        SharedSequenceLock lock = region.singleWriterSequenceLock("sequence");
        int dead = dies(lock::writeBegin);
        SingleWriter writer =
                new SingleWriter(Inside.object(lock), Inside.object(lock).body() + SequenceDescriptor.WRITER_OFFSET);
        writer.leaveTo(dead);
        assertThat(writer.current()).isEqualTo(dead);
        reclaim();
        assertThat(writer.current()).isEqualTo(SingleWriter.NOBODY);
        writer.leaveTo(dead);
        assertThat(writer.current()).isEqualTo(SingleWriter.NOBODY);
    }

    @Test
    void theWriterOfARecord() throws Exception {
        SharedRecord record = region.singleWriterRecord("record", 8);
        int dead = dies(() -> new SingleWriter(
                        Inside.object(record), Inside.object(record).body() + SequenceDescriptor.WRITER_OFFSET)
                .enter(Inside.attachment(region.attach())));
        namesake(dead, () -> record.write(buffer -> buffer.putLong(0, 1)));
        assertThat(record.version()).isEqualTo(1);
    }

    // ---- locks

    @Test
    void theOwnerOfALock() throws Exception {
        SharedLock lock = region.lock("lock");
        SharedLockArray array = region.lockArray("array", 10);
        int dead = dies(() -> {
            lock.lock();
            array.lock(9);
        });
        namesake(dead, () -> {
            assertThat(lock.isHeldByCurrentThread()).isFalse();
            assertThat(array.isHeldByCurrentThread(9)).isFalse();
            assertThatThrownBy(lock::lock).isInstanceOf(OwnerDiedException.class);
            assertThatThrownBy(() -> array.lock(9)).isInstanceOf(OwnerDiedException.class);
        });
    }

    @Test
    void aSecondDeathUnderTheSameNameIsCounted() throws Exception {
        SharedLock lock = region.lock("lock");
        int dead = dies(lock::lock);
        namesake(dead, () -> {
            try (LockGuard guard = lock.acquire()) {
                guard.markConsistent();
            }
            assertThat(Inside.locking(lock).lastDeath()).isPresent();
            lock.lock();
        });
        reclaim();
        assertThat(region.locks().get(0).deaths()).isEqualTo(2);
    }

    // ---- the rebuilder

    @Test
    void repairingAnUnusedRegionClearsAllWords() throws Exception {
        SharedSemaphore semaphore = region.semaphore("s", 3);
        SharedReadWriteLock lock = region.readWriteLock("rw");
        dies(() -> {
            semaphore.acquire();
            lock.readLock().lock();
        });
        until("it has ended", () -> region.vcpus().stream().noneMatch(VcpuInfo::alive));
        assertThat(region.repair().repaired()).isTrue();
        assertThat(VcpuWords.value(Inside.session(region)
                        .memory()
                        .getLong(Inside.object(semaphore).body())))
                .isZero();
        assertThat(VcpuWords.value(Inside.session(region)
                        .memory()
                        .getLong(Inside.object(lock).body() + ReadWriteLockDescriptor.READERS_OFFSET)))
                .isZero();
    }
}
