package io.pvlock.tests.bench;

import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedRecord;
import io.pvlock.SharedSequenceLock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
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

/** Read-write lock, sequence lock and record, used by one thread: each benchmark is one pair, or one read or write. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 60, time = 5, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class ReadingBench {

    private static final int RECORD_LENGTH = 64;

    /** One of each, in a region in a temporary file. */
    @State(Scope.Thread)
    public static class Objects {

        SharedReadWriteLock readWriteLock;
        Lock readLock;
        Lock writeLock;
        SharedSequenceLock sequenceLock;
        SharedSequenceLock singleWriter;
        SharedRecord record;
        SharedRecord singleWriterRecord;
        AtomicBuffer data;
        final UnsafeBuffer copy = new UnsafeBuffer(new byte[RECORD_LENGTH]);
        final ReentrantReadWriteLock inProcess = new ReentrantReadWriteLock();

        @Setup(Level.Trial)
        public void open(UncontendedBench.Mapped mapped) {
            readWriteLock = mapped.region.readWriteLock("rw");
            readLock = readWriteLock.readLock();
            writeLock = readWriteLock.writeLock();
            sequenceLock = mapped.region.sequenceLock("seq");
            singleWriter = mapped.region.singleWriterSequenceLock("single");
            record = mapped.region.record("record", RECORD_LENGTH);
            singleWriterRecord = mapped.region.singleWriterRecord("single record", RECORD_LENGTH);
            data = mapped.data;
        }
    }

    @Benchmark
    public void readLock(Objects objects) {
        objects.readLock.lock();
        objects.readLock.unlock();
    }

    @Benchmark
    public void writeLock(Objects objects) {
        objects.writeLock.lock();
        objects.writeLock.unlock();
    }

    @Benchmark
    public long optimisticRead(Objects objects) {
        long stamp = objects.readWriteLock.tryOptimisticRead();
        long value = objects.data.getLong(0);
        return objects.readWriteLock.validate(stamp) ? value : -1;
    }

    @Benchmark
    public void reentrantReadLock(Objects objects) {
        objects.inProcess.readLock().lock();
        objects.inProcess.readLock().unlock();
    }

    @Benchmark
    public long sequenceRead(Objects objects) {
        long begin = objects.sequenceLock.readBegin();
        long value = objects.data.getLong(0);
        return objects.sequenceLock.readRetry(begin) ? -1 : value;
    }

    @Benchmark
    public void sequenceWrite(Objects objects) {
        objects.sequenceLock.writeBegin();
        objects.sequenceLock.writeEnd();
    }

    @Benchmark
    public void sequenceWriteWithoutLock(Objects objects) {
        objects.singleWriter.writeBegin();
        objects.singleWriter.writeEnd();
    }

    @Benchmark
    public long recordRead(Objects objects) {
        return objects.record.read(objects.copy);
    }

    @Benchmark
    public void recordWrite(Objects objects) {
        objects.record.write(copy -> copy.putLong(0, 1));
    }

    @Benchmark
    public void recordWriteWithoutLock(Objects objects) {
        objects.singleWriterRecord.write(copy -> copy.putLong(0, 1));
    }
}
