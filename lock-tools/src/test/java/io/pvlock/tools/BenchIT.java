package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.pvlock.kit.ProcessState;
import io.pvlock.tools.bench.CPeers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code pvlock bench} with real processes and cells too short to mean anything. */
@Timeout(1200)
class BenchIT {

    @TempDir
    private Path directory;

    @AfterEach
    void nobodyIsLeft() {
        assertThat(ProcessHandle.current()
                        .children()
                        .filter(child -> ProcessState.commandLine(child).contains("pvlock-bench")))
                .isEmpty();
    }

    @Test
    void everyContenderExcludesAndIsMeasured() throws Exception {
        Cli cli = run("--locks", "all", "--sections", "CONTENDED", "--processes", 2, "--repetitions", 1, "--json");
        assertThat(cli.status()).as(cli.err() + cli.out()).isZero();
        Schema.check("bench", cli);
        assertThat(cli.json()).containsEntry("notExclusive", List.of());
        List<Map<?, ?>> cells = cells(cli);
        assertThat(cells).hasSizeGreaterThan(CPeers.isCompilerThere() ? 2 * 25 : 2 * 15);
        assertThat(cells).allSatisfy(cell -> {
            // On a busy machine nobody may have run within the cell; but everybody has waited once, if there is a lock.
            assertThat(median(cell, "p50_ns")).as("%s", cell).isNotNegative();
            if (!cell.get("lock").toString().endsWith("-none")) {
                assertThat(median(cell, "longest_ns")).as("%s", cell).isPositive();
            }
            assertThat(median(cell, "cpu_seconds")).as("%s", cell).isPositive();
        });
    }

    @Test
    void locksInCAreMeasuredBesideOurs() throws Exception {
        assumeTrue(CPeers.isCompilerThere(), "there is no gcc");
        Cli cli = run("--locks", "java-cas-cas,pv-hybrid,c-cas-cas,c-robust", "--sections", "UNCONTENDED", "--json");
        assertThat(cli.status()).as(cli.err() + cli.out()).isZero();
        assertThat(cells(cli)).hasSize(4).allSatisfy(cell -> {
            assertThat(median(cell, "pair_ns")).as("%s", cell).isPositive();
            assertThat(cell.get("ratioToFloor")).as("%s", cell).isNotNull();
        });
    }

    @Test
    void printsTablesAndWritesFiles() throws Exception {
        Cli cli = run("--locks", "java-none,pv-fair,tas", "--processes", 2, "--repetitions", 2, "--out", directory);
        assertThat(cli.status()).as(cli.err() + cli.out()).isZero();
        assertThat(cli.out())
                .contains("commit: ", "processor: ", "jvm: ")
                .contains("2 processes, held 5.00 us, thinking 500 ns")
                .containsPattern("pv-fair +[\\d.]+ +\\([\\d.]+-[\\d.]+\\)");
        assertThat(cli.lastLine()).isEqualTo("bench: OK");
        // Three locks uncontended, two workloads, and two hand-overs of those two that are
        // locks; each twice, and a header.
        assertThat(Files.readAllLines(directory.resolve("bench.tsv"))).hasSize(1 + 2 * (3 + 2 * 3 + 2 * 2));
        assertThat(directory.resolve("bench.json")).content().contains("\"lock\" : \"pv-fair\"");
    }

    @Test
    void whatIsMeasuredIsToldThoughItsFilesCannotBeWritten() throws Exception {
        Path inTheWay = Files.createDirectory(directory.resolve("bench.tsv"));
        Cli cli = run("--locks", "java-cas-cas", "--sections", "uncontended", "--repetitions", 1, "--out", directory);
        assertThat(cli.status()).isEqualTo(3);
        assertThat(cli.err()).contains("bench cannot write its results to " + directory + ": " + inTheWay);
        assertThat(cli.out()).containsPattern("java-cas-cas +[\\d.]+");
    }

    @Test
    void checkComparesAndFailsNobody() throws Exception {
        Path recorded = Files.writeString(directory.resolve("recorded.json"), """
                {"ratiosToFloor": {"UNCONTENDED processes=1 held=0 thinking=0 lock=tas": {"median": 9e9, "min": 8e9, "max": 9e9}}}
                """);
        Cli cli = run("--locks", "java-cas-cas,tas", "--sections", "UNCONTENDED", "--check", recorded);
        assertThat(cli.status()).as(cli.err() + cli.out()).isZero();
        assertThat(cli.out())
                .contains(
                        "moved: UNCONTENDED processes=1 held=0 thinking=0 lock=tas from 9000000000 (8000000000-9000000000) to ")
                .contains("check: 1 of 1 recorded ratios have moved");
    }

