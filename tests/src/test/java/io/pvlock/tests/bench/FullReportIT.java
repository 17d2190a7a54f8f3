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
import picocli.CommandLine;

/** That the long benchmark runs and leaves its files; what it measures here means nothing. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class FullReportIT {

    @TempDir
    private Path directory;

    @Test
    void writesDocumentTablesAndPlots() throws Exception {
        Path document = directory.resolve("figures.md");
        int status = new CommandLine(new FullReport())
                .execute(("--document " + document + " --processes 2 --repetitions 1 --millis 100 --skip JMH,STARTUP"
                                + " --locks pv-hybrid,java-none,java-cas-cas,chronicle-queue")
                        .split(" "));
        assertThat(status).isZero();
        assertThat(document)
                .content()
                .contains(BenchmarkDocument.BEGIN, BenchmarkDocument.END)
                .contains("| chronicle-queue | ")
                .contains("### held 5.00 us, thinking 500 ns: k acquisitions/s (min-max)")
                .contains("(figures/throughput-held-5000-thinking-500.png)");
        Path files = directory.resolve("figures");
        // Uncontended 4; contended 3 locks with 6 workloads; handed over 2 locks in 4 ways.
        assertThat(Files.readAllLines(files.resolve("results.tsv"))).hasSize(1 + 4 + 3 * 6 + 2 * 4);
        assertThat(files.resolve("recorded.json")).content().contains("lock=chronicle-queue");
        for (String plot : List.of("throughput-held-0-thinking-0.png", "p999-held-5000-thinking-500.png")) {
            assertThat(ImageIO.read(files.resolve(plot).toFile()).getWidth())
                    .as(plot)
                    .isEqualTo(1000);
        }
    }

    @Test
    void aWrongNameIsRefused() {
        assertThat(new CommandLine(new FullReport())
                        .setExecutionExceptionHandler((e, command, parsed) -> 42)
                        .execute("--locks", "x"))
                .isEqualTo(42);
    }
}
