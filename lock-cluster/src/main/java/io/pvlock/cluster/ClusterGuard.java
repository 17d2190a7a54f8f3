package io.pvlock.cluster;

import io.pvlock.HeldLock;
import io.pvlock.cluster.lease.Grant;
import java.time.Duration;

/**
 * A lock of a cluster that is held, and what came with it. Closing it unlocks, and is for the thread that acquired it; so is {@link
 * #markConsistent}. All else anybody may ask.
 *
 * <p>{@link #isValid} can only say that the lock was this one's at the moment of the question: what is done a moment later may come too
 * late. Whoever keeps the resource checks the {@link #fencingToken}.
 */
public final class ClusterGuard implements HeldLock {

    private final ClusterLock lock;
    private final Grant grant;
    private final Thread owner = Thread.currentThread();
    private boolean closed;

    /** Once it is lost it is lost for good, whatever the clock says. */
    private volatile boolean lost;

    private volatile LeaseListener listener;

    ClusterGuard(ClusterLock lock, Grant grant) {
        this.lock = lock;
        this.grant = grant;
    }

    /** The lock that is held. */
    public ClusterLock lock() {
        return lock;
    }

    /**
     * A number greater than that of every earlier guard of this lock, on any host. Whoever receives it with a request refuses what comes
     * with a smaller one than it has seen.
     */
    @Override
    public long fencingToken() {
        return grant.token();
    }

    /** Whether an owner before did not end well and nobody has declared the data repaired: it died, or its host did, or it lost the lock. */
    @Override
    public boolean ownerDied() {
        return grant.ownerDied();
    }

    /** Declares the data repaired: later owners are not told any more. */
    @Override
    public void markConsistent() {
        checkMine();
        lock.markConsistent(grant);
    }

    /** Whether the lock is still this one's. Some 0.5 us. */
    @Override
    public boolean isValid() {
        return !validFor().isZero();
    }

    /** For how long it will be valid, even if nothing is heard from the cluster any more; zero if it is not. */
    @Override
    public Duration validFor() {
        if (lost) {
            return Duration.ZERO;
        }
        long left = lock.validForNs(grant);
        if (left <= 0) {
            lost = true;
            return Duration.ZERO;
        }
        return Duration.ofNanos(left);
    }

    /**
     * Goes on if the lock is still this one's.
     *
     * @return this guard
     * @throws LockLostException if it is not
     */
    @Override
    public ClusterGuard requireValid() {
        if (!isValid()) {
            throw lostException();
        }
        return this;
    }

    /** Runs {@code action} once if the lock is lost before this guard is closed, on a thread of the region, some milliseconds later. */
    @Override
    public void onLost(Runnable action) {
        onLost(guard -> action.run());
    }

    /** Tells {@code newListener} once if the lock is lost before this guard is closed, on a thread of the region. */
    public void onLost(LeaseListener newListener) {
        listener = newListener;
        lock.watch(this);
    }

    /**
     * Unlocks. Closing twice does nothing.
     *
     * @throws LockLostException if the lock was lost before; it is given back on this host all the same
     * @throws IllegalMonitorStateException if another thread acquired it
     */
    @Override
    public void close() {
        checkThread();
        if (closed) {
            return;
        }
        closed = true;
        if (lost) {
            // Told to be lost, it is: also if a write has moved the deadline since.
            lock.markInconsistent(grant);
        }
        if (!lock.release(grant) || lost) {
            throw lostException();
        }
    }

    boolean isMine() {
        return owner == Thread.currentThread() && !closed;
    }

    private void checkMine() {
        checkThread();
        if (closed) {
            throw new IllegalMonitorStateException("this guard of lock '" + lock.name() + "' is closed");
        }
    }

    private void checkThread() {
        if (owner != Thread.currentThread()) {
            throw new IllegalMonitorStateException("lock '" + lock.name() + "' was acquired by thread '"
                    + owner.getName() + "', not by '" + Thread.currentThread().getName() + "'");
        }
    }

    private LockLostException lostException() {
        lost = true;
        return new LockLostException(
                "lock '" + lock.name()
                        + "' was lost while it was held: another host may have it; what was done with token "
                        + grant.token() + " counts as far as the resource has checked it",
                grant.token());
    }

    // ---- of the watcher

    boolean isClosed() {
        return closed;
    }

    void tellLost() {
        if (lock.onLost() == ClusterOptions.OnLost.INTERRUPT) {
            owner.interrupt();
        }
        LeaseListener told = listener;
        if (told != null) {
            told.onLost(this);
        }
    }

    /** Of which lock, its token, and whether it is still held. */
    @Override
    public String toString() {
        return "ClusterGuard[" + lock.name() + ", token=" + grant.token() + (closed ? ", closed" : lost ? ", lost" : "")
                + (grant.ownerDied() ? ", owner died" : "") + "]";
    }
}
