package io.pvlock;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;

/** A lock by its name, of one host ({@link SharedLock}) or of several: what both can do. */
public interface NamedLock extends Lock {

    /** What it is found by. */
    String name();

    /** Takes the lock, waiting as long as it takes, also after an owner's death, and says what came with it. */
    HeldLock acquire();

    /** Takes the lock like {@link #acquire()} if it can be had in time; a time of 0 or less makes one attempt. */
    Optional<? extends HeldLock> tryAcquire(long time, TimeUnit unit) throws InterruptedException;
}
