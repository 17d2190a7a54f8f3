package io.pvlock.cluster.zk;

import io.pvlock.cluster.ClusterException;
import io.pvlock.cluster.agent.ClusterPaths;
import io.pvlock.cluster.agent.LockState;
import io.pvlock.cluster.agent.QueueNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/** A look into the cluster's memory, and the few changes that a person may make there: for commands, and for tests. Of one thread. */
public final class ClusterConsole implements AutoCloseable {

    private static final Pattern TIMEOUT = Pattern.compile("timeoutMs=(\\d+)");

    private final ClusterPaths paths;
    private final ZooKeeper client;

    /**
     * A host that is a member.
     *
     * @param since when it joined, as the servers' clock has it, in milliseconds
     * @param beat when it was last heard of, by the same clock
     */
    public record Host(String name, String session, long since, long beat, String text) {}

    /** A lock: what its state says, and who stands in the queue; the first one has it if it is {@linkplain LockState#dirty granted}. */
    public record Lock(String name, LockState state, List<QueueNode> queue) {

        /** The host that has it; empty for none. */
        public Optional<String> holder() {
            return queue.stream()
                    .filter(node -> node.name().equals(state.node()))
                    .map(QueueNode::host)
                    .findFirst();
        }
    }

    /**
     * Connects.
     *
     * @throws ClusterException if no server answers within {@code wait}
     */
    public ClusterConsole(ZooKeeperAccess access, String namespace, Duration wait) {
        this.paths = new ClusterPaths(namespace);
        CountDownLatch connected = new CountDownLatch(1);
        try {
            client = new ZooKeeper(
                    access.connect(),
                    (int) access.timeout().toMillis(),
                    event -> {
                        if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                            connected.countDown();
                        }
                    },
                    access.clientConfig());
            access.digest().ifPresent(secret -> client.addAuthInfo("digest", secret));
            if (!connected.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                close();
                throw new ClusterException("no ZooKeeper server of " + access.connect() + " answers within "
                        + wait.toSeconds() + " s; check the addresses, and that the servers have a quorum");
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new ClusterException(access.connect() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private interface Call<T> {
        T run() throws KeeperException, InterruptedException;
    }

    private static <T> T call(Call<T> call) {
        try {
            return call.run();
        } catch (KeeperException.NoAuthException | KeeperException.AuthFailedException e) {
            throw new ClusterException(
                    "the servers do not allow it (" + e.code()
                            + "): prove who you are, by --digest-file, or by SASL and --client-config",
                    e);
        } catch (KeeperException e) {
            throw new ClusterException("the cluster says " + e.code() + " for " + e.getPath(), e);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static ClusterException interrupted() {
        Thread.currentThread().interrupt();
        return new ClusterException("interrupted");
    }

    /** Which cluster it is; empty if the namespace does not exist. */
    public Optional<String> cluster() {
        return call(() -> client.exists(paths.cluster(), false) == null
                ? Optional.empty()
                : Optional.of(text(client.getData(paths.cluster(), false, null)).replaceFirst("^pvlock1 ", "")));
    }

    public List<Host> hosts() {
        return call(() -> {
            List<Host> hosts = new ArrayList<>();
            for (String name : sorted(children(paths.hosts()))) {
                Stat stat = new Stat();
                try {
                    String data = text(client.getData(paths.host(name), false, stat));
                    hosts.add(new Host(
                            name, Long.toHexString(stat.getEphemeralOwner()), stat.getCtime(), stat.getMtime(), data));
                } catch (KeeperException.NoNodeException e) {
                    continue; // it has just left
                }
            }
            return hosts;
        });
    }

    public List<String> locks() {
        return call(() -> sorted(children(paths.locks())));
    }

    /**
     * Empty if no host has ever asked for it.
     *
     * @throws ClusterException also if what is there is none of pvlock's
     */
    public Optional<Lock> lock(String name) {
        return call(() -> {
            byte[] data;
            try {
                data = client.getData(paths.state(name), false, null);
            } catch (KeeperException.NoNodeException | IllegalArgumentException e) {
                return Optional.empty(); // it is not there, or no node can have such a name
            }
            try {
                return Optional.of(
                        new Lock(name, LockState.parse(data), QueueNode.inOrder(children(paths.queue(name)))));
            } catch (IllegalArgumentException e) {
                throw new ClusterException(paths.state(name) + ": " + e.getMessage(), e);
            }
        });
    }

    /**
     * Takes a host out that does not go by itself. First its heartbeat fails, so that it ends by itself if it still lives; then, after the
     * time-out of its session, its places in all queues are taken away.
     *
     * @return how many places there were
     */
    public int evict(String host) {
        return call(() -> {
            long timeoutMs = 0;
            try {
                Matcher timeout = TIMEOUT.matcher(text(client.getData(paths.host(host), false, null)));
                timeoutMs = timeout.find() ? Long.parseLong(timeout.group(1)) : client.getSessionTimeout();
                client.delete(paths.host(host), -1);
            } catch (KeeperException.NoNodeException e) {
                timeoutMs = client.getSessionTimeout();
            }
            List<String> places = places(host);
            if (!places.isEmpty()) {
                TimeUnit.MILLISECONDS.sleep(timeoutMs);
            }
            for (String place : places) {
                try {
                    client.delete(place, -1);
                } catch (KeeperException.NoNodeException e) {
                    continue; // it has gone by itself
                }
            }
            return places.size();
        });
    }

    private List<String> places(String host) throws KeeperException, InterruptedException {
        List<String> places = new ArrayList<>();
        for (String lock : children(paths.locks())) {
            for (QueueNode node : QueueNode.inOrder(children(paths.queue(lock)))) {
                if (node.host().equals(host)) {
                    places.add(paths.queue(lock) + "/" + node.name());
                }
            }
        }
        return places;
    }

    /** What the servers have agreed to. */
    public Duration sessionTimeout() {
        return Duration.ofMillis(client.getSessionTimeout());
    }

    private List<String> children(String path) throws KeeperException, InterruptedException {
        try {
            return client.getChildren(path, false);
        } catch (KeeperException.NoNodeException e) {
            return List.of();
        }
    }

    private static List<String> sorted(List<String> names) {
        return names.stream().sorted().toList();
    }

    private static String text(byte[] data) {
        return new String(data, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
