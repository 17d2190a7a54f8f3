package io.pvlock.cluster.bench;

import io.pvlock.SharedLock;
import io.pvlock.cluster.simulation.Runs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What the locks of a cluster cost, as a table, with Curator's in the same run. Arguments: milliseconds of each measurement; and which
 * part of the table, or all.
 */
public final class ClusterBench {

    private static final int THREADS = 16;
    private static final int HOSTS = 3;
    private static final int LOCAL_THREADS = 4;
    private static final Duration NO_LIMIT = Duration.ofHours(1);
    private static final Duration DEFAULT_TIME = Duration.ofMillis(20);
    private static final int DEFAULT_HANDS = 100_000;

    /** Some 26 faults each: more than ten thousand. */
    private static final int SIMULATIONS = 400;

    private final Contenders contenders;
    private final Servers servers;
    private final Path directory;
    private final long millis;

    private ClusterBench(Servers servers, Path directory, long millis) {
        this.contenders = new Contenders(servers.connect(), directory);
        this.servers = servers;
        this.directory = directory;
        this.millis = millis;
    }

    /** See the class. */
    public static void main(String[] args) throws Exception {
        long millis = args.length == 0 ? 5_000 : Long.parseLong(args[0]);
        String wanted = args.length < 2 ? "" : args[1];
        Path directory = Files.createTempDirectory("pvlock-cluster-bench-");
        try (Servers servers = new Servers()) {
            new ClusterBench(servers, directory, millis).run(wanted);
        } finally {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
        System.exit(0);
    }

    private interface Part {
        void run() throws Exception;
    }

    private void run(String wanted) throws Exception {
        print("| measured | pvlock | Curator or floor | ratio | goal |");
        print("|---|---|---|---|---|");
        part(wanted, "contenders", this::contenders);
        part(wanted, "fair", this::fairness);
        part(wanted, "hand-over", this::handOver);
        part(wanted, "alone", this::alone);
        part(wanted, "deaths", this::deaths);
        part(wanted, "faults", ClusterBench::faults);
    }

    private static void part(String wanted, String name, Part part) throws Exception {
        if (name.startsWith(wanted)) {
            part.run();
        }
    }

    // ---- rows

    private void contenders() throws Exception {
        double curator = contest(contenders.curator(HOSTS), THREADS).perSecond();
        for (int hands : new int[] {10, 100, 1000}) {
            double ours =
                    contest(contenders.cluster(HOSTS, NO_LIMIT, hands), THREADS).perSecond();
            String what = THREADS + " contenders on each of " + HOSTS + " hosts, " + hands
                    + " local grants each time, pairs/s";
            row(what, ours, curator, hands == 100 ? ">= 50" : "");
        }
    }

    private void fairness() throws Exception {
        Contest.Result fair = contest(contenders.cluster(HOSTS, DEFAULT_TIME, DEFAULT_HANDS), THREADS);
        double most = Arrays.stream(fair.heldNs()).max().orElse(0) / 1e6;
        double least = Arrays.stream(fair.heldNs()).min().orElse(0) / 1e6;
        row("default budget: held by the host that had it longest, and shortest, ms", most, least, "<= 1.5");
    }

    private void handOver() throws Exception {
        double ours = contest(contenders.cluster(2, Duration.ZERO, 1), 1).medianHandOverMs();
        double theirs = contest(contenders.curator(2), 1).medianHandOverMs();
        row("hand-over between two hosts, median ms", ours, theirs, "<= 1.5");
    }

    private void alone() throws Exception {
        long packets = servers.received();
        Contest.Result alone = contest(contenders.cluster(1, DEFAULT_TIME, DEFAULT_HANDS), LOCAL_THREADS);
        packets = servers.received() - packets;
        double guards =
                contest(contenders.local(SharedLock::acquire), LOCAL_THREADS).perSecond();
        double plain =
                contest(contenders.local(SharedLock::lock), LOCAL_THREADS).perSecond();
        String what = "no other host, " + LOCAL_THREADS + " threads, pairs/s; beside ";
        row(what + "SharedLock.acquire()", alone.perSecond(), guards, ">= 0.5");
        row(what + "SharedLock.lock()", alone.perSecond(), plain, ">= 0.5");
        // As many again are made before those that count.
        double pairs = 2.0 * Arrays.stream(alone.pairs()).sum();
        alone("the same: packets to the servers a pair, with all heartbeats", "%.7f", packets / pairs, "0");
    }

    private void deaths() throws Exception {
        Deaths deaths = new Deaths(servers.connect(), directory);
        int bound = Deaths.TIMEOUT_MS + 2 * Servers.TICK_MS;
        row(
                "a host is killed: until the next one has the lock, worst ms",
                deaths.hostMs(),
                deaths.curatorHostMs(),
                "<= " + bound + " ms");
        alone(
                "an agent is killed, no lease is lost: until the next one has written, worst ms",
                "%,.1f",
                deaths.agentMs(),
                "<= 500 ms");
    }

    private static void faults() {
        Runs runs = Runs.of(14, SIMULATIONS);
        alone(String.format(Locale.ROOT, "two owners, in %,d faults of simulations", runs.faults()), "%.0f", 0, "0");
    }

    private static void print(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static void row(String what, double ours, double theirs, String goal) {
        print(String.format(
                Locale.ROOT, "| %s | %,.1f | %,.1f | %.2f | %s |", what, ours, theirs, ours / theirs, goal));
    }

    private static void alone(String what, String format, double ours, String goal) {
        print(String.format(Locale.ROOT, "| %s | " + format + " | | | %s |", what, ours, goal));
    }

    private Contest.Result contest(Contenders.Field field, int threads) throws Exception {
        try (field) {
            return Contest.run(field.locks(), threads, millis);
        }
    }
}
