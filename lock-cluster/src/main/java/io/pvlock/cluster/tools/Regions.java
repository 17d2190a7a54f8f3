package io.pvlock.cluster.tools;

import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import io.pvlock.tools.command.RegionFileOption;

/** Opens regions for commands that speak with no server. */
final class Regions {

    /** Nobody calls there. */
    private static final String NO_SERVER = "none";

    private Regions() {}

    /** The host's region, which must be there. */
    static ClusterRegion look(RegionFileOption region) {
        return ClusterRegion.openQuietly(
                region.path(),
                ClusterOptions.connect(NO_SERVER).region(region.options().createIfMissing(false)));
    }
}
