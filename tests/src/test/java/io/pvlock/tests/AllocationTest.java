package io.pvlock.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedRecord;
import io.pvlock.SharedSemaphore;
import io.pvlock.SharedSequenceLock;
import io.pvlock.Vcpu;
import io.pvlock.tests.process.WithProcesses;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Locking and unlocking allocate nothing, contended or not: no garbage collection is ever due to a lock. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AllocationTest extends WithProcesses {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int PAIRS = 100_000;
    /** Until one is without: what the JVM allocates for code that it links, or has not compiled yet, is in the first ones. */
    private static final int ROUNDS = 8;

    /** A busy machine compiles late; whoever allocates for ever does so in all of these. */
    private static final int MAX_ROUNDS = 200;

    /** Of a round: what measuring itself allocates. One byte a pair would be 100,000. */
    private static final long TOLERATED_BYTES = 2_048;

    /** Lock and unlock once; may not capture more than it is made with, and throws whatever. */
    private interface Pair {
        void run() throws Exception;
    }

    private static long allocatedBy(Pair pair) throws Exception {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < PAIRS; i++) {
            pair.run();
        }
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    private static long allocatedWhenWarm(Pair pair) throws Exception {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS || round < MAX_ROUNDS && least >= TOLERATED_BYTES; round++) {
            least = Math.min(least, allocatedBy(pair));
        }
        return least;
    }

    @Test
    void theMeasureSeesGarbage() throws Exception {
        Object[] sink = new Object[1];
        assertThat(allocatedBy(() -> sink[0] = new Object())).isGreaterThanOrEqualTo(16L * PAIRS);
    }

    @ParameterizedTest
    @EnumSource
    void uncontended(LockKind kind) throws Exception {
        SharedLock lock = region.region().lock("lock", LockOptions.defaults().kind(kind));
        Vcpu me = region.region().attach();
        assertThat(allocatedWhenWarm(() -> {
                    lock.lock(me);
                    lock.unlock(me);
                }))
                .as("explicit vCPU")
                .isLessThan(TOLERATED_BYTES);
        assertThat(allocatedWhenWarm(() -> {
                    lock.lock();
                    lock.unlock();
                }))
                .as("thread's vCPU")
                .isLessThan(TOLERATED_BYTES);
        assertThat(allocatedWhenWarm(() -> {
                    lock.tryLock();
                    lock.unlock();
                }))
                .as("tryLock")
                .isLessThan(TOLERATED_BYTES);
        assertThat(allocatedWhenWarm(() -> {
                    lock.tryLock(1, TimeUnit.SECONDS);
                    lock.unlock();
                }))
                .as("tryLock with a time")
                .isLessThan(TOLERATED_BYTES);
    }

    @Test
    void readersAndWriters() throws Exception {
        SharedReadWriteLock lock = region.region().readWriteLock("rw");
        assertNothing("read lock", () -> {
            lock.readLock().lock();
            lock.readLock().unlock();
        });
        assertNothing("write lock", () -> {
            lock.writeLock().lock();
            lock.writeLock().unlock();
        });
        assertNothing("optimistic read", () -> lock.validate(lock.tryOptimisticRead()));
        SharedSequenceLock sequenceLock = region.region().sequenceLock("seq");
        assertNothing("sequence lock", () -> {
            sequenceLock.writeBegin();
            sequenceLock.writeEnd();
            sequenceLock.readRetry(sequenceLock.readBegin());
        });
        SharedRecord record = region.region().record("record", 64);
        UnsafeBuffer copy = new UnsafeBuffer(new byte[64]);
        assertNothing("record", () -> {
            record.write(buffer -> buffer.putLong(0, 1));
            record.read(copy);
        });
    }

    @Test
    void semaphoresAndConditions() throws Exception {
        SharedSemaphore semaphore = region.region().semaphore("semaphore", 3);
        Vcpu me = region.region().attach();
        assertNothing("semaphore", () -> {
            semaphore.acquire();
            semaphore.release();
        });
        assertNothing("semaphore, explicit vCPU", () -> {
            semaphore.tryAcquire(2, me);
            semaphore.release(2, me);
        });
        assertNothing("semaphore, in vain", () -> {
            semaphore.acquireUninterruptibly(2);
            semaphore.tryAcquire(2, 1, TimeUnit.NANOSECONDS);
            semaphore.release(2);
        });
        SharedLock lock = region.region().lock("lock");
        SharedCondition condition = lock.newCondition();
        assertNothing("signal", () -> {
            lock.lock(me);
            condition.signal();
            condition.signalAll();
            lock.unlock(me);
        });
        assertNothing("await", () -> {
            lock.lock(me);
            condition.awaitNanos(1);
            lock.unlock(me);
        });
    }

    private static void assertNothing(String what, Pair pair) throws Exception {
        assertThat(allocatedWhenWarm(pair)).as(what).isLessThan(TOLERATED_BYTES);
    }

    /** PARK sleeps at once, so that every wait goes through the hash, the futex and a kick. */
    @ParameterizedTest
    @EnumSource(names = {"AUTO", "YIELD", "PARK"})
    void contended(WaitMode mode) throws Exception {
        SharedLock lock = region.region()
                .lock(
                        "lock",
                        LockOptions.defaults().policy(LockOptions.Policy.FAIR).waitMode(mode));
        CyclicBarrier barrier = new CyclicBarrier(2);
        AtomicInteger content = new AtomicInteger();
        FutureTask<Long> other = new FutureTask<>(() -> allocatedContended(lock, barrier, content));
        new Thread(other).start();
        assertThat(allocatedContended(lock, barrier, content)).isLessThan(TOLERATED_BYTES);
        assertThat(other.get()).isLessThan(TOLERATED_BYTES);
    }

    /** @param content how many of the two have seen a round without */
    private long allocatedContended(SharedLock lock, CyclicBarrier barrier, AtomicInteger content) throws Exception {
        Vcpu me = region.region().attach();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS || round < MAX_ROUNDS && content.get() < 2; round++) {
            // Both go on, or neither: nobody changes the count between the two.
            barrier.await();
            long allocated = allocatedBy(() -> {
                lock.lock(me);
                lock.unlock(me);
                lock.tryLock(20, TimeUnit.MICROSECONDS);
                if (lock.isHeldByCurrentThread()) {
                    lock.unlock(me);
                }
            });
            if (allocated < TOLERATED_BYTES && least >= TOLERATED_BYTES) {
                content.incrementAndGet();
            }
            least = Math.min(least, allocated);
            barrier.await();
        }
        me.close();
        return least;
    }
}
