package io.pvlock;

import java.time.Duration;

/**
 * A lock that is held, of one host or of several: what the guards of both say. Closing it unlocks, and is for the thread that acquired
 * it; so is {@link #markConsistent}.
 *
 * <p>{@link #isValid} can only say that the lock was this one's at the moment of the question. Whoever keeps a resource that must not be
 * changed by two checks the {@link #fencingToken}.
 */
public interface HeldLock extends AutoCloseable {

    /** Whether an owner before did not end well and nobody has declared the data repaired. */
    boolean ownerDied();

    /** Declares the data repaired: later owners are not told any more. */
    void markConsistent();

    /** A number greater than that of every earlier holder of this lock. */
    long fencingToken();

    /** Whether the lock is still this one's: not closed, not taken away. */
    boolean isValid();

    /**
     * For how long it will be, even if nothing is heard from the others any more; zero if it is not. For a lock of one host nothing runs out:
     * then it is as long as a duration can be.
     */
    Duration validFor();

    /**
     * Goes on if the lock is still this one's.
     *
     * @return this
     * @throws IllegalStateException if it is not
     */
    HeldLock requireValid();

    /**
     * Runs {@code action} once if the lock is lost before this is closed, on another thread, some time later. A lock of one host is lost
     * only if {@code pvlock break} takes it away or its file is gone; {@link #isValid} says so, but the action is not run.
     */
    void onLost(Runnable action);

    /** Unlocks. Closing twice does nothing. */
    @Override
    void close();
}
