package io.pvlock.cluster;

import io.pvlock.cluster.lease.HostWords;
import io.pvlock.cluster.lease.LeaseClock;
import io.pvlock.cluster.lease.LeaseWords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * How a host stands to its cluster, as all its processes know it.
 *
 * @param host what it is called
 * @param status in a word: {@code JOINED} when all is well
 * @param text what there is to say of that; may be empty
 * @param cluster which one it is a member of; empty before it has been in one
 * @param agentPid of the process that speaks with the servers; 0 for none
 * @param session its number in hexadecimal; empty for none
 * @param sessionTimeout as agreed with the servers; 0 before
 * @param validFor how long the leases are good without another word from the servers; 0 if they are not
 */
public record HostView(
        String host,
        String status,
        String text,
        Optional<UUID> cluster,
        long agentPid,
        String session,
        Duration sessionTimeout,
        Duration validFor,
        List<LeaseView> leases) {

    /**
     * A lock that the host knows.
     *
     * @param state of the lease: {@code ACTIVE} when the host has it
     * @param held whether a process of the host has the lock
     * @param wantedHere whether one waits for the lease
     * @param wantedElsewhere whether another host waits for it
     * @param grant number of the last grant by the cluster
     * @param used local grants since then
     * @param given how often it was given back
     * @param lost how often it was lost
     */
    public record LeaseView(
            String name,
            String state,
            boolean held,
            boolean wantedHere,
            boolean wantedElsewhere,
            long grant,
            long used,
            long given,
            long lost) {}

    static HostView of(HostWords host) {
        List<LeaseView> leases = new ArrayList<>();
        for (int i = 0; i < host.capacity() && !host.lease(i).name().isEmpty(); i++) {
            LeaseWords words = host.lease(i);
            leases.add(new LeaseView(
                    words.name(),
                    words.state().name(),
                    words.isHeld(),
                    words.isWanted(),
                    words.isWantedElsewhere(),
                    words.grant(),
                    words.serial(),
                    words.hands(),
                    words.losses()));
        }
        UUID cluster = host.cluster();
        long deadline = host.deadlineNs();
        long left = deadline == 0 ? 0 : Math.max(0, deadline - LeaseClock.SYSTEM.nowNs());
        return new HostView(
                host.hostName(),
                host.status().name(),
                host.text(),
                cluster.getMostSignificantBits() == 0 ? Optional.empty() : Optional.of(cluster),
                host.agentPid(),
                host.sessionId() == 0 ? "" : Long.toHexString(host.sessionId()),
                Duration.ofNanos(host.timeoutNs()),
                Duration.ofNanos(left),
                leases);
    }
}
