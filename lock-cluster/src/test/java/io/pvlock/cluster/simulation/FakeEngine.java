package io.pvlock.cluster.simulation;

import io.pvlock.cluster.engine.ClusterEngine;
import io.pvlock.cluster.engine.EngineEvents;
import io.pvlock.cluster.engine.EngineException;
import io.pvlock.cluster.engine.EngineException.Code;
import io.pvlock.cluster.engine.SessionTicket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/** An engine of the {@link FakeCluster}, by a connection that is slow, and that a test cuts. Messages keep their order. */
final class FakeEngine implements ClusterEngine {

    /** What becomes of messages. */
    enum Link {
        /** They arrive. */
        UP,
        /** They are lost, and nobody is told for a while. */
        SILENT,
        /** They arrive at the server; what it answers is lost, and nobody is told for a while. */
        DEAF,
        /** They arrive, late. */
        SLOW,
        /** The server has lost the others: reads are answered by what it knew, writes are not. */
        ISOLATED;

        boolean delivers() {
            return this == UP || this == SLOW;
        }
    }

    private static final long RECONNECT_MS = 50;
    private static int engines;

    private final World world;
    private final FakeCluster cluster;
    private final Executor agent;
    private final EngineEvents events;
    private final Supplier<Link> link;
    private final int number;
    private final Deque<CompletableFuture<?>> pending = new ArrayDeque<>();
    private final List<Runnable> lateNotices = new ArrayList<>();
    private long session;
    private boolean connected;
    private boolean left;
    private long lastToServer;
    private long lastToClient;
    private long connection;
    private FakeCluster isolated;
    private int commits;

    FakeEngine(
            World world,
            FakeCluster cluster,
            SessionTicket ticket,
            Executor agent,
            EngineEvents events,
            Supplier<Link> link) {
        this.world = world;
        this.cluster = cluster;
        this.agent = agent;
        this.events = events;
        this.link = link;
        this.number = ++engines;
        this.session = ticket == null ? 0 : ticket.id();
        world.in(delay(), this::tryConnect);
    }

    int number() {
        return number;
    }

    /** How many transactions were asked for. */
    int commits() {
        return commits;
    }

    private long delay() {
        if (link.get() == Link.SLOW) {
            return world.between(50, 400);
        }
        return world.chance(0.01) ? world.between(5, 60) : world.between(0.1, 1);
    }

    // ---- connection

    private void tryConnect() {
        if (left || connected) {
            return;
        }
        if (!link.get().delivers()) {
            world.in(RECONNECT_MS * World.MS, this::tryConnect);
            return;
        }
        if (session == 0) {
            session = cluster.newSession();
        }
        if (!cluster.isAlive(session)) {
            toAgent(events::expired);
            return;
        }
        cluster.heard(session);
        connected = true;
        connection++;
        toAgent(events::connected);
        if (isolated != null) {
            // Its watches are set at another server now, which tells at once what has changed meanwhile.
            isolated.watched().forEach(path -> lateNotices.add(() -> events.changed(path)));
            isolated = null;
        }
        lateNotices.forEach(this::toAgent);
        lateNotices.clear();
    }

    /** The connection is cut, and the client knows it. */
    void cut() {
        if (!connected || left) {
            return;
        }
        connected = false;
        connection++;
        List<CompletableFuture<?>> lost = new ArrayList<>(pending);
        pending.clear();
        toAgent(() -> {
            lost.forEach(future ->
                    future.completeExceptionally(new EngineException(Code.CONNECTION_LOSS, "the connection is lost")));
            events.disconnected();
        });
        world.in(RECONNECT_MS * World.MS, this::tryConnect);
    }

    // A client notices silence after two thirds of the time-out.
    private void noticeSilence(long ofConnection) {
        world.in(cluster.timeoutNs() * 2 / 3, () -> {
            if (connected && connection == ofConnection && !link.get().delivers()) {
                cut();
            }
        });
    }

    private void toAgent(Runnable what) {
        agent.execute(() -> {
            if (!left) {
                what.run();
            }
        });
    }

    void notice(String path) {
        Runnable told = () -> events.changed(path);
        if (connected && link.get().delivers()) {
            toClient(told);
        } else {
            lateNotices.add(told); // the client sets its watches again, and hears of what it has missed
        }
    }

