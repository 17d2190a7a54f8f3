package io.pvlock.tools.command;

import io.pvlock.tools.http.Access;
import io.pvlock.tools.watch.RegionWatch;
import io.pvlock.tools.web.WebServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pvlock web}: the region in a browser, live. */
@Command(
        name = "web",
        description = {
            "Show the region in a browser, live: locks by contention, queues in order, waits and deaths over time.",
            "Prints the page's address; end it with Ctrl-C. Nothing in the region can be changed by it."
        })
public final class WebCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ListenOptions listen;

    private final RegionFileOption region;

    public WebCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws InterruptedException {
        Access access = listen.access();
        try (RegionWatch watch = new RegionWatch(region.path(), region::look);
                WebServer server = new WebServer(watch, access, WebServer.Pace.DEFAULT)) {
            PrintWriter out = spec.commandLine().getOut();
            out.println(server.uri());
            out.flush();
            new CountDownLatch(1).await();
            return 0;
        } catch (IOException e) {
            throw listen.cannotListen(e);
        }
    }
}
