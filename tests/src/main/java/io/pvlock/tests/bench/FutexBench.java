package io.pvlock.tests.bench;

import io.pvlock.linux.Futex;
import io.pvlock.linux.FutexWaiter;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One futex call that neither wakes nor sleeps, by each way into the kernel; {@link FutexReport} has the ratio. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 60, time = 5, timeUnit = TimeUnit.MILLISECONDS)
public class FutexBench {

    /** A word that nobody waits for; it is 0. */
    @State(Scope.Thread)
    public static class Word {
        private final UnsafeBuffer word = new UnsafeBuffer(ByteBuffer.allocateDirect(Long.BYTES));
        final long address = word.addressOffset();
        final FutexWaiter waiter = new FutexWaiter();
    }

    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "-Dpvlock.linux=jna")
    public int wakeJna(Word word) {
        return Futex.wake(word.address, 1);
    }

    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "-Dpvlock.linux=foreign")
    public int wakeForeign(Word word) {
        return Futex.wake(word.address, 1);
    }

    /** The word has another value: the answer is in errno. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "-Dpvlock.linux=jna")
    public int refusedWaitJna(Word word) {
        return word.waiter.await(word.address, 1, Long.MAX_VALUE);
    }

    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "-Dpvlock.linux=foreign")
    public int refusedWaitForeign(Word word) {
        return word.waiter.await(word.address, 1, Long.MAX_VALUE);
    }
}
