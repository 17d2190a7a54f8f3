package io.pvlock.cluster.tools;

import io.pvlock.cluster.ClusterRegion;
import io.pvlock.cluster.HostView;
import io.pvlock.cluster.zk.ClusterConsole;
import io.pvlock.tools.command.Output;
import io.pvlock.tools.command.RegionFileOption;
import io.pvlock.tools.command.Table;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pvlock cluster status}. */
@Command(
        name = "status",
        description = {
            "Show how this host stands to its cluster, its leases, and the cluster's hosts if --connect is given.",
            "Status 1: the host is no member now."
        })
final class StatusCommand implements Callable<Integer> {

    @Mixin
    private ConnectOption connect;

    @Mixin
    private Output output;

    private final RegionFileOption region;

    StatusCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws Exception {
        return ConnectOption.run(this::run);
    }

    private int run() {
        HostView view;
        try (ClusterRegion opened = Regions.look(region)) {
            view = opened.view();
        }
        List<ClusterConsole.Host> hosts = hosts();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("host", view.host());
        json.put("status", view.status());
        json.put("text", view.text());
        json.put("cluster", view.cluster().map(Object::toString).orElse(null));
        json.put("agentPid", view.agentPid());
        json.put("session", view.session());
        json.put("sessionTimeoutMs", view.sessionTimeout().toMillis());
        json.put("validForMs", view.validFor().toMillis());
        json.put("leases", view.leases());
        json.put("hosts", connect.isGiven() ? hosts : null);
        output.report(json, out -> text(view, hosts, out));
        return view.status().equals("JOINED") && !view.validFor().isZero() ? 0 : 1;
    }

    private List<ClusterConsole.Host> hosts() {
        if (!connect.isGiven()) {
            return List.of();
        }
        try (ClusterConsole console = connect.console()) {
            return console.hosts();
        }
    }

    private static void text(HostView view, List<ClusterConsole.Host> hosts, PrintWriter out) {
        out.println("host " + view.host() + ": " + view.status() + (view.text().isEmpty() ? "" : ", " + view.text()));
        out.println("cluster " + view.cluster().map(Object::toString).orElse("-") + ", agent "
                + (view.agentPid() == 0 ? "none" : "pid " + view.agentPid()) + ", session "
                + (view.session().isEmpty() ? "none" : view.session()) + ", time-out "
                + view.sessionTimeout().toMillis() + " ms, leases good for "
                + view.validFor().toMillis() + " ms");
        Table leases = new Table("lock", "lease", "held", "wanted", "elsewhere", "grant", "used", "given", "lost");
        view.leases()
                .forEach(lease -> leases.row(
                        lease.name(),
                        lease.state(),
                        yes(lease.held()),
                        yes(lease.wantedHere()),
                        yes(lease.wantedElsewhere()),
                        lease.grant(),
                        lease.used(),
                        lease.given(),
                        lease.lost()));
        leases.print(out);
        if (!hosts.isEmpty()) {
            Table table = new Table("member", "session", "since");
            hosts.forEach(host -> table.row(host.name(), host.session(), Instant.ofEpochMilli(host.since())));
            table.print(out);
        }
    }

    private static String yes(boolean is) {
        return is ? "yes" : "";
    }
}
