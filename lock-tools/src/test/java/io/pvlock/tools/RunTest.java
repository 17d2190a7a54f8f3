package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code pvlock run} with real commands, but in this JVM. */
@Timeout(180)
class RunTest {

    @TempDir
    private Path directory;

    private Path file;
    private Path result;

    @BeforeEach
    void nameFiles() {
        file = directory.resolve("region.pvl");
        result = directory.resolve("result");
    }

    @Test
    void statusIsTheCommands() {
        assertThat(run("name", "--", "true").status()).isZero();
        assertThat(run("name", "--", "sh", "-c", "exit 42").status()).isEqualTo(42);
    }

    @Test
    void forANameThatNoLockCanHaveNoRegionIsMade() {
        for (String name : List.of("", "n".repeat(81))) {
            Cli cli = run(name, "--", "true");
            assertThat(cli.status()).isEqualTo(2);
            assertThat(cli.err())
                    .startsWith("pvlock: lock name '" + name + "' has ")
                    .hasLineCount(2);
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void aSignalIsStatus128AndItsNumber() {
        assertThat(run("name", "--", "sh", "-c", "kill -9 $$").status()).isEqualTo(137);
    }

    @Test
    void whatCannotBeStartedIs126Or127() {
        Cli missing = run("name", "--", "/no/such/program");
        assertThat(missing.status()).isEqualTo(127);
        assertThat(missing.err()).contains("/no/such/program").hasLineCount(1);
        assertThat(run("name", "--", directory).status()).isEqualTo(126);
    }

    @Test
    void theShellRunsWhatFollowsDashC() {
        assertThat(run("-c", "exit 5", "name").status()).isEqualTo(5);
        assertThat(run("name", "-c", "exit 6").status()).isEqualTo(6);
    }

    @Test
    void optionsBehindTheNameAreTheCommands() throws Exception {
        assertThat(run("name", "sh", "-c", "printf '%s ' \"$@\" >" + result, "sh", "-n", "-f", "--", "x")
                        .status())
                .isZero();
        assertThat(result).hasContent("-n -f -- x ");
    }

    @Test
    void environmentTellsNameTokenAndWait() throws Exception {
        String print = "echo $PVLOCK_NAME $PVLOCK_TOKEN $PVLOCK_OWNER_DIED $PVLOCK_WAITED_NS >" + result;
        assertThat(run("name", "-c", print).status()).isZero();
        assertThat(Files.readString(result)).matches("name 1 0 \\d+\n");
        assertThat(run("name", "-c", print).status()).isZero();
        assertThat(Files.readString(result)).matches("name 2 0 \\d+\n");
    }

    @Test
    void theLockIsHeldWhileTheCommandRunsAndFreeAfterwards() throws Exception {
        // The command itself looks at the region, by a second command line in this JVM's image.
        Cli cli = run("name", "--", "sh", "-c", "cp '" + file + "' '" + result + "'");
        assertThat(cli.status()).isZero();
        assertThat(isFree(result)).isFalse();
        assertThat(isFree(file)).isTrue();
    }

    private static boolean isFree(Path region) {
        RegionOptions options = RegionOptions.defaults().createIfMissing(false).mapping(RegionOptions.Mapping.PLAIN);
        try (LockRegion opened = LockRegion.open(region, options)) {
            return opened.locks().get(0).owner().isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "run | Missing required parameter: 'NAME'",
                "run name | Missing command",
                "run name -- | Missing command",
                "run -c true name true | Two commands",
                "run -E 256 name true | -E=256, allowed are 0..255",
                "run -w -1 name true | -w=-1",
                "run -w soon name true | Invalid value for option '--timeout'",
                "run xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx true | 81 bytes"
            })
    void wrongCommandLines(String words, String reason) {
        List<Object> line = new ArrayList<>(List.of("-f", file));
        line.addAll(List.of((Object[]) words.split(" ")));
        Cli cli = Cli.run(line.toArray());
        assertThat(cli.status()).isEqualTo(2);
        assertThat(cli.err()).startsWith("pvlock: ").contains(reason).contains("Try 'pvlock run --help'.");
    }

    private Cli run(Object... words) {
        List<Object> line = new ArrayList<>(List.of("run", "-f", file));
        line.addAll(List.of(words));
        return Cli.run(line.toArray());
    }
}
