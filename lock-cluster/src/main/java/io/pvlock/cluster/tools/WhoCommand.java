package io.pvlock.cluster.tools;

import io.pvlock.cluster.agent.QueueNode;
import io.pvlock.cluster.zk.ClusterConsole;
import io.pvlock.tools.command.Output;
import io.pvlock.tools.command.Table;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code pvlock cluster who}. */
@Command(
        name = "who",
        description = {
            "Show which host has a lock of the cluster, and which ones wait for it, in order.",
            "Status 1: no such lock. Which process of the host it is: pvlock who, there."
        })
final class WhoCommand implements Callable<Integer> {

    @Mixin
    private ConnectOption connect;

    @Mixin
    private Output output;

    @Parameters(paramLabel = "NAME", description = "Name of the lock.")
    private String name;

    @Override
    public Integer call() throws Exception {
        return ConnectOption.run(this::run);
    }

    private int run() {
        try (ClusterConsole console = connect.console()) {
            Optional<ClusterConsole.Lock> found = console.lock(name);
            if (found.isEmpty()) {
                output.err().println("pvlock: no lock '" + name + "' in namespace " + connect.namespace());
                output.err().flush();
                return 1;
            }
            ClusterConsole.Lock lock = found.get();
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", name);
            json.put("holder", lock.holder().orElse(null));
            json.put("grant", lock.state().grant());
            json.put("unclean", lock.state().unclean());
            json.put("queue", lock.queue());
            output.report(json, out -> {
                out.println("lock " + name + ": "
                        + lock.holder().map(host -> "host " + host + " has it").orElse("free")
                        + ", grant " + lock.state().grant()
                        + (lock.state().unclean() ? ", an owner before did not end well" : ""));
                Table table = new Table("", "host", "session");
                int place = 0;
                for (QueueNode node : lock.queue()) {
                    boolean has = node.name().equals(lock.state().node());
                    table.row(has ? "holder" : Integer.toString(++place), node.host(), node.session());
                }
                table.print(out);
            });
            return 0;
        }
    }
}
