package io.pvlock.cluster.agent;

import io.pvlock.cluster.engine.ClusterEngine;
import io.pvlock.cluster.engine.ClusterEngine.Change;
import io.pvlock.cluster.engine.ClusterEngine.Kind;
import io.pvlock.cluster.engine.EngineException;
import io.pvlock.cluster.engine.EngineException.Code;
import io.pvlock.cluster.lease.Grant;
import io.pvlock.cluster.lease.HostLease;
import io.pvlock.cluster.lease.LeaseState;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The agent's work on one lock: makes the cluster agree with what the lease asks for. It looks, does one thing, and looks again when
 * something has changed. So it does not matter where it was interrupted: by a lost connection, or by the death of the agent before.
 */
final class LockRequest {

    /** A number near which the counter of queue nodes is begun anew, if the queue is empty. */
    private static final int ROTATE_AT = 1 << 30;

    private final String name;
    private final HostLease lease;
    private final AgentCore agent;

    /** Its answers count; those of an engine before do not. */
    private ClusterEngine engine;

    /** One thing is under way. */
    private boolean busy;

    /** To look again after it. */
    private boolean again;

    /** Whether {@link #own} is all that this session has in the queue. */
    private boolean known;

    /** The queue node; null for none. */
    private QueueNode own;

    private boolean made;
    private LockState state;
    private int version;

    /** When a lock that did not end well may be taken; 0 for at once. It is that of {@link #delayedGrant}. */
    private long notBeforeNs;

    private long delayedGrant;

    LockRequest(String name, HostLease lease, AgentCore agent) {
        this.name = name;
        this.lease = lease;
        this.agent = agent;
    }

    String name() {
        return name;
    }

    HostLease lease() {
        return lease;
    }

    /**
     * From now on with {@code newEngine}.
     *
     * @param fresh whether its session has nothing in the queue, for sure
     */
    void begin(ClusterEngine newEngine, boolean fresh) {
        engine = newEngine;
        busy = false;
        again = false;
        made = false;
        own = null;
        known = fresh;
    }

    /** The connection was lost: what it has is looked at before anything else is done. */
    void recheck() {
        known = false;
    }

    /** Something may have changed in the cluster. */
    void changed() {
        if (busy) {
            again = true;
        } else {
            work();
        }
    }

    /** Something may have changed here. */
    void step(long nowNs) {
        if (!busy && isDue(nowNs)) {
            work();
        }
    }

    private boolean isDue(long nowNs) {
        return switch (lease.state()) {
            case IDLE -> lease.words().isWanted() || own != null || !known;
            case ACQUIRING -> !known || own == null || notBeforeNs != 0 && nowNs >= notBeforeNs;
            case DRAINING -> !known || !lease.words().isHeld();
            case RELEASING -> true;
            case ACTIVE -> !known;
            case LOST -> own != null || !known;
            case SUSPENDED -> false;
        };
    }

    /** When {@link #step} is due without anything having happened; {@link Long#MAX_VALUE} for never. */
    long dueNs() {
        return notBeforeNs == 0 ? Long.MAX_VALUE : notBeforeNs;
    }

    private void work() {
        busy = true;
        ClusterEngine mine = engine;
        CompletableFuture<Void> done;
        try {
            done = next();
        } catch (EngineException e) {
            done = CompletableFuture.failedFuture(e);
        }
        done.whenComplete((nothing, failure) -> {
            if (mine == engine) {
                ended(failure);
            }
        });
    }

    private void ended(Throwable failure) {
        busy = false;
        if (failure != null) {
            again = false;
            failed(EngineException.of(failure));
        } else if (again) {
            again = false;
            work();
        }
    }

    private void failed(EngineException failure) {
        known = false;
        if (failure.code() == Code.NO_NODE) {
            made = false; // somebody has deleted the lock's nodes
        }
        agent.failed(failure);
    }

