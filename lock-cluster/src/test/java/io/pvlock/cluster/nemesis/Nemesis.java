package io.pvlock.cluster.nemesis;

import io.pvlock.cluster.network.Ensemble;
import io.pvlock.cluster.network.Network;
import io.pvlock.linux.Processes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Lets one thing after the other fail, several at a time, and mends each after a while. A seed says what, for how long, and of whom, unless it
 * is of the holder, the agent or the leader: who that is the moment says.
 */
final class Nemesis {

    /** Longer than a session lives. */
    private static final int LONG_MS = 9_000;

    private static final int SHORT_MS = 1_500;
    private static final int BETWEEN_MS = 1_800;

    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    private record Mending(long atNs, Step step) {}

    private final Random random;
    private final List<Host> hosts;
    private final Supplier<String> holder;
    private final Ensemble servers;
    private final Optional<Network> network;
    private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
    private final PriorityQueue<Mending> mendings = new PriorityQueue<>(Comparator.comparingLong(Mending::atNs));

    /** Places, hosts and numbers of servers that something is the matter with. */
    private final Set<Object> ill = new HashSet<>();

    private final List<Fault> next = new ArrayList<>();

    /**
     * Of these hosts and servers.
     *
     * @param holder the name of the place that has the lock, or had it last
     * @param network empty if they are on no machines of their own: then no cable is cut
     */
    Nemesis(long seed, List<Host> hosts, Supplier<String> holder, Ensemble servers, Optional<Network> network) {
        this.random = new Random(seed);
        this.hosts = hosts;
        this.holder = holder;
        this.servers = servers;
        this.network = network;
    }

    /** How many of each kind there were. */
    Map<Fault, Integer> injected() {
        return injected;
    }

