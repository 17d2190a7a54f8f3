package io.pvlock.cluster.tools;

import io.pvlock.cluster.ClusterRegion;
import io.pvlock.tools.command.Output;
import io.pvlock.tools.command.RegionFileOption;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pvlock cluster agent}. */
@Command(
        name = "agent",
        description = {
            "Speak with the cluster for this host until a signal comes, or stand by to: the daemon that a host has in production."
        })
final class AgentCommand implements Callable<Integer> {

    @Mixin
    private ConnectOption connect;

    @Mixin
    private Output output;

    private final RegionFileOption region;

    AgentCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws Exception {
        return ConnectOption.run(this::run);
    }

    private int run() throws InterruptedException {
        ClusterRegion opened =
                ClusterRegion.open(region.path(), connect.options().region(region.options()));
        Runtime.getRuntime().addShutdownHook(new Thread(opened::close, "close-region"));
        output.out()
                .println("host " + opened.hostName() + " is a member of the cluster; agent: pid "
                        + opened.view().agentPid());
        output.out().flush();
        new CountDownLatch(1).await();
        return 0;
    }
}
