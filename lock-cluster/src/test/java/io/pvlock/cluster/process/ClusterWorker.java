package io.pvlock.cluster.process;

import io.pvlock.RegionOptions;
import io.pvlock.cluster.ClusterGuard;
import io.pvlock.cluster.ClusterLock;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import io.pvlock.cluster.LockLostException;
import io.pvlock.kit.ChildJvm;
import io.pvlock.linux.BootClock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A process of a host: does what it is told, line by line. Arguments: servers, namespace, region, host, tickMs, timeoutMs. */
public final class ClusterWorker {

    private static final String LOCK = "orders";

    private final ClusterRegion region;
    private final ClusterLock lock;
    private ClusterGuard guard;
    private volatile boolean working;
    private volatile long lastUnitNs;
    private volatile long units;

    private ClusterWorker(ClusterRegion region) {
        this.region = region;
        this.lock = region.lock(LOCK);
    }

    static ClusterOptions options(String connect, String namespace, String host, long tickMs, long timeoutMs) {
        return ClusterOptions.connect(connect)
                .namespace(namespace)
                .hostName(host)
                .sessionTimeout(Duration.ofMillis(timeoutMs))
                .tickTime(Duration.ofMillis(tickMs))
                .connectTimeout(Duration.ofSeconds(120))
                .maxLocks(8)
                .region(RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
    }

    /** See the class. */
    public static void main(String[] args) throws IOException, InterruptedException {
        ClusterOptions options = options(args[0], args[1], args[3], Long.parseLong(args[4]), Long.parseLong(args[5]));
        try (ClusterRegion region = ClusterRegion.open(Path.of(args[2]), options);
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            ClusterWorker worker = new ClusterWorker(region);
            say("open " + ProcessHandle.current().pid());
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                say(worker.obey(line.split(" ")));
            }
        }
        System.exit(0);
    }

    private static void say(String answer) {
        System.out.println(ChildJvm.MARK + answer);
        System.out.flush();
    }

    private String obey(String[] order) throws InterruptedException {
        return switch (order[0]) {
            case "acquire" -> acquired(Optional.of(lock.acquire()));
            case "try" -> acquired(lock.tryAcquire(Long.parseLong(order[1]), TimeUnit.MILLISECONDS));
            case "release" -> release();
            case "repair" -> {
                guard.markConsistent();
                yield "repaired";
            }
            case "valid" -> "valid " + guard.isValid();
            case "agent" -> "agent " + region.view().agentPid();
            case "left" -> "left " + region.view().validFor().toMillis();
            case "status" -> "status " + region.view().status();
            case "adopt" -> {
                region.adopt();
                yield "adopted";
            }
            case "work" -> {
                work();
                yield "working";
            }
            case "stop" -> {
                working = false;
                yield "stopped";
            }
            case "units" -> "units " + units + " " + lastUnitNs;
            case "hammer" -> hammer(Long.parseLong(order[1]));
            default -> "what? " + order[0];
        };
    }

    private String acquired(Optional<ClusterGuard> got) {
        if (got.isEmpty()) {
            return "timeout";
        }
        guard = got.get();
        return "acquired " + guard.fencingToken() + " " + guard.ownerDied() + " " + BootClock.nowNs();
    }

    private String release() {
        try {
            guard.close();
            return "released";
        } catch (LockLostException e) {
            return "lost";
        }
    }

    /** Works as long as the lock is its own, on a thread of its own; each unit is preceded by the question. */
    private void work() throws InterruptedException {
        working = true;
        Thread thread = new Thread(() -> {
            while (working) {
                long before = BootClock.nowNs();
                if (!guard.isValid()) {
                    break;
                }
                lastUnitNs = before;
                units++;
            }
        });
        thread.setDaemon(true);
        thread.start();
        while (units == 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /** Locks and unlocks for so many milliseconds; says how often, and how often that was lost. */
    private String hammer(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        long done = 0;
        long lost = 0;
        while (System.nanoTime() - end < 0) {
            ClusterGuard mine = lock.acquire();
            if (mine.ownerDied()) {
                mine.markConsistent();
            }
            try {
                mine.close();
                done++;
            } catch (LockLostException e) {
                lost++;
            }
        }
        return "hammered " + done + " " + lost;
    }
}
