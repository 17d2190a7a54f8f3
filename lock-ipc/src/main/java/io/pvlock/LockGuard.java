package io.pvlock;

import io.pvlock.internal.lock.Guard;
import java.time.Instant;
import java.util.Optional;

/** A lock that is held, and what came with it. Closing it unlocks; only the thread that acquired it may use it. */
public final class LockGuard implements AutoCloseable {

    private final Guard guard;

    LockGuard(Guard guard) {
        this.guard = guard;
    }

    static Optional<LockGuard> optional(Guard guard) {
        return Optional.of(new LockGuard(guard));
    }

    /** Whether an owner died holding the lock and nobody has declared the data repaired before this acquisition. */
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
    public long fencingToken() {
        return guard.fencingToken();
    }

    /** Declares the data repaired: later owners are not told of the death any more. */
    public void markConsistent() {
        guard.markConsistent();
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
