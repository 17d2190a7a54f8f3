package io.pvlock.cluster.tools;

import io.pvlock.cluster.ClusterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.zookeeper.server.embedded.ExitHandler;
import org.apache.zookeeper.server.embedded.ZooKeeperServerEmbedded;

/** One ZooKeeper server in this process, with a directory of its own that goes with it: for the demonstration and for tests. */
public final class EmbeddedServer implements AutoCloseable {

    public static final int TICK_MS = 500;

    private static final int START_MS = 60_000;

    private final Path directory;
    private final ZooKeeperServerEmbedded server;

    public EmbeddedServer() {
        this(new Properties());
    }

    /** @param more beside its own properties, or instead of them */
    public EmbeddedServer(Properties more) {
        // Its web page needs more libraries, and nobody looks.
        System.setProperty("zookeeper.admin.enableServer", "false");
        try {
            directory = Files.createTempDirectory("pvlock-zookeeper-");
            Properties properties = new Properties();
            properties.setProperty("clientPort", "0");
            properties.setProperty("clientPortAddress", "127.0.0.1");
            properties.setProperty("tickTime", Integer.toString(TICK_MS));
            properties.setProperty("maxSessionTimeout", "60000");
            properties.setProperty("maxClientCnxns", "0");
            properties.setProperty("4lw.commands.whitelist", "conf,ruok,srvr");
            properties.putAll(more);
            server = ZooKeeperServerEmbedded.builder()
                    .baseDir(directory)
                    .configuration(properties)
                    .exitHandler(ExitHandler.LOG_ONLY)
                    .build();
            server.start(START_MS);
        } catch (Exception e) {
            throw new ClusterException("no ZooKeeper server can be started here: " + e, e);
        }
    }

    /** Where it listens. */
    public String connect() {
        try {
            return server.getConnectionString();
        } catch (Exception e) {
            throw new ClusterException("the ZooKeeper server does not say where it listens: " + e, e);
        }
    }

    /** Where it listens for TLS, if its properties say that it does. */
    public String connectSecurely() {
        try {
            return server.getSecureConnectionString();
        } catch (Exception e) {
            throw new ClusterException("the ZooKeeper server does not say where it listens: " + e, e);
        }
    }

    @Override
    public void close() {
        server.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            directory.toFile().deleteOnExit();
        }
    }
}
