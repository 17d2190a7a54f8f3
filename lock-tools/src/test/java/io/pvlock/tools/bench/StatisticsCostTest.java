package io.pvlock.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatisticsCostTest {

    private static final List<Cell> CELLS =
            new Matrix(List.of(), List.of(2), List.of(), false).cells(List.of(Section.STATISTICS));

    @Test
    void eachLockIsBesideItselfUncounted() {
        assertThat(Contenders.allNames())
                .containsAll(CELLS.stream().map(Cell::contender).toList());
        assertThat(Contenders.names()).noneMatch(name -> name.endsWith("counted"));
        for (Cell cell : CELLS) {
            if (!cell.contender().endsWith("-uncounted")) {
                assertThat(CELLS).contains(StatisticsCost.uncounted(cell).orElseThrow());
            } else {
                assertThat(StatisticsCost.uncounted(cell)).isEmpty();
            }
        }
        assertThat(StatisticsCost.uncounted(Cell.uncontended("pv-hybrid"))).isEmpty();
    }

    @Test
    void theirProcessesDiffer() {
        assertThat(Contenders.byName().get("pv-fair-uncounted").jvmFlags())
                .containsExactly("-Dpvlock.statistics=false");
        assertThat(Contenders.byName().get("pv-fair-counted").jvmFlags()).isEmpty();
        assertThat(Contenders.byName().get("pv-fair-counted").family())
                .isNotEqualTo(Contenders.byName().get("pv-fair-recorded").family());
    }

    /** A tenth more time uncontended, a tenth fewer acquisitions contended. */
    @Test
    void theTableSaysHowMuchLongerItTakes() {
        List<Row> rows = CELLS.stream().map(StatisticsCostTest::row).toList();
        List<ReportTable> tables = new Report(new Results(rows)).detailed();
        ReportTable cost = tables.get(tables.size() - 1);
        assertThat(cost.title()).isEqualTo("what counting and recording cost");
        assertThat(cost.rows())
                .hasSize(CELLS.size() * 2 / 3)
                .contains(
                        List.of("pv-hybrid-counted", "1", "0 ns", "1.100", "(1.100-1.100)"),
                        List.of("pv-fair-recorded", "2", "5.00 us", "1.111", "(1.111-1.111)"));
    }

    private static Row row(Cell cell) {
        boolean counted = StatisticsCost.uncounted(cell).isPresent();
        Map<Metric, Double> values = new EnumMap<>(Metric.class);
        for (Metric metric : Metric.values()) {
            values.put(metric, metric == Metric.PER_SECOND ? counted ? 90.0 : 100.0 : counted ? 110.0 : 100.0);
        }
        return new Row(cell, 1, 200, true, values);
    }
}
