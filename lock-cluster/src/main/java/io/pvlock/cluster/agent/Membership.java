package io.pvlock.cluster.agent;

import io.pvlock.cluster.engine.ClusterEngine;
import io.pvlock.cluster.engine.ClusterEngine.Kind;
import io.pvlock.cluster.engine.EngineException;
import io.pvlock.cluster.engine.EngineException.Code;
import io.pvlock.cluster.lease.HostWords;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** How a host becomes a member: it is the same cluster as before, and the host has a node of its own. */
final class Membership {

    private static final UUID NONE = new UUID(0, 0);

    private final ClusterPaths paths;
    private final HostWords host;

    Membership(ClusterPaths paths, HostWords host) {
        this.paths = paths;
        this.host = host;
    }

    /** Fails, among other reasons, if it {@link #isOtherCluster}, or if another region has the same host name. */
    CompletableFuture<Void> join(ClusterEngine engine) {
        CompletableFuture<Void> made = CompletableFuture.completedFuture(null);
        for (String parent : paths.parents()) {
            CompletableFuture<Void> one = ensure(engine, parent, new byte[0]);
            made = made.thenCombine(one, (a, b) -> null);
        }
        return made.thenCompose(done -> identify(engine)).thenCompose(done -> enter(engine));
    }

    static CompletableFuture<Void> ensure(ClusterEngine engine, String path, byte[] data) {
        return engine.create(path, data, Kind.PERSISTENT).handle((made, failure) -> {
            if (failure != null && EngineException.of(failure).code() != Code.NODE_EXISTS) {
                throw EngineException.of(failure);
            }
            return null;
        });
    }

    // ---- which cluster

    private CompletableFuture<Void> identify(ClusterEngine engine) {
        return engine.read(paths.cluster(), false)
                .handle((node, failure) -> {
                    if (failure == null) {
                        compare(new String(node.data(), StandardCharsets.UTF_8));
                        return CompletableFuture.<Void>completedFuture(null);
                    }
                    EngineException why = EngineException.of(failure);
                    if (why.code() != Code.NO_NODE) {
                        return CompletableFuture.<Void>failedFuture(why);
                    }
                    return found(engine);
                })
                .thenCompose(next -> next);
    }

    private CompletableFuture<Void> found(ClusterEngine engine) {
        if (!host.cluster().equals(NONE)) {
            throw other("the cluster does not know the namespace " + paths.namespace()
                    + " any more, of which this host is a" + " member (" + host.cluster()
                    + "): it was wiped, or these are other servers");
        }
        String line = "pvlock1 " + UUID.randomUUID();
        // Whoever was faster has made it: read again.
        return ensure(engine, paths.cluster(), line.getBytes(StandardCharsets.UTF_8))
                .thenCompose(done -> identify(engine));
    }

    private void compare(String line) {
        UUID cluster;
        try {
            cluster = UUID.fromString(line.replaceFirst("^pvlock1 ", ""));
        } catch (IllegalArgumentException e) {
            throw other(
                    paths.cluster() + " holds '" + line + "', which pvlock has not written; choose another namespace");
        }
        if (host.cluster().equals(NONE)) {
            host.cluster(cluster);
        } else if (!host.cluster().equals(cluster)) {
            throw other("this host is a member of the cluster " + host.cluster() + ", but the servers are of " + cluster
                    + ": they were wiped, or these are other ones");
        }
    }

    private static EngineException other(String what) {
        return new EngineException(Code.OTHER, OTHER_CLUSTER + what + ADOPT);
    }

    private static final String OTHER_CLUSTER = "another cluster: ";
    private static final String ADOPT =
            ". Nothing is granted until the connect string is right, or pvlock cluster adopt says that this is the cluster now";

    boolean isOtherCluster(EngineException failure) {
        return failure.getMessage() != null && failure.getMessage().startsWith(OTHER_CLUSTER);
    }

    // ---- which host

    private CompletableFuture<Void> enter(ClusterEngine engine) {
        String path = paths.host(host.hostName());
        return engine.read(path, false)
                .handle((node, failure) -> {
                    if (failure != null) {
                        EngineException why = EngineException.of(failure);
                        return why.code() == Code.NO_NODE
                                ? engine.create(path, hostData(engine), Kind.EPHEMERAL)
                                        .<Void>thenApply(made -> null)
                                : CompletableFuture.<Void>failedFuture(why);
                    }
                    if (node.owner() == engine.ticket().id()) {
                        return CompletableFuture.<Void>completedFuture(null);
                    }
                    String data = new String(node.data(), StandardCharsets.UTF_8);
                    if (!data.contains("region=" + host.region())) {
                        throw new EngineException(
                                Code.OTHER,
                                "another region is host '" + host.hostName() + "' of the cluster (" + data
                                        + "); give this one another host name");
                    }
                    // That of a session before, which is over for this host.
                    return engine.delete(path)
                            .handle((deleted, ignored) -> null)
                            .thenCompose(done -> enter(engine));
                })
                .thenCompose(next -> next);
    }

    /** What the host's node says, for people and for {@link #enter}. */
    byte[] hostData(ClusterEngine engine) {
        String text = "pvlock1 region=" + host.region() + " pid=" + host.agentPid() + " timeoutMs="
                + engine.timeoutNs() / 1_000_000;
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
