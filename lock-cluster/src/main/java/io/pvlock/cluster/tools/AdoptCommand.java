package io.pvlock.cluster.tools;

import io.pvlock.cluster.ClusterRegion;
import io.pvlock.tools.command.Output;
import io.pvlock.tools.command.RegionFileOption;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pvlock cluster adopt}. */
@Command(
        name = "adopt",
        description = {
            "Take the servers for this host's cluster from now on, though they are others than before, or have lost their memory."
        })
final class AdoptCommand implements Callable<Integer> {

    @Mixin
    private ConnectOption connect;

    @Mixin
    private Output output;

    private final RegionFileOption region;

    AdoptCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws Exception {
        return ConnectOption.run(this::run);
    }

    private int run() {
        try (ClusterRegion opened = Regions.look(region)) {
            opened.adopt();
            output.report(
                    Map.of("host", opened.hostName()),
                    out -> out.println("host " + opened.hostName() + " joins the cluster that its servers have now"));
            return 0;
        }
    }
}
