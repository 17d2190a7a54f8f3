package io.pvlock.cluster.lease;

/**
 * How long a host keeps a lock that another host waits for: by time first, for a host may learn late of who waits; by count second.
 *
 * @param timeNs since the cluster granted it (T)
 * @param hands local grants since then (N)
 */
public record HandoffBudget(long timeNs, long hands) {

    public HandoffBudget {
        if (timeNs < 0 || hands < 1) {
            throw new IllegalArgumentException(
                    "timeNs=" + timeNs + ", hands=" + hands + ": the time must be 0 or more, the hands 1 or more");
        }
    }

    boolean isOver(LeaseWords lease, long nowNs) {
        return lease.used() >= hands || nowNs - lease.grantedAtNs() >= timeNs;
    }
}
