package io.pvlock.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
