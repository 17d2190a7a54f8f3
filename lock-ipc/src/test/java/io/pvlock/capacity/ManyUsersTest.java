package io.pvlock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.Inside;
import io.pvlock.LockOptions;
import io.pvlock.ObjectType;
import io.pvlock.RegionOptions;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.core.KillPoint;
import io.pvlock.core.Participant;
import io.pvlock.internal.directory.LockDirectory.Template;
import io.pvlock.internal.layout.ConditionDescriptor;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.internal.wait.ReadWords;
import io.pvlock.internal.wait.VcpuWords;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What an object costs does not grow with those who ever used it: counted are the looks at the words of others. All vCPUs have had
 * permits, have waited and have read; then the objects are used by one thread.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManyUsersTest extends RegionTest {

    private static final int VCPUS = 1000;

    /** Words of one line. */
    private static final int FEW = 8;

    /** After so many uses nobody looks at the former users any more. */
    private static final int WARM_UP = 32;

    private volatile Thread user;
    private int looks;

    @Override
    protected RegionOptions options() {
        return Regions.small().maxVcpus(VCPUS).objectBytes(1 << 18);
    }

    @BeforeEach
    void countLooks() {
        assumeTrue(KillPoint.ENABLED, "kill points are compiled away");
        KillPoint.handler((point, who) -> {
            if (point == KillPoint.WORD_SEEN && Thread.currentThread() == user) {
                looks++;
            }
        });
    }

    @AfterEach
    void noHandler() {
        if (KillPoint.ENABLED) {
            KillPoint.handler((point, who) -> {});
        }
    }

    private VcpuRegistry registry() {
        return Inside.session(region).registry();
    }

    /** All vCPUs but this thread's have had a word there. */
    private void used(VcpuWords words) {
        int mine = region.attach().index();
        for (int vcpu = 0; vcpu < VCPUS; vcpu++) {
            if (vcpu != mine) {
                Participant user = new Participant(registry().vcpus(), vcpu, 1);
                words.put(user, 1);
                words.put(user, 0);
            }
        }
    }

    private int looksOf(Runnable use) {
        user = Thread.currentThread();
        for (int i = 0; i < WARM_UP; i++) {
            use.run();
        }
        int most = 0;
        for (int i = 0; i < WARM_UP; i++) {
            looks = 0;
            use.run();
            most = Math.max(most, looks);
        }
        return most;
    }

    private SharedSemaphore usedSemaphore(boolean fair) {
        SharedSemaphore semaphore = fair ? region.fairSemaphore("s", 3) : region.semaphore("s", 3);
        int body = Inside.object(semaphore).body();
        used(new VcpuWords(registry(), body));
        used(new VcpuWords(registry(), body + VcpuWords.length(VCPUS)));
        return semaphore;
    }

    @Test
    void aSemaphore() {
        SharedSemaphore semaphore = usedSemaphore(false);
        assertThat(looksOf(() -> {
                    semaphore.acquireUninterruptibly();
                    semaphore.release();
                }))
                .isZero();
    }

    @Test
    void aFairSemaphore() {
        SharedSemaphore semaphore = usedSemaphore(true);
        assertThat(looksOf(() -> {
                    semaphore.acquireUninterruptibly();
                    semaphore.release();
                }))
                .isZero();
    }

    @Test
    void aSemaphoreWithoutPermits() {
        SharedSemaphore semaphore = usedSemaphore(false);
        semaphore.acquireUninterruptibly(3);
        assertThat(looksOf(() -> assertThat(semaphore.tryAcquire()).isFalse())).isBetween(1, FEW);
        semaphore.release(3);
    }

    @Test
    void aSignalWithNobodyWaiting() {
        SharedLock lock = region.lock("lock");
        SharedCondition condition = lock.newCondition("condition");
        int extent = Inside.session(region)
                .findOrCreate(
                        "condition", Template.object(ObjectType.CONDITION, LockOptions.Policy.HYBRID, 0, List.of()))
                .extentOffset();
        used(new VcpuWords(registry(), extent + ConditionDescriptor.QUEUE_OFFSET));
        lock.lock();
        assertThat(looksOf(condition::signal)).isZero();
        lock.unlock();
    }

    @Test
    void aWriteLock() {
        SharedReadWriteLock lock = region.readWriteLock("rw");
        used(ReadWords.of(registry(), Inside.object(lock).extent()));
        Runnable write = () -> {
            lock.writeLock().lock();
            lock.writeLock().unlock();
        };
        assertThat(looksOf(write)).isZero();
        lock.readLock().lock();
        lock.readLock().unlock();
        write.run();
        assertThat(looksOf(() -> {
                    write.run();
                    lock.readLock().lock();
                    lock.readLock().unlock();
                }))
                .isBetween(1, 3 * FEW);
    }
}
