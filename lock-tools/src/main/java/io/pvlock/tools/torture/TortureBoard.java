package io.pvlock.tools.torture;

import static io.pvlock.tools.torture.TortureBoardDescriptor.*;

import org.HdrHistogram.Histogram;
import org.agrona.concurrent.AtomicBuffer;

/** Flyweight over the torture test's board. */
final class TortureBoard {

    private final AtomicBuffer memory;
    private final int locks;

    TortureBoard(AtomicBuffer memory, int locks) {
        this.memory = memory;
        this.locks = locks;
    }

    LockRecord lock(int index) {
        return new LockRecord(memory, LOCKS_OFFSET + index * LOCK_LENGTH);
    }

    /** @param index counts all threads of all workers */
    ThreadRecord thread(int index) {
        return new ThreadRecord(memory, LOCKS_OFFSET + locks * LOCK_LENGTH + index * THREAD_LENGTH);
    }

    /** What so many threads' records have counted, beginning with the first of worker {@code worker}. */
    long acquisitions(int worker, int threads) {
        long sum = 0;
        for (int i = 0; i < threads; i++) {
            sum += thread(worker * threads + i).acquisitions();
        }
        return sum;
    }

    long phase() {
        return memory.getLongAcquire(PHASE_OFFSET); // T1 acquire: pairs with T1 release in phase(long)
    }

    void phase(long phase) {
        memory.putLongRelease(PHASE_OFFSET, phase); // T1 release: pairs with T1 acquire in phase()
    }

    /** A process is about to be sent a signal; so many are stopped then. */
    void signal(long nowNs, long nowStopped) {
        memory.putLong(STOPPED_OFFSET, nowStopped);
        // T2 release: before the signal is sent; pairs with T2 acquire in isUndisturbedSince.
        memory.putLongRelease(LAST_SIGNAL_NS_OFFSET, nowNs);
    }

    /** Whether nobody has been killed, stopped or continued since then, or is stopped. */
    boolean isUndisturbedSince(long ns) {
        // T2 acquire: pairs with T2 release in signal
        return memory.getLongAcquire(LAST_SIGNAL_NS_OFFSET) - ns < 0 && memory.getLongOpaque(STOPPED_OFFSET) == 0;
    }

    /** When the process with that serial number was killed; 0 if it was not. */
    long killedNs(int serial) {
        return memory.getLongAcquire(killedNsOffset(serial)); // T3 acquire: pairs with T3 release in killed
    }

    /** Before the signal is sent, so that whoever notices the death finds it. */
    void killed(int serial, long nowNs) {
        memory.putLongRelease(killedNsOffset(serial), nowNs); // T3 release: pairs with T3 acquire in killedNs
    }

    private static int killedNsOffset(int serial) {
        return KILLED_NS_OFFSET + serial % MAX_SERIALS * Long.BYTES;
    }

    void addRecovery(long ns) {
        // T4: each sample has a place of its own; when there are too many, the oldest give way.
        long count = memory.getAndAddLong(SAMPLE_COUNT_OFFSET, 1);
        memory.putLongOpaque(SAMPLES_OFFSET + (int) (count % MAX_SAMPLES) * Long.BYTES, ns);
    }

    Histogram recoveriesNs() {
        Histogram histogram = new Histogram(3);
        long count = Math.min(memory.getLongVolatile(SAMPLE_COUNT_OFFSET), MAX_SAMPLES); // T4: read when all is over
        for (int i = 0; i < count; i++) {
            histogram.recordValue(memory.getLongOpaque(SAMPLES_OFFSET + i * Long.BYTES));
        }
        return histogram;
    }
}
