package io.pvlock.cluster;

import java.lang.System.Logger;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** Looks whether guards that somebody wants to be told of are still valid. Its thread lives from the first of them on. */
final class LossWatcher implements AutoCloseable {

    private static final Logger LOG = System.getLogger("io.pvlock.cluster");

    /** So much later than it happens a loss is noticed at most, if the machine lets the thread run. */
    private static final long LOOK_NS = 10_000_000;

    private final Set<ClusterGuard> watched = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private Thread thread;

    synchronized void watch(ClusterGuard guard) {
        watched.add(guard);
        if (thread == null) {
            thread = new Thread(this::run, "pvlock-cluster-losses");
            thread.setDaemon(true);
            thread.start();
        }
        LockSupport.unpark(thread);
    }

    private void run() {
        while (!closed) {
            for (ClusterGuard guard : watched) {
                if (guard.isClosed()) {
                    watched.remove(guard);
                } else if (!guard.isValid()) {
                    watched.remove(guard);
                    tell(guard);
                }
            }
            if (watched.isEmpty()) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, LOOK_NS);
            }
        }
    }

    private static void tell(ClusterGuard guard) {
        try {
            guard.tellLost();
        } catch (RuntimeException e) {
            LOG.log(Logger.Level.WARNING, "a listener of " + guard + " has failed", e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
