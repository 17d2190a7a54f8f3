package io.pvlock.tests.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SimulatorReportTest {

    @TempDir
    private Path directory;

    @Test
    void writesTablesBesideWhatWasMeasured() throws Exception {
        int status = new CommandLine(new SimulatorReport())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(("--out " + directory + " --only measured,fairness --effort 0.0005"
                                + " --recorded ../docs/simulator/recorded.json")
                        .split(" "));
        assertThat(status).isZero();
        assertThat(directory.resolve("tables.md"))
                .content()
                .contains("2 processors, held 5.00 us, thinking 500 ns: x floor, (measured)")
                .containsPattern("pv-hybrid \\| [\\d.]+ \\([\\d.]+\\)")
                .contains("the price of fairness, 8 threads, 2 processors");
        assertThat(directory.resolve("fairness.png")).isNotEmptyFile();
        assertThat(Files.readAllLines(directory.resolve("simulated.tsv"))).hasSize(1 + 4 * 3 * 6 + 3 * 9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--only x", "--effort 0", "--effort x"})
    void whatItDoesNotUnderstandIsRefused(String arguments) {
        StringWriter said = new StringWriter();
        int status = new CommandLine(new SimulatorReport())
                .setErr(new PrintWriter(said))
                .execute(arguments.split(" "));
        assertThat(status).isEqualTo(2);
        assertThat(said.toString()).contains(arguments.split(" ")[0]);
    }
}
