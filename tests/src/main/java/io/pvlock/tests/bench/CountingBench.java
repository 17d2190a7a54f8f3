package io.pvlock.tests.bench;

import io.pvlock.SharedCondition;
import io.pvlock.SharedCounter;
import io.pvlock.SharedLocalCounter;
import io.pvlock.SharedLocalData;
import io.pvlock.SharedLock;
import io.pvlock.SharedLockArray;
import io.pvlock.SharedSemaphore;
import io.pvlock.Vcpu;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Lock array, condition, semaphore and counters, used by one thread: each benchmark is one pair, or one operation. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 60, time = 5, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class CountingBench {

    private static final int LOCKS = 1 << 12;

    /** One of each, in a region in a temporary file. */
    @State(Scope.Thread)
    public static class Objects {

        Vcpu me;
        SharedLockArray array;
        SharedLock lock;
        SharedCondition condition;
        SharedCounter root;
        SharedCounter leaf;
        SharedLocalCounter local;
        SharedLocalData data;
        SharedSemaphore semaphore;
        final Semaphore inProcess = new Semaphore(4);
        int index;

        @Setup(Level.Trial)
        public void open(UncontendedBench.Mapped mapped) {
            me = mapped.region.attach();
            array = mapped.region.lockArray("array", LOCKS);
            lock = mapped.region.lock("lock");
            condition = lock.newCondition();
            root = mapped.region.counter("root", Long.MAX_VALUE, null);
            leaf = mapped.region.counter("leaf", 1, mapped.region.counter("branch", Long.MAX_VALUE, root));
            local = mapped.region.localCounter("local");
            data = mapped.region.localData("data", Long.BYTES, (vcpu, part) -> {});
            semaphore = mapped.region.semaphore("semaphore", 4);
        }

        int next() {
            index = index + 8 & LOCKS - 1;
            return index;
        }
    }

    @Benchmark
    public void lockOfArray(Objects objects) {
        int index = objects.next();
        objects.array.lock(index, objects.me);
        objects.array.unlock(index, objects.me);
    }

    @Benchmark
    public void twoLocksOfArray(Objects objects) {
        int index = objects.next();
        objects.array.lockAll(index, index + 1).close();
    }

    @Benchmark
    public void signalNobody(Objects objects) {
        objects.lock.lock(objects.me);
        objects.condition.signal();
        objects.lock.unlock(objects.me);
    }

    @Benchmark
    public void chargeOneLevel(Objects objects) {
        objects.root.tryCharge(1);
        objects.root.uncharge(1);
    }

    @Benchmark
    public void chargeThreeLevels(Objects objects) {
        objects.leaf.tryCharge(1);
        objects.leaf.uncharge(1);
    }

    @Benchmark
    public void addToLocalData(Objects objects) {
        objects.data.own(part -> part.putLong(0, part.getLong(0) + 1));
    }

    @Benchmark
    public void semaphore(Objects objects) {
        objects.semaphore.tryAcquire();
        objects.semaphore.release();
    }

    @Benchmark
    public void semaphoreInProcess(Objects objects) {
        objects.inProcess.tryAcquire();
        objects.inProcess.release();
    }

    @Benchmark
    public void addToLocal(Objects objects) {
        objects.local.add(1, objects.me);
    }

    @Benchmark
    public long sumOfLocal(Objects objects) {
        return objects.local.sum();
    }
}
