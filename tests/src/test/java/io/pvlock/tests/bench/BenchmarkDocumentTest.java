package io.pvlock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.tools.bench.ReportTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchmarkDocumentTest {

    @TempDir
    private Path directory;

    @Test
    void whatAPersonWroteStays() throws Exception {
        Path document = Files.writeString(
                directory.resolve("doc.md"),
                "# before\n" + BenchmarkDocument.BEGIN + "\nold\n" + BenchmarkDocument.END + "\nbehind\n");
        String text = BenchmarkDocument.replace(document, "new\n");
        assertThat(text)
                .isEqualTo("# before\n" + BenchmarkDocument.BEGIN + "\n\nnew\n" + BenchmarkDocument.END + "\nbehind\n");
        Files.writeString(document, text);
        assertThat(BenchmarkDocument.replace(document, "new\n")).as("again").isEqualTo(text);
    }

    @Test
    void aDocumentWithoutMarksIsNotTouched() throws Exception {
        Path document = Files.writeString(directory.resolve("doc.md"), "# mine\n");
        assertThatThrownBy(() -> BenchmarkDocument.replace(document, "new\n"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has no lines");
    }

    @Test
    void tablesAndPicturesAreInIt() {
        String text = BenchmarkDocument.generated(
                Map.of("jvm", "17"),
                List.of(new ReportTable("waits", List.of("lock", "p50"), List.of(List.of("tas", "12 ns")))),
                "benchmarks",
                List.of("p999.png"));
        assertThat(text)
                .contains("- jvm: 17")
                .contains("### waits\n\n| lock | p50 |\n|---|---:|\n| tas | 12 ns |\n")
                .contains("![p999](benchmarks/p999.png)");
    }
}