    private CompletableFuture<Void> next() {
        if (lease.state() == LeaseState.IDLE && known && own == null) {
            if (!lease.words().isWanted()) {
                return nothing();
            }
            lease.acquire();
        }
        if (!made) {
            return make();
        }
        return switch (lease.state()) {
            case ACQUIRING -> known && own == null ? enter() : look(false).thenCompose(this::acquire);
            case ACTIVE -> look(true).thenAccept(this::hold);
            case DRAINING ->
                known && !lease.words().isHeld() ? release() : look(true).thenAccept(this::hold);
            case RELEASING -> look(false).thenCompose(queue -> giveBack());
            case IDLE, LOST -> look(false).thenCompose(queue -> leave());
            case SUSPENDED -> nothing();
        };
    }

    private static CompletableFuture<Void> nothing() {
        return CompletableFuture.completedFuture(null);
    }

    // ---- steps

    private CompletableFuture<Void> make() {
        ClusterPaths paths = agent.paths();
        LockState first = LockState.first(agent.epochMs());
        CompletableFuture<?> lock = agent.ensure(paths.lock(name), new byte[0]);
        CompletableFuture<?> queue = agent.ensure(paths.queue(name), new byte[0]);
        return agent.ensure(paths.state(name), first.bytes())
                .thenCombine(lock, (a, b) -> a)
                .thenCombine(queue, (a, b) -> a)
                .thenAccept(done -> {
                    made = true;
                    again = true;
                });
    }

    /** State and queue, in one trip. */
    private CompletableFuture<List<QueueNode>> look(boolean watch) {
        CompletableFuture<Void> read = engine.read(agent.paths().state(name), false)
                .thenAccept(node -> {
                    version = node.version();
                    state = LockState.parse(node.data());
                });
        return engine.children(agent.paths().queue(name), watch)
                .thenCombine(read, (names, nothing) -> QueueNode.inOrder(names))
                .thenApply(this::findOwn);
    }

    private List<QueueNode> findOwn(List<QueueNode> queue) {
        String prefix = QueueNode.prefix(agent.hostName(), engine.ticket().name());
        List<QueueNode> mine =
                queue.stream().filter(node -> node.name().startsWith(prefix)).toList();
        boolean holder = state.dirty()
                && own == null
                && mine.stream().anyMatch(node -> node.name().equals(state.node()));
        own = mine.isEmpty()
                ? null
                : holder
                        ? mine.stream()
                                .filter(node -> node.name().equals(state.node()))
                                .findFirst()
                                .orElseThrow()
                        : mine.get(0);
        // Of a create whose answer was lost, and that was made again.
        mine.stream().filter(node -> node != own).forEach(node -> engine.delete(path(node)));
        known = true;
        return queue;
    }

    private CompletableFuture<Void> enter() {
        String prefix = QueueNode.prefix(agent.hostName(), engine.ticket().name());
        known = false; // until it is answered
        CompletableFuture<String> entered =
                engine.create(agent.paths().queue(name) + "/" + prefix, new byte[0], Kind.EPHEMERAL_SEQUENTIAL);
        return look(false).thenCombine(entered, (queue, path) -> queue).thenCompose(this::acquire);
    }

    private CompletableFuture<Void> acquire(List<QueueNode> queue) {
        if (own == null) {
            again = true; // it has gone, or was never made
            return nothing();
        }
        if (state.dirty() && state.node().equals(own.name())) {
            // Granted before, and the answer was lost.
            granted(state.grant(), state.unclean(), true);
            again = true;
            return nothing();
        }
        int place = queue.indexOf(own);
        if (place > 0) {
            return engine.exists(path(queue.get(place - 1))).thenAccept(there -> again |= !there);
        }
        return isDelayed() ? nothing() : grant();
    }

    /** Who has gone without releasing may not know it yet. */
    private boolean isDelayed() {
        if (!state.dirty() || agent.lockDelayNs() == 0) {
            notBeforeNs = 0;
        } else if (delayedGrant != state.grant()) {
            delayedGrant = state.grant();
            notBeforeNs = agent.nowNs() + agent.lockDelayNs();
        } else if (agent.nowNs() >= notBeforeNs) {
            notBeforeNs = 0;
        }
        return notBeforeNs != 0;
    }

