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
import java.util.Optional;
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
    private final LockDelay delay;

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

    /** As last seen, in order. */
    private List<QueueNode> queue = List.of();

    /** Only one stands before {@link #own}. */
    private boolean isNext;

    private boolean made;
    private LockState state;
    private int version;

    LockRequest(String name, HostLease lease, AgentCore agent) {
        this.name = name;
        this.lease = lease;
        this.agent = agent;
        this.delay = new LockDelay(agent.lockDelayNs());
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
        isNext = false;
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
            case ACQUIRING -> !known || own == null || delay.isOver(nowNs);
            case DRAINING -> !known || !lease.words().isHeld();
            case RELEASING -> true;
            case ACTIVE -> !known;
            case LOST -> own != null || !known;
            case SUSPENDED -> false;
        };
    }

    /** When {@link #step} is due without anything having happened; {@link Long#MAX_VALUE} for never. */
    long dueNs() {
        return delay.dueNs();
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
            case ACQUIRING -> known && own == null ? enter() : lookAgain();
            case ACTIVE -> look(true).thenRun(this::hold);
            case DRAINING ->
                known && !lease.words().isHeld() ? release() : look(true).thenRun(this::hold);
            case RELEASING -> look(false).thenCompose(seen -> giveBack());
            case IDLE, LOST -> look(false).thenCompose(seen -> leave());
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
    private CompletableFuture<Void> look(boolean watch) {
        CompletableFuture<Void> read = engine.read(agent.paths().state(name), false)
                .thenAccept(node -> {
                    version = node.version();
                    state = LockState.parse(node.data());
                });
        return engine.children(agent.paths().queue(name), watch)
                .thenCombine(read, (names, nothing) -> QueueNode.inOrder(names))
                .thenAccept(this::seen);
    }

    private void seen(List<QueueNode> nodes) {
        queue = nodes;
        List<QueueNode> mine = queue.stream().filter(this::isMine).toList();
        QueueNode first = mine.isEmpty() ? null : mine.get(0);
        own = mine.stream().filter(state::isGrantedTo).findFirst().orElse(first);
        // Of a create whose answer was lost, and that was made again.
        mine.stream().filter(node -> node != own).forEach(node -> engine.delete(path(node)));
        known = true;
    }

    private boolean isMine(QueueNode node) {
        return node.name().startsWith(prefix());
    }

    private String prefix() {
        return QueueNode.prefix(agent.hostName(), engine.ticket().name());
    }

    private CompletableFuture<Void> enter() {
        known = false; // until it is answered
        isNext = false;
        CompletableFuture<String> entered =
                engine.create(agent.paths().queue(name) + "/" + prefix(), new byte[0], Kind.EPHEMERAL_SEQUENTIAL);
        return look(false).thenCombine(entered, (seen, path) -> seen).thenCompose(seen -> acquire(false));
    }

    /** Who was next is the first one now, and will have to know who comes after it. */
    private CompletableFuture<Void> lookAgain() {
        boolean watch = isNext;
        return look(watch).thenCompose(seen -> acquire(watch));
    }

    /** @param watched whether the queue is */
    private CompletableFuture<Void> acquire(boolean watched) {
        if (own == null) {
            again = true; // it has gone, or was never made
            return nothing();
        }
        if (state.isGrantedTo(own) && state.grant() > lease.words().grant()) {
            // Passed on by the one before; or granted by this host, and the answer was lost.
            granted(state);
            again |= !watched;
            return nothing();
        }
        int place = queue.indexOf(own);
        isNext = place == 1;
        if (place > 0) {
            return engine.exists(path(queue.get(place - 1))).thenAccept(there -> again |= !there);
        }
        boolean delayed = !state.isGrantedTo(own) && delay.isOn(state, agent.nowNs());
        return delayed ? nothing() : grant();
    }

    /** Greater than all that the cluster and this host know of. */
    private long nextNumber() {
        return Math.max(state.grant(), lease.words().grant()) + 1;
    }

    private CompletableFuture<Void> grant() {
        long number = nextNumber();
        if (number > Grant.MAX_GRANT) {
            throw new EngineException(
                    Code.OTHER, "lock '" + name + "' was granted " + number + " times, no token is left");
        }
        LockState next = state.granted(number, own.name());
        known = false; // until it is answered
        CompletableFuture<Void> written = engine.commit(List.of(new Change.Check(path(own)), write(next)));
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
                    queue = QueueNode.inOrder(names);
                    if (done) {
                        granted(next);
                    }
                    return null;
                });
    }

    private void granted(LockState granted) {
        lease.granted(granted.grant(), granted.unclean(), isWantedElsewhere(), agent.nowNs());
    }

    private boolean isWantedElsewhere() {
        return queue.size() > 1;
    }

    /** The cluster's view of what is this host's. */
    private void hold() {
        if (state.isGrantedTo(own) && queue.get(0).equals(own)) {
            lease.remote(isWantedElsewhere());
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
        if (!state.isGrantedTo(own)) {
            // It was done, and the answer was lost; or it was taken away.
            return leave().thenRun(this::released);
        }
        known = false;
        return passOn().handle((done, failure) -> {
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

    /** To the next one, if any is known of: in one transaction, so that it need not write before it may begin. */
    private CompletableFuture<Void> passOn() {
        LockState free = state.released(lease.words().isInconsistent());
        Change delete = new Change.Delete(path(own));
        Optional<QueueNode> next = queue.stream().filter(node -> !isMine(node)).findFirst();
        long number = nextNumber();
        if (next.isPresent() && number <= Grant.MAX_GRANT) {
            LockState passed = free.granted(number, next.get().name());
            return engine.commit(List.of(new Change.Check(path(next.get())), write(passed), delete));
        }
        boolean rotate = own.number() > ROTATE_AT || own.number() < 0;
        return rotate ? commitRotating(delete, write(free)) : engine.commit(List.of(delete, write(free)));
    }

    private Change write(LockState next) {
        return new Change.Write(agent.paths().state(name), next.bytes(), version);
    }

    private CompletableFuture<Void> commitRotating(Change delete, Change write) {
        String parent = agent.paths().queue(name);
        return engine.commit(List.of(delete, write, new Change.Delete(parent), new Change.Create(parent)))
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
