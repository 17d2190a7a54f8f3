package io.pvlock.cluster.simulation;

import io.pvlock.cluster.agent.AgentCore;
import io.pvlock.cluster.agent.AgentSettings;
import io.pvlock.cluster.agent.LocalLock;
import io.pvlock.cluster.engine.SessionTicket;
import io.pvlock.cluster.lease.Bells;
import io.pvlock.cluster.lease.HostWords;
import io.pvlock.cluster.lease.LeaseClock;
import io.pvlock.cluster.lease.LeaseWords;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.agrona.concurrent.UnsafeBuffer;

/** A host: its words, its agent, its lockers, its local lock. */
final class SimHost implements Bells, LeaseClock {

    static final String LOCK = "orders";

    private final World world;
    private final FakeCluster cluster;
    private final AgentSettings settings;
    private final String name;
    private final long bootOffset;
    final HostWords words;
    final LeaseWords lease;
    final SimLock local = new SimLock();
    final List<SimLocker> lockers = new ArrayList<>();
    private FakeEngine.Link link = FakeEngine.Link.UP;
    private final List<FakeEngine> engines = new ArrayList<>();
    private Deque<Runnable> mail = new ArrayDeque<>();
    private AgentCore agent;
    private SessionTicket ticket;
    private long pausedUntil;
    private long wallMs;
    private long wakeAt = Long.MAX_VALUE;

    SimHost(World world, FakeCluster cluster, AgentSettings settings, String name) {
        this.world = world;
        this.cluster = cluster;
        this.settings = settings;
        this.name = name;
        this.bootOffset = world.between(0, 1e7);
        UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(HostWords.LENGTH + LeaseWords.LENGTH));
        words = new HostWords(memory);
        words.make(1, new UUID(world.random.nextLong(), world.random.nextLong()), name);
        lease = words.lease(0);
        lease.name(LOCK);
        stepClock();
    }

    /** The wall clock, which nobody must trust, is set to some day between 1900 and 2100. */
    void stepClock() {
        wallMs = (long) ((world.random.nextDouble() * 200 - 70) * 365.25 * 86_400_000);
    }

    String name() {
        return name;
    }

    // ---- agent

    /** A process becomes the agent: the one before is proved dead. */
    void startAgent() {
        Deque<Runnable> ours = new ArrayDeque<>();
        mail = ours;
        Executor mailbox = letter -> {
            ours.add(letter);
            wake(world.now());
        };
        agent = new AgentCore(
                settings,
                new AgentCore.Surroundings(
                        words,
                        ignored -> local,
                        this,
                        this,
                        () -> wallMs + world.now() / World.MS,
                        (before, events) -> {
                            FakeEngine engine = new FakeEngine(world, cluster, before, mailbox, events, () -> link);
                            engines.add(engine);
                            return engine;
                        },
                        kept -> ticket = kept));
        agent.start(ticket);
        wake(world.now());
    }

    boolean hasAgent() {
        return agent != null;
    }

    /** The process is killed: its connection goes, its session stays. */
    void killAgent() {
        agent = null;
        mail = new ArrayDeque<>();
        engines.forEach(FakeEngine::leave);
        engines.clear();
    }

    void pauseAgent(long ns) {
        pausedUntil = Math.max(pausedUntil, world.now() + ns);
    }

    void pause(long ns) {
        pauseAgent(ns);
        lockers.forEach(locker -> locker.pause(ns));
    }

    /** A connection that has lost something does not go on as if it had not. */
    void link(FakeEngine.Link next) {
        if (next != link && !link.delivers()) {
            cut();
        }
        link = next;
    }

    void cut() {
        engines.forEach(FakeEngine::cut);
    }

    /** Transactions that its agents have asked for. */
    int commits() {
        return engines.stream().mapToInt(FakeEngine::commits).sum();
    }

    private void wake(long at) {
        long when = Math.max(at, pausedUntil);
        if (when < wakeAt) {
            wakeAt = when;
            world.at(when, () -> run(when));
        }
    }

    private void run(long planned) {
        if (planned == wakeAt) {
            wakeAt = Long.MAX_VALUE;
        }
        if (agent == null) {
            return;
        }
        if (world.now() < pausedUntil) {
            wake(pausedUntil);
            return;
        }
        AgentCore mine = agent;
        for (Runnable letter = mail.poll(); letter != null; letter = mail.poll()) {
            letter.run();
        }
        mine.step();
        long wait = Math.max(50_000, mine.dueNs() - nowNs());
        wake(world.now() + wait);
    }

    // ---- around the lease

    @Override
    public void ringAgent() {
        wake(world.now() + world.between(0.01, 0.1));
    }

    @Override
    public void ringWaiters(LeaseWords rung) {
        world.in(world.between(0.01, 0.1), () -> lockers.forEach(SimLocker::rung));
    }

    @Override
    public long nowNs() {
        return world.now() + bootOffset + 1;
    }

    @Override
    public long roughlyNs() {
        return nowNs();
    }

    /** The host's own lock: a queue, whose dead owners are proved dead. */
    static final class SimLock implements LocalLock {

        private SimLocker owner;
        private boolean ownerIsDead;
        private boolean selfish;
        private final Deque<SimLocker> queue = new ArrayDeque<>();

        /** From now on it says that somebody here always wants it. */
        void selfish() {
            selfish = true;
        }

        /** Whether it is theirs now; else they are told by {@link SimLocker#hasLocal}. */
        boolean take(SimLocker locker) {
            if (owner == null || ownerIsDead) {
                owner = locker;
                ownerIsDead = false;
                return true;
            }
            queue.add(locker);
            return false;
        }

        void release() {
            owner = null;
            passOn();
        }

        private void passOn() {
            SimLocker next = queue.poll();
            if (next != null) {
                owner = next;
                ownerIsDead = false;
                next.hasLocal();
            }
        }

        void died(SimLocker locker) {
            queue.remove(locker);
            if (owner == locker) {
                ownerIsDead = true;
                passOn();
            }
        }

        boolean isAlone() {
            return !selfish && queue.isEmpty();
        }

        @Override
        public boolean isBusy() {
            return selfish || owner != null;
        }

        @Override
        public void ifFree(Runnable action) {
            if (owner == null || ownerIsDead) {
                owner = null;
                ownerIsDead = false;
                action.run();
            }
        }
    }
}
