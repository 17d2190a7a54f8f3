package io.pvlock.cluster.bench;

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
                .mapToObj(id -> new InstanceSpec(
                        null, -1, -1, -1, true, id, TICK_MS, -1, Map.of("maxSessionTimeout", "60000")))
                .toList();
        cluster = new TestingCluster(specs);
        cluster.start();
    }

    String connect() {
        return cluster.getConnectString();
    }

    /** Packets that have come from clients, those of this question included. */
    long received() throws IOException {
        long sum = 0;
        for (InstanceSpec one : cluster.getInstances()) {
            try (Socket socket = new Socket(one.getHostname(), one.getPort())) {
                socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                Matcher received = RECEIVED.matcher(answer);
                if (!received.find()) {
                    throw new IOException("a server says '" + answer + "'");
                }
                sum += Long.parseLong(received.group(1));
            }
        }
        return sum;
    }

    @Override
    public void close() throws IOException {
        cluster.close();
    }
}
