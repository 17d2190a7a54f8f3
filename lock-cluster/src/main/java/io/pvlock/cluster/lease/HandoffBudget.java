package io.pvlock.cluster.lease;

/**
 * How long a host keeps a lock that another host waits for: by time first, for a host may learn late of who waits; by count second. One
 * that nobody here has used yet it keeps a while in any case: who waits here has yet to wake.
 *
 * @param timeNs since the cluster granted it (T)
 * @param hands local grants since then (N)
 */
public record HandoffBudget(long timeNs, long hands) {

    private static final long UNUSED_NS = 20_000_000L;

    public HandoffBudget {
        if (timeNs < 0 || hands < 1) {
            throw new IllegalArgumentException(
                    "timeNs=" + timeNs + ", hands=" + hands + ": the time must be 0 or more, the hands 1 or more");
        }
    }

    boolean isOver(LeaseWords lease, long nowNs) {
        return leftNs(lease, nowNs) <= 0;
    }

    /** So much later it will be over by time; 0 or less if it is over. */
    public long leftNs(LeaseWords lease, long nowNs) {
        long used = lease.serial();
        long atLeast = used == 0 ? UNUSED_NS : 0;
        return used >= hands ? 0 : Math.max(timeNs, atLeast) - (nowNs - lease.grantedAtNs());
    }
}
