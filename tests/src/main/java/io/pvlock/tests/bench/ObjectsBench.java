package io.pvlock.tests.bench;

import io.pvlock.SharedCounter;
import io.pvlock.SharedLocalCounter;
import io.pvlock.SharedLockArray;
import io.pvlock.SharedSemaphore;
import io.pvlock.Vcpu;
import java.util.Optional;
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

/** Lock array, semaphore and counters, used by one thread: each benchmark is one pair, or one addition. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 60, time = 5, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class ObjectsBench {

    private static final int LOCKS = 1024;

    /** One of each, in a region in a temporary file. */
    @State(Scope.Thread)
    public static class Objects {

        Vcpu me;
        SharedLockArray array;
        SharedSemaphore semaphore;
        SharedCounter leaf;
        SharedLocalCounter statistics;
        final Semaphore inProcess = new Semaphore(4);
        int index;

        @Setup(Level.Trial)
        public void open(UncontendedBench.Mapped mapped) {
            me = mapped.region.attach();
            array = mapped.region.lockArray("array", LOCKS);
            semaphore = mapped.region.semaphore("semaphore", 4);
            SharedCounter firm = mapped.region.counter("firm", Long.MAX_VALUE, null);
            SharedCounter desk = mapped.region.counter("desk", Long.MAX_VALUE, firm);
            leaf = mapped.region.counter("trader", Long.MAX_VALUE, desk);
            statistics = mapped.region.localCounter("statistics");
        }
    }

    @Benchmark
    public void lockOfArray(Objects objects) {
        objects.array.lock(7, objects.me);
        objects.array.unlock(7, objects.me);
    }

    /** Each time another one: the indexes are not known to the compiler, the cells are in the cache. */
    @Benchmark
    public void locksOfArray(Objects objects) {
        int index = objects.index++ & LOCKS - 1;
        objects.array.lock(index, objects.me);
        objects.array.unlock(index, objects.me);
    }

    @Benchmark
    public boolean semaphore(Objects objects) {
        boolean taken = objects.semaphore.tryAcquire();
        objects.semaphore.release();
        return taken;
    }

    @Benchmark
    public boolean semaphoreInProcess(Objects objects) {
        boolean taken = objects.inProcess.tryAcquire();
        objects.inProcess.release();
        return taken;
    }

    /** A charge of three levels and its return. */
    @Benchmark
    public Optional<SharedCounter> counter(Objects objects) {
        Optional<SharedCounter> refused = objects.leaf.tryCharge(1);
        objects.leaf.uncharge(1);
        return refused;
    }

    @Benchmark
    public void localCounter(Objects objects) {
        objects.statistics.add(1, objects.me);
    }
}
