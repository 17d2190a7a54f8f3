package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.pvlock.LockRegion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands print with {@code --json} is what {@code docs/pvlock.schema.json} says. */
@Timeout(180)
class JsonTest {

    /** With controls, a right-to-left override, and letters that are not ASCII. */
    private static final String NAME = "Zür\033[2J\u202e\u009b'\"\\ich\n";

    @TempDir
    private Path directory;

    private Path file;
    private HeldRegion held;

    @BeforeEach
    void holdAndWait() throws Exception {
        file = directory.resolve("region.pvl");
        held = new HeldRegion(file, NAME);
        LockRegion region = held.region();
        region.semaphore("permits", 3).acquire();
        region.readWriteLock("rw").readLock().lock();
        Thread dead = new Thread(() -> region.lock("left").lock());
        dead.start();
        dead.join();
        region.lock("left").acquire().close();
    }

    @AfterEach
    void letGo() throws Exception {
        held.region().readWriteLock("rw").readLock().unlock();
        held.region().semaphore("permits", 3).release();
        held.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ls",
                "who permits",
                "who rw",
                "who free",
                "vcpus",
                "stat",
                "stat -v",
                "stat --watch -n 2 -d 0.01",
                "events",
                "events --follow -n 1",
                "top -n 2 -d 0.01",
                "dump",
                "fsck",
                "doctor",
                "wait --free free",
                "wait --held free -t 0.01"
            })
    void isWhatTheSchemaSays(String command) throws Exception {
        Schema.check(command.split(" ")[0], run(command.split(" ")));
    }

    @Test
    void namesAreExactAndTheTextIsAscii() throws Exception {
        Cli cli = run("who", NAME);
        Schema.check("who", cli);
        assertThat(cli.json()).containsEntry("name", NAME);
        Cli ls = run("ls");
        Schema.check("ls", ls);
        assertThat(ls.jsonList()).anyMatch(lock -> NAME.equals(((Map<?, ?>) lock).get("name")));
        held.region().lock("stuck").lock();
        Schema.check("break", run("break", "stuck", "--yes"));
        Schema.check("rm", run("rm", "free"));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "rm, {}",
                "rm, [1]",
                "events, [{\"sequence\": 1}]",
                "vcpus, `[{\"vcpu\": -1}]`",
                "stat, {\"lockEvents\": {\"x\": \"1\"}}",
                "wait, `{\"ok\": true, \"obstacle\": null, \"waitedNs\": 1, \"more\": 1}`"
            })
    void theSchemaRefusesWhatIsNot(String command, String json) throws Exception {
        assertThat(Schema.errors(command, json)).isNotEmpty();
    }

    /** Those that start processes are checked where they are tested: DemoIT, TortureIT, BenchIT, ScorecardIT. */
    @Test
    void everyCommandThatPrintsJsonIsInTheSchema() throws Exception {
        Set<String> commands = Main.commandLine().getSubcommands().entrySet().stream()
                .filter(command -> command.getValue().getCommandSpec().findOption("--json") != null)
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
        Map<String, Object> schema = JSON.std.mapFrom(Files.readString(Schema.FILE));
        assertThat(((Map<?, ?>) schema.get("$defs")).keySet().stream().map(String::valueOf))
                .containsAll(commands);
        assertThat(commands)
                .contains("ls", "who", "wait", "break", "rm", "top", "stat", "vcpus", "events", "dump", "demo");
    }

    @Test
    void aCopyIsDumpedReadOnly() throws Exception {
        Path copy = directory.resolve("copy.pvl");
        Files.copy(file, copy);
        assertThat(copy.toFile().setReadOnly()).isTrue();
        byte[] before = Files.readAllBytes(copy);
        Cli cli = Cli.run("dump", "--json", "-f", copy);
        assertThat(cli.status()).as(cli.err()).isZero();
        Schema.check("dump", cli);
        assertThat(cli.json()).containsEntry("processesAlive", 0);
        Map<?, ?> lock = lock(cli, NAME);
        assertThat(lock.get("state")).isEqualTo("owner dead");
        assertThat((List<?>) lock.get("queue")).hasSize(1);
        assertThat(Files.readAllBytes(copy)).isEqualTo(before);
        Cli live = Cli.run("dump", "--json", "-f", file);
        assertThat(live.json()).containsEntry("processesAlive", 1);
        assertThat(lock(live, NAME).get("state")).isEqualTo("held");
        assertThat(Cli.run("dump", "-f", file).lines()).hasSizeGreaterThan(20);
    }

    private static Map<?, ?> lock(Cli dump, String name) throws Exception {
        return ((List<?>) dump.json().get("locks"))
                .stream()
                        .map(lock -> (Map<?, ?>) lock)
                        .filter(lock -> name.equals(lock.get("name")))
                        .findFirst()
                        .orElseThrow();
    }

    private Cli run(String... words) {
        List<Object> all = new ArrayList<>(List.of((Object[]) words));
        all.addAll(List.of("--json", "-f", file));
        return Cli.run(all.toArray());
    }
}