    /** The number of rows, where neither a newer JDK nor a compiler is needed for them. */
    private static Stream<Arguments> sectionsOfFigures() {
        return Stream.of(
                arguments("idle", 2 * 2),
                arguments("served", 2),
                arguments("served-and-end", 3),
                arguments("herd", 4 * 2),
                // With the array, and without one.
                arguments("reclaiming", 2 * 3),
                arguments("growth", 2 + 3 * 2 + 1 + 1 + 2 + 2 + 2),
                // By JNA, JNI and java.lang.foreign, and in C.
                arguments("futex", 4),
                arguments("virtual", Runtime.version().feature() < 21 ? 1 : 2 * 2),
                // Four programs, the last three also over the first; three archives.
                arguments("start", 4 * 3 + (Runtime.version().feature() < 25 ? 2 : 3) * 3));
    }

    @ParameterizedTest
    @MethodSource("sectionsOfFigures")
    void everySectionHasItsRows(String section, int rows) throws Exception {
        Cli cli = run("--section", section, "--sizes", 3, "--repetitions", 2, "--json");
        assertThat(cli.status()).as(cli.err() + cli.out()).isZero();
        assertThat(cli.err()).isEmpty();
        Schema.check("bench", cli);
        List<?> figures = (List<?>) cli.json().get("figures");
        assertThat(figures).hasSize(rows).allSatisfy(each -> {
            Map<?, ?> figure = (Map<?, ?>) each;
            assertThat(figure.get("section")).isEqualTo(section);
            if (((Map<?, ?>) figure.get("value")).get("median") == null) {
                assertThat(figure.get("remark").toString()).isNotEmpty();
            } else if (!figure.get("what").toString().contains(" more than ")) {
                // Who waits longer than it is watched costs nothing meanwhile.
                assertThat(median(figure, "value")).as("%s", figure).isNotNegative();
            }
        });
    }

    @Test
    void figuresAreCheckedAndWritten() throws Exception {
        Path recorded = Files.writeString(directory.resolve("recorded.json"), """
                {"ratiosToFloor": {"served: us a turn size=3 of=pv x j.u.c": {"median": 9e9, "min": 8e9, "max": 9e9}}}
                """);
        Cli cli = run(
                "--sections", "served", "--sizes", "3,5", "--repetitions", 2, "--check", recorded, "--out", directory);
        assertThat(cli.status()).as(cli.err() + cli.out()).isZero();
        assertThat(cli.out())
                .containsPattern("pv +[\\d.]+ +\\([\\d.]+-[\\d.]+\\) +[\\d.]+ x j.u.c; [\\d.]+ x size 3")
                .contains("moved: served: us a turn size=3 of=pv x j.u.c from ")
                .contains("check: 1 of 1 recorded ratios have moved");
        // Two sizes of two, each twice, and a header.
        assertThat(Files.readAllLines(directory.resolve("figures.tsv"))).hasSize(1 + 2 * 2 * 2);
        assertThat(directory.resolve("recorded.json")).content().contains("size=5 of=pv x j.u.c");
    }

    /** Not a lock: it has nothing to hand over. */
    @Test
    void nothingMeasuredIsNotOk() {
        Cli cli = run("--locks", "java-none", "--sections", "HANDOVER");
        assertThat(cli.status()).isEqualTo(1);
        assertThat(cli.lastLine()).isEqualTo("bench: FAILED, nothing was measured");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--processes 0", "--processes 257", "--repetitions 0", "--millis 9", "--sizes 0"})
    void numbersHaveLimits(String options) {
        Cli cli = Cli.run((Object[]) ("bench " + options).split(" "));
        assertThat(cli.status()).isEqualTo(2);
        assertThat(cli.err()).contains(", allowed are ");
    }

    @Test
    void wrongArgumentsSayWhatIsRight() throws Exception {
        assertThat(Cli.run("bench", "--locks", "x").err()).contains("--locks=x, known are pv-hybrid, ");
        assertThat(Cli.run("bench", "--check", directory.resolve("none")).err()).contains("holds no recorded ratios");
        assertThat(Cli.run("bench", "-f", "x").err()).contains("bench makes regions of its own");
        assertThat(Cli.run("bench", "--sections", "x").status()).isEqualTo(2);
        Cli file = Cli.run("bench", "--out", Files.createFile(directory.resolve("file")));
        assertThat(file.status()).isEqualTo(2);
        assertThat(file.err()).contains("is no directory to write to");
    }

    private static Cli run(Object... options) {
        List<Object> words = new ArrayList<>(List.of("bench", "--millis", 30));
        words.addAll(List.of(options));
        return Cli.run(words.toArray());
    }

    private static List<Map<?, ?>> cells(Cli cli) throws Exception {
        List<Map<?, ?>> cells = new ArrayList<>();
        for (Object cell : (List<?>) cli.json().get("cells")) {
            cells.add((Map<?, ?>) cell);
        }
        return cells;
    }

    private static double median(Map<?, ?> cell, String metric) {
        return ((Number) ((Map<?, ?>) cell.get(metric)).get("median")).doubleValue();
    }
}
