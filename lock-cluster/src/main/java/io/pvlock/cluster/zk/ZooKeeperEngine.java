package io.pvlock.cluster.zk;

import io.pvlock.cluster.engine.ClusterEngine;
import io.pvlock.cluster.engine.EngineEvents;
import io.pvlock.cluster.engine.EngineException;
import io.pvlock.cluster.engine.SessionTicket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ConnectStringParser;
import org.apache.zookeeper.client.StaticHostProvider;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;

/** A session with ZooKeeper. All that it hears it hands to the agent's thread, in order. */
public final class ZooKeeperEngine implements ClusterEngine {

    /** Of closing a session that may have no connection any more. */
    private static final int CLOSE_MS = 3_000;

    private static final List<String> NEEDED = List.of(
            "ClientCnxn$EventThread",
            "ClientCnxn$Packet",
            "ClientCnxn$SendThread",
            "ClientCnxnSocketNIO",
            "MultiOperationRecord",
            "MultiResponse",
            "OpResult$CheckResult",
            "OpResult$SetDataResult",
            "SaslServerPrincipal",
            "ZKWatchManager",
            "client.ConnectStringParser",
            "client.StaticHostProvider",
            "client.ZKClientConfig",
            "client.ZooKeeperSaslClient",
            "common.ClientX509Util",
            "data.Stat",
            "proto.ConnectRequest",
            "proto.ConnectResponse",
            "proto.CreateRequest",
            "proto.CreateResponse",
            "proto.GetChildren2Response",
            "proto.GetChildrenRequest",
            "proto.GetChildrenResponse",
            "proto.GetDataRequest",
            "proto.GetDataResponse",
            "proto.MultiHeader",
            "proto.ReplyHeader",
            "proto.RequestHeader",
            "proto.SetDataRequest",
            "proto.SetDataResponse");

    private static final String NOT_PROVED =
            "the servers do not accept who this host says it is (SASL): compare the user and the"
                    + " password in the file of java.security.auth.login.config with theirs;"
                    + " DIGEST-MD5 needs zookeeper.fips-mode=false in --client-config, too";

    private final Executor agent;
    private final EngineEvents events;
    private final List<ACL> acl;
    private final Client client;
    private volatile boolean left;

    /** The plain client, which can also leave without ending its session. */
    @SuppressWarnings("try") // its close() may be interrupted
    private static final class Client extends ZooKeeper {

        Client(ZooKeeperAccess access, Watcher watcher, SessionTicket ticket, ZKClientConfig config)
                throws IOException {
            super(
                    access.connect(),
                    (int) access.timeout().toMillis(),
                    watcher,
                    ticket == null ? 0 : ticket.id(),
                    ticket == null ? new byte[16] : ticket.password(),
                    false,
                    new StaticHostProvider(new ConnectStringParser(access.connect()).getServerAddresses()),
                    config);
        }

        void leave() {
            cnxn.disconnect();
        }
    }

    private ZooKeeperEngine(ZooKeeperAccess access, SessionTicket ticket, Executor agent, EngineEvents events) {
        this.agent = agent;
        this.events = events;
        this.acl = access.digest().isPresent() || access.sasl() ? Ids.CREATOR_ALL_ACL : Ids.OPEN_ACL_UNSAFE;
        try {
            this.client = new Client(access, this::heard, ticket, access.clientConfig());
        } catch (IOException | RuntimeException e) {
            throw new EngineException(EngineException.Code.OTHER, access.connect() + ": " + e.getMessage());
        }
        access.digest().ifPresent(secret -> client.addAuthInfo("digest", secret));
    }

    /** Loads what a session needs: for a process that stands by, so that it does not begin with that when it is wanted. */
    public static void prepare() {
        for (String name : NEEDED) {
            try {
                Class.forName(ZooKeeper.class.getPackageName() + "." + name);
            } catch (ClassNotFoundException | LinkageError e) {
                // Of another version: then it is loaded when it is needed.
            }
        }
    }

    /** Engines of {@code access}, whose events and answers come by {@code agent}. */
    public static Factory factory(ZooKeeperAccess access, Executor agent) {
        return (ticket, events) -> new ZooKeeperEngine(access, ticket, agent, events);
    }

    private void heard(WatchedEvent event) {
        tell(() -> {
            if (event.getType() != Watcher.Event.EventType.None) {
                events.changed(event.getPath());
                return;
            }
            if (event.getState() == null) {
                events.refused(NOT_PROVED); // so the client says that SASL could not even begin
                return;
            }
            switch (event.getState()) {
                case SyncConnected -> events.connected();
                case Disconnected -> events.disconnected();
                case Expired -> events.expired();
                case AuthFailed -> events.refused(NOT_PROVED);
                default -> {}
            }
        });
    }

    private void tell(Runnable what) {
        if (!left) {
            agent.execute(() -> {
                if (!left) {
                    what.run();
                }
            });
        }
    }

    // ---- calls

