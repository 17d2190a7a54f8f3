package io.pvlock.cluster.tools;

import io.pvlock.RegionException;
import io.pvlock.cluster.ClusterException;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.zk.ClusterConsole;
import io.pvlock.cluster.zk.ZooKeeperAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where the cluster is: options of all commands that speak with it. */
final class ConnectOption {

    private static final String VARIABLE = "PVLOCK_CLUSTER";
    private static final Duration WAIT = Duration.ofSeconds(10);

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--connect",
            paramLabel = "SERVERS",
            description = "The ZooKeeper servers, host:port,host:port; default: $" + VARIABLE + ".")
    private String connect;

    @Option(
            names = "--namespace",
            paramLabel = "NAME",
            defaultValue = "default",
            description = "Of the cluster among those of the same servers; default: ${DEFAULT-VALUE}.")
    private String namespace;

    @Option(
            names = "--timeout-ms",
            paramLabel = "MS",
            defaultValue = "6000",
            description = "Time-out of the session; default: ${DEFAULT-VALUE}.")
    private long timeoutMs;

    @Option(
            names = "--tick-ms",
            paramLabel = "MS",
            defaultValue = "2000",
            description = "The servers' tickTime; default: ${DEFAULT-VALUE}.")
    private long tickMs;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            description =
                    "What this host is called in the cluster, if its region is made; default: the machine's name.")
    private String host;

    @Option(
            names = "--digest-file",
            paramLabel = "FILE",
            description = "A file that only its owner may read, with the line user:password.")
    private Path digestFile;

    @Option(
            names = "--client-config",
            paramLabel = "FILE",
            description = "Properties of the ZooKeeper client, for TLS or SASL.")
    private Path clientConfig;

    String namespace() {
        return namespace;
    }

    boolean isGiven() {
        return servers().isPresent();
    }

    private Optional<String> servers() {
        String fromEnvironment = System.getenv(VARIABLE);
        return Optional.ofNullable(connect)
                .or(() -> Optional.ofNullable(fromEnvironment).filter(value -> !value.isEmpty()));
    }

    ClusterOptions options() {
        String servers = servers()
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(),
                        "Say where the servers are: --connect host:port,host:port, or $" + VARIABLE));
        try {
            ClusterOptions options = ClusterOptions.connect(servers)
                    .namespace(namespace)
                    .sessionTimeout(Duration.ofMillis(timeoutMs))
                    .tickTime(Duration.ofMillis(tickMs));
            options = host == null ? options : options.hostName(host);
            options = clientConfig == null ? options : options.clientConfig(clientConfig);
            return digestFile == null ? options : withDigest(options);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private ClusterOptions withDigest(ClusterOptions options) {
        try {
            var others = Files.getPosixFilePermissions(digestFile);
            others.remove(PosixFilePermission.OWNER_READ);
            others.remove(PosixFilePermission.OWNER_WRITE);
            if (!others.isEmpty()) {
                throw new IllegalArgumentException(
                        "--digest-file=" + digestFile + " can be read by others than its owner; chmod 600 it");
            }
            String line = Files.readString(digestFile).strip();
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IllegalArgumentException("--digest-file=" + digestFile + " has no line user:password");
            }
            return options.digest(
                    line.substring(0, colon), line.substring(colon + 1).toCharArray());
        } catch (IOException e) {
            throw new IllegalArgumentException("--digest-file=" + digestFile + " cannot be read: " + e.getMessage());
        }
    }

    ClusterConsole console() {
        return new ClusterConsole(options().access(), namespace, WAIT);
    }

    ZooKeeperAccess access() {
        return options().access();
    }

    /** Runs a command. What the cluster says is as bad as what a region says, and ends with the same status. */
    static int run(Callable<Integer> command) throws Exception {
        try {
            return command.call();
        } catch (ClusterException e) {
            throw new RegionException(RegionException.Category.UNAVAILABLE, e.getMessage(), e);
        }
    }
}
