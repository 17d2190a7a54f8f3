package io.pvlock.cluster.nemesis;

import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import io.pvlock.cluster.HostView;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A host.
 *
 * @param machine on which its processes run
 * @param region of its processes
 */
record Host(String name, int machine, Path region, List<Place> places) {

    /** How often it has lost the lease. */
    long losses() {
        try (ClusterRegion look = look()) {
            return look.view().leases().stream()
                    .mapToLong(HostView.LeaseView::lost)
                    .sum();
        }
    }

    /** Whose process speaks with the servers; empty if nobody's does. */
    Optional<Place> agent() {
        try (ClusterRegion look = look()) {
            long pid = look.view().agentPid();
            return places.stream().filter(place -> place.is(pid)).findFirst();
        }
    }

    private ClusterRegion look() {
        // Nobody calls the server.
        return ClusterRegion.openQuietly(region, ClusterOptions.connect("none"));
    }
}
