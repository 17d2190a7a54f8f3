package io.pvlock.cluster.tools;

import io.pvlock.RegionException;
import io.pvlock.cluster.ClusterException;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import io.pvlock.cluster.HostView;
import io.pvlock.cluster.zk.ClusterConsole;
import io.pvlock.tools.command.RegionFileOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is wrong with a host's part in a cluster. */
final class ClusterDoctor {

    private static final int ASK_MS = 3_000;
    private static final int CLOCKS_APART_S = 60;
    private static final int DEFAULT_PORT = 2181;
    private static final Pattern TICK = Pattern.compile("(?m)^tickTime=(\\d+)$");

    /** What was looked at, and whether it is as it should be. */
    record Finding(boolean ok, String what) {}

    private final RegionFileOption region;
    private final ConnectOption connect;
    private final List<Finding> findings = new ArrayList<>();

    ClusterDoctor(RegionFileOption region, ConnectOption connect) {
        this.region = region;
        this.connect = connect;
    }

    List<Finding> findings() {
        ClusterOptions options = connect.options();
        Optional<HostView> view = host();
        cluster(view);
        for (String server : options.connect().split(",")) {
            tick(server, options.tickTime());
        }
        session();
        return findings;
    }

    private void add(boolean ok, String what) {
        findings.add(new Finding(ok, what));
    }

    private Optional<HostView> host() {
        try (ClusterRegion opened = Regions.look(region)) {
            HostView view = opened.view();
            boolean joined = view.status().equals("JOINED") && !view.validFor().isZero();
            add(joined, "host " + view.host() + " in " + region.path() + ": " + view.status() + " " + view.text());
            add(view.agentPid() != 0, "agent: " + (view.agentPid() == 0 ? "none" : "pid " + view.agentPid()));
            return Optional.of(view);
        } catch (RegionException e) {
            add(false, e.getMessage());
            return Optional.empty();
        }
    }

    private void cluster(Optional<HostView> view) {
        try (ClusterConsole console = connect.console()) {
            add(
                    true,
                    "servers answer, session time-out "
                            + console.sessionTimeout().toMillis() + " ms");
            String there = console.cluster().orElse("none");
            String here = view.flatMap(HostView::cluster).map(Object::toString).orElse("none");
            add(there.equals(here), "cluster " + there + " there, " + here + " here");
            List<ClusterConsole.Host> hosts = console.hosts();
            hosts.stream()
                    .filter(host ->
                            view.isPresent() && host.name().equals(view.get().host()))
                    .forEach(host -> findings.add(clock(host.beat(), System.currentTimeMillis())));
            for (String lock : console.locks()) {
                console.lock(lock)
                        .flatMap(ClusterConsole.Lock::holder)
                        .filter(holder ->
                                hosts.stream().noneMatch(host -> host.name().equals(holder)))
                        .ifPresent(holder -> add(
                                false,
                                "lock " + lock + " is held by " + holder
                                        + ", which is no member; if that lasts longer than a"
                                        + " time-out: pvlock cluster evict " + holder));
            }
        } catch (ClusterException e) {
            add(false, e.getMessage());
        }
    }

    /** A heartbeat is a few seconds old at most: the rest is the difference of two clocks. */
    static Finding clock(long beatMs, long nowMs) {
        long ahead = (nowMs - beatMs) / 1000;
        return new Finding(
                Math.abs(ahead) <= CLOCKS_APART_S,
                "clock: " + ahead
                        + " s ahead of the servers'; no lease goes by it, but the first number of a new lock does");
    }

    // By the command conf, which servers answer only if 4lw.commands.whitelist has it.
    private void tick(String server, Duration said) {
        int colon = server.endsWith("]") ? -1 : server.lastIndexOf(':');
        String host = colon < 0 ? server : server.substring(0, colon);
        int port = colon < 0 ? DEFAULT_PORT : Integer.parseInt(server.substring(colon + 1));
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), ASK_MS);
            socket.setSoTimeout(ASK_MS);
            socket.getOutputStream().write("conf".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher tick = TICK.matcher(answer);
            if (tick.find()) {
                long there = Long.parseLong(tick.group(1));
                add(there <= said.toMillis(), server + ": tickTime " + there + " ms, --tick-ms " + said.toMillis());
            } else {
                add(
                        true,
                        server + ": answers, but does not tell its tickTime (4lw.commands.whitelist has no conf);"
                                + " compare it with --tick-ms " + said.toMillis() + " yourself");
            }
        } catch (IOException e) {
            add(false, server + ": " + e.getMessage());
        }
    }

    private void session() {
        Path file = region.path().resolveSibling(region.path().getFileName() + ".session");
        try {
            String mode = Files.exists(file)
                    ? PosixFilePermissions.toString(Files.getPosixFilePermissions(file))
                    : "not there";
            add(!Files.exists(file) || mode.equals("rw-------"), file + ": " + mode);
        } catch (IOException e) {
            add(false, file + ": " + e.getMessage());
        }
    }
}
