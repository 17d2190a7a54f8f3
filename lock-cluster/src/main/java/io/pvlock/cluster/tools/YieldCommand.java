package io.pvlock.cluster.tools;

import io.pvlock.cluster.ClusterRegion;
import io.pvlock.tools.command.Output;
import io.pvlock.tools.command.RegionFileOption;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code pvlock cluster yield}. */
@Command(
        name = "yield",
        description = {
            "Make this host give a lock back to the cluster, once nobody here holds it.",
            "Status 1: the host has not got it."
        })
final class YieldCommand implements Callable<Integer> {

    @Mixin
    private ConnectOption connect;

    @Mixin
    private Output output;

    @Parameters(paramLabel = "NAME", description = "Name of the lock.")
    private String name;

    private final RegionFileOption region;

    YieldCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws Exception {
        return ConnectOption.run(this::run);
    }

    private int run() {
        try (ClusterRegion opened = Regions.look(region)) {
            boolean known = opened.view().leases().stream()
                    .anyMatch(lease -> lease.name().equals(name));
            boolean yielded = known && opened.yield(name);
            output.report(
                    Map.of("name", name, "yielded", yielded),
                    out -> out.println(
                            yielded
                                    ? "lock " + name + ": given back when nobody here holds it"
                                    : "lock " + name + ": this host has not got it"));
            return yielded ? 0 : 1;
        }
    }
}
