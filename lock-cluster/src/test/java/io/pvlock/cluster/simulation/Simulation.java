package io.pvlock.cluster.simulation;

import io.pvlock.cluster.agent.AgentSettings;
import io.pvlock.cluster.agent.ClusterPaths;
import io.pvlock.cluster.history.History;
import io.pvlock.cluster.lease.HandoffBudget;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One run: some hosts, some lockers on each, faults for a while, then none; and what became of it. */
final class Simulation {

    private static final long MS = World.MS;
    private static final long TIMEOUT_NS = 6_000 * MS;
    private static final long TICK_NS = 2_000 * MS;
    private static final int HOSTS = 3;
    private static final int LOCKERS = 3;
    private static final int LEAST_SERVED = 3;

    /** Longer than a session lives that nothing is heard of. */
    private static final double LONG_MS = 12_000;

    /** Soon the numbers of a queue have to begin anew. */
    private static final int NEARLY_FULL = (1 << 30) - 20;

    private final World world;
    private final FakeCluster cluster;
    private final History history = new History();
    private final List<SimHost> hosts = new ArrayList<>();
    private final long faultsUntil;
    private final long end;
    private final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);

    /**
     * A run.
     *
     * @param faultSeconds for how long, in virtual time
     * @param healSeconds without faults, after which everybody must have been served
     */
    Simulation(long seed, Plant plant, int faultSeconds, int healSeconds) {
        world = new World(seed);
        cluster = new FakeCluster(world, TIMEOUT_NS, TICK_NS, history::leaseLost);
        cluster.firstNumber(world.chance(0.3) ? NEARLY_FULL : 0);
        faultsUntil = faultSeconds * 1000L * MS;
        end = faultsUntil + healSeconds * 1000L * MS;
        HandoffBudget budget = plant == Plant.NEVER_YIELD
                ? new HandoffBudget(Long.MAX_VALUE, Long.MAX_VALUE)
                : new HandoffBudget(20 * MS, 100);
        long tick = plant == Plant.NO_MARGIN ? -TIMEOUT_NS : TICK_NS;
        long lockDelay = world.chance(0.3) ? world.between(1, 2000) : 0;
        AgentSettings settings = new AgentSettings(new ClusterPaths("sim"), budget, tick, lockDelay);
        for (int h = 0; h < HOSTS; h++) {
            SimHost host = new SimHost(world, cluster, settings, "h" + h);
            hosts.add(host);
            if (plant == Plant.NEVER_YIELD) {
                host.local.selfish();
            }
            host.startAgent();
            for (int l = 0; l < LOCKERS; l++) {
                new SimLocker(world, host, history, budget, plant, "l" + l).start();
            }
        }
        world.afterEach(history::checkExclusion);
        planFault();
    }

    /** Runs it; fails with a {@link History.Violation} of what was broken. */
    Simulation run() {
        world.runUntil(faultsUntil);
        heal();
        world.runUntil(end);
        Map<String, Integer> served = new TreeMap<>();
        hosts.forEach(host -> host.lockers.forEach(locker -> served.put(locker.who(), locker.served())));
        History.checkServed(served, LEAST_SERVED);
        return this;
    }

    long grants() {
        return history.grants();
    }

    int faults() {
        return faults.values().stream().mapToInt(Integer::intValue).sum();
    }

    Map<Fault, Integer> faultsByKind() {
        return faults;
    }

    private void heal() {
        for (SimHost host : hosts) {
            host.link(FakeEngine.Link.UP);
            host.lockers.forEach(SimLocker::revive);
            if (!host.hasAgent()) {
                host.startAgent();
            }
        }
        // Who is stopped goes on within this time.
        world.in((long) LONG_MS * MS, () -> hosts.forEach(host -> host.lockers.forEach(SimLocker::forgetServed)));
    }

    // ---- faults

    private void planFault() {
        world.in(world.between(20, 1500), () -> {
            if (world.now() < faultsUntil) {
                Fault fault = Fault.values()[world.random.nextInt(Fault.values().length)];
                faults.merge(fault, 1, Integer::sum);
                inject(fault);
                planFault();
            }
        });
    }

    private void inject(Fault fault) {
        SimLocker locker = victim();
        SimHost host = locker.host();
        // Most are short, or nobody would have the lock when it matters.
        long ns = world.between(1, world.chance(0.7) ? 500 : LONG_MS);
        switch (fault) {
            case KILL_LOCKER -> {
                locker.kill();
                world.in(world.between(1, 500), locker::revive);
            }
            case PAUSE_LOCKER -> locker.pause(ns);
            case KILL_AGENT -> killAgent(host);
            case PAUSE_AGENT -> host.pauseAgent(ns);
            case KILL_HOST -> killHost(host, ns);
            case PAUSE_HOST -> host.pause(ns);
            case CUT -> host.cut();
            case SILENT -> link(host, FakeEngine.Link.SILENT, ns);
            case DEAF -> link(host, FakeEngine.Link.DEAF, ns);
            case ISOLATED -> link(host, FakeEngine.Link.ISOLATED, ns);
            case SLOW -> link(host, FakeEngine.Link.SLOW, ns);
            case ELECTION ->
                hosts.forEach(each -> {
                    link(each, FakeEngine.Link.SILENT, ns / 2);
                    each.cut();
                });
            case CLOCK_STEP -> host.stepClock();
        }
    }

    /** Half of the time who has the lock, if anybody has. */
    private SimLocker victim() {
        SimLocker any = hosts.get(world.random.nextInt(HOSTS)).lockers.get(world.random.nextInt(LOCKERS));
        return world.chance(0.5)
                ? any
                : hosts.stream()
                        .flatMap(host -> host.lockers.stream())
                        .filter(SimLocker::isValid)
                        .findFirst()
                        .orElse(any);
    }

    private void link(SimHost host, FakeEngine.Link link, long ns) {
        host.link(link);
        world.in(ns, () -> host.link(FakeEngine.Link.UP));
    }

    private void killAgent(SimHost host) {
        if (host.hasAgent()) {
            host.killAgent();
            world.in(world.between(1, 50), () -> {
                if (!host.hasAgent()) {
                    host.startAgent();
                }
            });
        }
    }

    private void killHost(SimHost host, long ns) {
        host.lockers.forEach(SimLocker::kill);
        if (host.hasAgent()) {
            host.killAgent();
        }
        world.in(ns, () -> {
            host.lockers.forEach(SimLocker::revive);
            if (!host.hasAgent()) {
                host.startAgent();
            }
        });
    }
}
