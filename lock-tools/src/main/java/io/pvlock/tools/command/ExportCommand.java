package io.pvlock.tools.command;

import io.pvlock.tools.http.Access;
import io.pvlock.tools.metrics.MetricsServer;
import io.pvlock.tools.metrics.RegionMetrics;
import io.pvlock.tools.watch.RegionWatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pvlock export}: the region for Prometheus and what understands its formats. */
@Command(
        name = "export",
        description = {
            "Serve metrics of the region for Prometheus, at /metrics; the file is read at each scrape only.",
            "Prints the address; end it with Ctrl-C. The metrics are listed in docs/monitoring.md."
        })
public final class ExportCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ListenOptions listen;

    @Option(names = "--once", description = "Print the metrics once, as text, instead of serving them.")
    private boolean once;

    @Option(
            names = "--max-locks",
            paramLabel = "N",
            defaultValue = "200",
            description = "Export series of so many locks, those most often waited for; default: ${DEFAULT-VALUE}.")
    private int maxLocks;

    private final RegionFileOption region;

    public ExportCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws InterruptedException {
        new Limits(spec).check("--max-locks", maxLocks, 0, 1_000_000);
        Access access = listen.access();
        try (RegionWatch watch = new RegionWatch(region.path(), region::look)) {
            RegionMetrics metrics = new RegionMetrics(watch, maxLocks);
            if (once) {
                print(metrics);
                return 0;
            }
            try (MetricsServer server = new MetricsServer(metrics, access)) {
                line(server.uri().toString());
                new CountDownLatch(1).await();
                return 0;
            }
        } catch (IOException e) {
            throw listen.cannotListen(e);
        }
    }

    private void print(RegionMetrics metrics) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        MetricsServer.print(metrics, text);
        line(text.toString(StandardCharsets.UTF_8).stripTrailing());
    }

    private void line(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
