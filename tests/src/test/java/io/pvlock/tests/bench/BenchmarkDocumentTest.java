package io.pvlock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.tools.bench.ReportTable;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BenchmarkDocumentTest {

    @Test
    void tablesAndPicturesAreInIt() {
        String text = BenchmarkDocument.page(
                "Measured",
                Map.of("jvm", "17"),
                List.of(new ReportTable("waits", List.of("lock", "p50"), List.of(List.of("tas", "12 ns")))),
                List.of("p999.png"));
        assertThat(text).isEqualTo("""
                        # Measured

                        - jvm: 17

                        Medians, (least-greatest). What the words mean is in docs/benchmarks.md.

                        ## waits

                        | lock | p50 |
                        |---|---:|
                        | tas | 12 ns |

                        ![p999](p999.png)
                        """);
    }

    @Test
    void aPageWithoutPicturesEndsWithItsLastTable() {
        String text = BenchmarkDocument.page(
                "Measured",
                Map.of(),
                List.of(new ReportTable("waits", List.of("lock"), List.of(List.of("tas")))),
                List.of());
        assertThat(text).endsWith("| tas |\n");
    }
}
