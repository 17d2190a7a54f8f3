package io.pvlock.cluster.agent;

import io.pvlock.cluster.lease.HandoffBudget;

/**
 * What an agent goes by.
 *
 * @param tickNs of the servers: so much later than agreed they may begin to count
 * @param lockDelayNs how long a lock of a host that died is left alone before the next host gets it
 */
public record AgentSettings(ClusterPaths paths, HandoffBudget budget, long tickNs, long lockDelayNs) {

    /** Heartbeats within one time-out of the session. */
    private static final int BEATS = 6;

    static long heartbeatNs(long timeoutNs) {
        return timeoutNs / BEATS;
    }

    /** For how long an acknowledged write is good, from when it was sent. */
    long leaseNs(long timeoutNs) {
        return timeoutNs - heartbeatNs(timeoutNs) - tickNs;
    }
}
