package io.pvlock.cluster.agent;

import java.util.List;

/**
 * Where things are in the cluster's memory.
 *
 * <pre>
 * /pvlock/NS/cluster                      which cluster this is
 * /pvlock/NS/hosts/HOST                   ephemeral; a write to it is the heartbeat
 * /pvlock/NS/locks/NAME/state             {@link LockState}
 * /pvlock/NS/locks/NAME/queue/HOST~SESSION~NUMBER   ephemeral, sequential: who waits, and the first who has it
 * </pre>
 */
public record ClusterPaths(String namespace) {

    private static final String ROOT = "/pvlock";

    String base() {
        return ROOT + "/" + namespace;
    }

    public String cluster() {
        return base() + "/cluster";
    }

    public String hosts() {
        return base() + "/hosts";
    }

    public String host(String host) {
        return hosts() + "/" + host;
    }

    public String locks() {
        return base() + "/locks";
    }

    public String lock(String name) {
        return locks() + "/" + name;
    }

    public String state(String name) {
        return lock(name) + "/state";
    }

    public String queue(String name) {
        return lock(name) + "/queue";
    }

    /** What must be there before all else, parents first. */
    List<String> parents() {
        return List.of(ROOT, base(), hosts(), locks());
    }

    /** The lock that {@code path} is about; null for none. */
    String lockOf(String path) {
        String prefix = locks() + "/";
        if (path == null || !path.startsWith(prefix)) {
            return null;
        }
        int end = path.indexOf('/', prefix.length());
        return end < 0 ? path.substring(prefix.length()) : path.substring(prefix.length(), end);
    }
}
