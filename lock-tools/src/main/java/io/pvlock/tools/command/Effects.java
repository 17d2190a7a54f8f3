package io.pvlock.tools.command;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.SharedLock;
import io.pvlock.linux.Futex;
import io.pvlock.linux.FutexWaiter;
import io.pvlock.tools.view.Describe;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.AtomicBuffer;

/** Tries what the lock lives by. That the kernel knows a call says little: an emulator or a sandbox may answer it and do nothing. */
final class Effects {

    /** What takes so long does not happen, however busy the machine. */
    private static final long PATIENCE_NS = 20_000_000_000L;

    private final LockRegion region;

    Effects(LockRegion region) {
        this.region = region;
    }

    /** Whether a thread that sleeps on a word of the region is woken; its word stays as it is, so nothing else can end the sleep. */
    Diagnosis wake() {
        AtomicBuffer word = region.data();
        word.putIntVolatile(0, 0);
        long address = word.addressOffset();
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        AtomicInteger result = new AtomicInteger(-1);
        Thread sleeper =
                new Thread(() -> result.set(new FutexWaiter().await(address, 0, deadlineNs)), "pvlock-doctor-sleeper");
        sleeper.setDaemon(true);
        sleeper.start();
        int woken = 0;
        while (woken == 0 && System.nanoTime() - deadlineNs < 0) {
            woken = Futex.wake(address, 1);
            Thread.onSpinWait();
        }
        join(sleeper);
        return woken == 1 && result.get() == 0
                ? Diagnosis.ok("futex wakes", "a thread slept on a word in shared memory, and was woken")
                : Diagnosis.fail(
                        "futex wakes",
                        "a thread that slept on a word in shared memory was not woken (FUTEX_WAKE: " + woken
                                + ", the sleeper: " + result.get()
                                + "); an emulator or a sandbox does not do what it says. Locks will seem to hang");
    }

    /** Whether the end of a thread that holds a lock is seen by who comes next. */
    Diagnosis death() {
        SharedLock lock = region.lock("left");
        Thread dead = new Thread(lock::lock, "pvlock-doctor-dead");
        dead.start();
        join(dead);
        long beginNs = System.nanoTime();
        try {
            Optional<LockGuard> guard = lock.tryAcquire(PATIENCE_NS, TimeUnit.NANOSECONDS);
            boolean told = guard.map(LockGuard::ownerDied).orElse(false);
            guard.ifPresent(LockGuard::close);
            return told
                    ? Diagnosis.ok(
                            "death is seen",
                            "a thread ended holding a lock, and the next owner was told; after "
                                    + Describe.duration(System.nanoTime() - beginNs))
                    : deathIsNotSeen("nobody could lock after it");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return deathIsNotSeen(e.toString());
        } catch (RegionException e) {
            return deathIsNotSeen(e.getMessage());
        }
    }

    private static Diagnosis deathIsNotSeen(String how) {
        return Diagnosis.fail("death is seen", "a thread ended holding a lock, and it was not seen: " + how);
    }

    private static void join(Thread thread) {
        try {
            thread.join(TimeUnit.NANOSECONDS.toMillis(PATIENCE_NS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
