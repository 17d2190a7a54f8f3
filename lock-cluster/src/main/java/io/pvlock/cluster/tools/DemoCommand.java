package io.pvlock.cluster.tools;

import io.pvlock.tools.command.Output;
import io.pvlock.tools.command.Table;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pvlock cluster demo}: the main job in one command. */
@Command(
        name = "demo",
        description = {
            "Let the processes of several hosts increment one plain counter under one lock of a cluster.",
            "A host is a region of its own and some processes on this machine. A holder is killed, then a host that has the lock.",
            "The ZooKeeper server is one inside this command, unless --connect names others."
        })
final class DemoCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Output output;

    @Option(
            names = "--connect",
            paramLabel = "SERVERS",
            description = "ZooKeeper servers to use instead, host:port,host:port.")
    private String connect;

    @Option(names = "--hosts", paramLabel = "N", defaultValue = "3", description = "Default: ${DEFAULT-VALUE}.")
    private int hosts;

    @Option(
            names = "--processes",
            paramLabel = "N",
            defaultValue = "4",
            description = "Of each host; default: ${DEFAULT-VALUE}.")
    private int processes;

    @Option(
            names = "--phase-ms",
            paramLabel = "MS",
            defaultValue = "1500",
            description = "How long they count before, between and after the kills; default: ${DEFAULT-VALUE}.")
    private long phaseMs;

    @Option(
            names = "--timeout-ms",
            paramLabel = "MS",
            defaultValue = "4000",
            description = "Time-out of the sessions; default: ${DEFAULT-VALUE}.")
    private long timeoutMs;

    @Option(
            names = "--tick-ms",
            paramLabel = "MS",
            description = "tickTime of the servers of --connect; default: 2000.")
    private Long tickMs;

    @Override
    public Integer call() throws Exception {
        check("--hosts", hosts, 2, 16);
        check("--processes", processes, 1, 64);
        check("--phase-ms", phaseMs, 10, 600_000);
        check("--timeout-ms", timeoutMs, 4000, 600_000);
        return ConnectOption.run(() -> {
            if (connect != null) {
                return run(connect, tickMs == null ? 2000 : tickMs);
            }
            try (EmbeddedServer server = new EmbeddedServer()) {
                return run(server.connect(), EmbeddedServer.TICK_MS);
            }
        });
    }

    private void check(String option, long value, long min, long max) {
        if (value < min || value > max) {
            throw new ParameterException(
                    spec.commandLine(), option + "=" + value + ", allowed are " + min + ".." + max);
        }
    }

    private int run(String servers, long ticksMs) {
        ClusterDemo.Setup setup =
                new ClusterDemo.Setup(servers, hosts, processes, timeoutMs, ticksMs, Duration.ofMillis(phaseMs));
        ClusterDemo.Outcome outcome = new ClusterDemo(setup, this::progress).run();
        output.report(json(outcome), out -> text(outcome, out));
        return outcome.isOk() ? 0 : 1;
    }

    private void progress(String what) {
        if (!output.isJson()) {
            output.out().println("demo: " + what);
            output.out().flush();
        }
    }

    private static Map<String, Object> json(ClusterDemo.Outcome outcome) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("ok", outcome.isOk());
        json.put("counter", outcome.counter());
        json.put("expected", outcome.begun());
        json.put("refusedTokens", outcome.refused());
        json.put("repairs", outcome.repairs());
        json.put("holderKilledMs", outcome.holderMs());
        json.put("hostKilledMs", outcome.hostMs());
        json.put("seconds", outcome.seconds());
        json.put("hosts", outcome.rows());
        return json;
    }

    private static void text(ClusterDemo.Outcome outcome, PrintWriter out) {
        Table table = new Table("host", "increments", "leases", "lost", "");
        outcome.rows().forEach(row -> table.row(row.host(), row.increments(), row.leases(), row.lost(), row.end()));
        table.print(out);
        out.printf(
                Locale.ROOT,
                "%,d increments in %.1f s; next owner %,d ms after the kill of the holder, %,d ms after that of a host%n",
                outcome.counter(),
                outcome.seconds(),
                outcome.holderMs(),
                outcome.hostMs());
        out.println("demo: " + (outcome.isOk() ? "OK" : "FAILED") + " counter=" + outcome.counter() + " expected="
                + outcome.begun() + " tokens refused=" + outcome.refused() + " deaths told=" + outcome.repairs());
    }
}
