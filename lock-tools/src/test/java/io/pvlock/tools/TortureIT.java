package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code pvlock torture} with real processes, short. The busted lock proves that the others could have failed. */
@Timeout(300)
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
        Cli cli = torture("--processes", 3, "--threads", 2, "--locks", 3, "--seconds", 3);
        assertThat(cli.status()).as(cli.toString()).isZero();
        assertThat(cli.json())
                .containsOnlyKeys(
                        "acquisitions",
                        "kills",
                        "ownerDied",
                        "violations",
                        "lostWakeups",
                        "stuck",
                        "leakedNodes",
                        "recoveryMicros",
                        "recoveries",
                        "killedWhile",
                        "stops",
                        "wakeupsOwedByTheDead",
                        "wakeupsWatched",
                        "seed",
                        "seconds",
                        "processes",
                        "threads",
                        "locks")
                .containsEntry("kills", 0)
                .containsEntry("ownerDied", 0)
                .containsEntry("seconds", 3)
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
        Cli cli = torture("--processes", 4, "--threads", 3, "--seconds", 6, "--kill");
        assertThat(cli.status()).as(cli.toString()).isZero();
        Map<String, Object> json = cli.json();
        assertThat((Integer) json.get("kills")).as(cli.toString()).isPositive();
        assertThat((Integer) json.get("stops")).as(cli.toString()).isPositive();
        assertThat(json)
                .containsEntry("violations", 0)
                .containsEntry("lostWakeups", 0)
                .containsEntry("stuck", 0)
                .containsEntry("leakedNodes", 0);
        assertThat(json.get("killedWhile"))
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, Integer.class))
                .anySatisfy((doing, killed) -> assertThat(killed).isPositive());
        assertThat(cli.err()).containsPattern("torture: 1 s, [0-9,]+ acquisitions, [0-9,]+ kills");
    }

    @Test
    void aBustedLockIsFoundOut() throws Exception {
        Cli cli = torture("--processes", 2, "--threads", 2, "--locks", 1, "--seconds", 3, "--busted", "--json");
        assertThat(cli.status()).isEqualTo(1);
        assertThat(cli.lines()).hasSize(1);
        Map<String, Object> json = cli.json();
        assertThat((Integer) json.get("violations")).isPositive();
        assertThat(json).containsEntry("stuck", 0);
    }

    @Test
    void theSeedIsSaidFirstAndKept() throws Exception {
        Cli cli = torture("--processes", 1, "--threads", 1, "--locks", 1, "--seconds", 1, "--seed", 77);
        assertThat(cli.err()).startsWith("torture: seed=77");
        assertThat(cli.json()).containsEntry("seed", 77);
        assertThat(cli.status()).as(cli.toString()).isZero();
    }

    private Cli torture(Object... options) {
        Object[] words = new Object[options.length + 3];
        words[0] = "torture";
        words[1] = "-f";
        words[2] = directory.resolve("torture.pvl");
        System.arraycopy(options, 0, words, 3, options.length);
        return Cli.run(words);
    }
}
