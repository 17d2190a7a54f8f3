package io.pvlock.tests.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.Seeds;
import io.pvlock.tools.torture.Torture;
import io.pvlock.tools.torture.TortureResult;
import io.pvlock.tools.torture.TortureSetup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code pvlock torture} with workers in two languages, short. The busted lock proves that those in C could find something. */
@Timeout(1200)
class TortureWithCIT {

    private static final Path WORKER_IN_C = Path.of("../native/c/target/c/test/torture");
    private static final long SEED = Seeds.of("TortureWithCIT", 1);

    @TempDir
    private Path directory;

    private final List<String> found = new ArrayList<>();

    private TortureResult torture(int seconds, boolean kill, boolean busted) {
        assumeTrue(
                Files.isExecutable(WORKER_IN_C), "there is no C compiler, or no make (apt install gcc libc6-dev make)");
        TortureSetup setup = new TortureSetup(
                directory.resolve("torture.pvl"), 4, 3, 100, seconds, SEED, kill, kill, busted, WORKER_IN_C);
        return new Torture(setup, found::add, progress -> {}).run();
    }

    @Test
    void oneLanguageStandsTheDeathOfTheOther() {
        long killsInC = 0;
        long killsInJava = 0;
        // How many are killed in a second is the machine's affair; what holds then is not.
        for (int seconds = 5; killsInC == 0 || killsInJava == 0; seconds *= 2) {
            TortureResult result = torture(seconds, true, false);
            assertThat(found).isEmpty();
            assertThat(result.isOk()).as(result.toString()).isTrue();
            killsInC += result.killsInC();
            killsInJava += result.kills() - result.killsInC();
        }
    }

    @Test
    void everyAcquisitionCountsOnce() {
        TortureResult result = torture(2, false, false);
        assertThat(found).isEmpty();
        assertThat(result.isOk()).as(result.toString()).isTrue();
        assertThat(result.startedInC()).isPositive();
    }

    @Test
    void aBustedLockIsFoundOut() {
        long violations = 0;
        for (int seconds = 1; violations == 0; seconds *= 2) {
            violations = torture(seconds, false, true).violations();
        }
    }
}
