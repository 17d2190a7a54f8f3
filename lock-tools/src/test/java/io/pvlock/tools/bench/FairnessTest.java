package io.pvlock.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FairnessTest {

    private static final List<Integer> PROCESSES = List.of(2, 8);

    private static List<Cell> cells(Section... sections) {
        return new Matrix(List.of("pv-fair", "tas"), PROCESSES, List.of(new long[] {5_000, 500}), false)
                .cells(List.of(sections));
    }

    @Test
    void theTimeGrowsFromNoneToAny() {
        List<String> ours = cells(Section.FAIRNESS).stream()
                .filter(cell -> cell.processes() == 8)
                .map(Cell::contender)
                .filter(name -> !CPeers.isOne(name))
                .toList();
        assertThat(ours)
                .containsExactly(
                        "pv-fair",
                        "pv-25us",
                        "pv-100us",
                        "pv-hybrid",
                        "pv-1600us",
                        "pv-6400us",
                        "pv-25600us",
                        "pv-throughput");
        assertThat(ours.stream().map(Fairness::overtakenForText))
                .containsExactly("0 ns", "25.0 us", "100 us", "400 us", "1.60 ms", "6.40 ms", "25.6 ms", "for ever");
    }

    @Test
    void whatTwoSectionsWantIsMeasuredOnce() {
        List<Cell> both = cells(Section.CONTENDED, Section.FAIRNESS);
        assertThat(both).doesNotHaveDuplicates().containsAll(cells(Section.FAIRNESS));
        assertThat(both).hasSize(cells(Section.FAIRNESS).size() + PROCESSES.size());
    }

    @Test
    void thoseOfThisSectionAloneAreKnownButNotAmongAll() {
        assertThat(Contenders.names()).doesNotContain("pv-100us");
        assertThat(Contenders.allNames()).contains("pv-100us", "c-robust");
        assertThat(Contenders.byName()).containsKeys("pv-100us", "pv-hybrid");
    }

    @Test
    void theTableHasThroughputBesideTheLongestWait() {
        List<Row> rows = cells(Section.FAIRNESS).stream()
                .filter(cell -> cell.processes() == 8)
                .map(FairnessTest::row)
                .toList();
        List<ReportTable> tables = new Report(new Results(rows)).summary();
        ReportTable fairness = tables.get(tables.size() - 1);
        assertThat(fairness.title()).isEqualTo("the price of fairness, 8 processes, held 5.00 us, thinking 500 ns");
        assertThat(fairness.rows()).hasSize(rows.size());
        assertThat(fairness.rows().get(2))
                .startsWith("pv-100us", "100 us", "50.0", "(50.0-50.0)")
                .contains("7.00 ms");
    }

    @Test
    void withoutTheSectionThereIsNoTable() {
        List<Row> rows =
                cells(Section.CONTENDED).stream().map(FairnessTest::row).toList();
        assertThat(new Report(new Results(rows)).summary())
                .noneMatch(table -> table.title().contains("fairness"));
    }

    private static Row row(Cell cell) {
        Map<Metric, Double> values = new EnumMap<>(Metric.class);
        for (Metric metric : Metric.values()) {
            values.put(metric, metric == Metric.PER_SECOND ? 50_000.0 : 7e6);
        }
        return new Row(cell, 1, 200, true, values);
    }
}
