package io.pvlock.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.LockRegion;
import io.pvlock.Locks;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.cluster.ClusterException;
import io.pvlock.cluster.ClusterGuard;
import io.pvlock.cluster.ClusterIdentityException;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import io.pvlock.cluster.lease.HostWords;
import io.pvlock.cluster.tools.EmbeddedServer;
import io.pvlock.cluster.zk.ClusterConsole;
import io.pvlock.cluster.zk.ZooKeeperAccess;
import io.pvlock.kit.Await;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZKUtil;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot work says so, in one message that says what to do. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class BadInputIT {

    private static EmbeddedServer server;

    @TempDir
    private Path directory;

    private String namespace;

    @BeforeAll
    static void startServer() {
        server = new EmbeddedServer();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void takeNamespace(TestInfo test) {
        namespace = test.getTestMethod().orElseThrow().getName();
    }

    private ClusterOptions options() {
        return ClusterWorker.options(server.connect(), namespace, "a", EmbeddedServer.TICK_MS, 6_000);
    }

    private ClusterRegion open(ClusterOptions options) {
        return ClusterRegion.open(directory.resolve("a.pvl"), options);
    }

    private interface Use {
        void of(ZooKeeper client) throws Exception;
    }

    private static void withClient(Use use) throws Exception {
        ZooKeeper client = new ZooKeeper(server.connect(), 10_000, event -> {});
        try {
            use.of(client);
        } finally {
            client.close();
        }
    }

    /** The agent may make what it needs while this goes on. */
    private void wipe(ZooKeeper client) throws Exception {
        boolean wiped = false;
        while (!wiped) {
            try {
                ZKUtil.deleteRecursive(client, "/pvlock/" + namespace);
                wiped = true;
            } catch (KeeperException.NotEmptyException | KeeperException.NoNodeException e) {
                continue;
            }
        }
    }

    @Test
    void unreachableServers() throws IOException {
        int port = portOfNobody();
        ClusterOptions options = ClusterWorker.options("127.0.0.1:" + port, namespace, "a", 500, 6_000)
                .connectTimeout(Duration.ofSeconds(1));
        assertThatThrownBy(() -> open(options))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("127.0.0.1:" + port)
                .hasMessageContaining("check the addresses");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pvlock+zk:",
                "pvlock+zk://zk1:2181",
                "pvlock+zk://zk1:2181/?region=/x",
                "pvlock+zk:///desk?region=/x",
                "pvlock+zk://zk1:2181/desk",
                "pvlock+zk://zk1:2181/desk?region=x",
                "pvlock+zk://zk1:2181/desk?region=/x&region=/y",
                "pvlock+zk://zk1:2181/desk?region=/x&timeoutMs=soon",
                "pvlock+zk://zk1:2181/desk?region=/x&password=secret",
                "pvlock+zk://zk1 zk2/desk?region=/x"
            })
    void aLineThatDoesNotSayWhereLocksAre(String where) {
        assertThatThrownBy(() -> Locks.open(where))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + where + "'")
                .hasMessageContaining("pvlock+zk://server:port,server:port/namespace?region=/path");
    }

    /** It waits for the servers to change their mind; somebody must be told why. */
    @Test
    void whoWaitsWhileTheServersRefuseTheHost_isToldOnce() throws Exception {
        String servers = "127.0.0.1:" + portOfNobody();
        ClusterOptions options =
                ClusterWorker.options(servers, namespace, "a", 500, 6_000).connectTimeout(Duration.ofMillis(100));
        assertThatThrownBy(() -> open(options)).isInstanceOf(ClusterException.class);
        try (LockRegion region = LockRegion.open(
                directory.resolve("a.pvl"), RegionOptions.defaults().clustered(true))) {
            new HostWords(region.data()).status(HostWords.Status.REFUSED, "the user is not known");
        }
        List<LogRecord> said = new CopyOnWriteArrayList<>();
        Logger logger = Logger.getLogger("io.pvlock.cluster");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                said.add(record);
                throw new IllegalStateException("a logger that fails is not the lock's failure");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
        try (ClusterRegion region = ClusterRegion.openQuietly(directory.resolve("a.pvl"), options)) {
            for (int i = 0; i < 2; i++) {
                assertThat(region.lock("orders").tryAcquire(50, TimeUnit.MILLISECONDS))
                        .isEmpty();
            }
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
        assertThat(said).hasSize(1);
        assertThat(said.get(0).getLevel()).isEqualTo(Level.WARNING);
        assertThat(said.get(0).getMessage()).contains(servers).contains("the user is not known");
    }

    private static int portOfNobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void unreachableServers_ofACommand() throws IOException {
        String servers = "127.0.0.1:" + portOfNobody();
        ZooKeeperAccess access = ClusterOptions.connect(servers).access();
        assertThatThrownBy(() -> new ClusterConsole(access, namespace, Duration.ofSeconds(1)).close())
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining(servers)
                .hasMessageContaining("check the addresses");
    }

    @Test
    void sessionThatIsTooShortForTheTickOfTheServers() {
        ClusterOptions options = ClusterWorker.options(server.connect(), namespace, "a", 30_000, 6_000);
        assertThatThrownBy(() -> open(options))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("6000 ms")
                .hasMessageContaining("tick of 30000 ms")
                .hasMessageContaining("maxSessionTimeout");
    }

    @Test
    void wrongPassword_ofACommand() {
        open(options().digest("pvlock", "right".toCharArray())).close();
        ZooKeeperAccess access =
                options().digest("pvlock", "sesame".toCharArray()).access();
        try (ClusterConsole console = new ClusterConsole(access, namespace, Duration.ofMinutes(1))) {
            assertThatThrownBy(console::cluster)
                    .isInstanceOf(ClusterException.class)
                    .hasMessageContaining("do not allow it")
                    .hasMessageContaining("--digest-file")
                    .hasMessageNotContaining("sesame");
        }
    }

    @Test
    void stateOfALock_thatSomebodyElseHasWritten() throws Exception {
        try (ClusterRegion region = open(options())) {
            region.lock("orders").acquire().close();
            withClient(
                    client -> client.setData("/pvlock/" + namespace + "/locks/orders/state", "theirs".getBytes(), -1));
        }
        try (ClusterConsole console = new ClusterConsole(options().access(), namespace, Duration.ofMinutes(1))) {
            assertThatThrownBy(() -> console.lock("orders"))
                    .isInstanceOf(ClusterException.class)
                    .hasMessageContaining("theirs")
                    .hasMessageContaining("choose another namespace");
            assertThat(console.lock("..")).isEmpty();
            assertThat(console.lock("a/b")).isEmpty();
        }
    }

    @Test
    void wrongPassword() {
        open(options().digest("pvlock", "right".toCharArray())).close();
        assertThatThrownBy(() -> open(options().digest("pvlock", "sesame".toCharArray())))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("do not allow it")
                .hasMessageNotContaining("sesame");
        open(options().digest("pvlock", "right".toCharArray())).close();
    }

    @Test
    void foreignNamespace() throws Exception {
        withClient(client -> {
            for (String path : new String[] {"/pvlock", "/pvlock/" + namespace, "/pvlock/" + namespace + "/cluster"}) {
                if (client.exists(path, false) == null) {
                    client.create(path, "theirs".getBytes(), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
                }
            }
        });
        assertThatThrownBy(() -> open(options()))
                .isInstanceOf(ClusterIdentityException.class)
                .hasMessageContaining("theirs")
                .hasMessageContaining("choose another namespace");
    }

    @Test
    void wipedNamespace_nothingIsGranted_untilItIsAdopted() throws Exception {
        long before;
        try (ClusterRegion region = open(options());
                ClusterGuard guard = region.lock("orders").acquire()) {
            before = guard.fencingToken();
        }
        withClient(this::wipe);
        assertThatThrownBy(() -> open(options()))
                .isInstanceOf(ClusterIdentityException.class)
                .hasMessageContaining("wiped")
                .hasMessageContaining("pvlock cluster adopt");
        try (ClusterRegion quiet = ClusterRegion.openQuietly(directory.resolve("a.pvl"), options())) {
            quiet.adopt();
        }
        try (ClusterRegion region = open(options());
                ClusterGuard guard = region.lock("orders").acquire()) {
            assertThat(guard.fencingToken()).isGreaterThan(before);
        }
    }

    @Test
    void wipedNamespace_whileTheLockIsHeld_isALoss() throws Exception {
        try (ClusterRegion region = open(options())) {
            ClusterGuard guard = region.lock("orders").acquire();
            withClient(this::wipe);
            Await.until("it is lost", () -> !guard.isValid());
            assertThatThrownBy(guard::close).hasMessageContaining("lost");
            Await.until("that is known", () -> region.view().status().equals("OTHER_CLUSTER"));
            assertThatThrownBy(() -> region.lock("orders").acquire()).isInstanceOf(ClusterIdentityException.class);
            region.adopt();
            Await.until("it is a member again", () -> region.view().status().equals("JOINED"));
            region.lock("orders").acquire().close();
        }
    }

    @Test
    void twoClusters() {
        open(options()).close();
        try (EmbeddedServer other = new EmbeddedServer()) {
            ClusterOptions there =
                    ClusterWorker.options(other.connect(), namespace, "a", EmbeddedServer.TICK_MS, 6_000);
            ClusterRegion.open(directory.resolve("b.pvl"), there.hostName("b")).close();
            assertThatThrownBy(() -> open(there))
                    .isInstanceOf(ClusterIdentityException.class)
                    .hasMessageContaining("this host is a member of the cluster")
                    .hasMessageContaining("pvlock cluster adopt");
        }
    }

    @Test
    void twoRegionsOfOneHostName() {
        try (ClusterRegion first = open(options())) {
            assertThat(first.hostName()).isEqualTo("a");
            assertThatThrownBy(() -> ClusterRegion.open(directory.resolve("b.pvl"), options()))
                    .isInstanceOf(ClusterException.class)
                    .hasMessageContaining("another region is host 'a'")
                    .hasMessageContaining("another host name");
        }
    }

    @Test
    void aProgramOfOneHost_isRefusedAClustersRegion_andTheOtherWayRound() {
        open(options()).close();
        assertThatThrownBy(() -> LockRegion.open(directory.resolve("a.pvl")))
                .isInstanceOf(RegionException.class)
                .hasMessageContaining("ClusterRegion");
        try (LockRegion local = LockRegion.open(directory.resolve("local.pvl"))) {
            local.lock("orders");
            assertThatThrownBy(() -> ClusterRegion.open(directory.resolve("local.pvl"), options()))
                    .isInstanceOf(RegionException.class)
                    .hasMessageContaining("of this host only");
        }
    }

    @Test
    void namesThatNoNodeCanHave() {
        try (ClusterRegion region = open(options())) {
            for (String name : new String[] {"a/b", "..", "tab\there", "", "x".repeat(81)}) {
                assertThatThrownBy(() -> region.lock(name)).isInstanceOf(IllegalArgumentException.class);
            }
            assertThat(region.lock("größe 1").tryLock()).isIn(true, false);
        }
    }

    @Test
    void moreLocksThanThereIsRoomFor() {
        try (ClusterRegion region = open(options())) {
            for (int i = 0; i < 8; i++) {
                region.lock("lock" + i);
            }
            assertThatThrownBy(() -> region.lock("one more"))
                    .isInstanceOf(RegionException.class)
                    .hasMessageContaining("maxLocks");
        }
    }
}
