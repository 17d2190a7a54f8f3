package io.pvlock.tests.kill;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.OwnerDiedException;
import io.pvlock.SharedLock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** The locks {@code L0}, {@code L1}, ... as a thread of a child process uses them, in one of three ways. */
final class ManyLocks {

    /** How to ask for a lock. */
    enum How {
        LOCK,
        TIMED,
        TRY
    }

    private static final long PATIENCE_S = 120;

    private final LockRegion region;
    private final List<SharedLock> locks = new ArrayList<>();

    ManyLocks(LockRegion region, int count) {
        this.region = region;
        for (int i = 0; i < count; i++) {
            locks.add(region.lock("L" + i));
        }
    }

    /** Takes one lock after the other, at random, and lets it go, until the process is killed. */
    void mix(How how, long id) throws InterruptedException {
        for (Random random = new Random(id); ; ) {
            SharedLock lock = locks.get(random.nextInt(locks.size()));
            long timeoutUs = random.nextInt(200);
            Optional<LockGuard> guard = switch (how) {
                case LOCK -> Optional.of(lock.acquire());
                case TIMED -> lock.tryAcquire(timeoutUs, TimeUnit.MICROSECONDS);
                case TRY -> lock.tryAcquire(0, TimeUnit.MICROSECONDS);
            };
            guard.ifPresent(held -> use(lock, held, id));
        }
    }

    /**
     * Takes each lock once, in order; all of them must be had, though their users are dead or die meanwhile.
     *
     * @return of how many an owner had died; those are repaired
     */
    int sweep(How how, long id) throws InterruptedException {
        int died = 0;
        for (SharedLock lock : locks) {
            LockGuard guard = get(lock, how);
            if (guard.ownerDied()) {
                died++;
            }
            use(lock, guard, id);
        }
        return died;
    }

    private static LockGuard get(SharedLock lock, How how) throws InterruptedException {
        switch (how) {
            case LOCK -> {
                return lock.acquire();
            }
            case TIMED -> {
                return lock.tryAcquire(PATIENCE_S, TimeUnit.SECONDS)
                        .orElseThrow(() -> new AssertionError(lock + " was not had in " + PATIENCE_S + " s"));
            }
            default -> {
                try {
                    Stage.check(lock.tryLock(), lock + " is not free, though all its users are dead");
                    lock.unlock();
                } catch (OwnerDiedException e) {
                    // The way to say so; acquire() gets it all the same.
                }
                return lock.acquire();
            }
        }
    }

    private void use(SharedLock lock, LockGuard guard, long id) {
        GuardedData data = new GuardedData(region.data(), lock.name());
        data.enter(id, guard.ownerDied());
        if (guard.ownerDied()) {
            data.repair();
            guard.markConsistent();
        }
        data.leave(id, () -> {});
        guard.close();
    }
}
