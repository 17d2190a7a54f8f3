package io.pvlock.tests.process;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.OwnerDiedException;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/** One thread that makes entries in a ledger, taking the lock in a different way each time, while another interrupts it. */
final class MixedLocking {

    private enum Way {
        LOCK,
        LOCK_VCPU,
        TRY_LOCK,
        TRY_LOCK_VCPU,
        TIMED,
        INTERRUPTIBLE,
        ACQUIRE,
        ACQUIRE_VCPU,
        TIMED_ACQUIRE
    }

    private static final Way[] WAYS = Way.values();
    private static final int TRIES = 50;
    private static final int MAX_TIMEOUT_US = 200;
    private static final int MAX_PAUSE_US = 500;

    private final LockRegion region;
    private final SharedLock lock;
    private final Ledger ledger;
    private final Random random;
    private volatile boolean done;

    MixedLocking(LockRegion region, SharedLock lock, Ledger ledger, long seed) {
        this.region = region;
        this.lock = lock;
        this.ledger = ledger;
        this.random = new Random(seed);
    }

    /**
     * Makes entries for so long and says how many; then stays in the region until it may leave, so that its nodes can
     * be looked at: those of a dead slot are nobody's business but the reclaimer's.
     */
    void run(long millis, LongConsumer report, CountDownLatch leave) throws InterruptedException {
        Thread interrupter = interrupter(Thread.currentThread(), random.nextLong());
        Vcpu me = region.attach();
        long entries = 0;
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (System.nanoTime() - end < 0 || entries == 0) {
            Way way = WAYS[random.nextInt(WAYS.length)];
            if (enterOrRepair(way, me)) {
                entries++;
            }
        }
        done = true;
        joinUninterruptibly(interrupter);
        Thread.interrupted();
        report.accept(entries);
        leave.await();
        // The other half leaves its slot to be found dead.
        if (random.nextBoolean()) {
            me.close();
        }
    }

    private boolean enterOrRepair(Way way, Vcpu me) {
        try {
            return enter(way, me);
        } catch (OwnerDiedException e) {
            return enterAndClose(lock.acquire());
        }
    }

    private boolean enter(Way way, Vcpu me) {
        switch (way) {
            case LOCK -> {
                lock.lock();
                return enterAndUnlock();
            }
            case LOCK_VCPU -> {
                lock.lock(me);
                ledger.enter();
                lock.unlock(me);
                return true;
            }
            case TRY_LOCK -> {
                return tryOften(() -> lock.tryLock()) && enterAndUnlock();
            }
            case TRY_LOCK_VCPU -> {
                return tryOften(() -> lock.tryLock(me)) && enterAndUnlock();
            }
            case ACQUIRE -> {
                return enterAndClose(lock.acquire());
            }
            case ACQUIRE_VCPU -> {
                return enterAndClose(lock.acquire(me));
            }
            default -> {
                try {
                    return enterInterruptibly(way);
                } catch (InterruptedException e) {
                    return false;
                }
            }
        }
    }

    private boolean enterInterruptibly(Way way) throws InterruptedException {
        if (way == Way.INTERRUPTIBLE) {
            lock.lockInterruptibly();
            return enterAndUnlock();
        }
        int timeoutUs = random.nextInt(MAX_TIMEOUT_US);
        if (way == Way.TIMED) {
            return lock.tryLock(timeoutUs, TimeUnit.MICROSECONDS) && enterAndUnlock();
        }
        Optional<LockGuard> guard = lock.tryAcquire(timeoutUs, TimeUnit.MICROSECONDS);
        return guard.isPresent() && enterAndClose(guard.get());
    }

    private boolean enterAndUnlock() {
        ledger.enter();
        lock.unlock();
        return true;
    }

    private boolean enterAndClose(LockGuard guard) {
        try (guard) {
            if (guard.ownerDied()) {
                ledger.repair();
                guard.markConsistent();
            }
            ledger.enter(guard.fencingToken());
        }
        return true;
    }

    private static boolean tryOften(BooleanSupplier attempt) {
        for (int tries = 0; tries < TRIES; tries++) {
            if (attempt.getAsBoolean()) {
                return true;
            }
        }
        Thread.yield();
        return false;
    }

    private Thread interrupter(Thread target, long seed) {
        Thread thread = new Thread(() -> {
            Random pauses = new Random(seed);
            while (!done) {
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(pauses.nextInt(MAX_PAUSE_US)));
                target.interrupt();
            }
        });
        thread.start();
        return thread;
    }

    private static void joinUninterruptibly(Thread thread) {
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                // The last interrupt of the one that is waited for.
            }
        }
    }
}
