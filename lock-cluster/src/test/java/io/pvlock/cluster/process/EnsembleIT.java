package io.pvlock.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.cluster.ClusterGuard;
import io.pvlock.cluster.ClusterLock;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import io.pvlock.cluster.LockLostException;
import io.pvlock.kit.Await;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingCluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three servers, some of which are killed. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class EnsembleIT {

    @TempDir
    private Path directory;

    private TestingCluster servers;

    @BeforeEach
    void start() throws Exception {
        System.setProperty("zookeeper.admin.enableServer", "false");
        servers = new TestingCluster(3);
        servers.start();
    }

    @AfterEach
    void stop() throws Exception {
        servers.close();
    }

    private ClusterRegion open(String host, long timeoutMs) {
        ClusterOptions options = ClusterWorker.options(servers.getConnectString(), "ensemble", host, 2_000, timeoutMs);
        return ClusterRegion.open(directory.resolve(host + ".pvl"), options);
    }

    @Test
    void serversKilledOneAfterTheOther_holderGoesOnToItsDeadline_andAllAreServedAfterwards() throws Exception {
        try (ClusterRegion a = open("a", 8_000);
                ClusterRegion b = open("b", 8_000)) {
            ClusterLock lock = a.lock("orders");
            long first = token(lock);
            // A minority: at most an election.
            InstanceSpec one = servers.getInstances().iterator().next();
            servers.killServer(one);
            long second = token(b.lock("orders"));
            assertThat(second).isGreaterThan(first);

            // The majority: nobody is granted anything, and the holder ends by its deadline.
            ClusterGuard guard = lock.acquire();
            markConsistent(guard);
            InstanceSpec two = servers.getInstances().stream()
                    .filter(instance -> !instance.equals(one))
                    .findFirst()
                    .orElseThrow();
            servers.killServer(two);
            Await.until("its deadline passes", () -> !guard.isValid());
            assertThat(b.lock("orders").tryLock(50, TimeUnit.MILLISECONDS)).isFalse();
            assertThat(release(guard)).as("it is told").isFalse();

            servers.restartServer(one);
            servers.restartServer(two);
            long third = token(b.lock("orders"));
            assertThat(third).isGreaterThan(guard.fencingToken());
            assertThat(token(lock)).isGreaterThan(third);
        }
    }

    private static long token(ClusterLock lock) {
        while (true) {
            ClusterGuard guard = lock.acquire();
            markConsistent(guard);
            if (release(guard)) {
                return guard.fencingToken();
            }
        }
    }

    private static void markConsistent(ClusterGuard guard) {
        if (guard.ownerDied()) {
            guard.markConsistent();
        }
    }

    /** Whether it was valid to the end. */
    private static boolean release(ClusterGuard guard) {
        try {
            guard.close();
            return true;
        } catch (LockLostException e) {
            return false;
        }
    }
}
