package io.pvlock.testing;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.Inside;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockRegion;
import io.pvlock.SharedCondition;
import io.pvlock.SharedCounter;
import io.pvlock.SharedLocalCounter;
import io.pvlock.SharedLock;
import io.pvlock.SharedLockArray;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedRecord;
import io.pvlock.SharedSemaphore;
import io.pvlock.SharedSequenceLock;
import io.pvlock.internal.object.MonitoredExtent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** Every way in which a thread waits for an object, for tests of what ends a wait. */
public final class Waits {

    public static final String NAME = "awaited";

    private Waits() {}

    /** What somebody else has, what a thread does that waits for it, and how everybody goes on. */
    public record Wait(String name, Consumer<LockRegion> hold, Body body, Consumer<LockRegion> release) {

        public interface Body {
            void run(LockRegion region) throws Exception;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Wait onLock(String name, LockOptions options, OnLock wait) {
        Function<LockRegion, SharedLock> lock = region -> region.lock(NAME, options);
        return new Wait(
                name,
                theirs -> lock.apply(theirs).lock(),
                mine -> wait.run(lock.apply(mine)),
                theirs -> lock.apply(theirs).unlock());
    }

    private interface OnLock {
        void run(SharedLock lock) throws Exception;
    }

    private static Wait onArray(String name, OnArray wait) {
        Function<LockRegion, SharedLockArray> array = region -> region.lockArray(NAME, 10);
        return new Wait(
                name,
                theirs -> array.apply(theirs).lock(7),
                mine -> wait.run(array.apply(mine)),
                theirs -> array.apply(theirs).unlock(7));
    }

    private interface OnArray {
        void run(SharedLockArray array) throws Exception;
    }

    private static Wait onSemaphore(String name, boolean fair, OnSemaphore wait) {
        Function<LockRegion, SharedSemaphore> semaphore =
                region -> fair ? region.fairSemaphore(NAME, 2) : region.semaphore(NAME, 2);
        return new Wait(
                name + (fair ? ", fair" : ""),
                theirs -> assertThat(semaphore.apply(theirs).tryAcquire(2)).isTrue(),
                mine -> wait.run(semaphore.apply(mine)),
                theirs -> semaphore.apply(theirs).release(2));
    }

    private interface OnSemaphore {
        void run(SharedSemaphore semaphore) throws Exception;
    }

    private static Wait onCondition(String name, Policy policy, OnCondition wait) {
        Function<LockRegion, SharedLock> lock =
                region -> region.lock(NAME, LockOptions.defaults().policy(policy));
        return new Wait(
                name + ", " + policy,
                theirs -> {},
                mine -> {
                    SharedLock held = lock.apply(mine);
                    held.lock();
                    try {
                        wait.run(held.newCondition());
                    } finally {
                        held.unlock(); // or the wait ended without it
                    }
                },
                theirs -> {
                    lock.apply(theirs).lock();
                    assertThat(lock.apply(theirs).newCondition().getWaitQueueLength())
                            .isZero();
                    lock.apply(theirs).unlock();
                });
    }

    private interface OnCondition {
        void run(SharedCondition condition) throws Exception;
    }

    private static Wait onWriter(String name, OnReadWriteLock wait) {
        return new Wait(
                name,
                theirs -> theirs.readWriteLock(NAME).writeLock().lock(),
                mine -> wait.run(mine.readWriteLock(NAME)),
                theirs -> theirs.readWriteLock(NAME).writeLock().unlock());
    }

    private static Wait onReader(String name, OnReadWriteLock wait) {
        return new Wait(
                name,
                theirs -> theirs.readWriteLock(NAME).readLock().lock(),
                mine -> wait.run(mine.readWriteLock(NAME)),
                theirs -> theirs.readWriteLock(NAME).readLock().unlock());
    }

    private interface OnReadWriteLock {
        void run(SharedReadWriteLock lock) throws Exception;
    }

    private static Wait onSequence(String name, OnSequenceLock wait) {
        return new Wait(
                name,
                theirs -> theirs.sequenceLock(NAME).writeBegin(),
                mine -> wait.run(mine.sequenceLock(NAME)),
                theirs -> theirs.sequenceLock(NAME).writeEnd());
    }

    private interface OnSequenceLock {
        void run(SharedSequenceLock lock) throws Exception;
    }

    /** Held by its monitor, which the public methods hold for a moment only. */
    private static <T> Wait onMonitor(
            String name, Function<LockRegion, T> made, Function<T, MonitoredExtent> object, Action2<T> wait) {
        return new Wait(
                name,
                theirs -> object.apply(made.apply(theirs)).enter(),
                mine -> wait.run(made.apply(mine)),
                theirs -> object.apply(made.apply(theirs))
                        .exit(Inside.session(theirs).threads().existing()));
    }

    private interface Action2<T> {
        void run(T object) throws Exception;
    }

