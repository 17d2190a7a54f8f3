package io.pvlock.closing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.Vcpu;
import io.pvlock.testing.Regions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Threads that outlive a region, as those of a pool do, keep no slot of it for good. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class SlotsOfClosedRegionsTest {

    private static final int THREADS = 16;

    @TempDir
    Path directory;

    private final AtomicInteger names = new AtomicInteger();
    private final ExecutorService pool =
            Executors.newFixedThreadPool(THREADS, task -> new Thread(task, "pooled " + names.incrementAndGet()));

    @AfterEach
    void end() throws InterruptedException {
        pool.shutdownNow();
        assertThat(pool.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }

    private void each(int count, Callable<Void> action) throws Exception {
        List<Future<Void>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(pool.submit(action));
        }
        for (Future<Void> one : all) {
            one.get();
        }
    }

    @Test
    void aPoolReopensARegionForEver() throws Exception {
        Path path = directory.resolve("again.pvl");
        for (int round = 0; round < 500; round++) {
            try (LockRegion region = LockRegion.open(path)) {
                SharedLock lock = region.lock("lock");
                each(THREADS, () -> {
                    lock.lock();
                    lock.unlock();
                    return null;
                });
            }
        }
        try (LockRegion region = LockRegion.open(path)) {
            assertThat(region.vcpus()).hasSizeLessThanOrEqualTo(THREADS);
        }
    }

    private Void oneThread(Callable<Void> action) throws Exception {
        return pool.submit(action).get();
    }

    @Test
    void whoStillHoldsKeepsItsSlotUntilItHasUnlocked() throws Exception {
        ExecutorService holder = Executors.newSingleThreadExecutor();
        Path path = directory.resolve("held.pvl");
        try {
            LockRegion first = LockRegion.open(path, Regions.small());
            SharedLock held = first.lock("held");
            SharedReadWriteLock read = first.readWriteLock("read");
            holder.submit(() -> {
                        held.lock();
                        read.readLock().lock();
                    })
                    .get();
            first.close();
            try (LockRegion second = LockRegion.open(path)) {
                holder.submit(() -> second.lock("other").tryLock()).get();
                assertThat(second.lock("held").isHeldByCurrentThread()).isFalse();
                assertThat(second.lock("held").owner()).isPresent();
                holder.submit(() -> {
                            held.unlock();
                            read.readLock().unlock();
                            second.lock("other").unlock();
                        })
                        .get();
                assertThat(second.vcpus()).hasSize(2);
                try (LockRegion third = LockRegion.open(path)) {
                    holder.submit(() -> third.attach()).get();
                    assertThat(second.vcpus()).hasSize(2);
                }
            }
        } finally {
            holder.shutdown();
            assertThat(holder.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void fullSaysWhoHasTheSlots() throws Exception {
        Path path = directory.resolve("full.pvl");
        LockRegion closed = LockRegion.open(path, Regions.small().maxVcpus(2));
        oneThread(() -> {
            closed.attach();
            return null;
        });
        closed.close();
        try (LockRegion region = LockRegion.open(path)) {
            region.attach();
            ExecutorService third = Executors.newSingleThreadExecutor();
            try {
                Future<Vcpu> attached = third.submit(region::attach);
                assertThatThrownBy(attached::get)
                        .hasMessageContainingAll(
                                "2 of 2 vCPU slots used",
                                "1 by threads of this process: '"
                                        + Thread.currentThread().getName() + "'",
                                "1 by threads of this process in other openings of the file, closed ones too: 'pooled 1'",
                                "larger maxVcpus");
            } finally {
                third.shutdown();
                assertThat(third.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
            }
        }
    }
}
