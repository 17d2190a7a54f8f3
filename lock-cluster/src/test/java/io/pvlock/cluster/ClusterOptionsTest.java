package io.pvlock.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ClusterOptionsTest {

    private final ClusterOptions options = ClusterOptions.connect("h1,h2:2182");

    private static void assertRefused(Runnable call, String part) {
        assertThatThrownBy(call::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(part);
    }

    @Test
    void whatCannotBe_isRefused_withItsValue() {
        assertRefused(() -> ClusterOptions.connect(" "), "host:port");
        assertRefused(() -> ClusterOptions.connect("h1:2181/chroot"), "namespace");
        for (String servers : new String[] {"h1:port", "h1,,h2", "h1:2181 h2:2181", "h1:", ":2181", "::1", "h1,"}) {
            assertRefused(() -> ClusterOptions.connect(servers), "'" + servers + "'");
        }
        assertRefused(() -> options.clientConfig(Path.of("no.such.file")), "clientConfig=no.such.file cannot be read");
        assertRefused(() -> options.namespace("a/b"), "a/b");
        assertRefused(() -> options.namespace(".."), "..");
        assertRefused(() -> options.hostName("a~b"), "a~b");
        assertRefused(() -> options.sessionTimeout(Duration.ofSeconds(3)), "PT3S");
        assertRefused(() -> options.tickTime(Duration.ZERO), "PT0S");
        assertRefused(() -> options.budget(Duration.ofMillis(-1), 1), "timeNs=-1000000");
        assertRefused(() -> options.budget(Duration.ZERO, 0), "hands=0");
        assertRefused(() -> options.lockDelay(Duration.ofMillis(-1)), "lockDelay");
        assertRefused(() -> options.maxLocks(0), "maxLocks=0");
    }

    @Test
    void servers_areNamesAndAddresses() {
        for (String servers :
                new String[] {"zk-1.example.org", "10.0.0.1:2181,10.0.0.2:2181", "[::1]:2181,[fe80::1]"}) {
            assertThat(ClusterOptions.connect(servers).connect()).isEqualTo(servers);
        }
    }

    @Test
    void secrets_areNotPrinted() {
        ClusterOptions secret = options.digest("desk", "letmein".toCharArray());
        assertThat(secret.toString()).contains("with a password").doesNotContain("letmein");
        assertThat(secret.access().toString()).doesNotContain("letmein");
    }

    @Test
    void defaults_areThoseOfTheDocument() {
        assertThat(options.sessionTimeout()).isEqualTo(Duration.ofSeconds(6));
        assertThat(options.tickTime()).isEqualTo(Duration.ofSeconds(2));
        assertThat(options.lockDelay()).isZero();
        assertThat(options.maxLocks()).isEqualTo(256);
        assertThat(options.namespace()).isEqualTo("default");
        assertThat(options.onLost()).isEqualTo(ClusterOptions.OnLost.EVENT);
        assertThat(options.hostNameOr("x")).endsWith("-x").matches("[A-Za-z0-9._-]+");
        assertThat(options.hostName("desk1").hostNameOr("x")).isEqualTo("desk1");
    }
}
