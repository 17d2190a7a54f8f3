package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void versionNamesTheToolAndTheJava() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).startsWith("pvlock ").contains("Java " + Runtime.version());
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void helpGoesToStandardOutput() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).startsWith("Usage: pvlock");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void wrongCommandLineIsStatusTwoWithOneReason() {
        assertThat(run("--no-such-option")).isEqualTo(2);
        assertThat(err.toString()).startsWith("pvlock: Unknown option: '--no-such-option'");
        assertThat(err.toString()).contains("Try 'pvlock --help'.");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void noCommandIsAWrongCommandLine() {
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).startsWith("pvlock: Missing command");
    }

    private int run(String... args) {
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }
}
