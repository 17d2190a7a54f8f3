package io.pvlock.cluster.network;

import io.pvlock.RegionOptions;
import io.pvlock.cluster.ClusterGuard;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import io.pvlock.kit.ChildJvm;
import io.pvlock.linux.BootClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryForever;

/**
 * A process that takes a lock of pvlock's cluster and Curator's lock, says since when it has them, and until when it believes so: it goes on
 * asking as long as it has them. Arguments: servers, region, host.
 */
public final class BothLocks {

    private static final int TIMEOUT_MS = 4_000;
    private static final int TICK_MS = 500;

    private static volatile ConnectionState state = ConnectionState.CONNECTED;

    private BothLocks() {}

    /** See the class. */
    public static void main(String[] args) throws Exception {
        Thread ours = new Thread(() -> ours(args));
        Thread theirs = new Thread(() -> theirs(args[0]));
        ours.start();
        theirs.start();
        while (System.in.read() >= 0) {
            // The parent has nothing to say but that it is gone.
        }
        Runtime.getRuntime().halt(0);
    }

    private static synchronized void say(String what) {
        System.out.println(ChildJvm.MARK + what + " " + BootClock.nowNs());
        System.out.flush();
    }

    private static void ours(String[] args) {
        ClusterOptions options = ClusterOptions.connect(args[0])
                .hostName(args[2])
                .sessionTimeout(Duration.ofMillis(TIMEOUT_MS))
                .tickTime(Duration.ofMillis(TICK_MS))
                .connectTimeout(Duration.ofMinutes(2))
                .region(RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
        ClusterRegion region = ClusterRegion.open(Path.of(args[1]), options);
        ClusterGuard guard = region.lock("orders").acquire();
        say("ours-since");
        while (guard.isValid()) {
            pause();
        }
        say("ours-until");
    }

    // As its documentation says: an owner that is told SUSPENDED or LOST has it no more.
    private static void theirs(String servers) {
        try (CuratorFramework client =
                CuratorFrameworkFactory.newClient(servers, TIMEOUT_MS, TIMEOUT_MS, new RetryForever(200))) {
            client.getConnectionStateListenable().addListener((any, next) -> state = next);
            client.start();
            InterProcessMutex mutex = new InterProcessMutex(client, "/curator/orders");
            mutex.acquire();
            say("theirs-since");
            while (mutex.isAcquiredInThisProcess() && state.isConnected()) {
                pause();
            }
            say("theirs-until");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
