package io.pvlock.cluster;

/** Is told when a lock is lost while it is held. */
@FunctionalInterface
public interface LeaseListener {

    /** Called once for each guard that is lost, on a thread of the region; not for a guard that is closed before. */
    void onLost(ClusterGuard guard);
}