    /** Runs so long; then all is mended. Fails as soon as a place does. */
    void run(long seconds) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() - end < 0) {
            Fault fault = draw();
            if (inject(fault)) {
                injected.merge(fault, 1, Integer::sum);
            }
            long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(BETWEEN_MS));
            mend(until);
            hosts.forEach(host -> host.places().forEach(Place::check));
        }
        mend(Long.MAX_VALUE);
    }

    /** Each as often as the others, in another order each time. */
    private Fault draw() {
        if (next.isEmpty()) {
            next.addAll(List.of(Fault.values()));
            next.removeIf(fault -> fault.isOfNetwork() && network.isEmpty());
            Collections.shuffle(next, random);
        }
        return next.remove(next.size() - 1);
    }

    private void mend(long untilNs) throws IOException, InterruptedException {
        while (!mendings.isEmpty() && mendings.peek().atNs <= untilNs) {
            Mending due = mendings.poll();
            sleepUntil(due.atNs);
            due.step.run();
        }
        if (untilNs != Long.MAX_VALUE) {
            sleepUntil(untilNs);
        }
    }

    private static void sleepUntil(long atNs) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(atNs - System.nanoTime());
    }

    /** Does it, and plans its end; false if there is nobody to whom it could be done now. */
    private boolean inject(Fault fault) throws IOException, InterruptedException {
        long millis = 50 + random.nextInt(random.nextDouble() < 0.4 ? LONG_MS : SHORT_MS);
        Place any = pick(places(place -> true));
        Host host = pick(hosts.stream().filter(this::isWell).toList(), random.nextBoolean());
        int server = 1 + random.nextInt(Ensemble.SIZE);
        int delay = 10 + random.nextInt(400);
        return switch (fault) {
            case KILL_PROCESS -> any != null && kill(List.of(any), millis);
            case STOP_PROCESS -> any != null && stop(List.of(any), millis);
            case KILL_HOLDER -> kill(places(place -> place.name().equals(holder.get())), millis);
            case STOP_HOLDER -> stop(places(place -> place.name().equals(holder.get())), millis);
            case KILL_AGENT -> host != null && kill(agent(host), millis);
            case STOP_AGENT -> host != null && stop(agent(host), millis);
            case KILL_HOST -> host != null && kill(host.places(), millis);
            case STOP_HOST -> host != null && stop(host.places(), millis);
            case SLOW_HOST -> host != null && slow(host, delay, millis);
            case KILL_SERVER -> areWell() && kill(server, millis);
            case STOP_SERVER -> areWell() && stop(server, millis);
            case KILL_LEADER -> ofLeader(leader -> kill(leader, millis));
            case STOP_LEADER -> ofLeader(leader -> stop(leader, millis));
            case KILL_MAJORITY -> areWell() && kill(server, millis) && kill(server % Ensemble.SIZE + 1, millis);
            case CUT_HOST -> host != null && cut(host, millis);
            case DEAF_HOST -> host != null && silence(fromServers(host.machine()), List.of(host), millis);
            case MUTE_HOST -> host != null && silence(reverse(fromServers(host.machine())), List.of(host), millis);
            case CUT_LEADER -> cutLeader(List.of(), millis);
            case CUT_LEADER_AND_HOST -> host != null && cutLeader(List.of(host), millis);
        };
    }

    // ---- whom

    private <T> T pick(List<T> among) {
        int index = random.nextInt(1 << 20); // drawn in any case, so that what comes next does not depend on the moment
        return among.isEmpty() ? null : among.get(index % among.size());
    }

    /** Of these; that of the holder, if it shall be. */
    private Host pick(List<Host> among, boolean holders) {
        Host any = pick(among);
        return among.stream()
                .filter(host -> holders && holder.get().startsWith(host.name() + "/"))
                .findFirst()
                .orElse(any);
    }

    private boolean isWell(Host host) {
        return !ill.contains(host) && host.places().stream().noneMatch(ill::contains);
    }

    private List<Place> places(Predicate<Place> which) {
        return hosts.stream()
                .filter(host -> !ill.contains(host))
                .flatMap(host -> host.places().stream())
                .filter(place -> !ill.contains(place) && which.test(place))
                .toList();
    }

    private static List<Place> agent(Host host) {
        return host.agent().map(List::of).orElse(List.of());
    }

    private boolean ofLeader(IntPredicate fault) {
        OptionalInt leader = areWell() ? servers.leader() : OptionalInt.empty();
        return leader.isPresent() && fault.test(leader.getAsInt());
    }

    private boolean fallIll(List<?> whom) {
        if (whom.isEmpty() || whom.stream().anyMatch(ill::contains)) {
            return false;
        }
        ill.addAll(whom);
        return true;
    }

    private void later(long millis, List<?> whom, Step step) {
        long at = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        mendings.add(new Mending(at, () -> {
            step.run();
            whom.forEach(ill::remove);
        }));
    }

    // ---- processes

    private boolean kill(List<Place> victims, long millis) throws InterruptedException {
        if (!fallIll(victims)) {
            return false;
        }
        for (Place victim : victims) {
            victim.kill();
        }
        later(millis, victims, () -> victims.forEach(Place::start));
        return true;
    }

    private boolean stop(List<Place> victims, long millis) {
        if (!fallIll(victims)) {
            return false;
        }
        victims.forEach(Place::stop);
        later(millis, victims, () -> victims.forEach(Place::goOn));
        return true;
    }

    private boolean slow(Host host, long delay, long millis) {
        if (!fallIll(List.of(host))) {
            return false;
        }
        host.places().forEach(place -> place.slow(delay));
        later(millis, List.of(host), () -> host.places().forEach(place -> place.slow(0)));
        return true;
    }

    // ---- servers

    /** One at a time: without a quorum nothing happens that could go wrong. */
    private boolean areWell() {
        return ill.stream().noneMatch(Integer.class::isInstance);
    }

    private boolean kill(int server, long millis) {
        if (!fallIll(List.of(server))) {
            return false;
        }
        servers.kill(server);
        later(millis, List.of(server), () -> servers.start(server));
        return true;
    }

    private boolean stop(int server, long millis) {
        if (!fallIll(List.of(server))) {
            return false;
        }
        Processes.kill(servers.pid(server), Processes.SIGSTOP);
        later(millis, List.of(server), () -> Processes.kill(servers.pid(server), Processes.SIGCONT));
        return true;
    }

    // ---- network

    /** What one machine sends to another. */
    private record Way(int from, int to) {}

    private static List<Way> fromServers(int machine) {
        return IntStream.rangeClosed(1, Ensemble.SIZE)
                .mapToObj(server -> new Way(server, machine))
                .toList();
    }

    private static List<Way> reverse(List<Way> ways) {
        return ways.stream().map(way -> new Way(way.to, way.from)).toList();
    }

    private boolean cut(Host host, long millis) throws IOException, InterruptedException {
        if (!fallIll(List.of(host))) {
            return false;
        }
        network.orElseThrow().unplug(host.machine());
        later(millis, List.of(host), () -> network.orElseThrow().plug(host.machine()));
        return true;
    }

    private boolean silence(List<Way> ways, List<?> whom, long millis) throws IOException, InterruptedException {
        if (!fallIll(whom)) {
            return false;
        }
        Network of = network.orElseThrow();
        for (Way way : ways) {
            of.cut(way.from, way.to);
        }
        later(millis, whom, () -> {
            for (Way way : ways) {
                of.join(way.from, way.to);
            }
        });
        return true;
    }

    /** The leader and these hosts on the one side, the other servers on the other. */
    private boolean cutLeader(List<Host> with, long millis) throws IOException, InterruptedException {
        OptionalInt leader = areWell() ? servers.leader() : OptionalInt.empty();
        if (leader.isEmpty()) {
            return false;
        }
        List<Integer> inside = new ArrayList<>(List.of(leader.getAsInt()));
        with.forEach(host -> inside.add(host.machine()));
        List<Way> ways = new ArrayList<>();
        for (int machine : inside) {
            fromServers(machine).stream()
                    .filter(way -> !inside.contains(way.from))
                    .forEach(ways::add);
        }
        ways.addAll(reverse(ways));
        List<Object> whom = new ArrayList<>(List.of(leader.getAsInt()));
        whom.addAll(with);
        return silence(ways, whom, millis);
    }
}
