package io.pvlock;

import io.pvlock.internal.lock.Guard;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/** A lock that is held, and what came with it. Closing it unlocks; only the thread that acquired it may use it. */
public final class LockGuard implements HeldLock {

    private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

    private final Guard guard;

    LockGuard(Guard guard) {
        this.guard = guard;
    }

    static Optional<LockGuard> optional(Guard guard) {
        return Optional.of(new LockGuard(guard));
    }

    /** Whether an owner died holding the lock and nobody has declared the data repaired before this acquisition. */
    @Override
    public boolean ownerDied() {
        return guard.ownerDied();
    }

    /** Who died, if {@link #ownerDied()} and if that is recorded: it is not for the locks of an array. */
    public Optional<DeadOwner> deadOwner() {
        return guard.deadOwner();
    }

    /**
     * The owner that died.
     *
     * @param pid of its process; 0 if it is not known
     * @param tid of its thread
     * @param replacedAt when its death was noticed
     * @param fencingToken the last one handed out before: its own, if it had one; 0 where there are none
     */
    public record DeadOwner(int pid, int tid, Instant replacedAt, long fencingToken) {}

    /**
     * A number greater than that of every earlier guard of this lock. Whoever receives it with a request can refuse what comes
     * from an older holder.
     */
    @Override
    public long fencingToken() {
        return guard.fencingToken();
    }

    /** Declares the data repaired: later owners are not told of the death any more. */
    @Override
    public void markConsistent() {
        guard.markConsistent();
    }

    /** Whether it is still held: not closed, not taken away by {@code pvlock break}, and its file is where it was. */
    @Override
    public boolean isValid() {
        return guard.isValid();
    }

    @Override
    public Duration validFor() {
        return isValid() ? FOREVER : Duration.ZERO;
    }

    @Override
    public LockGuard requireValid() {
        if (!isValid()) {
            throw new IllegalStateException(guard + " is not held any more");
        }
        return this;
    }

    @Override
    public void onLost(Runnable action) {
        Objects.requireNonNull(action, "action");
    }

    /** Gives the lock up for good: nobody can take it again, everybody who waits is told. */
    public void abandon() {
        guard.abandon();
    }

    /** Unlocks. Closing twice does nothing. */
    @Override
    public void close() {
        guard.close();
    }

    /** Of which lock, by whom, whether it is still held, its token, and who died. */
    @Override
    public String toString() {
        return guard.toString();
    }
}
