package io.pvlock.cluster;

/**
 * The servers are not those of the cluster that this host is a member of, or they have lost their memory. What they say of who has a lock
 * is worth nothing then, so nothing is granted until the servers are the right ones, or {@code pvlock cluster adopt} says that they are.
 */
public final class ClusterIdentityException extends ClusterException {

    private static final long serialVersionUID = 1L;

    public ClusterIdentityException(String message) {
        super(message);
    }
}
