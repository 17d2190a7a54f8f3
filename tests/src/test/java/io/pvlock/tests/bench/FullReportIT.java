package io.pvlock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** That the long benchmark runs and leaves its files; what it measures here means nothing. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class FullReportIT {

    @TempDir
    private Path directory;

    @Test
    void writesPagesDataAndPlots() throws Exception {
        int status = new CommandLine(new FullReport())
                .execute(("--out " + directory
                                + " --processes 2 --repetitions 1 --millis 100 --only uncontended,contended,handover"
                                + " --locks pv-hybrid,java-none,java-cas-cas,chronicle-queue")
                        .split(" "));
        assertThat(status).isZero();
        assertThat(directory.resolve("tables.md"))
                .content()
                .contains("| chronicle-queue | ")
                .contains("## held 5.00 us, thinking 500 ns: k acquisitions/s, wait at 99.9 %, longest");
        assertThat(directory.resolve("report.md"))
                .content()
                .contains("## held 5.00 us, thinking 500 ns: k acquisitions/s (min-max)")
                .contains("(throughput-held-5000-thinking-500.png)");
        // Uncontended 4; contended 3 locks with 6 workloads; handed over 2 locks in 4 ways.
        assertThat(Files.readAllLines(directory.resolve("results.tsv"))).hasSize(1 + 4 + 3 * 6 + 2 * 4);
        assertThat(directory.resolve("recorded.json")).content().contains("lock=chronicle-queue");
        for (String plot : List.of("throughput-held-0-thinking-0.png", "p999-held-5000-thinking-500.png")) {
            assertThat(ImageIO.read(directory.resolve(plot).toFile()).getWidth())
                    .as(plot)
                    .isEqualTo(1000);
        }
    }

    @Test
    void drawsHowCostsGrow() throws Exception {
        int status = new CommandLine(new FullReport())
                .execute(("--out " + directory + " --only growth --skip JMH --sizes 2,4 --repetitions 1").split(" "));
        assertThat(status).isZero();
        assertThat(directory.resolve("report.md"))
                .content()
                .contains("## growth: make a name, us", "(growth-ns.png)", "(growth-us.png)");
        assertThat(directory.resolve("recorded.json")).content().contains("size=4 of=pv x size 2");
        for (String plot : List.of("growth-ns.png", "growth-us.png")) {
            assertThat(ImageIO.read(directory.resolve(plot).toFile()).getWidth())
                    .as(plot)
                    .isEqualTo(1200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--locks", "--only", "--skip"})
    void aWrongNameIsRefused(String option) {
        assertThat(new CommandLine(new FullReport())
                        .setExecutionExceptionHandler((e, command, parsed) -> 42)
                        .execute(option, "x"))
                .isEqualTo(42);
    }
}
