package io.pvlock.damage;

import static io.pvlock.kit.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.Inside;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionEvent;
import io.pvlock.RegionException;
import io.pvlock.SharedLock;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.Vcpu;
import io.pvlock.core.Participant;
import io.pvlock.kit.Team;
import io.pvlock.kit.Threads;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A region file that loses its name while it is in use: two could hold "the same" lock, and are told. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class FileGoneTest extends RegionTest {

    private final Queue<RegionEvent> heard = new ConcurrentLinkedQueue<>();
    private final Queue<String> logged = new ConcurrentLinkedQueue<>();
    private final Logger logger = Logger.getLogger("io.pvlock");
    private final Handler handler = new Listening();

    enum Loss {
        DELETED("deleted") {
            @Override
            void happen(Path path) throws IOException {
                Files.delete(path);
            }
        },
        REPLACED("deleted, and another file has its name") {
            @Override
            void happen(Path path) throws IOException {
                Path other = path.resolveSibling("other");
                LockRegion.open(other, Regions.small()).close();
                Files.move(other, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        },
        MOVED("moved away") {
            @Override
            void happen(Path path) throws IOException {
                Files.move(path, path.resolveSibling("elsewhere"));
            }
        };

        private final String words;

        Loss(String words) {
            this.words = words;
        }

        abstract void happen(Path path) throws IOException;
    }

    @BeforeEach
    void open() {
        region.onEvent(heard::add);
        logger.addHandler(handler);
    }

    @AfterEach
    void close() {
        logger.removeHandler(handler);
    }

    @ParameterizedTest
    @EnumSource
    void theHolderIsToldAndCanUnlock(Loss loss) throws IOException {
        SharedLock lock = region.lock("held");
        lock.lock();

        loss.happen(region.path());
        awaitNotice();

        assertThat(heard).extracting(RegionEvent::type).containsExactly(RegionEvent.Type.FILE_GONE);
        assertThat(heard).extracting(RegionEvent::pid).containsExactly((int)
                ProcessHandle.current().pid());
        assertThat(region.events()).extracting(RegionEvent::type).containsExactly(RegionEvent.Type.FILE_GONE);
        assertThat(logged).singleElement().asString().contains("lost its file while in use (" + loss.words + ")");
        assertThat(region.locks()).filteredOn(info -> info.owner().isPresent()).hasSize(1);
        lock.unlock();
        assertThat(lock.owner()).isEmpty();
        assertThatThrownBy(lock::lock)
                .isInstanceOf(RegionException.class)
                .hasMessageContaining("(" + loss.words + ")")
                .hasMessageContaining("close the region and open it again");
    }

    @Test
    void nothingIsTakenAnyMore() throws Exception {
        SharedLock lock = region.lock("lock");
        SharedLock reentrant = region.lock("reentrant", LockOptions.defaults().reentrant());
        SharedReadWriteLock readWrite = region.readWriteLock("shared");
        SharedSemaphore semaphore = region.semaphore("permits", 2);
        Vcpu me = region.attach();
        reentrant.lock();
        reentrant.lock();
        semaphore.acquire();

        Loss.DELETED.happen(region.path());
        awaitNotice();

        assertRefused(lock::tryLock);
        assertRefused(() -> lock.lock(me));
        assertRefused(() -> lock.acquire());
        assertRefused(() -> lock.tryLock(1, TimeUnit.SECONDS));
        assertRefused(() -> readWrite.readLock().lock());
        assertRefused(() -> readWrite.writeLock().lock());
        assertRefused(semaphore::acquire);
        assertRefused(region::attach);
        // What is held goes back, also through a count; after that the fast paths stay shut.
        reentrant.unlock();
        reentrant.unlock();
        semaphore.release();
        assertRefused(lock::lock);
        me.close();
    }

    @Test
    void whoWaitsIsTold() throws Exception {
        SharedLock lock = region.lock("held");
        lock.lock();
        try (Team team = new Team()) {
            Team.Member<Boolean> waiter = team.start("waiter", () -> lock.tryLock(600, TimeUnit.SECONDS));
            Regions.awaitWaiting(region, "held", 1);

            Loss.DELETED.happen(region.path());

            assertThat(waiter.failure())
                    .isInstanceOf(RegionException.class)
                    .hasMessageContaining("lost its file while in use (deleted)");
        }
        lock.unlock();
    }

    @Test
    void aNewRegionOfTheSameNameIsAnother() throws Exception {
        SharedLock old = region.lock("held");
        old.lock();
        Loss.DELETED.happen(region.path());
        awaitNotice();

        try (LockRegion next = Regions.open(directory)) {
            SharedLock lock = next.lock("held");
            lock.lock();
            lock.unlock();
            assertThat(next.events()).isEmpty();
        }
        old.unlock();
        assertThat(heard).hasSize(1);
    }

    /** The others know that the loss was looked at: they are told after the closed one. */
    @Test
    void whoHasClosedTheRegionMayDeleteItsFile() throws Exception {
        LockRegion closed = Regions.open(directory);
        List<RegionEvent> heardThere = new CopyOnWriteArrayList<>();
        closed.onEvent(heardThere::add);
        SharedLock lock = closed.lock("held");
        try (Team team = new Team()) {
            CountDownLatch done = new CountDownLatch(1);
            Team.Member<Void> holder = team.start("holder", () -> {
                lock.lock();
                closed.close();
                Loss.DELETED.happen(region.path());
                awaitNotice();
                done.await();
                lock.unlock();
                return null;
            });
            awaitNotice();
            done.countDown();
            holder.get();
        }
        assertThat(heardThere).isEmpty();
        assertThat(logged).hasSize(1);
    }

    @Test
    void severalObjectsOfOneFileAreToldEach() throws Exception {
        List<RegionEvent> second = new CopyOnWriteArrayList<>();
        LockRegion other = Regions.open(directory);
        other.onEvent(second::add);
        LockRegion closed = Regions.open(directory);
        closed.close();

        Loss.DELETED.happen(region.path());

        awaitNotice();
        until("the other object is told", () -> !second.isEmpty());
        other.close();
    }

    /** The log is the last to be told, and foreign. */
    @Test
    void aLogThatFailsKeepsNobodyFromBeingTold() throws Exception {
        Handler broken = new Listening() {
            @Override
            public void publish(LogRecord line) {
                throw new AssertionError("the log is full");
            }
        };
        SharedLock lock = region.lock("held");
        lock.lock();
        logger.addHandler(broken);
        try (Team team = new Team()) {
            Team.Member<?> waiter = team.run("waiter", lock::lock);
            Regions.awaitWaiting(region, "held", 1);
            Loss.DELETED.happen(region.path());
            assertThat(waiter.failure()).isInstanceOf(RegionException.class);
            until("listeners are told", () -> !heard.isEmpty());
        } finally {
            logger.removeHandler(broken);
            lock.unlock();
        }
    }

    @Test
    void nobodyUpgradesAnyMore() throws Exception {
        SharedReadWriteLock writes = region.readWriteLock("writes");
        SharedReadWriteLock updates = region.readWriteLock("updates");
        writes.writeLock().lock();
        updates.updateLock().lock();
        Loss.DELETED.happen(region.path());
        awaitNotice();
        assertRefused(() -> updates.writeLock().lock());
        assertRefused(() -> updates.writeLock().tryLock());
        assertRefused(() -> writes.updateLock().lock());
        assertThat(updates.isWriteLocked()).isFalse();
        assertThat(writes.isUpdateLocked()).isFalse();
        updates.updateLock().unlock();
        writes.writeLock().unlock();
    }

    @Test
    void aVirtualThreadThatWaitsForASlotIsTold() throws Exception {
        ThreadFactory virtual = Threads.virtual();
        SharedLock lock = region.lock("lock");
        List<Participant> all = new ArrayList<>();
        for (Participant one = Inside.session(region).registry().tryAttach(false); one != null; ) {
            all.add(one);
            one = Inside.session(region).registry().tryAttach(false);
        }
        try (Team team = new Team(virtual)) {
            Team.Member<?> waiter = team.run("waiter", lock::lock);
            until("it waits", () -> waiter.thread().getState() == Thread.State.TIMED_WAITING);
            Loss.DELETED.happen(region.path());
            assertThat(waiter.failure()).isInstanceOf(RegionException.class);
        }
        all.forEach(Inside.session(region).registry()::detach);
    }

    private void awaitNotice() {
        until("the loss of the file is noticed", () -> !heard.isEmpty() && !logged.isEmpty());
    }

    private static void assertRefused(ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOf(RegionException.class)
                .hasMessageContaining("lost its file while in use");
    }

    private class Listening extends Handler {
        @Override
        public void publish(LogRecord line) {
            logged.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
