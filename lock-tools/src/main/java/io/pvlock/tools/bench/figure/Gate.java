package io.pvlock.tools.bench.figure;

import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.tools.bench.Workspace;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/**
 * What threads wait for: shut by the thread that measures, then wanted by many, then opened.
 *
 * @param shutting and {@code opening}: by the thread that measures, which leaves nothing to the others meanwhile
 * @param entering waits until it is this thread's turn, which {@code leaving} ends
 * @param waiters how many wait
 */
record Gate(
        Runnable shutting, Runnable opening, Runnable entering, Runnable leaving, IntSupplier waiters, Runnable closing)
        implements AutoCloseable {

    private static final String NAME = "gate";

    /** Makes one. */
    interface Maker {
        Gate make() throws IOException;
    }

    /** A lock of a region of its own, with a slot for each of {@code threads} and some more. */
    static Gate lock(Workspace workspace, int threads) throws IOException {
        LockRegion region = Regions.open(workspace, Regions.forThreads(threads));
        SharedLock lock = region.lock(NAME);
        return new Gate(lock::lock, lock::unlock, lock::lock, lock::unlock, lock::getQueueLength, region::close);
    }

    /** What a program of one process would take instead. */
    static Gate lockInProcess() {
        ReentrantLock lock = new ReentrantLock();
        return new Gate(lock::lock, lock::unlock, lock::lock, lock::unlock, lock::getQueueLength, () -> {});
    }

    /** A semaphore of a region of its own. */
    static Gate semaphore(Workspace workspace, int threads, int permits, boolean fair) throws IOException {
        LockRegion region = Regions.open(workspace, Regions.forThreads(threads));
        SharedSemaphore semaphore = fair ? region.fairSemaphore(NAME, permits) : region.semaphore(NAME, permits);
        return new Gate(
                () -> semaphore.acquireUninterruptibly(permits),
                () -> semaphore.release(permits),
                semaphore::acquireUninterruptibly,
                semaphore::release,
                semaphore::getQueueLength,
                region::close);
    }

    static Gate semaphoreInProcess(int permits, boolean fair) {
        Semaphore semaphore = new Semaphore(permits, fair);
        return new Gate(
                () -> semaphore.acquireUninterruptibly(permits),
                () -> semaphore.release(permits),
                semaphore::acquireUninterruptibly,
                semaphore::release,
                semaphore::getQueueLength,
                () -> {});
    }

    void shut() {
        shutting.run();
    }

    void open() {
        opening.run();
    }

    /** Goes through: waits for its turn, and gives it to the next. */
    void pass() {
        entering.run();
        leaving.run();
    }

    int waiting() {
        return waiters.getAsInt();
    }

    @Override
    public void close() {
        closing.run();
    }
}
