package io.pvlock.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pvlock.cluster.ClusterException;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import io.pvlock.cluster.tools.EmbeddedServer;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import io.pvlock.tools.Main;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that demands that everybody proves himself by SASL (DIGEST-MD5). */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SaslIT {

    private static final String PASSWORD = "sesame-sesame";
    private static final String MODULE = "org.apache.zookeeper.server.auth.DigestLoginModule required ";

    /** ZooKeeper keeps itself from DIGEST-MD5 otherwise. */
    private static final String NO_FIPS = "-Dzookeeper.fips-mode=false";

    @TempDir
    private Path directory;

    private ChildJvm server;
    private String connect;

    @BeforeEach
    void startServer() throws Exception {
        server = TestJvm.of(ServerProcess.class)
                .with(NO_FIPS, "-Dzookeeper.sessionRequireClientSASLAuth=true")
                .with(login("server", "Server { " + MODULE + "user_pvlock=\"" + PASSWORD + "\"; };"))
                .start("authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider");
        connect = server.expect("open");
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private String login(String name, String text) throws IOException {
        Path file = Files.writeString(directory.resolve(name + ".jaas"), text);
        return "-Djava.security.auth.login.config=" + file;
    }

    private String client(String password) throws IOException {
        return login("client", "Client { " + MODULE + "username=\"pvlock\" password=\"" + password + "\"; };");
    }

    @Test
    void whoProvesHimself_isServed_andWhatHeMakesIsHis() throws Exception {
        Path region = directory.resolve("a.pvl");
        try (ChildJvm child = TestJvm.of(ClusterWorker.class)
                .with(NO_FIPS, client(PASSWORD))
                .start(connect, "sasl", region, "a", EmbeddedServer.TICK_MS, 30_000)) {
            child.expect("open");
            child.ask("acquire", "acquired");
            assertThat(child.ask("valid", "valid")).isEqualTo("true");
            assertThat(child.ask("release", "")).isEqualTo("released");
            Path config = Files.writeString(directory.resolve("client.properties"), NO_FIPS.substring(2));
            Command who = TestJvm.of(Main.class)
                    .with(client(PASSWORD))
                    .run(
                            "cluster",
                            "who",
                            "orders",
                            "--json",
                            "--namespace=sasl",
                            "--connect=" + connect,
                            "--client-config=" + config);
            assertThat(who.text()).contains("\"name\":\"orders\"").doesNotContain(PASSWORD);
            assertThat(child.log()).doesNotContain(PASSWORD);
        }
        assertThat(Files.readString(region, StandardCharsets.ISO_8859_1)).doesNotContain(PASSWORD);
    }

    @Test
    void whoDoesNot_isToldSo() throws Exception {
        ClusterOptions without = ClusterWorker.options(connect, "sasl", "b", EmbeddedServer.TICK_MS, 6_000);
        String told = "";
        // How long it takes to get an answer nobody knows.
        for (int seconds = 2; !told.contains("SASL") && seconds < 100; seconds *= 2) {
            ClusterOptions patient = without.connectTimeout(Duration.ofSeconds(seconds));
            told = assertThatExceptionOfType(ClusterException.class)
                    .isThrownBy(() -> ClusterRegion.open(directory.resolve("b.pvl"), patient))
                    .actual()
                    .getMessage();
        }
        assertThat(told).contains(connect).contains("SASL");
        // With another password; and with the right one, but what ZooKeeper keeps itself from.
        assertRefused(NO_FIPS, client("not-" + PASSWORD));
        assertRefused(client(PASSWORD));
    }

    private void assertRefused(String... flags) throws Exception {
        Command agent = TestJvm.of(Main.class)
                .with(flags)
                .run("cluster", "agent", "-f", directory.resolve("c.pvl"), "--connect", connect, "--host", "c");
        assertThat(agent.status()).isEqualTo(3);
        assertThat(agent.err())
                .contains(connect)
                .contains("SASL")
                .contains("java.security.auth.login.config")
                .contains("zookeeper.fips-mode")
                .doesNotContain("Exception")
                .doesNotContain(PASSWORD);
        assertThat(agent.err().lines()).hasSize(1);
    }
}
