package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.kit.Seeds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code pvlock torture} with real processes, short. The busted lock proves that the others could have failed. */
@Timeout(1200)
class TortureIT {

    @TempDir
    private Path directory;

    @AfterEach
    void nobodyIsLeft() {
        assertThat(ProcessHandle.current().children())
                .noneMatch(child -> child.info().commandLine().orElse("").contains("TortureWorker"));
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void theLockStandsTorture() throws Exception {
        Cli cli = torture("--processes", 3, "--threads", 2, "--locks", 3, "--seconds", 2);
        assertThat(cli.status()).as(cli.toString()).isZero();
        assertThat(cli.json())
                .containsOnlyKeys(
                        "acquisitions",
                        "kills",
                        "killsInC",
                        "ownerDied",
                        "violations",
                        "lostWakeups",
                        "stuck",
                        "leakedNodes",
                        "recoveryMicros",
                        "recoveries",
                        "killedWhile",
                        "stops",
                        "startedInC",
                        "wakeupsOwedByTheDead",
                        "wakeupsWatched",
                        "seed",
                        "seconds",
                        "processes",
                        "threads",
                        "locks")
                .containsEntry("kills", 0)
                .containsEntry("ownerDied", 0)
                .containsEntry("seconds", 2)
                .containsEntry("processes", 3);
        assertThat(cli.json().get("acquisitions"))
                .asInstanceOf(InstanceOfAssertFactories.INTEGER)
                .isPositive();
        assertThat(cli.json().get("recoveryMicros"))
                .asInstanceOf(InstanceOfAssertFactories.MAP)
                .containsOnlyKeys("p50", "p99", "max");
    }

    @Test
    void theLockStandsTheDeathOfItsUsers() throws Exception {
        Map<String, Object> json = Map.of();
        // How many are killed in a second is the machine's affair; what holds then is not.
        for (int seconds = 5; !isPositive(json, "kills") || !isPositive(json, "stops"); seconds *= 2) {
            Cli cli = torture("--processes", 4, "--threads", 3, "--seconds", seconds, "--kill");
            assertThat(cli.status()).as(cli.toString()).isZero();
            json = cli.json();
            assertThat(json)
                    .as(cli.toString())
                    .containsEntry("violations", 0)
                    .containsEntry("lostWakeups", 0)
                    .containsEntry("stuck", 0)
                    .containsEntry("leakedNodes", 0);
            assertThat(cli.err()).containsPattern("torture: [0-9]+ s, [0-9,]+ acquisitions, [0-9,]+ kills");
        }
        assertThat(json.get("killedWhile"))
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, Integer.class))
                .anySatisfy((doing, killed) -> assertThat(killed).isPositive());
    }

    private static boolean isPositive(Map<String, Object> json, String count) {
        return (Integer) json.getOrDefault(count, 0) > 0;
    }

    @Test
    void aBustedLockIsFoundOut() throws Exception {
        Map<String, Object> json = Map.of();
        for (int seconds = 1; !isPositive(json, "violations"); seconds *= 2) {
            Cli cli =
                    torture("--processes", 2, "--threads", 2, "--locks", 1, "--seconds", seconds, "--busted", "--json");
            assertThat(cli.lines()).hasSize(1);
            json = cli.json();
            assertThat(cli.status()).as(cli.toString()).isEqualTo(isPositive(json, "violations") ? 1 : 0);
            assertThat(json).containsEntry("stuck", 0);
        }
    }

    @Test
    void theSeedIsSaidFirstAndKept() throws Exception {
        Cli cli = torture("--processes", 1, "--threads", 1, "--locks", 1, "--seconds", 1, "--seed", 77);
        assertThat(cli.err()).startsWith("torture: seed=77");
        assertThat(Schema.errors("torture", cli.lastLine())).isEmpty();
        assertThat(cli.json()).containsEntry("seed", 77);
        assertThat(cli.status()).as(cli.toString()).isZero();
    }

    private Cli torture(Object... options) {
        List<Object> words = new ArrayList<>(List.of("torture", "-f", directory.resolve("torture.pvl")));
        words.addAll(List.of(options));
        if (!words.contains("--seed")) {
            words.addAll(List.of("--seed", Seeds.of("TortureIT", 1)));
        }
        return Cli.run(words.toArray());
    }
}
