package io.pvlock.cluster.tools;

import io.pvlock.cluster.zk.ClusterConsole;
import io.pvlock.tools.command.Output;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code pvlock cluster evict}. */
@Command(
        name = "evict",
        description = {
            "Take a host out of the cluster that does not go by itself.",
            "If it lives, it loses its locks, and joins again; their next owners are told. Takes one time-out of a session."
        })
final class EvictCommand implements Callable<Integer> {

    @Mixin
    private ConnectOption connect;

    @Mixin
    private Output output;

    @Parameters(paramLabel = "HOST", description = "Name of the host, as status shows it.")
    private String name;

    @Override
    public Integer call() throws Exception {
        return ConnectOption.run(this::run);
    }

    private int run() {
        try (ClusterConsole console = connect.console()) {
            int places = console.evict(name);
            output.report(
                    Map.of("host", name, "places", places),
                    out -> out.println("host " + name + ": out, with " + places + " places in queues"));
            return 0;
        }
    }
}
