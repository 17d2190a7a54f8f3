package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.linux.Threads;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TwoRegionsTest;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.AtomicBuffer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedSequenceLockTest extends TwoRegionsTest {

    private static final int SECOND_WORD = 1024;

    private enum Form {
        OWN {
            @Override
            SharedSequenceLock in(LockRegion region) {
                return region.sequenceLock("seq");
            }
        },
        GIVEN {
            @Override
            SharedSequenceLock in(LockRegion region) {
                return region.sequenceLock("seq", region.lock("writers"));
            }
        },
        NONE {
            @Override
            SharedSequenceLock in(LockRegion region) {
                return region.singleWriterSequenceLock("seq");
            }
        };

        abstract SharedSequenceLock in(LockRegion region);
    }

    @ParameterizedTest
    @EnumSource
    void aReadIsGoodUntilSomebodyWrites(Form form) {
        SharedSequenceLock lock = form.in(region);
        SharedSequenceLock theirs = form.in(other);
        long begin = theirs.readBegin();
        assertThat(theirs.readRetry(begin)).isFalse();
        lock.writeBegin();
        assertThat(theirs.isWriteLocked()).isTrue();
        assertThat(theirs.readRetry(begin)).isTrue();
        lock.writeEnd();
        assertThat(theirs.isWriteLocked()).isFalse();
        assertThat(theirs.readRetry(begin)).isTrue();
        assertThat(theirs.readRetry(theirs.readBegin())).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void aReaderWaitsForTheWriter(Form form) throws Exception {
        SharedSequenceLock lock = form.in(region);
        SharedSequenceLock theirs = form.in(other);
        lock.writeBegin();
        try (Team team = new Team()) {
            Member<Long> reader = team.start("reader", theirs::readBegin);
            Await.until(
                    "it sleeps",
                    () -> reader.thread().getState() == Thread.State.TIMED_WAITING
                            || Regions.waiting(region, form == Form.GIVEN ? "writers" : "seq") == 1);
            assertThat(reader.isDone()).isFalse();
            lock.writeEnd();
            assertThat(theirs.readRetry(reader.get())).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDeadWriterIsToldUntilSomebodyHasRepaired(Form form) throws Exception {
        SharedSequenceLock lock = form.in(region);
        SharedSequenceLock theirs = form.in(other);
        long begin = lock.readBegin();
        int victim;
        try (Team team = new Team()) {
            victim = team.start("dies", () -> {
                        theirs.writeBegin();
                        return Threads.gettid();
                    })
                    .get();
        }
        String who = "(pid " + Threads.getpid() + ", tid " + victim + ")";
        Await.until("it is dead", () -> !lock.isWriteLocked());
        assertThat(lock.readRetry(begin)).isTrue();
        assertThatThrownBy(lock::readBegin)
                .isInstanceOf(OwnerDiedException.class)
                .hasMessageContaining(who);
        assertThatThrownBy(lock::writeBegin)
                .isInstanceOf(OwnerDiedException.class)
                .hasMessageContaining(who);
        assertThatThrownBy(theirs::readBegin)
                .isInstanceOf(OwnerDiedException.class)
                .hasMessageContaining(
                        who + "; take it with acquireWrite(), repair the data, and call markConsistent()");
        try (WriteGuard guard = lock.acquireWrite()) {
            assertThat(guard.ownerDied()).isTrue();
            assertThat(guard.deadOwner().orElseThrow().tid()).isEqualTo(victim);
        }
        assertThatThrownBy(theirs::readBegin).isInstanceOf(OwnerDiedException.class);
        try (Team team = new Team()) {
            team.run("repairer that dies", theirs::acquireWrite).get();
        }
        Await.until("it is dead", () -> !lock.isWriteLocked());
        assertThatThrownBy(lock::writeBegin).isInstanceOf(OwnerDiedException.class);
        assertThat(lock.readRetry(begin)).isTrue();
        try (WriteGuard guard = lock.acquireWrite()) {
            assertThat(guard.ownerDied()).isTrue();
            guard.markConsistent();
        }
        assertThat(lock.readRetry(begin)).isTrue();
        assertThat(theirs.readRetry(theirs.readBegin())).isFalse();
        theirs.writeBegin();
        theirs.writeEnd();
        try (WriteGuard guard = lock.acquireWrite()) {
            assertThat(guard.ownerDied()).isFalse();
            assertThat(guard.deadOwner()).isEmpty();
        }
    }

    @Test
    void aReaderThatSleepsLearnsThatTheWriterDied() throws Exception {
        SharedSequenceLock lock = region.singleWriterSequenceLock("seq");
        CountDownLatch die = new CountDownLatch(1);
        try (Team team = new Team()) {
            team.run("dies", () -> {
                other.singleWriterSequenceLock("seq").writeBegin();
                die.await();
            });
            Await.until("it writes", lock::isWriteLocked);
            Member<Long> reader = team.start("reader", lock::readBegin);
            Await.until("it naps", () -> reader.thread().getState() == Thread.State.TIMED_WAITING);
            die.countDown();
            assertThat(reader.failure()).isInstanceOf(OwnerDiedException.class);
        }
    }

    @Test
    void aLockWhoseOwnerDiedElsewhereIsToldToo() throws Exception {
        SharedSequenceLock lock = Form.GIVEN.in(region);
        try (Team team = new Team()) {
            team.run("dies", () -> other.lock("writers").lock()).get();
        }
        assertThat(lock.readRetry(lock.readBegin())).isFalse();
        assertThatThrownBy(lock::writeBegin).isInstanceOf(OwnerDiedException.class);
        try (WriteGuard guard = lock.acquireWrite()) {
            assertThat(guard.ownerDied()).isTrue();
            guard.markConsistent();
        }
        lock.writeBegin();
        lock.writeEnd();
        other.lock("writers").lock();
        other.lock("writers").unlock();
    }

    @ParameterizedTest
    @EnumSource
    void badUseIsAnError(Form form) throws Exception {
        SharedSequenceLock lock = form.in(region);
        assertThatThrownBy(lock::writeEnd).isInstanceOf(IllegalMonitorStateException.class);
        lock.writeBegin();
        assertThatThrownBy(lock::writeBegin).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(lock::acquireWrite).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(lock::readBegin)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("itself: end that write first");
        assertThatThrownBy(() -> region.attach().close()).isInstanceOf(IllegalStateException.class);
        try (Team team = new Team()) {
            assertThat(team.run("stranger", lock::writeEnd).failure()).isInstanceOf(IllegalMonitorStateException.class);
        }
        lock.writeEnd();
        assertThatThrownBy(lock::writeEnd).isInstanceOf(IllegalMonitorStateException.class);
    }

    /** The lock would let its owner in again, who is in the middle of a write. */
    @Test
    void aReentrantLockDoesNotLetAWriterInTwice() {
        LockOptions reentrant = LockOptions.defaults().reentrant();
        SharedSequenceLock lock = region.sequenceLock("seq", region.lock("writers", reentrant));
        lock.writeBegin();
        for (ThrowingCallable again :
                List.<ThrowingCallable>of(lock::writeBegin, lock::acquireWrite, () -> lock.readBeginOrLock(1))) {
            assertThatThrownBy(again)
                    .isExactlyInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("writes SEQUENCE_LOCK[seq in ");
        }
        lock.writeEnd();
        assertThat(lock.readRetry(lock.readBegin())).isFalse();
        region.attach().close();
    }

    @Test
    void twoWritersWithoutALockAreAnError() throws Exception {
        SharedSequenceLock lock = region.singleWriterSequenceLock("seq");
        lock.writeBegin();
        try (Team team = new Team()) {
            assertThat(team.run("second", other.singleWriterSequenceLock("seq")::writeBegin)
                            .failure())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("for one writer at a time");
        }
        lock.writeEnd();
    }

    @Test
    void theFormIsFixed() {
        region.sequenceLock("own");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> region.singleWriterSequenceLock("own"))
                .withMessageContaining("exists with [lock (0 its own, 1 none, 2 a given one)=0, ");
        region.sequenceLock("given", region.lock("a"));
        assertThatIllegalArgumentException().isThrownBy(() -> region.sequenceLock("given", region.lock("b")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> region.sequenceLock("given", other.lock("a")))
                .withMessageContaining("is not in the region");
    }

    @Test
    void aReaderToWhomWritersComeTooOftenTakesTheirLock() throws Exception {
        SharedSequenceLock lock = Form.GIVEN.in(region);
        int passes = 0;
        long begin;
        do {
            begin = lock.readBeginOrLock(passes++);
            if (passes == 1) {
                lock.writeBegin();
                lock.writeEnd();
            } else {
                try (Team team = new Team()) {
                    assertThat(team.start("writer", () -> other.lock("writers").tryLock(10, TimeUnit.MILLISECONDS))
                                    .get())
                            .isFalse();
                }
            }
        } while (lock.readRetry(begin));
        lock.readDone(begin);
        assertThat(passes).isEqualTo(2);
        assertThat(other.lock("writers").tryLock()).isTrue();
        other.lock("writers").unlock();
        SharedSequenceLock single = region.singleWriterSequenceLock("single");
        single.readDone(single.readBeginOrLock(0));
        assertThatThrownBy(() -> single.readBeginOrLock(1)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void aClosedRegionEndsTheWait() throws Exception {
        SharedSequenceLock lock = region.singleWriterSequenceLock("seq");
        lock.writeBegin();
        LockRegion third = Regions.open(directory);
        SharedSequenceLock closing = third.singleWriterSequenceLock("seq");
        try (Team team = new Team()) {
            Member<Long> reader = team.start("reader", closing::readBegin);
            Await.until("it naps", () -> reader.thread().getState() == Thread.State.TIMED_WAITING);
            third.close();
            assertThat(reader.failure()).isInstanceOf(RegionException.class);
        }
        assertThatThrownBy(closing::writeBegin).isInstanceOf(RegionException.class);
        lock.writeEnd();
    }

    @ParameterizedTest
    @EnumSource
    void nobodyTakesTornDataForWhole(Form form) throws Exception {
        AtomicBuffer data = region.data();
        int writers = form == Form.NONE ? 1 : 2;
        int rounds = 3_000;
        CountDownLatch done = new CountDownLatch(writers);
        try (Team team = new Team()) {
            for (int i = 0; i < 4; i++) {
                SharedSequenceLock lock = form.in(i % 2 == 0 ? region : other);
                if (i < writers) {
                    team.run("writer " + i, () -> {
                        for (int round = 0; round < rounds; round++) {
                            lock.writeBegin();
                            data.putLong(0, data.getLong(0) + 1);
                            if (round % 100 == 0) {
                                Thread.yield();
                            }
                            data.putLong(SECOND_WORD, data.getLong(SECOND_WORD) + 1);
                            lock.writeEnd();
                        }
                        done.countDown();
                    });
                } else {
                    team.run("reader " + i, () -> {
                        while (done.getCount() > 0) {
                            long begin = lock.readBegin();
                            long first = data.getLong(0);
                            long second = data.getLong(SECOND_WORD);
                            assertThat(first != second && !lock.readRetry(begin))
                                    .isFalse();
                        }
                    });
                }
            }
            team.join();
        }
        assertThat(data.getLong(0)).isEqualTo((long) writers * rounds);
        assertThat(data.getLong(SECOND_WORD)).isEqualTo((long) writers * rounds);
    }
}
