package io.pvlock.cluster.agent;

import io.pvlock.cluster.engine.ClusterEngine;
import io.pvlock.cluster.engine.EngineEvents;
import io.pvlock.cluster.engine.EngineException;
import io.pvlock.cluster.engine.EngineException.Code;
import io.pvlock.cluster.engine.SessionTicket;
import io.pvlock.cluster.lease.Bells;
import io.pvlock.cluster.lease.HostLease;
import io.pvlock.cluster.lease.HostWords;
import io.pvlock.cluster.lease.HostWords.Status;
import io.pvlock.cluster.lease.LeaseClock;
import io.pvlock.cluster.lease.LeaseGate;
import io.pvlock.cluster.lease.LeaseState;
import io.pvlock.cluster.lease.LeaseWords;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * What the agent of a host does: keeps a session, proves it by writes, and serves the leases. Not thread-safe: {@link #step}, the answers
 * of the engine and its events all come by one thread.
 *
 * <p>A lease lives as long as the session, and the session as long as an acknowledged write says. Nothing else prolongs it: a read, or a
 * ping, may be answered by a server that has lost the others.
 */
public final class AgentCore {

    private static final long RETRY_NS = 500_000_000L;

    /** How often to look whether a holder that keeps others waiting is dead. */
    private static final long SWEEP_NS = 20_000_000L;

    private static final long IDLE_NS = 200_000_000L;

    private enum Phase {
        CONNECTING,
        JOINING,
        JOINED,
        DISCONNECTED
    }

    /**
     * What is around the agent.
     *
     * @param locks the host's own lock of a name
     * @param keep is given the ticket of each session, for whoever comes after this agent
     */
    public record Surroundings(
            HostWords host,
            Function<String, LocalLock> locks,
            Bells bells,
            LeaseClock clock,
            LongSupplier epochMs,
            ClusterEngine.Factory engines,
            Consumer<SessionTicket> keep) {}

    private final AgentSettings settings;
    private final Surroundings around;
    private final HostWords host;
    private final List<LockRequest> requests = new ArrayList<>();
    private final Membership membership;

    private ClusterEngine engine;
    private Phase phase = Phase.CONNECTING;
    private boolean adopting;
    private long nextBeatNs;
    private long nextTryNs;
    private long nextSweepNs;
    private boolean working;

    public AgentCore(AgentSettings settings, Surroundings around) {
        this.settings = settings;
        this.around = around;
        this.host = around.host();
        this.membership = new Membership(settings.paths(), host);
    }

    // ---- life

    /**
     * Begins.
     *
     * @param ticket of the session of the agent before, which is proved dead; null if there is none
     */
    public void start(SessionTicket ticket) {
        findNew();
        adopting = ticket != null && ticket.id() == host.sessionId() && nowNs() < host.deadlineNs();
        if (!adopting) {
            forgetSession();
            host.status(Status.CONNECTING, "looking for a server");
        }
        connect(adopting ? ticket : null);
    }

    private void connect(SessionTicket ticket) {
        phase = Phase.CONNECTING;
        nextTryNs = nowNs() + RETRY_NS;
        try {
            Events events = new Events();
            engine = around.engines().connect(ticket, events);
            events.engine = engine;
        } catch (EngineException e) {
            host.status(Status.REFUSED, e.getMessage());
            engine = null;
        }
    }

    /** Ends, with the session. */
    public void close() {
        if (engine != null) {
            forgetSession();
            engine.close(true);
        }
        engine = null;
    }

    /** Ends, and leaves the session to the next agent of this host. */
    public void leave() {
        if (engine != null) {
            engine.leave();
        }
        engine = null;
    }

    private void forgetSession() {
        // P38: first for all at once, then each lease; see HostWords.
        host.endSession();
        requests.forEach(request -> request.lease().lose());
    }

    private void loseSession(String why) {
        forgetSession();
        host.status(Status.CONNECTING, why);
        if (engine != null) {
            engine.close(false);
        }
        adopting = false;
        connect(null);
    }

    // ---- steps

    /** Does what is due; to be called when the bell of the agent has rung, and at {@link #dueNs}. */
    public void step() {
        long now = nowNs();
        findNew();
        boolean lapsed = host.deadlineNs() != 0 && now >= host.deadlineNs();
        if (lapsed) {
            loseSession("no write was acknowledged in time");
        } else if (phase == Phase.CONNECTING && engine == null && now >= nextTryNs) {
            connect(null);
        } else if (phase == Phase.JOINING && !working && now >= nextTryNs) {
            join();
        }
        if (phase == Phase.JOINED) {
            serve(now);
        }
        sweep(now);
    }

    private void serve(long now) {
        if (now >= nextBeatNs) {
            beat(now);
        }
        boolean paused = now < nextTryNs;
        for (LockRequest request : requests) {
            if (request.lease().words().isWantedElsewhere()) {
                boolean free = !around.locks().apply(request.name()).isBusy();
                request.lease().drainIfDue(settings.budget(), free, now);
            }
            if (!paused) {
                request.step(now);
            }
        }
    }

    // A holder that keeps others waiting may be dead: whoever takes its local lock has proved it.
    private void sweep(long now) {
        if (now < nextSweepNs) {
            return;
        }
        nextSweepNs = now + SWEEP_NS;
        for (LockRequest request : requests) {
            LeaseWords words = request.lease().words();
            if (keepsOthersWaiting(words)) {
                LeaseGate gate = new LeaseGate(host, words, settings.budget(), around.clock(), around.bells());
                around.locks().apply(request.name()).ifFree(gate::clearDead);
            }
        }
    }

    private static boolean keepsOthersWaiting(LeaseWords words) {
        LeaseState state = words.state();
        return words.isHeld()
                && (words.isWantedElsewhere() || state == LeaseState.DRAINING || state == LeaseState.LOST);
    }

    /** When {@link #step} is due, if nothing rings before. */
    public long dueNs() {
        long now = nowNs();
        long due = now + IDLE_NS;
        if (host.deadlineNs() != 0) {
            due = Math.min(due, host.deadlineNs());
        }
        if (phase == Phase.JOINED) {
            due = Math.min(due, nextBeatNs);
        }
        if (nextTryNs > now) {
            due = Math.min(due, nextTryNs);
        }
        for (LockRequest request : requests) {
            LeaseWords words = request.lease().words();
            due = Math.min(due, request.dueNs());
            if (keepsOthersWaiting(words)) {
                due = Math.min(due, nextSweepNs);
            }
            if (words.isWantedElsewhere() && words.state() == LeaseState.ACTIVE) {
                long left = settings.budget().leftNs(words, now);
                due = Math.min(due, now + Math.max(0, Math.min(left, IDLE_NS)));
            }
        }
        return due;
    }

    private void findNew() {
        for (int i = requests.size(); i < host.capacity(); i++) {
            LeaseWords words = host.lease(i);
            String name = words.name();
            if (name.isEmpty()) {
                return; // places are taken in order
            }
            LockRequest request = new LockRequest(name, new HostLease(words, around.bells()), this);
            requests.add(request);
            if (phase == Phase.JOINED || phase == Phase.DISCONNECTED) {
                request.begin(engine, true);
            }
        }
    }

    // ---- session

    private final class Events implements EngineEvents {

        private ClusterEngine engine;

        private boolean isOld() {
            return engine != AgentCore.this.engine;
        }

        @Override
        public void connected() {
            if (isOld()) {
                return;
            }
            if (phase == Phase.CONNECTING) {
                join();
            } else if (phase == Phase.DISCONNECTED) {
                beat(nowNs());
            }
        }

        @Override
        public void disconnected() {
            if (isOld()) {
                return;
            }
            if (phase == Phase.JOINED) {
                phase = Phase.DISCONNECTED;
                host.status(Status.DISCONNECTED, "the connection is lost");
                requests.forEach(request -> {
                    request.lease().suspend();
                    request.recheck();
                });
            } else if (phase == Phase.JOINING) {
                phase = Phase.CONNECTING;
                host.status(
                        Status.CONNECTING,
                        "a server has ended the connection before it let this host in; it may demand a proof of who it is (SASL)");
            }
        }

        @Override
        public void expired() {
            if (!isOld()) {
                loseSession("the session has expired");
            }
        }

        @Override
        public void refused(String why) {
            if (!isOld()) {
                // This engine will never do anything again. Another one may: the servers may learn of this host
                // meanwhile.
                forgetSession();
                host.status(Status.REFUSED, why);
                engine.close(false);
                AgentCore.this.engine = null;
                phase = Phase.CONNECTING;
                nextTryNs = nowNs() + RETRY_NS;
            }
        }

        @Override
        public void changed(String path) {
            String lock = settings.paths().lockOf(path);
            if (!isOld() && lock != null) {
                requests.stream().filter(request -> request.name().equals(lock)).forEach(LockRequest::changed);
            }
        }
    }

    private void join() {
        phase = Phase.JOINING;
        working = true;
        ClusterEngine mine = engine;
        CompletableFuture<Void> joined;
        try {
            joined = membership.join(mine);
        } catch (EngineException e) {
            joined = CompletableFuture.failedFuture(e);
        }
        joined.whenComplete((nothing, failure) -> {
            if (mine != engine) {
                return;
            }
            working = false;
            nextTryNs = nowNs() + RETRY_NS;
            if (failure == null) {
                beat(nowNs());
            } else {
                EngineException why = EngineException.of(failure);
                if (membership.isOtherCluster(why)) {
                    host.status(Status.OTHER_CLUSTER, why.getMessage());
                } else {
                    failed(why);
                }
            }
        });
    }

    /** A write; its answer is what prolongs the lease, from when it was sent. */
    private void beat(long sentNs) {
        ClusterEngine mine = engine;
        nextBeatNs = sentNs + AgentSettings.heartbeatNs(mine.timeoutNs());
        mine.write(settings.paths().host(host.hostName()), membership.hostData(mine))
                .whenComplete((nothing, failure) -> {
                    if (mine != engine) {
                        return;
                    }
                    if (failure == null) {
                        proved(sentNs);
                    } else if (EngineException.of(failure).code() == Code.NO_NODE) {
                        loseSession("the host was evicted from the cluster");
                    } else {
                        failed(EngineException.of(failure));
                    }
                });
    }

    private void proved(long sentNs) {
        long timeout = engine.timeoutNs();
        long deadline = sentNs + settings.leaseNs(timeout);
        boolean late = host.deadlineNs() != 0 && nowNs() >= host.deadlineNs();
        if (settings.leaseNs(timeout) <= 0) {
            host.status(
                    Status.REFUSED,
                    "the servers agreed to a session time-out of " + timeout / 1_000_000
                            + " ms only, which is too short for"
                            + " their tick of " + settings.tickNs() / 1_000_000
                            + " ms; raise maxSessionTimeout, or say their tickTime if it is another one");
            return;
        }
        if (late || deadline <= nowNs()) {
            loseSession("a write was acknowledged too late");
            return;
        }
        host.lastWriteNs(sentNs);
        if (host.status() == Status.REFUSED && nowNs() >= nextTryNs && phase == Phase.JOINED) {
            host.status(Status.JOINED, ""); // what was refused has not been refused again
        }
        if (phase == Phase.JOINING) {
            begin(timeout);
        }
        host.deadlineNs(Math.max(deadline, host.deadlineNs())); // P38: after the number of its session
        if (phase != Phase.JOINED) {
            phase = Phase.JOINED;
            nextTryNs = 0;
            host.status(Status.JOINED, "");
            requests.forEach(request -> request.lease().resume());
        }
    }

    private void begin(long timeoutNs) {
        SessionTicket ticket = engine.ticket();
        host.session(ticket.id(), timeoutNs);
        around.keep().accept(ticket);
        requests.forEach(request -> request.begin(engine, !adopting));
        adopting = false;
    }

    // ---- for requests

    /** A call has failed. What was lost with the connection is done again when there is one. */
    void failed(EngineException failure) {
        switch (failure.code()) {
            case CONNECTION_LOSS, BAD_VERSION, NO_NODE, NODE_EXISTS, NOT_EMPTY -> {}
            case SESSION_EXPIRED -> loseSession("the session has expired");
            case NOT_ALLOWED -> {
                host.status(Status.REFUSED, "the servers do not allow it: " + failure.getMessage());
                nextTryNs = nowNs() + RETRY_NS;
            }
            case OTHER -> {
                host.status(Status.REFUSED, failure.getMessage());
                nextTryNs = nowNs() + RETRY_NS;
            }
        }
    }

    CompletableFuture<Void> ensure(String path, byte[] data) {
        return Membership.ensure(engine, path, data);
    }

    ClusterPaths paths() {
        return settings.paths();
    }

    String hostName() {
        return host.hostName();
    }

    long lockDelayNs() {
        return settings.lockDelayNs();
    }

    long nowNs() {
        return around.clock().nowNs();
    }

    long epochMs() {
        return around.epochMs().getAsLong();
    }
}
