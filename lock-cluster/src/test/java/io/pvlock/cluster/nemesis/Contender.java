package io.pvlock.cluster.nemesis;

import io.pvlock.RegionOptions;
import io.pvlock.cluster.ClusterGuard;
import io.pvlock.cluster.ClusterLock;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import io.pvlock.cluster.LockLostException;
import io.pvlock.cluster.network.Ensemble;
import io.pvlock.kit.ChildJvm;
import io.pvlock.linux.BootClock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A process of a host that locks, works with the store, and unlocks, again and again, and says each step before or after it, as {@link
 * Place} reads it. Arguments: servers, namespace, region, host, seed, whether it is careless: then it keeps the lock for good,
 * and never asks whether it is still its own.
 */
final class Contender {

    static final String LOCK = "orders";
    static final Duration TIMEOUT = ClusterOptions.MIN_SESSION_TIMEOUT;

    private static final double PATIENT = 0.8;
    private static final double REPAIRS = 0.8;
    private static final double LONG = 0.1;
    private static final long LONG_NS = 8_000_000_000L;
    private static final long SAY_NS = 20_000_000L;

    private final ClusterLock lock;
    private final Random random;
    private final boolean careless;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    private Contender(ClusterLock lock, long seed, boolean careless) {
        this.lock = lock;
        this.random = new Random(seed);
        this.careless = careless;
    }

    static ClusterOptions options(String connect, String namespace, String host) {
        return ClusterOptions.connect(connect)
                .namespace(namespace)
                .hostName(host)
                .sessionTimeout(TIMEOUT)
                .tickTime(Duration.ofMillis(Ensemble.TICK_MS))
                .connectTimeout(Duration.ofMinutes(10))
                .maxLocks(8)
                .region(RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
    }

    /** See the class. */
    public static void main(String[] args) throws IOException {
        List<SlowLink> links =
                Arrays.stream(args[0].split(",")).map(SlowLink::new).toList();
        String connect = links.stream().map(SlowLink::address).collect(Collectors.joining(","));
        ClusterRegion region = ClusterRegion.open(Path.of(args[2]), options(connect, args[1], args[3]));
        Contender contender = new Contender(region.lock(LOCK), Long.parseLong(args[4]), Boolean.parseBoolean(args[5]));
        say("open");
        Thread thread = new Thread(contender::contend);
        thread.setUncaughtExceptionHandler((any, e) -> {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        thread.start();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            if (words[0].equals("slow")) {
                links.forEach(link -> link.delay(Long.parseLong(words[1])));
            } else {
                contender.answers.add(line);
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private static void say(String what) {
        System.out.println(ChildJvm.MARK + what);
        System.out.flush();
    }

    private void contend() {
        try {
            while (true) {
                TimeUnit.MICROSECONDS.sleep(random.nextInt(20_000));
                Optional<ClusterGuard> guard = random.nextDouble() < PATIENT
                        ? Optional.of(lock.acquire())
                        : lock.tryAcquire(random.nextInt(500), TimeUnit.MILLISECONDS);
                if (guard.isPresent()) {
                    hold(guard.get());
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean isValid(ClusterGuard guard) {
        return careless || guard.isValid();
    }

    private void hold(ClusterGuard guard) throws InterruptedException {
        long token = guard.fencingToken();
        long since = BootClock.nowNs();
        say("granted " + token + " " + guard.ownerDied() + " " + isValid(guard) + " " + since);
        String read = ask("read " + token);
        remain(guard, since + workNs());
        if (!read.equals(FencedStore.REFUSED)) {
            ask("write " + token + " " + read);
        }
        boolean repaired = guard.ownerDied() && random.nextDouble() < REPAIRS;
        if (repaired) {
            guard.markConsistent();
        }
        say("releasing " + token + " " + repaired);
        boolean well = true;
        try {
            guard.close();
        } catch (LockLostException e) {
            well = false;
        }
        say("released " + token + " " + well);
    }

    private long workNs() {
        if (careless) {
            return Long.MAX_VALUE / 2;
        }
        return random.nextDouble() < LONG ? (long) (LONG_NS * random.nextDouble()) : random.nextInt(15_000_000);
    }

    /** Holds it as long as it may, and says so all the time. */
    private void remain(ClusterGuard guard, long untilNs) throws InterruptedException {
        long said = 0;
        while (true) {
            long now = BootClock.nowNs();
            if (!isValid(guard)) {
                return;
            }
            if (now >= untilNs || now - said >= SAY_NS) {
                say("valid " + guard.fencingToken() + " " + now);
                said = now;
            }
            if (now >= untilNs) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /** Asks the store. */
    private String ask(String what) throws InterruptedException {
        say(what);
        return answers.take();
    }
}
