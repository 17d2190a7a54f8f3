package io.pvlock.cluster.bench;

import io.pvlock.kit.Await;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingCluster;

/** Three ZooKeeper servers in this process. */
final class Servers implements AutoCloseable {

    static final int TICK_MS = 500;

    private static final Pattern RECEIVED = Pattern.compile("Received: (\\d+)");

    private final TestingCluster cluster;

    Servers() throws Exception {
        System.setProperty("zookeeper.admin.enableServer", "false");
        System.setProperty("zookeeper.4lw.commands.whitelist", "srvr");
        List<InstanceSpec> specs = IntStream.rangeClosed(1, 3)
                .mapToObj(id ->
                        new InstanceSpec(null, -1, -1, -1, true, id, TICK_MS, -1, Map.of("maxSessionTimeout", "60000")))
                .toList();
        cluster = new TestingCluster(specs);
        cluster.start();
        Await.until("all servers serve", () -> cluster.getInstances().stream().noneMatch(one -> received(one) < 0));
    }

    String connect() {
        return cluster.getConnectString();
    }

    /** Packets that have come from clients, those of this question included. */
    long received() {
        return cluster.getInstances().stream().mapToLong(Servers::received).sum();
    }

    /** -1 as long as it does not serve. */
    private static long received(InstanceSpec server) {
        try (Socket socket = new Socket(server.getHostname(), server.getPort())) {
            socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            Matcher received = RECEIVED.matcher(answer);
            return received.find() ? Long.parseLong(received.group(1)) : -1;
        } catch (IOException e) {
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        cluster.close();
    }
}
