package io.pvlock.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(600)
class CommandTest {

    @Test
    void bothStreamsAndTheStatusAreKept() throws Exception {
        Command command = Command.run("sh", "-c", "echo out; echo err >&2; exit 3");
        assertThat(command.out()).isEqualTo("out\n");
        assertThat(command.err()).isEqualTo("err\n");
        assertThat(command.status()).isEqualTo(3);
        assertThatThrownBy(command::text)
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("status 3 of [sh, -c, ")
                .hasMessageEndingWith("out\nerr\n");
    }

    @Test
    void itHasNoInput() throws Exception {
        assertThat(Command.run("cat").text()).isEmpty();
    }

    @Test
    void whatIsNotThereDoesNotWork() {
        assertThat(Command.works("true")).isTrue();
        assertThat(Command.works("false")).isFalse();
        assertThat(Command.works("/no/such/program")).isFalse();
    }
}