    private void toClient(Runnable what) {
        lastToClient = Math.max(lastToClient, world.now() + delay());
        world.at(lastToClient, () -> {
            if (connected) {
                toAgent(what);
            } else {
                lateNotices.add(what);
            }
        });
    }

    // ---- calls

    private <T> CompletableFuture<T> call(boolean read, Function<FakeCluster, T> call) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        if (!connected) {
            pending.add(answer);
            toAgent(() -> {
                pending.remove(answer);
                answer.completeExceptionally(new EngineException(Code.CONNECTION_LOSS, "there is no connection"));
            });
            return answer;
        }
        pending.add(answer);
        long of = connection;
        lastToServer = Math.max(lastToServer, world.now() + delay());
        world.at(lastToServer, () -> arrive(of, read, call, answer));
        return answer;
    }

    private <T> void arrive(long of, boolean read, Function<FakeCluster, T> call, CompletableFuture<T> answer) {
        if (connection != of) {
            return; // of a connection before: the servers refuse it
        }
        Link now = link.get();
        boolean arrives = now.delivers() || now == Link.DEAF;
        boolean served = arrives || now == Link.ISOLATED && read;
        if (!served) {
            noticeSilence(of);
            return;
        }
        if (now == Link.ISOLATED && isolated == null) {
            isolated = cluster.stale();
        }
        if (arrives && !cluster.isAlive(session)) {
            if (now == Link.DEAF) {
                noticeSilence(of);
                return;
            }
            connected = false;
            toAgent(events::expired);
            return;
        }
        FakeCluster server = arrives ? cluster : isolated;
        if (arrives) {
            cluster.heard(session);
        }
        T value = null;
        EngineException failure = null;
        try {
            value = call.apply(server);
        } catch (EngineException e) {
            failure = e;
        }
        reply(of, answer, value, failure);
    }

    private <T> void reply(long of, CompletableFuture<T> answer, T value, EngineException failure) {
        lastToClient = Math.max(lastToClient, world.now() + delay());
        world.at(lastToClient, () -> {
            if (connection != of || link.get() == Link.SILENT || link.get() == Link.DEAF) {
                noticeSilence(of);
                return;
            }
            pending.remove(answer);
            toAgent(() -> {
                if (failure == null) {
                    answer.complete(value);
                } else {
                    answer.completeExceptionally(failure);
                }
            });
        });
    }

    @Override
    public CompletableFuture<String> create(String path, byte[] data, Kind kind) {
        return call(false, server -> server.create(path, data, kind, session));
    }

    @Override
    public CompletableFuture<Node> read(String path, boolean watch) {
        return call(true, server -> server.read(path, watch ? this : null));
    }

    @Override
    public CompletableFuture<Boolean> exists(String path) {
        return call(true, server -> {
            try {
                server.read(path, this);
                return true;
            } catch (EngineException e) {
                return false;
            }
        });
    }

    @Override
    public CompletableFuture<List<String>> children(String path, boolean watch) {
        return call(true, server -> server.children(path, watch ? this : null));
    }

    @Override
    public CompletableFuture<Void> write(String path, byte[] data) {
        return call(false, server -> {
            server.write(path, data, -1);
            return null;
        });
    }

    @Override
    public CompletableFuture<Void> delete(String path) {
        return call(false, server -> {
            server.delete(path);
            return null;
        });
    }

    @Override
    public CompletableFuture<Void> commit(List<Change> changes) {
        commits++;
        return call(false, server -> {
            server.commit(changes, session);
            return null;
        });
    }

    // ---- session

    @Override
    public SessionTicket ticket() {
        return new SessionTicket(session, new byte[0]);
    }

    @Override
    public long timeoutNs() {
        return cluster.timeoutNs();
    }

    @Override
    public void close(boolean wait) {
        long ended = session;
        boolean heard = connected && (link.get().delivers() || link.get() == Link.DEAF);
        leave();
        if (heard) {
            world.in(delay(), () -> cluster.end(ended));
        }
    }

    @Override
    public void leave() {
        left = true;
        connected = false;
        connection++;
    }
}
