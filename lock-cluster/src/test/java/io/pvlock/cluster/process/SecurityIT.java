package io.pvlock.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.cluster.ClusterException;
import io.pvlock.cluster.ClusterGuard;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import io.pvlock.cluster.tools.EmbeddedServer;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers that demand TLS. Those that demand a password are in {@link BadInputIT}. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SecurityIT {

    private static final String PASSWORD = "sesame-sesame";

    @TempDir
    private Path directory;

    /** The server has made system properties of its own, for the whole process. */
    @AfterEach
    void forgetProperties() {
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith("zookeeper.ssl.") || name.equals("zookeeper.serverCnxnFactory")) {
                System.clearProperty(name);
            }
        }
    }

    private void keytool(String... words) throws Exception {
        String[] line = new String[words.length + 1];
        line[0] = TestJvm.tool("keytool");
        System.arraycopy(words, 0, line, 1, words.length);
        Command.run(line).ok();
    }

    private Path makeKeys(String name) throws Exception {
        Path keys = directory.resolve(name + ".p12");
        Path certificate = directory.resolve(name + ".cer");
        keytool(
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=ip:127.0.0.1,dns:localhost",
                "-keystore",
                keys.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD);
        keytool(
                "-exportcert",
                "-alias",
                name,
                "-keystore",
                keys.toString(),
                "-storepass",
                PASSWORD,
                "-file",
                certificate.toString());
        keytool(
                "-importcert",
                "-noprompt",
                "-alias",
                name,
                "-keystore",
                directory.resolve("trust.p12").toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-file",
                certificate.toString());
        return keys;
    }

    private void putStores(Properties properties, String prefix, Path keys) {
        properties.setProperty(prefix + "keyStore.location", keys.toString());
        properties.setProperty(prefix + "keyStore.password", PASSWORD);
        properties.setProperty(
                prefix + "trustStore.location", directory.resolve("trust.p12").toString());
        properties.setProperty(prefix + "trustStore.password", PASSWORD);
    }

    @Test
    void tls_bothSidesProveThemselves() throws Exception {
        Path serverKeys = makeKeys("server");
        Path clientKeys = makeKeys("client");
        Properties of = new Properties();
        of.setProperty("secureClientPort", "0");
        of.setProperty("secureClientPortAddress", "127.0.0.1");
        of.setProperty("serverCnxnFactory", "org.apache.zookeeper.server.NettyServerCnxnFactory");
        putStores(of, "ssl.", serverKeys);
        Properties client = new Properties();
        client.setProperty("zookeeper.client.secure", "true");
        client.setProperty("zookeeper.clientCnxnSocket", "org.apache.zookeeper.ClientCnxnSocketNetty");
        putStores(client, "zookeeper.ssl.", clientKeys);
        Path config = directory.resolve("client.properties");
        try (var out = Files.newOutputStream(config)) {
            client.store(out, null);
        }
        try (EmbeddedServer server = new EmbeddedServer(of)) {
            ClusterOptions plain =
                    ClusterWorker.options(server.connectSecurely(), "tls", "a", EmbeddedServer.TICK_MS, 30_000);
            try (ClusterRegion region = ClusterRegion.open(directory.resolve("a.pvl"), plain.clientConfig(config));
                    ClusterGuard guard = region.lock("orders").acquire()) {
                assertThat(guard.isValid()).isTrue();
                String bytes = Files.readString(directory.resolve("a.pvl"), StandardCharsets.ISO_8859_1);
                assertThat(bytes).doesNotContain(PASSWORD);
            }
            assertThatThrownBy(() ->
                            ClusterRegion.open(directory.resolve("b.pvl"), plain.connectTimeout(Duration.ofSeconds(2))))
                    .isInstanceOf(ClusterException.class);
        }
    }
}
