package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.kit.TestJvm;
import io.pvlock.tools.http.RawHttp;
import io.pvlock.tools.testing.HeldLock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that serve: web and export. */
@Timeout(300)
class ServeTest {

    @TempDir
    private Path directory;

    private Path file() {
        return directory.resolve("region.pvl");
    }

    @ParameterizedTest
    @ValueSource(strings = {"web", "export", "export --once"})
    void anAddressThatOthersReachIsRefused(String command) {
        Cli cli = run(command, "--address", "0.0.0.0", "--port", "0");
        assertThat(cli.status()).isEqualTo(2);
        assertThat(cli.err())
                .startsWith("pvlock: --address=0.0.0.0 can be reached from other hosts")
                .contains("--allow-remote");
        assertThat(cli.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"web", "export"})
    void aPortOutOfRangeIsRefused(String command) {
        Cli cli = run(command, "--port", "65536");
        assertThat(cli.status()).isEqualTo(2);
        assertThat(cli.err()).startsWith("pvlock: --port=65536, allowed are 0..65535");
    }

    @ParameterizedTest
    @ValueSource(strings = {"web", "export"})
    void aPortThatIsTakenIsSaid(String command) throws Exception {
        try (HeldLock held = new HeldLock(file(), 0);
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Cli cli = run(command, "--port", taken.getLocalPort());
            assertThat(cli.status()).isEqualTo(2);
            assertThat(cli.err())
                    .startsWith("pvlock: cannot listen on --address=127.0.0.1 --port=" + taken.getLocalPort() + ": ")
                    .contains("choose another port");
            assertThat(held.region().locks()).hasSize(1);
        }
    }

    @Test
    void onceIsOnStandardOutput() throws Exception {
        try (HeldLock held = new HeldLock(file(), 1)) {
            Cli cli = run("export", "--once");
            assertThat(cli.status()).isZero();
            assertThat(cli.err()).isEmpty();
            assertThat(cli.lines()).contains("pvlock_up 1.0", "pvlock_lock_queue_length{lock=\"held\"} 1.0");
            assertThat(run("export", "--once", "--max-locks", 0).out()).doesNotContain("lock=");
            assertThat(held.region().locks()).hasSize(1);
        }
    }

    /** A process of its own, that a signal ends, as a service does. */
    @ParameterizedTest
    @ValueSource(strings = {"web", "export"})
    void itServesUntilItIsEnded(String command) throws Exception {
        try (HeldLock held = new HeldLock(file(), 0)) {
            Process process = TestJvm.of(Main.class).process(command, "-f", file(), "--allow-host", "desk.example");
            try {
                URI uri = URI.create(firstLine(process));
                String path = uri.getPath();
                String answer =
                        RawHttp.ask(uri, "GET " + path + " HTTP/1.1", "Host: desk.example", "Connection: close");
                assertThat(answer)
                        .startsWith("HTTP/1.1 200 ")
                        .contains(command.equals("web") ? "<title>" : "pvlock_up 1.0");
                assertThat(RawHttp.ask(uri, "GET " + path + " HTTP/1.1", "Host: evil.example", "Connection: close"))
                        .startsWith("HTTP/1.1 421 ");
                process.destroy();
                assertThat(process.waitFor()).isEqualTo(128 + 15);
            } finally {
                process.destroyForcibly().waitFor();
            }
            assertThat(held.region().locks()).hasSize(1);
        }
    }

    private static String firstLine(Process process) throws IOException {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
    }

    private Cli run(String command, Object... more) {
        List<Object> words = new ArrayList<>(List.of((Object[]) command.split(" ")));
        words.add("-f");
        words.add(file());
        words.addAll(List.of(more));
        return Cli.run(words.toArray());
    }
}
