package io.pvlock.contract;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.Inside;
import io.pvlock.LockGuard;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.SharedCounter;
import io.pvlock.SharedLocalCounter;
import io.pvlock.SharedLocalData;
import io.pvlock.SharedLock;
import io.pvlock.SharedLockArray;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedRecord;
import io.pvlock.SharedSemaphore;
import io.pvlock.SharedSequenceLock;
import io.pvlock.Vcpu;
import io.pvlock.kit.Team;
import io.pvlock.kit.Threads;
import io.pvlock.testing.Regions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An argument that cannot be right is refused before anything is taken: no slot, no lock, no place in a queue. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BadArgumentsTest {

    @TempDir
    Path directory;

    private record Call(String name, Class<? extends Throwable> thrown, Body body) {

        interface Body {
            /** @param foreign a vCPU of the calling thread in another region */
            void run(Objects objects, Vcpu foreign) throws Throwable;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** One of each. */
    private record Objects(
            LockRegion region,
            SharedLock lock,
            SharedLockArray array,
            SharedSemaphore semaphore,
            SharedReadWriteLock readWriteLock,
            SharedSequenceLock sequenceLock,
            SharedRecord record,
            SharedCounter counter,
            SharedLocalCounter localCounter,
            SharedLocalData localData) {

        static Objects of(LockRegion region) {
            return new Objects(
                    region,
                    region.lock("lock"),
                    region.lockArray("array", 3),
                    region.semaphore("semaphore", 3),
                    region.readWriteLock("readWriteLock"),
                    region.sequenceLock("sequenceLock"),
                    region.record("record", 8),
                    region.counter("counter", 10, null),
                    region.localCounter("localCounter"),
                    region.localData("localData", 8, (vcpu, data) -> {}));
        }
    }

    private static final class Calls {

        private final List<Call> all = new ArrayList<>();

        private void add(Class<? extends Throwable> thrown, String name, Call.Body body) {
            all.add(new Call(name, thrown, body));
        }

        void illegal(String name, Call.Body body) {
            add(IllegalArgumentException.class, name, body);
        }

        void isNull(String name, Call.Body body) {
            add(NullPointerException.class, name + ", null", body);
        }

        /** Each with an index too small and one too large. */
        void index(String name, OfIndex body) {
            for (int index : new int[] {-1, 3}) {
                add(IndexOutOfBoundsException.class, name + " " + index, (o, foreign) -> body.run(o.array(), index));
            }
        }

        interface OfIndex {
            void run(SharedLockArray array, int index) throws Throwable;
        }

        void permits(String name, int[] bad, OfPermits body) {
            for (int n : bad) {
                illegal("semaphore: " + name + " " + n, (o, foreign) -> body.run(o.semaphore(), n));
            }
        }

        interface OfPermits {
            void run(SharedSemaphore semaphore, int n) throws Throwable;
        }
    }

    static Stream<Call> calls() {
        Calls calls = new Calls();
        calls.isNull("lock: time", (o, foreign) -> o.lock().tryLock(1, (TimeUnit) null));
        calls.isNull("lock: acquire for a time", (o, foreign) -> o.lock().tryAcquire(1, null));
        calls.isNull("lock: vCPU", (o, foreign) -> o.lock().lock(null));
        calls.isNull("lock: acquire, vCPU", (o, foreign) -> o.lock().acquire(null));
        calls.illegal("lock: foreign vCPU", (o, foreign) -> o.lock().lock(foreign));
        calls.illegal("lock: try, foreign vCPU", (o, foreign) -> o.lock().tryLock(foreign));
        calls.illegal("lock: acquire, foreign vCPU", (o, foreign) -> o.lock().acquire(foreign));
        calls.illegal("lock: unlock, foreign vCPU", (o, foreign) -> o.lock().unlock(foreign));

        calls.index("array: lock", SharedLockArray::lock);
        calls.index("array: lockInterruptibly", SharedLockArray::lockInterruptibly);
        calls.index("array: tryLock", SharedLockArray::tryLock);
        calls.index("array: tryLock for a time", (array, index) -> array.tryLock(index, 1, SECONDS));
        calls.index("array: acquire", SharedLockArray::acquire);
        calls.index("array: tryAcquire", (array, index) -> array.tryAcquire(index, 1, SECONDS));
        calls.index("array: lockAll", (array, index) -> array.lockAll(0, index));
        calls.index("array: unlock", SharedLockArray::unlock);
        calls.index("array: view", SharedLockArray::at);
        calls.index("array: condition", (array, index) -> array.newCondition(index, "c"));
        calls.isNull("array: time", (o, foreign) -> o.array().tryLock(0, 1, null));
        calls.isNull("array: acquire for a time", (o, foreign) -> o.array().tryAcquire(0, 1, null));
        calls.isNull("array: view for a time", (o, foreign) -> o.array().at(0).tryLock(1, null));
        calls.isNull("array: vCPU", (o, foreign) -> o.array().lock(0, null));
        calls.illegal("array: foreign vCPU", (o, foreign) -> o.array().lock(0, foreign));
        calls.illegal("array: try, foreign vCPU", (o, foreign) -> o.array().tryLock(0, foreign));
        calls.illegal("array: acquire, foreign vCPU", (o, foreign) -> o.array().acquire(0, foreign));
        calls.illegal("array: one twice", (o, foreign) -> o.array().lockAll(1, 2, 1));

        int[] bad = {0, -1, 4};
        calls.permits("acquire", bad, SharedSemaphore::acquire);
        calls.permits("acquireUninterruptibly", bad, SharedSemaphore::acquireUninterruptibly);
        calls.permits("tryAcquire", bad, SharedSemaphore::tryAcquire);
        calls.permits("tryAcquire for a time", bad, (semaphore, n) -> semaphore.tryAcquire(n, 1, SECONDS));
        calls.permits("release", new int[] {0, -1}, SharedSemaphore::release);
        calls.isNull("semaphore: time", (o, foreign) -> o.semaphore().tryAcquire(1, 1, null));
        calls.isNull("semaphore: one for a time", (o, foreign) -> o.semaphore().tryAcquire(1, (TimeUnit) null));
        calls.isNull("semaphore: vCPU", (o, foreign) -> o.semaphore().acquire(null));
        calls.illegal("semaphore: foreign vCPU", (o, foreign) -> o.semaphore().acquire(foreign));
        calls.illegal(
                "semaphore: try, foreign vCPU", (o, foreign) -> o.semaphore().tryAcquire(foreign));
        calls.illegal("semaphore: time, foreign", (o, foreign) -> o.semaphore().tryAcquire(1, 1, SECONDS, foreign));
        calls.illegal(
                "semaphore: release, foreign vCPU",
                (o, foreign) -> o.semaphore().release(foreign));

        calls.isNull(
                "read lock: time", (o, foreign) -> o.readWriteLock().readLock().tryLock(1, null));
        calls.isNull(
                "write lock: time",
                (o, foreign) -> o.readWriteLock().writeLock().tryLock(1, null));
        calls.isNull(
                "update lock: time",
                (o, foreign) -> o.readWriteLock().updateLock().tryLock(1, null));
        calls.isNull(
                "write lock: acquire for a time",
                (o, foreign) -> o.readWriteLock().tryAcquireWrite(1, null));

        calls.isNull("record: write", (o, foreign) -> o.record().write(null));
        calls.isNull("record: read", (o, foreign) -> o.record().read(null));
        calls.add(
                IndexOutOfBoundsException.class,
                "record: read, too short",
                (o, foreign) -> o.record().read(new UnsafeBuffer(new byte[7])));
        calls.illegal("counter: charge", (o, foreign) -> o.counter().tryCharge(0));
        calls.illegal("counter: uncharge", (o, foreign) -> o.counter().uncharge(-1));
        calls.illegal("counter: limit", (o, foreign) -> o.counter().setMax(-1));
        calls.isNull("local counter: vCPU", (o, foreign) -> o.localCounter().add(1, null));
        calls.illegal(
                "local counter: foreign vCPU", (o, foreign) -> o.localCounter().add(1, foreign));
        calls.isNull("local data: own", (o, foreign) -> o.localData().own(null));
        calls.isNull("local data: each", (o, foreign) -> o.localData().each(null));

        calls.illegal("lock all: one twice", (o, foreign) -> LockRegion.lockAll(o.lock(), o.lock()));
        calls.illegal("lock all, null", (o, foreign) -> LockRegion.lockAll(o.lock(), null));
        calls.isNull("listener", (o, foreign) -> o.region().onEvent(null));
        return calls.all.stream();
    }

    private interface Maker {
        void make(LockRegion region);
    }

    static Stream<Maker> makers() {
        return Stream.of(
                region -> region.counter("bad", -1, null),
                region -> region.counter("bad", 1, eightLevels(region)),
                region -> region.semaphore("bad", 0),
                region -> region.fairSemaphore("bad", -1),
                region -> region.lockArray("bad", 0),
                region -> region.lockArray("bad", 1, LockOptions.defaults().policy(LockOptions.Policy.FAIR)),
                region -> region.lockArray("bad", 1, LockOptions.defaults().overtakeFor(Duration.ZERO)),
                region -> region.lockArray("bad", 1, null),
                region -> region.record("bad", 0),
                region -> region.singleWriterRecord("bad", -1),
                region -> region.localData("bad", 0, (vcpu, data) -> {}),
                region -> region.localData("bad", 1, null),
                region -> region.readWriteLock("bad", LockOptions.defaults().reentrant()),
                region -> region.readWriteLock("bad", LockOptions.defaults().repairWith(LockGuard::markConsistent)),
                region -> region.readWriteLock("bad", LockOptions.defaults().overtakeFor(Duration.ofMillis(1))),
                region -> region.readWriteLock("bad", null),
                region -> region.sequenceLock("bad", null),
                region -> region.lock("bad", null));
    }

    private static SharedCounter eightLevels(LockRegion region) {
        SharedCounter counter = null;
        for (int level = 0; level < 8; level++) {
            counter = region.counter("level " + level, 1, counter);
        }
        return counter;
    }

    @ParameterizedTest
    @MethodSource("makers")
    void nothingIsMade(Maker maker) {
        try (LockRegion region = Regions.open(directory)) {
            assertThatThrownBy(() -> maker.make(region))
                    .isInstanceOfAny(IllegalArgumentException.class, NullPointerException.class);
            assertThat(region.localCounter("bad").sum()).as("the name is free").isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("calls")
    void nothingIsTaken(Call call) throws Exception {
        nothingIsTaken(call, Thread::new);
    }

    /** They have no slot of their own: one that is lent and not given back is lost. */
    @ParameterizedTest
    @MethodSource("calls")
    void nothingIsTakenByAVirtualThread(Call call) throws Exception {
        nothingIsTaken(call, Threads.virtual());
    }

    private void nothingIsTaken(Call call, ThreadFactory threads) throws Exception {
        try (LockRegion region = Regions.open(directory);
                LockRegion another = LockRegion.open(directory.resolve("another.pvl"), Regions.small());
                Team team = new Team(threads)) {
            Objects objects = Objects.of(region);
            team.run("caller", () -> {
                        try (Vcpu foreign = another.attach()) {
                            assertThat(thrownBy(call, objects, foreign)).isInstanceOf(call.thrown);
                        }
                        assertThat(Inside.session(region).threads().existing()).isNull();
                        assertThat(region.vcpus()).isEmpty();
                    })
                    .get();
        }
    }

    private static Throwable thrownBy(Call call, Objects objects, Vcpu foreign) {
        try {
            call.body.run(objects, foreign);
            return null;
        } catch (Throwable e) {
            return e;
        }
    }
}
