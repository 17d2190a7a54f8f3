package io.pvlock.tools.bench.figure;

import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.tools.bench.Workspace;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

/** What threads wait for: closed by the thread that measures, then wanted by many, then opened. */
interface Gate extends AutoCloseable {

    /** By the thread that measures, which leaves nothing to the others. */
    void shut();

    /** By the same thread. */
    void open();

    /** Waits until it is this thread's turn. */
    void enter();

    void leave();

    /** How many wait. */
    int waiting();

    @Override
    void close();

    /** Which ones there are. */
    interface Maker {
        Gate make() throws IOException;
    }

    /** A lock of a region of its own, with a slot for each of {@code threads} and some more. */
    static Gate lock(Workspace workspace, int threads) throws IOException {
        LockRegion region = region(workspace, threads);
        SharedLock lock = region.lock("gate");
        return new Gate() {
            @Override
            public void shut() {
                lock.lock();
            }

            @Override
            public void open() {
                lock.unlock();
            }

            @Override
            public void enter() {
                lock.lock();
            }

            @Override
            public void leave() {
                lock.unlock();
            }

            @Override
            public int waiting() {
                return lock.getQueueLength();
            }

            @Override
            public void close() {
                region.close();
            }
        };
    }

    /** What a program of one process would take instead. */
    static Gate lockInProcess() {
        ReentrantLock lock = new ReentrantLock();
        return new Gate() {
            @Override
            public void shut() {
                lock.lock();
            }

            @Override
            public void open() {
                lock.unlock();
            }

            @Override
            public void enter() {
                lock.lock();
            }

            @Override
            public void leave() {
                lock.unlock();
            }

            @Override
            public int waiting() {
                return lock.getQueueLength();
            }

            @Override
            public void close() {}
        };
    }

    /** A semaphore of a region of its own. */
    static Gate semaphore(Workspace workspace, int threads, int permits, boolean fair) throws IOException {
        LockRegion region = region(workspace, threads);
        SharedSemaphore semaphore = fair ? region.fairSemaphore("gate", permits) : region.semaphore("gate", permits);
        return new Gate() {
            @Override
            public void shut() {
                semaphore.acquireUninterruptibly(permits);
            }

            @Override
            public void open() {
                semaphore.release(permits);
            }

            @Override
            public void enter() {
                semaphore.acquireUninterruptibly();
            }

            @Override
            public void leave() {
                semaphore.release();
            }

            @Override
            public int waiting() {
                return semaphore.getQueueLength();
            }

            @Override
            public void close() {
                region.close();
            }
        };
    }

    static Gate semaphoreInProcess(int permits, boolean fair) {
        Semaphore semaphore = new Semaphore(permits, fair);
        return new Gate() {
            @Override
            public void shut() {
                semaphore.acquireUninterruptibly(permits);
            }

            @Override
            public void open() {
                semaphore.release(permits);
            }

            @Override
            public void enter() {
                semaphore.acquireUninterruptibly();
            }

            @Override
            public void leave() {
                semaphore.release();
            }

            @Override
            public int waiting() {
                return semaphore.getQueueLength();
            }

            @Override
            public void close() {}
        };
    }

    private static LockRegion region(Workspace workspace, int threads) throws IOException {
        return Regions.open(workspace, Regions.forThreads(threads));
    }
}