    private CompletableFuture<Void> grant() {
        long number = Math.max(state.grant(), lease.words().grant()) + 1;
        if (number > Grant.MAX_GRANT) {
            throw new EngineException(
                    Code.OTHER, "lock '" + name + "' was granted " + number + " times, no token is left");
        }
        boolean unclean = state.isUnclean();
        LockState next = state.granted(number, own.name());
        known = false; // until it is answered
        CompletableFuture<Void> written = engine.commit(List.of(
                new Change.Check(path(own)), new Change.Write(agent.paths().state(name), next.bytes(), version)));
        CompletableFuture<List<String>> watched = engine.children(agent.paths().queue(name), true);
        return written.handle((done, failure) -> {
                    if (failure == null) {
                        version++;
                        state = next;
                        known = true;
                        return true;
                    }
                    Code code = EngineException.of(failure).code();
                    // Somebody else has written the state, or the queue node is gone: looked at again.
                    if (code == Code.BAD_VERSION || code == Code.NO_NODE) {
                        again = true;
                        return false;
                    }
                    throw EngineException.of(failure);
                })
                .thenCombine(watched, (done, names) -> {
                    if (done) {
                        granted(number, unclean, names.size() > 1);
                    }
                    return null;
                });
    }

    private void granted(long number, boolean unclean, boolean remote) {
        lease.granted(number, unclean, remote, agent.nowNs());
    }

    /** The cluster's view of what is this host's. */
    private void hold(List<QueueNode> queue) {
        boolean mine = own != null
                && state.dirty()
                && state.node().equals(own.name())
                && queue.get(0).equals(own);
        if (mine) {
            lease.remote(queue.size() > 1);
        } else {
            // Evicted, or the memory of the cluster has gone back in time.
            lease.lose();
        }
    }

    private CompletableFuture<Void> release() {
        if (!lease.release()) {
            return nothing();
        }
        return giveBack();
    }

    private CompletableFuture<Void> giveBack() {
        boolean mine = own != null && state.dirty() && state.node().equals(own.name());
        if (!mine) {
            // It was done, and the answer was lost; or it was taken away.
            return leave().thenRun(this::released);
        }
        LockState next = state.released(lease.words().isInconsistent());
        Change delete = new Change.Delete(path(own));
        Change write = new Change.Write(agent.paths().state(name), next.bytes(), version);
        boolean rotate = own.number() > ROTATE_AT || own.number() < 0;
        known = false;
        CompletableFuture<Void> written =
                rotate ? commitRotating(delete, write) : engine.commit(List.of(delete, write));
        return written.handle((done, failure) -> {
            if (failure == null) {
                known = true;
                own = null;
                released();
                return null;
            }
            Code code = EngineException.of(failure).code();
            if (code == Code.BAD_VERSION || code == Code.NO_NODE) {
                again = true;
                return null;
            }
            throw EngineException.of(failure);
        });
    }

    private CompletableFuture<Void> commitRotating(Change delete, Change write) {
        String queue = agent.paths().queue(name);
        return engine.commit(List.of(delete, write, new Change.Delete(queue), new Change.Create(queue)))
                .exceptionallyCompose(failure -> EngineException.of(failure).code() == Code.NOT_EMPTY
                        ? engine.commit(List.of(delete, write))
                        : CompletableFuture.failedFuture(failure));
    }

    private void released() {
        lease.released();
        again = true;
    }

    private CompletableFuture<Void> leave() {
        if (own == null) {
            return nothing();
        }
        QueueNode left = own;
        return engine.delete(path(left))
                .exceptionallyCompose(failure -> EngineException.of(failure).code() == Code.NO_NODE
                        ? nothing()
                        : CompletableFuture.failedFuture(failure))
                .thenRun(() -> own = null);
    }

    private String path(QueueNode node) {
        return agent.paths().queue(name) + "/" + node.name();
    }
}
