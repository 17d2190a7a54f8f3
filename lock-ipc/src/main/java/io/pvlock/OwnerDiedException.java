package io.pvlock;

/**
 * The lock was not taken, because its data may be damaged: an owner died while holding it, and nobody has declared the data
 * repaired since. To go on at once in such a case, choose {@link LockOptions#repairWith} when the lock is looked up. By hand:
 * take the lock with {@link SharedLock#acquire()}, repair, and call {@link LockGuard#markConsistent()}; a read-write lock or a
 * sequence lock with {@code acquireWrite()} and {@link WriteGuard#markConsistent()}.
 */
public final class OwnerDiedException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final boolean recoverable;

    /** @param recoverable whether its data can be repaired */
    public OwnerDiedException(String message, boolean recoverable) {
        super(message);
        this.recoverable = recoverable;
    }

    /** False if somebody gave the lock up for good with {@link LockGuard#abandon()}: it can never be taken again. */
    public boolean isRecoverable() {
        return recoverable;
    }
}
