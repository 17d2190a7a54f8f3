package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.linux.Users;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may be in the region, on the command line. */
@Timeout(60)
class SharingTest {

    @TempDir
    private Path directory;

    @Test
    void aRegionIsItsOwnersAlone() throws Exception {
        Path file = directory.resolve("region.pvl");
        make(file, RegionOptions.defaults());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        Cli cli = Cli.run("rm", "-f", file, "name");
        assertThat(cli.status()).isEqualTo(3);
        assertThat(cli.err()).contains("can be written by everybody (mode 0666").hasLineCount(1);
        assertThat(Cli.run("rm", "-f", file, "--mode", "0666", "name").status()).isZero();
    }

    @Test
    void aRegionIsSharedWithAGroup() throws Exception {
        Path file = directory.resolve("region.pvl");
        int gid = (int) Files.getAttribute(directory, "unix:gid");
        make(file, RegionOptions.defaults().group("" + gid));

        Cli cli = Cli.run("rm", "-f", file, "name");
        assertThat(cli.status()).isEqualTo(3);
        assertThat(cli.err()).contains("can be written by gid " + gid).contains("--group " + gid);
        assertThat(Cli.run("--group", gid, "rm", "-f", file, "name").status()).isZero();
        // Whoever only looks says nothing.
        assertThat(Cli.run("ls", "-f", file).status()).isZero();
    }

    private static void make(Path file, RegionOptions options) {
        try (LockRegion region = LockRegion.open(file, options)) {
            region.lock("name");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo --processes 1 --iterations 1",
                "torture --processes 1 --threads 1 --seconds 1",
                "bench --locks java-none --sections UNCONTENDED --repetitions 1 --millis 10",
                "scorecard --locks pvlock --kills STOPPED --trials 1"
            })
    void whatMakesARegionOfItsOwnSharesItWithNobody(String command) {
        for (String option : List.of("--mode 0666", "--group 0", "--trust root")) {
            String name = option.split(" ")[0];
            for (String words : List.of(command + " " + option, option + " " + command)) {
                Cli cli = Cli.run((Object[]) words.split(" "));
                assertThat(cli.status()).as(words).isEqualTo(2);
                assertThat(cli.err())
                        .startsWith("pvlock: " + command.split(" ")[0] + " makes a region of its own")
                        .contains("leave " + name + " out")
                        .hasLineCount(2);
                assertThat(cli.out()).isEmpty();
            }
        }
    }

    @Test
    void aModeThatIsNoneIsAWrongCommandLine() {
        Cli cli = Cli.run("rm", "--mode", "0060", "-f", directory.resolve("region.pvl"), "name");
        assertThat(cli.status()).isEqualTo(2);
        assertThat(cli.err()).contains("'0060' is no mode such as 0600 or 0660: the owner must be able to read");
    }

    @Test
    void theDefaultPathGoesByUid() {
        String name = System.getProperty("user.name");
        System.setProperty("user.name", "?");
        try {
            Cli cli = Cli.run("ls");
            assertThat(cli.out() + cli.err()).doesNotContain("pvlock-?.pvl");
            assertThat(Cli.run("doctor").out())
                    .contains("/dev/shm/pvlock-" + Integer.toUnsignedString(Users.effectiveUid()) + ".pvl");
        } finally {
            System.setProperty("user.name", name);
        }
    }
}