    public static Stream<Wait> all() {
        List<Wait> waits = new ArrayList<>();
        for (Policy policy : Policy.values()) {
            LockOptions options = LockOptions.defaults().policy(policy);
            waits.add(onLock("lock, " + policy, options, SharedLock::lock));
            waits.add(onLock("lock for a time, " + policy, options, lock -> lock.tryLock(1, HOURS)));
        }
        LockOptions plain = LockOptions.defaults();
        waits.add(onLock("lock interruptibly", plain, SharedLock::lockInterruptibly));
        waits.add(onLock("acquire", plain, SharedLock::acquire));
        waits.add(onLock("acquire for a time", plain, lock -> lock.tryAcquire(1, HOURS)));
        waits.add(onLock("reentrant", plain.reentrant(), SharedLock::lock));
        waits.add(new Wait(
                "lock all",
                theirs -> theirs.lock(NAME).lock(),
                mine -> LockRegion.lockAll(mine.lock("another"), mine.lock(NAME)),
                theirs -> theirs.lock(NAME).unlock()));
        for (LockKind kind : LockKind.values()) {
            // Without a limit they queue, and a place in their queues cannot be given back.
            waits.add(onLock("for a time, " + kind, plain.kind(kind), lock -> lock.tryLock(1, HOURS)));
        }
        waits.add(onArray("lock array", array -> array.lock(7)));
        waits.add(onArray("lock array, interruptibly", array -> array.lockInterruptibly(7)));
        waits.add(onArray("lock array, for a time", array -> array.tryLock(7, 1, HOURS)));
        waits.add(onArray("lock array, acquire", array -> array.acquire(7)));
        waits.add(onArray("lock array, all", array -> array.lockAll(1, 7, 9)));
        waits.add(onArray("lock array, view", array -> array.at(7).lock()));
        waits.add(onArray("lock array, view for a time", array -> array.at(7).tryLock(1, HOURS)));
        for (boolean fair : new boolean[] {false, true}) {
            waits.add(onSemaphore("semaphore", fair, SharedSemaphore::acquire));
            waits.add(onSemaphore("semaphore, all", fair, semaphore -> semaphore.acquire(2)));
            waits.add(onSemaphore("semaphore, uninterruptibly", fair, SharedSemaphore::acquireUninterruptibly));
            waits.add(onSemaphore("semaphore, for a time", fair, semaphore -> semaphore.tryAcquire(1, 1, HOURS)));
        }
        for (Policy policy : List.of(Policy.HYBRID, Policy.FAIR)) {
            waits.add(onCondition("condition", policy, SharedCondition::await));
            waits.add(onCondition("condition, for a time", policy, condition -> condition.await(1, HOURS)));
            waits.add(onCondition("condition, uninterruptibly", policy, SharedCondition::awaitUninterruptibly));
            waits.add(onCondition("condition, shared", policy, SharedCondition::awaitShared));
        }
        waits.add(onWriter("read lock", lock -> lock.readLock().lock()));
        waits.add(onWriter("read lock, for a time", lock -> lock.readLock().tryLock(1, HOURS)));
        waits.add(onWriter("update lock", lock -> lock.updateLock().lock()));
        waits.add(onWriter("write lock", lock -> lock.writeLock().lock()));
        waits.add(onWriter("write lock, interruptibly", lock -> lock.writeLock().lockInterruptibly()));
        waits.add(onWriter("write lock, acquire", SharedReadWriteLock::acquireWrite));
        waits.add(onReader("write lock after readers", lock -> lock.writeLock().lock()));
        waits.add(onReader("write lock after readers, for a time", lock -> lock.tryAcquireWrite(1, HOURS)));
        waits.add(onReader("upgrade after readers", lock -> {
            lock.updateLock().lock();
            try {
                lock.writeLock().lock();
            } finally {
                lock.updateLock().unlock();
            }
        }));
        waits.add(onSequence("sequence lock, write", SharedSequenceLock::writeBegin));
        waits.add(onSequence("sequence lock, acquire", SharedSequenceLock::acquireWrite));
        waits.add(onSequence("sequence lock, read", SharedSequenceLock::readBegin));
        waits.add(onSequence("sequence lock, read under the lock", lock -> lock.readBeginOrLock(1)));
        waits.add(onMonitor(
                "record",
                region -> region.record(NAME, 8),
                (SharedRecord o) -> Inside.object(o),
                record -> record.write(data -> {})));
        waits.add(onMonitor(
                "counter",
                region -> region.counter(NAME, 10, null),
                (SharedCounter o) -> Inside.object(o),
                counter -> counter.tryCharge(1)));
        waits.add(onMonitor(
                "counter's limit",
                region -> region.counter(NAME, 10, null),
                (SharedCounter o) -> Inside.object(o),
                c -> c.setMax(1)));
        waits.add(onMonitor(
                "local counter",
                region -> region.localCounter(NAME),
                (SharedLocalCounter o) -> Inside.object(o),
                SharedLocalCounter::drain));
        waits.add(onMonitor(
                "semaphore's monitor",
                region -> region.semaphore(NAME, 1),
                (SharedSemaphore o) -> Inside.object(o),
                SharedSemaphore::tryAcquire));
        return waits.stream();
    }

    /** Whether as many threads as that wait for the object. */
    public static boolean isWaiting(LockRegion seenBy, int count) {
        return seenBy.vcpus().stream()
                        .filter(vcpu -> vcpu.alive()
                                && vcpu.waitingFor()
                                        .filter(name -> name.startsWith(NAME))
                                        .isPresent())
                        .count()
                == count;
    }

    /** Nobody waits for the object, has any of it, or stands in its queue. */
    public static void assertNothingIsLeft(LockRegion seenBy) {
        assertThat(isWaiting(seenBy, 0)).isTrue();
        assertThat(seenBy.holds(NAME)).isEmpty();
        assertThat(seenBy.queue(NAME)).isEmpty();
        assertThat(seenBy.locks()).allSatisfy(info -> assertThat(info.owner()).isEmpty());
    }
}
