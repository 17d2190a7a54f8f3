package io.pvlock.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {

    private static final Cell OURS = Cell.contended("pv-hybrid", 4, 0, 500);
    private static final Cell FLOOR = OURS.floor();

    @TempDir
    private Path directory;

    @Test
    void aRatioIsOfOneRepetitionEach() {
        Results results = results(List.of(10.0, 20.0, 90.0), List.of(100.0, 100.0, 300.0));
        assertThat(results.value(OURS, Metric.PER_SECOND)).contains(new Spread(20, 10, 90));
        // The ratio of the medians would be 0.2 as well, but its extremes 0.03 and 0.9.
        assertThat(results.ratioToFloor(OURS)).contains(new Spread(0.2, 0.1, 0.3));
    }

    @Test
    void whatMeasuredNothingHasNoShareInAMedian() {
        Results results = results(List.of(10.0, Double.NaN, 30.0), List.of(100.0, 100.0, 0.0));
        assertThat(results.value(OURS, Metric.PER_SECOND)).contains(new Spread(20, 10, 30));
        assertThat(results.ratioToFloor(OURS)).contains(new Spread(0.1, 0.1, 0.1));
    }

    @Test
    void theFloorIsOfTheSameLanguageAndWorkload() {
        assertThat(FLOOR).isEqualTo(Cell.contended("java-none", 4, 0, 500));
        assertThat(OURS.with("c-robust").floor()).isEqualTo(Cell.contended("c-none", 4, 0, 500));
        assertThat(Cell.uncontended("c-pi").floor()).isEqualTo(Cell.uncontended("c-cas-cas"));
        assertThat(Cell.uncontended("pv-fair").floor()).isEqualTo(Cell.uncontended("java-cas-cas"));
    }

    @Test
    void onlyWhatLeftItsRangeAndIsFarAwayHasMoved() throws Exception {
        Path file = directory.resolve("recorded.json");
        List<Double> floor = List.of(100.0, 100.0, 100.0);
        ResultFiles.writeRecorded(
                file, results(List.of(50.0, 52.0, 54.0), floor).ratios(), Map.of());
        Recorded recorded = Recorded.read(file);
        assertThat(recorded.moved(results(List.of(50.0, 52.0, 54.0), floor).ratios()))
                .isEmpty();
        assertThat(recorded.moved(results(List.of(60.0, 61.0, 62.0), floor).ratios()))
                .as("near")
                .isEmpty();
        assertThat(recorded.moved(results(List.of(54.0, 80.0, 90.0), floor).ratios()))
                .as("overlapping")
                .isEmpty();
        assertThat(recorded.moved(results(List.of(20.0, 25.0, 30.0), floor).ratios()))
                .singleElement()
                .satisfies(move -> {
                    assertThat(move.key()).isEqualTo(OURS.key());
                    assertThat(move.before()).isEqualTo(new Spread(0.52, 0.5, 0.54));
                    assertThat(move.now()).isEqualTo(new Spread(0.25, 0.2, 0.3));
                });
    }

    @Test
    void aFileWithoutRatiosIsRefused() throws Exception {
        Path file = Files.writeString(directory.resolve("other.json"), "{\"a\": 1}");
        assertThatThrownBy(() -> Recorded.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("holds no recorded ratios");
    }

    private static Results results(List<Double> ours, List<Double> floor) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < ours.size(); i++) {
            rows.add(row(OURS, i, ours.get(i)));
            rows.add(row(FLOOR, i, floor.get(i)));
        }
        return new Results(rows);
    }

    private static Row row(Cell cell, int repetition, double perSecond) {
        return new Row(cell, repetition, 100, true, Map.of(Metric.PER_SECOND, perSecond));
    }
}
