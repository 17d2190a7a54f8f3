package io.pvlock.cluster.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.cluster.ClusterGuard;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import io.pvlock.kit.Await;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import io.pvlock.tools.Main;
import io.pvlock.tools.command.RegionFileOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What {@code pvlock cluster} prints, and its exit status. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class ClusterCommandsIT {

    @TempDir
    private Path directory;

    private static Command pvlock(Object... words) throws Exception {
        List<Object> line = new ArrayList<>(List.of("cluster"));
        line.addAll(List.of(words));
        return TestJvm.of(Main.class).run(line.toArray());
    }

    @Test
    void demo_countsRight_withAHolderAndAHostKilled() throws Exception {
        Command demo = pvlock("demo", "--hosts", 2, "--processes", 2, "--phase-ms", 200);
        assertThat(demo.status()).as(demo.output()).isZero();
        assertThat(demo.err()).isEmpty();
        assertThat(demo.out()).contains("demo: OK counter=").contains("tokens refused=0");
    }

    @Test
    void looksAndChanges_atARealServer() throws Exception {
        Path file = directory.resolve("a.pvl");
        try (EmbeddedServer server = new EmbeddedServer()) {
            ClusterOptions options = ClusterOptions.connect(server.connect())
                    .hostName("a")
                    .sessionTimeout(Duration.ofSeconds(40))
                    .tickTime(Duration.ofMillis(EmbeddedServer.TICK_MS))
                    .connectTimeout(Duration.ofMinutes(1))
                    .region(RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
            String servers = "--connect=" + server.connect();
            try (ClusterRegion region = ClusterRegion.open(file, options)) {
                ClusterGuard guard = region.lock("orders").acquire();

                Command status = pvlock("status", "-f", file, servers);
                assertThat(status.text())
                        .contains("host a: JOINED")
                        .contains("ACTIVE")
                        .contains("member");
                assertThat(pvlock("status", "-f", file, "--json").text())
                        .startsWith("{\"host\":\"a\",\"status\":\"JOINED\"")
                        .contains("\"name\":\"orders\"");
                assertThat(pvlock("who", "orders", servers).text()).contains("host a has it");
                Command unknown = pvlock("who", "nothing", servers);
                assertThat(unknown.status()).isEqualTo(1);
                assertThat(unknown.err()).contains("no lock 'nothing'");
                Command doctor = pvlock("doctor", "-f", file, servers, "--tick-ms", EmbeddedServer.TICK_MS);
                assertThat(doctor.status()).as(doctor.output()).isZero();
                assertThat(doctor.out()).contains("ok    clock: ");
                Command tick = pvlock("doctor", "-f", file, servers, "--tick-ms", EmbeddedServer.TICK_MS - 1);
                assertThat(tick.status()).isEqualTo(1);
                assertThat(tick.out()).contains("WRONG").contains("tickTime " + EmbeddedServer.TICK_MS);

                assertThat(pvlock("yield", "orders", "-f", file).text()).contains("given back");
                guard.close();
                Await.until(
                        "it is given back",
                        () -> region.view().leases().get(0).state().equals("IDLE"));
                assertThat(pvlock("yield", "orders", "-f", file).status()).isEqualTo(1);
                assertThat(pvlock("who", "orders", servers).text()).contains("free");
            }
            assertThat(pvlock("status", "-f", file).status())
                    .as("nobody is there")
                    .isEqualTo(1);
            assertThat(pvlock("adopt", "-f", file).text()).contains("host a");
            assertThat(pvlock("evict", "b", servers).text()).contains("0 places");
        }
    }

    @Test
    void commandsAndOptionsAreCompleted() throws Exception {
        assertThat(TestJvm.of(Main.class).run("completion").text())
                .contains("evict", "adopt", "--digest-file", "--client-config");
    }

    @Test
    void wrongCommandLines() throws Exception {
        assertThat(pvlock().status()).isEqualTo(2);
        Command nowhere = pvlock("who", "orders");
        assertThat(nowhere.status()).isEqualTo(2);
        assertThat(nowhere.err()).contains("--connect").doesNotContain("Exception");
        assertThat(pvlock("demo", "--hosts", 1).err()).contains("--hosts=1, allowed are 2..16");
        Command noRegion = pvlock("status", "-f", directory.resolve("none.pvl"));
        assertThat(noRegion.status()).isEqualTo(3);
        assertThat(noRegion.err()).contains("none.pvl").doesNotContain("Exception");
        Command noConfig = pvlock("who", "orders", "--connect=h1", "--client-config=no.such.file");
        assertThat(noConfig.status()).isEqualTo(2);
        assertThat(noConfig.err()).contains("no.such.file cannot be read").doesNotContain("Exception");
        assertThat(pvlock("doctor", "-f", directory.resolve("none.pvl"), "--connect=h1:x")
                        .err())
                .contains("connect='h1:x'")
                .doesNotContain("Exception");
        Path local = directory.resolve("local.pvl");
        LockRegion.open(local).close();
        Command noCluster = pvlock("status", "-f", local);
        assertThat(noCluster.status()).isEqualTo(3);
        assertThat(noCluster.err()).contains("no host's part of a cluster");
        LockRegion.open(local).close();
        Command short4 = pvlock("agent", "-f", directory.resolve("a.pvl"), "--connect=h1", "--timeout-ms", 100);
        assertThat(short4.status()).isEqualTo(2);
        assertThat(short4.err()).contains("sessionTimeout=PT0.1S");
    }

    /** Each, with what it needs beside a region and servers. A new one fails here until it is listed. */
    static final Map<String, List<String>> COMMANDS = Map.of(
            "demo", List.of(),
            "status", List.of(),
            "who", List.of("orders"),
            "yield", List.of("orders"),
            "evict", List.of("b"),
            "adopt", List.of(),
            "doctor", List.of(),
            "agent", List.of());

    @Test
    void everyCommandIsTried() {
        CommandLine cluster = (CommandLine) new ClusterCommands().command(new RegionFileOption());
        assertThat(cluster.getSubcommands().keySet()).isEqualTo(COMMANDS.keySet());
    }

    static Stream<String> commands() {
        return COMMANDS.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void aWrongOptionIsOneError(String name) throws Exception {
        Command command = pvlock(name, "--no-such-option");
        assertThat(command.status()).isEqualTo(2);
        assertThat(command.err()).startsWith("pvlock: ").doesNotContain("xception");
        assertThat(command.out()).isEmpty();
    }

    /** The demo has a server of its own. */
    static Stream<String> commandsOfAHost() {
        return commands().filter(name -> !name.equals("demo"));
    }

    @ParameterizedTest
    @MethodSource("commandsOfAHost")
    void withoutServersAndRegion_saysWhatIsMissing(String name) throws Exception {
        Path missing = directory.resolve("missing.pvl");
        List<Object> words = new ArrayList<>(List.of(name));
        words.addAll(COMMANDS.get(name));
        words.addAll(List.of("-f", missing));
        Command command = pvlock(words.toArray());
        assertThat(command.status()).as(command.output()).isIn(1, 2, 3);
        assertThat(command.output())
                .containsAnyOf("missing.pvl does not exist", "Say where the servers are: --connect")
                .doesNotContain("xception")
                .doesNotContain("internal error");
        assertThat(missing).doesNotExist();
    }

    @Test
    void whatNobodyReadsEnds() throws Exception {
        Command help = TestJvm.of(Main.class)
                .under(List.of("bash", "-c", "\"$@\" | true; exit ${PIPESTATUS[0]}", "pipe"))
                .run("cluster", "--help");
        assertThat(help.status()).isIn(0, 141);
        assertThat(help.err()).isEmpty();
    }
}
