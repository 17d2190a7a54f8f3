package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockGuard;
import io.pvlock.LockInfo;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RmTest {

    @TempDir
    private Path directory;

    @Test
    void removesWhatNobodyUsesAndSaysWhatStays() throws Exception {
        Path file = directory.resolve("region.pvl");
        try (LockRegion region = LockRegion.open(file, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN))) {
            region.lock("free");
            region.lock("also free");
            region.lock("stays");
            try (LockGuard held = region.lock("held").acquire()) {
                Cli cli = Cli.run("rm", "-f", file, "free", "held", "no such", "also free");
                assertThat(cli.status()).isEqualTo(1);
                assertThat(cli.lines()).containsExactly("removed free", "removed also free");
                assertThat(cli.err().lines().toList())
                        .hasSize(2)
                        .anyMatch(line -> line.startsWith("pvlock: 'held' is in use: vcpu="))
                        .anyMatch(line -> line.startsWith("pvlock: no lock 'no such' in " + file));
                assertThat(held.toString()).contains("held");
            }
            assertThat(region.locks()).extracting(LockInfo::name).containsExactlyInAnyOrder("held", "stays");
            Cli json = Cli.run("rm", "-f", file, "--json", "held");
            assertThat(json.status()).isZero();
            assertThat(json.jsonList()).isEqualTo(java.util.List.of("held"));
        }
    }

    @Test
    void aNameIsNeededAndARegion() {
        assertThat(Cli.run("rm", "-f", directory.resolve("none.pvl")).status()).isEqualTo(2);
        assertThat(Cli.run("rm", "-f", directory.resolve("none.pvl"), "name").status())
                .isEqualTo(3);
    }
}
