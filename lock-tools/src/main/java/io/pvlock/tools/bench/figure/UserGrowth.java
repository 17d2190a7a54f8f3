package io.pvlock.tools.bench.figure;

import io.pvlock.LockRegion;
import io.pvlock.SharedCondition;
import io.pvlock.SharedLock;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.Workspace;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Objects that so many threads have ever used and one uses now; the others are attached still, and do nothing.
 *
 * @param users with the one that measures
 */
record UserGrowth(int users, int millis, Workspace workspace) {

    private static final int PERMITS = 4;

    Step step() {
        return new Step("objects with " + users + " users", this::measure);
    }

    private void measure(Figures figures) throws Exception {
        try (LockRegion region = Regions.open(workspace, Regions.forThreads(users))) {
            SharedSemaphore semaphore = region.semaphore("semaphore", PERMITS);
            SharedLock lock = region.lock("lock");
            SharedCondition condition = lock.newCondition();
            SharedReadWriteLock readWriteLock = region.readWriteLock("readers");
            try (Waiters others = new Waiters(Waiters.PLATFORM, users - 1, Waiters.Then.LIVE_ON, () -> {
                semaphore.acquireUninterruptibly();
                semaphore.release();
                use(lock, condition);
                use(readWriteLock);
            })) {
                if (users > 1) {
                    others.awaitServed();
                }
                add(figures, "a permit taken and given back, ns", true, () -> {
                    semaphore.tryAcquire();
                    semaphore.release();
                });
                add(figures, "lock, signal to nobody, unlock, ns", true, () -> signalNobody(lock, condition));
                add(figures, "write lock and unlock, ns", true, () -> write(readWriteLock));
            }
            region.attach().close();
        }
        measureInProcess(figures);
    }

    private void measureInProcess(Figures figures) throws Exception {
        Semaphore semaphore = new Semaphore(PERMITS);
        Lock lock = new ReentrantLock();
        Condition condition = lock.newCondition();
        ReadWriteLock readWriteLock = new ReentrantReadWriteLock();
        add(figures, "a permit taken and given back, ns", false, () -> {
            semaphore.tryAcquire();
            semaphore.release();
        });
        add(figures, "lock, signal to nobody, unlock, ns", false, () -> signalNobody(lock, condition));
        add(figures, "write lock and unlock, ns", false, () -> write(readWriteLock));
    }

    private void add(Figures figures, String what, boolean ours, Timing.Operation operation) throws Exception {
        Figure figure = ours
                ? new Figure(Section.GROWTH, what, users, Figure.PV, List.of(Figure.JUC))
                : Figure.alone(Section.GROWTH, what, users, Figure.JUC);
        figures.add(figure, Timing.ns(millis, operation));
    }

    private static void use(Lock lock, Condition condition) {
        lock.lock();
        try {
            condition.awaitNanos(1);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a user", e);
        } finally {
            lock.unlock();
        }
    }

    private static void use(ReadWriteLock lock) {
        lock.readLock().lock();
        lock.readLock().unlock();
    }

    private static void signalNobody(Lock lock, Condition condition) {
        lock.lock();
        condition.signal();
        lock.unlock();
    }

    private static void write(ReadWriteLock lock) {
        lock.writeLock().lock();
        lock.writeLock().unlock();
    }
}
