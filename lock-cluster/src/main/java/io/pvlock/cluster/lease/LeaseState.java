package io.pvlock.cluster.lease;

/** What a host may do with a lock. The order is that of the codes in the region. */
public enum LeaseState {
    /** Another host may have it. */
    IDLE,
    /** A local waiter wants it, the cluster has been asked. */
    ACQUIRING,
    /** It is this host's: it may be granted locally. */
    ACTIVE,
    /** It is this host's, and shall go: the holder finishes, nobody else gets it. */
    DRAINING,
    /** It is being given back. */
    RELEASING,
    /** The cluster is not heard: the holder goes on to its deadline, nobody else gets it. */
    SUSPENDED,
    /** It is not this host's any more, but a local holder has not unlocked it yet. */
    LOST;

    private static final LeaseState[] ALL = values();

    static LeaseState of(long control) {
        return ALL[(int) (control & Control.STATE)];
    }

    /** Whether the host has it in the eyes of the cluster, so that a holder can be valid. */
    public boolean isOurs() {
        return this == ACTIVE || this == DRAINING || this == SUSPENDED;
    }
}
