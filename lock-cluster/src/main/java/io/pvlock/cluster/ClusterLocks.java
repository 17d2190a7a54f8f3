package io.pvlock.cluster;

import io.pvlock.Locks;
import io.pvlock.LocksProvider;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * {@link Locks} of several hosts: {@code pvlock+zk://server:port,server:port/namespace?region=/path}. Besides the region there may be {@code
 * host}, {@code timeoutMs}, {@code tickMs} and {@code clientConfig}, as in {@link ClusterOptions}; secrets there are none.
 */
public final class ClusterLocks implements LocksProvider {

    private static final String SCHEME = "pvlock+zk";

    /** For the {@link java.util.ServiceLoader}. */
    public ClusterLocks() {}

    @Override
    public String scheme() {
        return SCHEME;
    }

    @Override
    public Locks open(String where) {
        Path region;
        ClusterOptions options;
        try {
            URI uri = URI.create(where);
            Map<String, String> asked = asked(uri);
            String path = asked.remove("region");
            if (uri.getRawAuthority() == null || uri.getPath().length() < 2 || path == null || !path.startsWith("/")) {
                throw new IllegalArgumentException("a server, the namespace or region=/path is missing");
            }
            region = Path.of(path);
            options = ClusterOptions.connect(uri.getRawAuthority())
                    .namespace(uri.getPath().substring(1));
            for (Map.Entry<String, String> entry : asked.entrySet()) {
                options = with(options, entry.getKey(), entry.getValue());
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + where + "' does not say where locks are: " + e.getMessage() + "; write " + SCHEME
                            + "://server:port,server:port/namespace?region=/path",
                    e);
        }
        return ClusterRegion.open(region, options);
    }

    private static Map<String, String> asked(URI uri) {
        Map<String, String> asked = new HashMap<>();
        if (uri.getQuery() != null) {
            for (String word : uri.getQuery().split("&")) {
                String[] parts = word.split("=", 2);
                if (parts.length < 2 || asked.put(parts[0], parts[1]) != null) {
                    throw new IllegalArgumentException("'" + word + "' has no value, or is there twice");
                }
            }
        }
        return asked;
    }

    private static ClusterOptions with(ClusterOptions options, String key, String value) {
        return switch (key) {
            case "host" -> options.hostName(value);
            case "timeoutMs" -> options.sessionTimeout(Duration.ofMillis(Long.parseLong(value)));
            case "tickMs" -> options.tickTime(Duration.ofMillis(Long.parseLong(value)));
            case "clientConfig" -> options.clientConfig(Path.of(value));
            default ->
                throw new IllegalArgumentException(
                        "'" + key + "' is not known; there are region, host, timeoutMs, tickMs and clientConfig");
        };
    }
}
