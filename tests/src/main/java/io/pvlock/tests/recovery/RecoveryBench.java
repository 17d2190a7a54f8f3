package io.pvlock.tests.recovery;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedLock;
import io.pvlock.linux.Processes;
import io.pvlock.linux.RobustMutex;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * From SIGKILL of a JVM that holds three locks to the waiter of each running: this lock, {@link FileChannel#lock()} and a robust
 * pthread mutex, killed by the same signal. Arguments: rounds, then heap sizes such as {@code 32m 1g 4g}; every heap is touched.
 */
public final class RecoveryBench {

    private static final long WATCHDOG_S = 60;

    /** What is waited for. */
    private enum Rival {
        PVLOCK,
        FILE_LOCK,
        ROBUST_MUTEX
    }

    private final Path directory;
    private final LockRegion region;
    private final SharedLock lock;
    private final FileChannel lockFile;
    private final MutexFile mutex;

    private RecoveryBench(Path directory) throws IOException {
        this.directory = directory;
        this.region = LockRegion.open(
                directory.resolve("region"), RegionOptions.defaults().mapping(Mapping.PLAIN));
        this.lock = region.lock("victim");
        this.lockFile =
                FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        this.mutex = MutexFile.open(directory.resolve("mutex"));
        RobustMutex.init(mutex.address());
    }

    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(args[0]);
        Path shm = Path.of("/dev/shm");
        Path parent = Files.isWritable(shm) ? shm : Path.of(System.getProperty("java.io.tmpdir"));
        Path directory = Files.createTempDirectory(parent, "pvlock-recovery");
        System.out.printf(
                "%-8s %-14s %8s %8s %8s %8s   ms, %d rounds%n", "heap", "lock", "p50", "p90", "p99", "max", rounds);
        try {
            RecoveryBench bench = new RecoveryBench(directory);
            for (int i = 1; i < args.length; i++) {
                bench.run(args[i], rounds);
            }
        } finally {
            for (String file : List.of("region", "lock", "mutex")) {
                Files.deleteIfExists(directory.resolve(file));
            }
            Files.deleteIfExists(directory);
        }
        System.exit(0); // attached threads do not matter any more
    }

    private void run(String heap, int rounds) throws Exception {
        Map<Rival, Histogram> histograms = new EnumMap<>(Rival.class);
        for (Rival rival : Rival.values()) {
            histograms.put(rival, new Histogram(TimeUnit.SECONDS.toNanos(WATCHDOG_S), 3));
        }
        for (int round = 0; round < rounds; round++) {
            System.err.printf("\r%s: round %d of %d ", heap, round + 1, rounds);
            round(heap).forEach((rival, nanos) -> histograms.get(rival).recordValue(nanos));
        }
        System.err.print("\r                              \r");
        histograms.forEach((rival, histogram) -> System.out.printf(
                "%-8s %-14s %8.2f %8.2f %8.2f %8.2f%n",
                heap,
                rival.name().toLowerCase(Locale.ROOT),
                ms(histogram, 50),
                ms(histogram, 90),
                ms(histogram, 99),
                histogram.getMaxValue() / 1e6));
    }

    private static double ms(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / 1e6;
    }

    private Map<Rival, Long> round(String heap) throws Exception {
        Process victim = start(heap);
        try {
            awaitReady(victim);
            Map<Rival, Long> wokenAt = new EnumMap<>(Rival.class);
            CountDownLatch started = new CountDownLatch(Rival.values().length);
            List<Thread> waiters = new ArrayList<>();
            for (Rival rival : Rival.values()) {
                Thread waiter = new Thread(() -> {
                    started.countDown();
                    long woken = waitFor(rival);
                    synchronized (wokenAt) {
                        wokenAt.put(rival, woken);
                    }
                });
                waiter.setDaemon(true);
                waiter.start();
                waiters.add(waiter);
            }
            started.await();
            awaitAsleep();
            long killedAt = System.nanoTime();
            Processes.kill((int) victim.pid(), 9);
            for (Thread waiter : waiters) {
                waiter.join(TimeUnit.SECONDS.toMillis(WATCHDOG_S));
            }
            if (wokenAt.size() < Rival.values().length) {
                throw new IllegalStateException("only " + wokenAt.keySet() + " went on after the kill");
            }
            wokenAt.replaceAll((rival, at) -> Math.max(1, at - killedAt));
            return wokenAt;
        } finally {
            victim.destroyForcibly().waitFor();
        }
    }

    /** Until the lock's waiter is queued; the others give no sign, and get the same time and more. */
    private void awaitAsleep() throws InterruptedException {
        while (lock.queue().isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        TimeUnit.MILLISECONDS.sleep(50);
    }

    private long waitFor(Rival rival) {
        try {
            return switch (rival) {
                case PVLOCK -> {
                    try (LockGuard guard = lock.acquire()) {
                        long now = System.nanoTime();
                        if (!guard.ownerDied()) {
                            throw new IllegalStateException("the victim did not hold the lock");
                        }
                        guard.markConsistent();
                        yield now;
                    }
                }
                case FILE_LOCK -> {
                    FileLock held = lockFile.lock();
                    long now = System.nanoTime();
                    held.release();
                    yield now;
                }
                case ROBUST_MUTEX -> {
                    int error = RobustMutex.lock(mutex.address());
                    long now = System.nanoTime();
                    if (error != MutexFile.EOWNERDEAD) {
                        throw new IllegalStateException("pthread_mutex_lock: " + error);
                    }
                    RobustMutex.consistent(mutex.address());
                    RobustMutex.unlock(mutex.address());
                    yield now;
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process start(String heap) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + System.getProperty("pvlock.jvm.flags.file"),
                        "-XX:+UseSerialGC",
                        "-XX:+AlwaysPreTouch",
                        "-Xms" + heap,
                        "-Xmx" + heap,
                        "-cp",
                        System.getProperty("java.class.path"),
                        RecoveryVictim.class.getName(),
                        directory.resolve("region").toString(),
                        directory.resolve("lock").toString(),
                        directory.resolve("mutex").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void awaitReady(Process victim) throws IOException {
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(victim.getInputStream(), StandardCharsets.UTF_8));
        String line = reader.readLine();
        if (!"READY".equals(line)) {
            throw new IllegalStateException("the victim said: " + line);
        }
    }
}
