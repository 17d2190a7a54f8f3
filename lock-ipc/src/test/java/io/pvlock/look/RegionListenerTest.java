package io.pvlock.look;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.OwnerDiedException;
import io.pvlock.RegionEvent;
import io.pvlock.RegionException;
import io.pvlock.SharedLock;
import io.pvlock.internal.event.EventDelivery;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.logging.Filter;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever a listener does, no lock method sees it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RegionListenerTest extends RegionTest {

    /** Two wait for each other; the listener, told of it, waits for a third lock. Neither wait may end by that. */
    @Test
    void aListenerThatLocksEndsNobodysWait() throws Exception {
        SharedLock a = region.lock("a");
        SharedLock b = region.lock("b");
        SharedLock log = region.lock("log");
        CountDownLatch told = new CountDownLatch(2);
        region.onEvent(event -> {
            if (event.type() == RegionEvent.Type.DEADLOCK) {
                tryFor(log, 1);
                told.countDown();
            }
        });
        log.lock();
        CyclicBarrier both = new CyclicBarrier(2);
        try (Team team = new Team()) {
            Member<Boolean> one = team.start("one", () -> {
                a.lock();
                both.await();
                try {
                    b.lockInterruptibly();
                    return b.isHeldByCurrentThread();
                } catch (InterruptedException e) {
                    return true;
                } finally {
                    a.unlock();
                }
            });
            Member<Boolean> two = team.start("two", () -> {
                b.lock();
                both.await();
                a.lock();
                boolean held = a.isHeldByCurrentThread();
                if (held) {
                    a.unlock();
                }
                b.unlock();
                return held;
            });
            told.await();
            one.thread().interrupt();
            assertThat(one.get()).as("lock() returned with the lock").isTrue();
            assertThat(two.get()).as("lock() returned with the lock").isTrue();
        }
        log.unlock();
    }

    private static boolean tryFor(SharedLock lock, long millis) {
        try {
            return lock.tryLock(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void dieHolding(SharedLock lock) throws Exception {
        try (Team team = new Team()) {
            team.run("doomed", lock::lock).get();
        }
    }

    @Test
    void anErrorOfAListenerIsLoggedAndTheNextIsTold() throws Exception {
        SharedLock lock = region.lock("a");
        List<RegionEvent> heard = new CopyOnWriteArrayList<>();
        List<String> logged = new CopyOnWriteArrayList<>();
        Logger logger = Logger.getLogger("io.pvlock");
        Filter earlier = logger.getFilter();
        logger.setFilter(entry -> {
            logged.add(entry.getMessage() + " " + entry.getThrown());
            return false;
        });
        try {
            region.onEvent(event -> {
                throw new AssertionError("of " + event.type());
            });
            region.onEvent(heard::add);
            dieHolding(lock);
            lock.acquire().close();
            assertThat(lock.tryLock(1, TimeUnit.NANOSECONDS)).isFalse();
        } catch (OwnerDiedException e) {
            assertThat(e.isRecoverable()).isTrue();
        } finally {
            Await.until("all is told", () -> heard.size() == region.events().size());
            logger.setFilter(earlier);
        }
        assertThat(logged)
                .hasSameSizeAs(heard)
                .allSatisfy(message -> assertThat(message).contains("listener failed", "AssertionError"));
    }

    @Test
    void aListenerThatDoesNotReturnHoldsNobodyUp() throws Exception {
        SharedLock lock = region.lock("a", LockOptions.defaults().policy(LockOptions.Policy.FAIR));
        CountDownLatch end = new CountDownLatch(1);
        List<Thread> on = new CopyOnWriteArrayList<>();
        region.onEvent(event -> {
            on.add(Thread.currentThread());
            awaitQuietly(end);
        });
        dieHolding(lock);
        try (LockGuard guard = lock.acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            guard.markConsistent();
        }
        Await.until("it was told", () -> on.size() == 1);
        lock.lock();
        lock.unlock();
        end.countDown();
        assertThat(on.get(0)).isNotSameAs(Thread.currentThread());
        assertThat(on.get(0).isDaemon()).isTrue();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatASlowListenerMissesIsCountedAndSaidOnce() throws Exception {
        List<Long> heard = new CopyOnWriteArrayList<>();
        List<String> logged = new CopyOnWriteArrayList<>();
        CountDownLatch end = new CountDownLatch(1);
        Logger logger = Logger.getLogger("io.pvlock");
        Filter earlier = logger.getFilter();
        logger.setFilter(entry -> {
            logged.add(entry.getMessage());
            return false;
        });
        try (LockGuard guard = region.lock("a").acquire()) {
            region.onEvent(event -> {
                heard.add(event.sequence());
                awaitQuietly(end);
            });
            guard.markConsistent();
            Await.until("the first is told", () -> heard.size() == 1);
            for (int i = 0; i < EventDelivery.CAPACITY + 5; i++) {
                guard.markConsistent();
            }
            end.countDown();
            Await.until("all that had room are told", () -> heard.size() == EventDelivery.CAPACITY + 1);
            guard.markConsistent();
            Await.until("the next is told", () -> heard.size() == EventDelivery.CAPACITY + 2);
        } finally {
            logger.setFilter(earlier);
        }
        assertThat(heard).isSorted().doesNotHaveDuplicates();
        assertThat(logged).hasSize(1).allSatisfy(message -> assertThat(message).startsWith("5 events of "));
    }

    @Test
    void aListenerHearsOnlyWhatComesAfterIt() {
        List<RegionEvent> first = new CopyOnWriteArrayList<>();
        List<RegionEvent> second = new CopyOnWriteArrayList<>();
        try (LockGuard guard = region.lock("a").acquire()) {
            region.onEvent(first::add);
            guard.markConsistent();
            region.onEvent(second::add);
            guard.markConsistent();
        }
        Await.until("both are told", () -> first.size() == 2 && second.size() == 1);
        assertThat(second).containsExactly(first.get(1));
    }

    @Test
    void aListenerMayOpenAndCloseRegions() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        region.onEvent(event -> {
            try (LockRegion another = LockRegion.open(directory.resolve("another.pvl"), Regions.small())) {
                another.lock("b").lock();
                another.lock("b").unlock();
            }
            region.lock("b").lock();
            region.lock("b").unlock();
            region.close();
            done.countDown();
        });
        try (LockGuard guard = region.lock("a").acquire()) {
            guard.markConsistent();
            done.await();
        }
        Await.until("the thread has ended", () -> deliveries() == 0);
        assertThatThrownBy(() -> region.onEvent(event -> {}))
                .isInstanceOf(RegionException.class)
                .hasMessageContaining("is closed");
    }

    private long deliveries() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("pvlock events of " + directory))
                .count();
    }

    @Test
    void theThreadComesWithTheFirstListenerAndKeepsNothingWhenTheRegionIsClosed() {
        assertThat(deliveries()).isZero();
        region.onEvent(event -> {});
        region.onEvent(event -> {});
        assertThat(deliveries()).isEqualTo(1);
        region.close();
        WeakReference<LockRegion> closed = new WeakReference<>(region);
        Await.until("the thread has ended", () -> deliveries() == 0);
        region = Regions.open(directory);
        Await.until("the region is collected", () -> {
            System.gc();
            return closed.refersTo(null);
        });
    }

    @Test
    void aNullListenerIsRefused() {
        assertThatThrownBy(() -> region.onEvent(null)).isInstanceOf(NullPointerException.class);
        assertThat(deliveries()).isZero();
    }
}
