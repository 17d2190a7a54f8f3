package io.pvlock.cluster.bench;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.cluster.ClusterGuard;
import io.pvlock.cluster.ClusterLock;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryForever;
import org.apache.curator.test.TestingCluster;

/** The goals of docs/cluster.md, measured against three servers in this process. Arguments: milliseconds of each measurement. */
public final class ClusterBench {

    private static final int THREADS = 16;
    private static final int HOSTS = 3;

    private final String connect;
    private final Path directory;
    private final long millis;
    private int names;

    private ClusterBench(String connect, Path directory, long millis) {
        this.connect = connect;
        this.directory = directory;
        this.millis = millis;
    }

    /** See the class. */
    public static void main(String[] args) throws Exception {
        long millis = args.length == 0 ? 5_000 : Long.parseLong(args[0]);
        System.setProperty("zookeeper.admin.enableServer", "false");
        Path directory = Files.createTempDirectory("pvlock-cluster-bench-");
        try (TestingCluster servers = new TestingCluster(3)) {
            servers.start();
            new ClusterBench(servers.getConnectString(), directory, millis).run();
        } finally {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
        System.exit(0);
    }

    private void run() throws Exception {
        Contest.Result curator = curator(HOSTS, THREADS);
        print("| measured | pvlock | Curator or floor | ratio | goal |");
        print("|---|---|---|---|---|");
        for (int hands : new int[] {10, 100, 1000}) {
            Contest.Result ours = cluster(HOSTS, THREADS, Duration.ofHours(1), hands);
            row(
                    THREADS + " contenders on each of " + HOSTS + " hosts, " + hands
                            + " local grants each time, pairs/s",
                    ours.perSecond(),
                    curator.perSecond(),
                    ours.perSecond() / curator.perSecond(),
                    hands == 100 ? ">= 50" : "");
        }
        Contest.Result fair = cluster(HOSTS, THREADS, Duration.ofMillis(20), 100_000);
        double most = Arrays.stream(fair.pairs()).max().orElse(0);
        double least = Arrays.stream(fair.pairs()).min().orElse(0);
        row("default budget: pairs of the most and of the least served host", most, least, most / least, "<= 1.5");
        Contest.Result ourPing = cluster(2, 1, Duration.ZERO, 1);
        Contest.Result theirPing = curator(2, 1);
        row(
                "hand-over between two hosts, median ms",
                ourPing.medianHandOverMs(),
                theirPing.medianHandOverMs(),
                ourPing.medianHandOverMs() / theirPing.medianHandOverMs(),
                "<= 1.5");
        Contest.Result alone = cluster(1, 4, Duration.ofMillis(20), 100_000);
        Contest.Result plain = plain(4);
        row(
                "no other host, 4 threads, pairs/s; beside SharedLock",
                alone.perSecond(),
                plain.perSecond(),
                alone.perSecond() / plain.perSecond(),
                ">= 0.5");
    }

    private static void print(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static void row(String what, double ours, double theirs, double ratio, String goal) {
        print(String.format(Locale.ROOT, "| %s | %,.1f | %,.1f | %.2f | %s |", what, ours, theirs, ratio, goal));
    }

    // ---- contenders

    private static RegionOptions regionOptions() {
        return RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN);
    }

    private Contest.Result cluster(int hosts, int threads, Duration time, long hands) throws Exception {
        String namespace = "bench" + ++names;
        List<ClusterRegion> regions = new ArrayList<>();
        try {
            List<Contest.HostLock> locks = new ArrayList<>();
            for (int i = 0; i < hosts; i++) {
                ClusterOptions options = ClusterOptions.connect(connect)
                        .namespace(namespace)
                        .hostName("h" + i)
                        .sessionTimeout(Duration.ofSeconds(30))
                        .connectTimeout(Duration.ofMinutes(1))
                        .budget(time, hands)
                        .region(regionOptions());
                ClusterRegion region = ClusterRegion.open(directory.resolve(namespace + "-" + i), options);
                regions.add(region);
                locks.add(of(region.lock("bench")));
            }
            return Contest.run(locks, threads, millis);
        } finally {
            regions.forEach(ClusterRegion::close);
        }
    }

    private static Contest.HostLock of(ClusterLock lock) {
        return new Contest.HostLock() {
            @Override
            public void lock() {
                ClusterGuard guard = lock.acquire();
                if (guard.ownerDied()) {
                    guard.markConsistent();
                }
            }

            @Override
            public void unlock() {
                lock.unlock();
            }
        };
    }

    private Contest.Result curator(int hosts, int threads) throws Exception {
        String path = "/bench" + ++names;
        List<CuratorFramework> clients = new ArrayList<>();
        try {
            List<Contest.HostLock> locks = new ArrayList<>();
            for (int i = 0; i < hosts; i++) {
                CuratorFramework client =
                        CuratorFrameworkFactory.newClient(connect, 30_000, 30_000, new RetryForever(100));
                client.start();
                clients.add(client);
                InterProcessMutex mutex = new InterProcessMutex(client, path);
                locks.add(new Contest.HostLock() {
                    @Override
                    public void lock() throws Exception {
                        mutex.acquire();
                    }

                    @Override
                    public void unlock() throws Exception {
                        mutex.release();
                    }
                });
            }
            return Contest.run(locks, threads, millis);
        } finally {
            clients.forEach(CuratorFramework::close);
        }
    }

    private Contest.Result plain(int threads) throws Exception {
        try (LockRegion region = LockRegion.open(directory.resolve("plain"), regionOptions())) {
            SharedLock lock = region.lock("bench");
            return Contest.run(
                    List.of(new Contest.HostLock() {
                        @Override
                        public void lock() {
                            lock.lock();
                        }

                        @Override
                        public void unlock() {
                            lock.unlock();
                        }
                    }),
                    threads,
                    millis);
        }
    }
}
