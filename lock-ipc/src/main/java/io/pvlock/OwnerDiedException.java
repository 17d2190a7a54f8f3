package io.pvlock;

import java.util.Optional;

/**
 * The lock was not taken, because its data may be damaged: an owner died while holding it, and nobody has declared the data
 * repaired since. Take the lock with {@link SharedLock#acquire()}, repair, and call {@link LockGuard#markConsistent()}; a read-write
 * lock or a sequence lock with {@code acquireWrite()} and {@link WriteGuard#markConsistent()}.
 */
public final class OwnerDiedException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final boolean recoverable;

    OwnerDiedException(String message, boolean recoverable) {
        super(message);
        this.recoverable = recoverable;
    }

    static OwnerDiedException ofWriter(SharedObject object, Optional<LockGuard.DeadOwner> who) {
        return new OwnerDiedException(
                "a writer of " + object + " died writing"
                        + who.map(LockGuard.DeadOwner::inBrackets).orElse("")
                        + "; take it with acquireWrite(), repair the data, and call markConsistent()",
                true);
    }

    /** False if somebody gave the lock up for good with {@link LockGuard#abandon()}: it can never be taken again. */
    public boolean isRecoverable() {
        return recoverable;
    }
}
