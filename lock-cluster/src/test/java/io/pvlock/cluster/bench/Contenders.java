package io.pvlock.cluster.bench;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.cluster.ClusterGuard;
import io.pvlock.cluster.ClusterLock;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryForever;

/** The locks of a {@link Contest}; each time new ones. */
final class Contenders {

    private static final int TIMEOUT_MS = 30_000;

    /** One lock as each host has it, and what ends it all after the contest. */
    record Field(List<Contest.HostLock> locks, List<Runnable> ends) implements AutoCloseable {

        Field() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        @Override
        public void close() {
            ends.forEach(Runnable::run);
        }
    }

    private final String connect;
    private final Path directory;
    private int names;

    Contenders(String connect, Path directory) {
        this.connect = connect;
        this.directory = directory;
    }

    private static RegionOptions regionOptions() {
        return RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN);
    }

    /** Ours, with a budget of {@code time} and {@code hands}. */
    Field cluster(int hosts, Duration time, long hands) {
        String namespace = "bench" + ++names;
        Field field = new Field();
        for (int i = 0; i < hosts; i++) {
            ClusterOptions options = ClusterOptions.connect(connect)
                    .namespace(namespace)
                    .hostName("h" + i)
                    .sessionTimeout(Duration.ofMillis(TIMEOUT_MS))
                    .tickTime(Duration.ofMillis(Servers.TICK_MS))
                    .connectTimeout(Duration.ofMinutes(1))
                    .budget(time, hands)
                    .region(regionOptions());
            ClusterRegion region = ClusterRegion.open(directory.resolve(namespace + "-" + i), options);
            field.ends().add(region::close);
            field.locks().add(of(region.lock("bench")));
        }
        return field;
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

    /** Curator's InterProcessMutex. */
    Field curator(int hosts) {
        String path = "/bench" + ++names;
        Field field = new Field();
        for (int i = 0; i < hosts; i++) {
            CuratorFramework client =
                    CuratorFrameworkFactory.newClient(connect, TIMEOUT_MS, TIMEOUT_MS, new RetryForever(100));
            client.start();
            field.ends().add(client::close);
            InterProcessMutex mutex = new InterProcessMutex(client, path);
            field.locks().add(new Contest.HostLock() {
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
        return field;
    }

    /** A lock of one host, taken by {@code take}. */
    Field local(Consumer<SharedLock> take) {
        LockRegion region = LockRegion.open(directory.resolve("local" + ++names), regionOptions());
        SharedLock lock = region.lock("bench");
        Field field = new Field();
        field.ends().add(region::close);
        field.locks().add(new Contest.HostLock() {
            @Override
            public void lock() {
                take.accept(lock);
            }

            @Override
            public void unlock() {
                lock.unlock();
            }
        });
        return field;
    }
}
