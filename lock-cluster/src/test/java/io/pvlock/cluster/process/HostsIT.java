package io.pvlock.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.HeldLock;
import io.pvlock.Locks;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.tools.EmbeddedServer;
import io.pvlock.cluster.zk.ClusterConsole;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.linux.Processes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes of several hosts, killed and stopped, with one real server. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class HostsIT {

    private static EmbeddedServer server;

    @TempDir
    private Path directory;

    private final List<ChildJvm> children = new ArrayList<>();
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

    @AfterEach
    void endChildren() {
        children.forEach(ChildJvm::close);
    }

    /** Of a host that shall die: as short as it may be. */
    private ChildJvm mortal(String host) throws InterruptedException {
        return process(host, 4_000);
    }

    /** Of a host that shall not lose its leases however busy the machine is. */
    private ChildJvm process(String host) throws InterruptedException {
        return process(host, 40_000);
    }

    private ChildJvm process(String host, long timeoutMs) throws InterruptedException {
        ChildJvm child = ChildJvm.start(
                ClusterWorker.class,
                server.connect(),
                namespace,
                directory.resolve(host + ".pvl"),
                host,
                EmbeddedServer.TICK_MS,
                timeoutMs);
        children.add(child);
        child.expect("open");
        return child;
    }

    private record Acquired(long token, boolean ownerDied, long atNs) {}

    private static Acquired answer(ChildJvm child) throws InterruptedException {
        String[] words = child.expect("acquired").split(" ");
        return new Acquired(Long.parseLong(words[0]), Boolean.parseBoolean(words[1]), Long.parseLong(words[2]));
    }

    private static Acquired acquire(ChildJvm child) throws InterruptedException {
        child.send("acquire");
        return answer(child);
    }

    @Test
    void aProgramNamesThemByALine() throws Exception {
        String where = "pvlock+zk://" + server.connect() + "/" + namespace + "?region=" + directory.resolve("a.pvl")
                + "&host=a&tickMs=" + EmbeddedServer.TICK_MS;
        try (Locks locks = Locks.open(where);
                HeldLock held = locks.lock("orders").acquire()) {
            assertThat(locks.lock("orders").name()).isEqualTo("orders");
            assertThat(held.ownerDied()).isFalse();
            assertThat(held.requireValid().fencingToken()).isPositive();
            assertThat(held.validFor()).isPositive().isLessThan(Duration.ofSeconds(6));
        }
    }

    @Test
    void oneHostAfterTheOther_withRisingTokens() throws InterruptedException {
        ChildJvm a = process("a");
        ChildJvm b = process("b");
        long last = 0;
        for (int i = 0; i < 10; i++) {
            ChildJvm one = i % 2 == 0 ? a : b;
            Acquired got = acquire(one);
            assertThat(got.token()).isGreaterThan(last);
            assertThat(got.ownerDied()).isFalse();
            last = got.token();
            ChildJvm other = one == a ? b : a;
            assertThat(other.ask("try 20", "")).isEqualTo("timeout");
            assertThat(one.ask("release", "")).isEqualTo("released");
        }
    }

    @Test
    void holderKilled_itsHostKeepsTheLease_andTheNextIsTold_onAnyHost() throws InterruptedException {
        ChildJvm agent = process("a");
        ChildJvm victim = process("a");
        ChildJvm b = process("b");
        Acquired first = acquire(victim);
        victim.kill();
        Acquired second = acquire(agent);
        assertThat(second.ownerDied()).isTrue();
        assertThat(second.token()).as("the same grant of the cluster").isEqualTo(first.token() + 1);
        // Not repaired: that travels with the lock.
        agent.ask("release", "released");
        Acquired third = acquire(b);
        assertThat(third.ownerDied()).isTrue();
        assertThat(third.token()).isGreaterThan(second.token());
        b.ask("repair", "repaired");
        b.ask("release", "released");
        assertThat(acquire(agent).ownerDied()).isFalse();
    }

    @Test
    void agentKilled_standByGoesOnWithItsSession_andNoLeaseIsLost() throws InterruptedException {
        ChildJvm first = process("a");
        ChildJvm second = process("a");
        int agentPid = Integer.parseInt(first.ask("agent", "agent"));
        ChildJvm agent = agentPid == first.pid() ? first : second;
        ChildJvm other = agent == first ? second : first;
        ChildJvm b = process("b");
        acquire(other);
        other.ask("work", "working");
        String session = session("a");
        agent.kill();
        Await.until("the other one is the agent", () -> ask(other, "agent").equals("agent " + other.pid()));
        // What is left grows only by a write that the servers have acknowledged.
        long left = Long.parseLong(other.ask("left", "left"));
        Await.until("it has written", () -> Long.parseLong(ask(other, "left").substring("left ".length())) > left);
        assertThat(other.ask("valid", "valid")).isEqualTo("true");
        assertThat(session("a")).isEqualTo(session);
        assertThat(b.ask("try 1", "")).isEqualTo("timeout");
        other.ask("stop", "stopped");
        assertThat(other.ask("release", "")).isEqualTo("released");
        assertThat(acquire(b).ownerDied()).isFalse();
    }

    @Test
    void hostKilled_theNextHostIsTold() throws InterruptedException {
        ChildJvm a1 = mortal("a");
        ChildJvm a2 = mortal("a");
        ChildJvm b = process("b");
        Acquired first = acquire(a1);
        b.send("acquire");
        a2.kill();
        a1.kill();
        Acquired next = answer(b);
        assertThat(next.ownerDied()).isTrue();
        assertThat(next.token()).isGreaterThan(first.token());
        b.ask("repair", "repaired");
        b.ask("release", "released");
        // The host comes back, with what it knows of before.
        ChildJvm again = process("a");
        Acquired last = acquire(again);
        assertThat(last.ownerDied()).isFalse();
        assertThat(last.token()).isGreaterThan(next.token());
    }

    @Test
    void hostStopped_beyondItsSession_doesNothingAfterTheNextHasTheLock() throws InterruptedException {
        ChildJvm a = mortal("a");
        ChildJvm b = process("b");
        acquire(a);
        a.ask("work", "working");
        b.send("acquire");
        Processes.kill(a.pid(), Processes.SIGSTOP);
        Acquired next = answer(b);
        assertThat(next.ownerDied()).isTrue();
        Processes.kill(a.pid(), Processes.SIGCONT);
        assertThat(a.ask("valid", "valid")).isEqualTo("false");
        String[] units = a.ask("units", "units").split(" ");
        assertThat(Long.parseLong(units[0])).isPositive();
        assertThat(Long.parseLong(units[1]))
                .as("the last unit began before the next owner had the lock")
                .isLessThan(next.atNs());
        assertThat(a.ask("release", "")).isEqualTo("lost");
        b.ask("repair", "repaired");
        b.ask("release", "released");
        assertThat(acquire(a).ownerDied()).isFalse();
    }

    @Test
    void agentStopped_hostLosesTheLock_byTheDeadlineAndNotBefore() throws InterruptedException {
        ChildJvm first = mortal("a");
        ChildJvm second = mortal("a");
        int agentPid = Integer.parseInt(first.ask("agent", "agent"));
        ChildJvm agent = agentPid == first.pid() ? first : second;
        ChildJvm other = agent == first ? second : first;
        ChildJvm b = process("b");
        acquire(other);
        other.ask("work", "working");
        b.send("acquire");
        Processes.kill(agent.pid(), Processes.SIGSTOP);
        Acquired next = answer(b);
        assertThat(next.ownerDied()).isTrue();
        assertThat(other.ask("valid", "valid")).isEqualTo("false");
        String[] units = other.ask("units", "units").split(" ");
        assertThat(Long.parseLong(units[1])).isLessThan(next.atNs());
        Processes.kill(agent.pid(), Processes.SIGCONT);
        assertThat(other.ask("release", "")).isEqualTo("lost");
    }

    @Test
    void session_isKeptInAFileOfTheOwnerOnly_andNotInTheRegion() throws Exception {
        ChildJvm a = process("a");
        acquire(a);
        Path session = directory.resolve("a.pvl.session");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(session)))
                .isEqualTo("rw-------");
        String password =
                Files.readString(session).replaceFirst("(?s).*password=", "").strip();
        assertThat(password).hasSize(32);
        byte[] secret = HexFormat.of().parseHex(password);
        String region = new String(Files.readAllBytes(directory.resolve("a.pvl")), StandardCharsets.ISO_8859_1);
        assertThat(region).doesNotContain(new String(secret, StandardCharsets.ISO_8859_1));
        assertThat(a.log()).isEmpty();
    }

    @Test
    void evictedHost_losesItsLocks_andJoinsAgain() throws InterruptedException {
        ChildJvm a = mortal("a");
        ChildJvm b = process("b");
        acquire(a);
        b.send("acquire");
        try (ClusterConsole console = console()) {
            console.evict("a");
        }
        assertThat(answer(b).ownerDied()).isTrue();
        assertThat(a.ask("valid", "valid")).isEqualTo("false");
        assertThat(a.ask("release", "")).isEqualTo("lost");
        Await.until("it is a member again", () -> ask(a, "status").equals("status JOINED"));
        b.ask("repair", "repaired");
        b.ask("release", "released");
        assertThat(acquire(a).ownerDied()).isFalse();
    }

    private static String ask(ChildJvm child, String line) {
        try {
            return child.ask(line, "");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String session(String host) {
        try (ClusterConsole console = console()) {
            return console.hosts().stream()
                    .filter(member -> member.name().equals(host))
                    .findFirst()
                    .orElseThrow()
                    .session();
        }
    }

    private ClusterConsole console() {
        ClusterOptions options = ClusterOptions.connect(server.connect());
        return new ClusterConsole(options.access(), namespace, Duration.ofSeconds(60));
    }
}