    @Override
    public CompletableFuture<String> create(String path, byte[] data, Kind kind) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        CreateMode mode = switch (kind) {
            case PERSISTENT -> CreateMode.PERSISTENT;
            case EPHEMERAL -> CreateMode.EPHEMERAL;
            case EPHEMERAL_SEQUENTIAL -> CreateMode.EPHEMERAL_SEQUENTIAL;
        };
        client.create(
                path, data, aclOf(path), mode, (code, asked, context, name) -> done(answer, code, asked, name), null);
        return answer;
    }

    /** What is above all namespaces belongs to nobody. */
    private List<ACL> aclOf(String path) {
        return path.lastIndexOf('/') == 0 ? Ids.OPEN_ACL_UNSAFE : acl;
    }

    @Override
    public CompletableFuture<Node> read(String path, boolean watch) {
        CompletableFuture<Node> answer = new CompletableFuture<>();
        client.getData(
                path,
                watch,
                (code, asked, context, data, stat) -> done(
                        answer,
                        code,
                        asked,
                        code == 0 ? new Node(data, stat.getVersion(), stat.getEphemeralOwner()) : null),
                null);
        return answer;
    }

    @Override
    public CompletableFuture<Boolean> exists(String path) {
        // Not exists(): that would leave a watch for a node that is gone and never comes back.
        return read(path, true).handle((node, failure) -> {
            if (failure == null) {
                return true;
            }
            EngineException why = EngineException.of(failure);
            if (why.code() == EngineException.Code.NO_NODE) {
                return false;
            }
            throw why;
        });
    }

    @Override
    public CompletableFuture<List<String>> children(String path, boolean watch) {
        CompletableFuture<List<String>> answer = new CompletableFuture<>();
        client.getChildren(
                path,
                watch,
                (int code, String asked, Object context, List<String> names) -> done(answer, code, asked, names),
                null);
        return answer;
    }

    @Override
    public CompletableFuture<Void> write(String path, byte[] data) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        client.setData(path, data, -1, (code, asked, context, stat) -> done(answer, code, asked, null), null);
        return answer;
    }

    @Override
    public CompletableFuture<Void> delete(String path) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        client.delete(path, -1, (code, asked, context) -> done(answer, code, asked, null), null);
        return answer;
    }

    @Override
    public CompletableFuture<Void> commit(List<Change> changes) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        List<Op> ops = new ArrayList<>();
        for (Change change : changes) {
            if (change instanceof Change.Check) {
                ops.add(Op.check(change.path(), -1));
            } else if (change instanceof Change.Write write) {
                ops.add(Op.setData(write.path(), write.data(), write.version()));
            } else if (change instanceof Change.Delete) {
                ops.add(Op.delete(change.path(), -1));
            } else {
                ops.add(Op.create(change.path(), new byte[0], acl, CreateMode.PERSISTENT));
            }
        }
        client.multi(
                ops,
                (code, asked, context, results) ->
                        done(answer, code, changes.get(0).path(), null),
                null);
        return answer;
    }

    private <T> void done(CompletableFuture<T> answer, int code, String path, T value) {
        tell(() -> {
            if (code == KeeperException.Code.OK.intValue()) {
                answer.complete(value);
            } else {
                answer.completeExceptionally(failure(code, path));
            }
        });
    }

    private static EngineException failure(int number, String path) {
        KeeperException.Code code = KeeperException.Code.get(number);
        EngineException.Code ours = code == null
                ? EngineException.Code.OTHER
                : switch (code) {
                    case CONNECTIONLOSS, OPERATIONTIMEOUT, REQUESTTIMEOUT -> EngineException.Code.CONNECTION_LOSS;
                    case SESSIONEXPIRED, SESSIONMOVED -> EngineException.Code.SESSION_EXPIRED;
                    case NONODE -> EngineException.Code.NO_NODE;
                    case NODEEXISTS -> EngineException.Code.NODE_EXISTS;
                    case BADVERSION -> EngineException.Code.BAD_VERSION;
                    case NOTEMPTY -> EngineException.Code.NOT_EMPTY;
                    case NOAUTH, AUTHFAILED, INVALIDACL, SESSIONCLOSEDREQUIRESASLAUTH ->
                        EngineException.Code.NOT_ALLOWED;
                    default -> EngineException.Code.OTHER;
                };
        return new EngineException(ours, (code == null ? "error " + number : code.name()) + " for " + path);
    }

    // ---- session

    @Override
    public SessionTicket ticket() {
        return new SessionTicket(client.getSessionId(), client.getSessionPasswd());
    }

    @Override
    public long timeoutNs() {
        return TimeUnit.MILLISECONDS.toNanos(client.getSessionTimeout());
    }

    @Override
    public void close(boolean wait) {
        left = true;
        // It speaks with the servers, or tries to.
        Thread closer = new Thread(
                () -> {
                    try {
                        client.close(CLOSE_MS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "pvlock-cluster-close");
        closer.setDaemon(true);
        closer.start();
        if (wait) {
            joinUninterrupted(closer);
        }
    }

    private static void joinUninterrupted(Thread closer) {
        boolean interrupted = Thread.interrupted();
        try {
            closer.join(CLOSE_MS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void leave() {
        left = true;
        client.leave();
    }
}
