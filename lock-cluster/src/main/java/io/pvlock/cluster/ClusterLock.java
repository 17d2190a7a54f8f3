package io.pvlock.cluster;

import io.pvlock.NamedLock;
import io.pvlock.OwnerDiedException;
import io.pvlock.SharedLock;
import io.pvlock.cluster.lease.Grant;
import io.pvlock.cluster.lease.LeaseGate;
import io.pvlock.cluster.lease.LeaseWords;
import io.pvlock.linux.FutexWaiter;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.function.BooleanSupplier;

/**
 * A lock of all threads of all hosts of a cluster. Not reentrant. Within a host it passes as a {@link SharedLock} does; between hosts by
 * the lease, in the order in which they asked.
 *
 * <p>If an owner dies, or its host, or loses the lock, the next owner is told: {@link #acquire()} returns a guard that says so, {@code
 * lock()} and its kin throw {@link OwnerDiedException}, without the lock, until somebody has declared the data repaired.
 */
public final class ClusterLock implements NamedLock {

    private static final long SLICE_NS = 20_000_000;

    private final ClusterRegion region;
    private final String name;
    private final SharedLock local;
    private final LeaseGate gate;
    private final LeaseWords words;
    private final BooleanSupplier alone;

    /** Of the owner, if it is a thread of this process. It writes it under the local lock, and nobody else finds itself in there. */
    private ClusterGuard current;

    ClusterLock(ClusterRegion region, String name, SharedLock local, LeaseGate gate) {
        this.region = region;
        this.name = name;
        this.local = local;
        this.gate = gate;
        this.words = gate.words();
        this.alone = () -> !local.hasQueuedThreads();
    }

    /** What it is found by in the cluster. */
    @Override
    public String name() {
        return name;
    }

    // ---- acquire

    /**
     * Takes the lock, waiting as long as it takes, whatever interrupts come, and says what came with it. While the servers refuse this
     * host, it waits for them to change their mind, and a warning of logger {@code io.pvlock.cluster} says so.
     *
     * @throws ClusterIdentityException if the servers are not this host's cluster
     * @throws IllegalStateException if the thread holds it already
     */
    @Override
    public ClusterGuard acquire() {
        local.lock();
        return granted(afterLocal(Long.MAX_VALUE, false));
    }

    /** Takes the lock like {@link #acquire()} if it can be had in time. */
    @Override
    public Optional<ClusterGuard> tryAcquire(long time, TimeUnit unit) throws InterruptedException {
        return Optional.ofNullable(takeInTime(time, unit));
    }

    private ClusterGuard takeInTime(long time, TimeUnit unit) throws InterruptedException {
        long end = System.nanoTime() + unit.toNanos(time);
        if (!local.tryLock(time, unit)) {
            return null;
        }
        return interruptible(afterLocal(end, true));
    }

    /** With the local lock: waits for the lease, or gives the local lock back and returns null. */
    private Grant afterLocal(long endNs, boolean interruptible) {
        Grant grant = null;
        try {
            grant = awaitGrant(endNs, interruptible);
            return grant;
        } finally {
            if (grant == null) {
                local.unlock();
            }
        }
    }

    private Grant awaitGrant(long endNs, boolean interruptible) {
        // The common case makes no garbage.
        Grant grant = gate.tryGrant();
        FutexWaiter waiter = grant == null ? new FutexWaiter() : null;
        while (grant == null) {
            int bell = words.bell(); // P40: before the look, so that what changes after it does not let us sleep
            grant = gate.tryGrant();
            if (grant == null) {
                region.checkUsable();
                long now = System.nanoTime();
                long left = endNs == Long.MAX_VALUE ? SLICE_NS : endNs - now;
                if (left <= 0 || interruptible && Thread.currentThread().isInterrupted()) {
                    return null;
                }
                region.warnIfRefused();
                waiter.await(words.bellAddress(), bell, now + Math.min(left, SLICE_NS));
            }
        }
        return grant;
    }

    private ClusterGuard granted(Grant grant) {
        ClusterGuard guard = new ClusterGuard(this, grant);
        current = guard;
        if (onLost() == ClusterOptions.OnLost.INTERRUPT) {
            region.losses().watch(guard);
        }
        return guard;
    }

    private ClusterGuard interruptible(Grant grant) throws InterruptedException {
        if (grant == null) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            return null;
        }
        return granted(grant);
    }

    // ---- Lock

    /**
     * {@inheritDoc}
     *
     * @throws OwnerDiedException see the class; the lock is not held
     */
    @Override
    public void lock() {
        refuseDead(acquire());
    }

    /**
     * {@inheritDoc}
     *
     * @throws OwnerDiedException see the class; the lock is not held
     */
    @Override
    public void lockInterruptibly() throws InterruptedException {
        local.lockInterruptibly();
        refuseDead(interruptible(afterLocal(Long.MAX_VALUE, true)));
    }

    /**
     * Takes the lock if this host has it and it is free now. If the host has not, it asks for it, so a later attempt may succeed.
     *
     * @throws OwnerDiedException see the class; the lock is not held
     */
    @Override
    public boolean tryLock() {
        if (!local.tryLock()) {
            return false;
        }
        Grant grant = afterLocal(System.nanoTime(), false);
        if (grant == null) {
            return false;
        }
        refuseDead(granted(grant));
        return true;
    }

    /**
     * {@inheritDoc}
     *
     * @throws OwnerDiedException see the class; the lock is not held
     */
    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        ClusterGuard guard = takeInTime(time, unit);
        if (guard == null) {
            return false;
        }
        refuseDead(guard);
        return true;
    }

    private void refuseDead(ClusterGuard guard) {
        if (guard.ownerDied()) {
            guard.close();
            throw new OwnerDiedException(
                    "an owner of lock '" + name
                            + "', perhaps on another host, did not end well; take it with acquire(),"
                            + " repair the data, and call markConsistent()",
                    true);
        }
    }

    /**
     * Gives the lock back.
     *
     * @throws LockLostException if it was lost before; it is given back on this host all the same
     * @throws IllegalMonitorStateException if the calling thread does not hold it
     */
    @Override
    public void unlock() {
        guardOfCaller().close();
    }

    /** The guard of the lock that the calling thread holds. */
    public ClusterGuard guardOfCaller() {
        ClusterGuard guard = current;
        if (guard == null || !guard.isMine()) {
            throw new IllegalMonitorStateException("thread '"
                    + Thread.currentThread().getName() + "' does not hold lock '" + name + "' of the cluster");
        }
        return guard;
    }

    /** There are no conditions of a cluster. */
    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException(
                "a lock of a cluster has no conditions; a lock of one host has, see SharedLock.newCondition()");
    }

    // ---- of guards

    boolean isValid(Grant grant) {
        return gate.isValid(grant);
    }

    long validForNs(Grant grant) {
        return gate.validForNs(grant);
    }

    void markConsistent(Grant grant) {
        gate.markConsistent(grant);
    }

    void markInconsistent(Grant grant) {
        gate.markInconsistent(grant);
    }

    void watch(ClusterGuard guard) {
        region.losses().watch(guard);
    }

    /** Whether it was valid to its end. */
    boolean release(Grant grant) {
        boolean valid = gate.release(grant, alone);
        current = null;
        local.unlock();
        return valid;
    }

    boolean yieldLease() {
        return gate.yield();
    }

    ClusterOptions.OnLost onLost() {
        return region.options().onLost();
    }

    @Override
    public String toString() {
        return "ClusterLock[" + name + " of " + region + "]";
    }
}
