package io.pvlock.tools.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {

    private static final Access LOCAL = Access.of("127.0.0.1", 0, false, Set.of("Desk.example"));
    private static final Access REMOTE = Access.of("0.0.0.0", 0, true, Set.of());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.0.0.1:8080",
                "127.1.2.3:1",
                "localhost",
                "LocalHost:99",
                "[::1]",
                "[::1]:8080",
                "desk.example",
                "DESK.example:80"
            })
    void itAnswersToTheLocalHost(String host) {
        assertThat(LOCAL.answersTo(host)).isTrue();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "evil.example",
                "evil.example:8080",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "127.0.0.1:80:80",
                "127.0.0.1:",
                "127.0.0.256",
                "10.0.0.1",
                "0.0.0.0",
                "[2001:db8::1]",
                "[evil.example]",
                "[]",
                "::1",
                "localhost@evil.example"
            })
    void itDoesNotAnswerToOtherNames(String host) {
        assertThat(LOCAL.answersTo(host)).isFalse();
    }

    /** Whoever attacks by a name of his own cannot have an address for a name. */
    @Test
    void aRemoteOneAnswersToAddresses() {
        assertThat(REMOTE.answersTo("10.1.2.3:9464")).isTrue();
        assertThat(REMOTE.answersTo("[2001:db8::1]:9464")).isTrue();
        assertThat(REMOTE.answersTo("localhost")).isTrue();
        assertThat(REMOTE.answersTo("evil.example:9464")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "10.0.0.1", "192.0.2.1"})
    void anAddressThatOthersReachMustBeAllowed(String address) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Access.of(address, 0, false, Set.of()))
                .withMessageStartingWith("--address=" + address + " can be reached from other hosts")
                .withMessageContaining("--allow-remote");
        assertThat(Access.of(address, 0, true, Set.of()).address().isLoopbackAddress())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.9.9.9", "::1", "localhost"})
    void theLocalHostNeedsNoPermission(String address) {
        assertThat(Access.of(address, 0, false, Set.of()).address().isLoopbackAddress())
                .isTrue();
    }

    @Test
    void whatIsNoAddressIsSaid() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Access.of("not an address", 0, false, Set.of()))
                .withMessage("--address=not an address is no address of this host");
    }
}
