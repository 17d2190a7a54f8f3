package io.pvlock.tools.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.tools.scorecard.CellScore;
import io.pvlock.tools.scorecard.Kill;
import io.pvlock.tools.scorecard.Rival;
import io.pvlock.tools.scorecard.Scorecard;
import io.pvlock.tools.scorecard.TrialResult;
import io.pvlock.tools.scorecard.Verdict;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ScorecardReportTest {

    private static final long LONG_NS = 345_678_000;

    private static CellScore cell(Verdict... verdicts) {
        return new CellScore(Arrays.stream(verdicts)
                .map(verdict -> new TrialResult(verdict, OptionalLong.of(LONG_NS), 1, 2, 3))
                .toList());
    }

    private static ScorecardReport report(CellScore cell, Rival... rivals) {
        Map<Kill, CellScore> cells = new EnumMap<>(Kill.class);
        for (Kill kill : Kill.values()) {
            cells.put(kill, cell);
        }
        Scorecard.Setup setup =
                new Scorecard.Setup(List.of(rivals), List.of(Kill.values()), 1000, 999_999_999, 1_000_000_000);
        return new ScorecardReport(
                setup,
                setup.rivals().stream()
                        .map(rival -> new Scorecard.RivalScore(rival, Optional.empty(), cells))
                        .toList());
    }

    private static String print(ScorecardReport report) {
        StringWriter text = new StringWriter();
        report.print(new PrintWriter(text, true));
        return text.toString();
    }

    @Test
    void whatThisLockLosesFails() {
        assertThat(report(cell(Verdict.OK, Verdict.LOST), Rival.PVLOCK).problem())
                .startsWith("pvlock is not good in 'owner', ");
        assertThat(print(report(cell(Verdict.TWO), Rival.PVLOCK))).contains("scorecard: FAILED, pvlock is not good");
        assertThat(report(cell(Verdict.FREE), Rival.PVLOCK).problem()).isNotEmpty();
        assertThat(report(cell(Verdict.KEPT, Verdict.OK, Verdict.TOLD), Rival.PVLOCK)
                        .problem())
                .isEmpty();
    }

    @Test
    void whatOthersLoseDoesNot() {
        Rival other = Rival.ALL.get(1);
        assertThat(report(cell(Verdict.TWO), other).problem()).isEmpty();
    }

    @Test
    void theWorstOfAllTrialsCounts() {
        String text = print(report(cell(Verdict.TOLD, Verdict.TWO, Verdict.LOST, Verdict.TWO), Rival.PVLOCK));
        assertThat(text).containsPattern("pvlock +TWO 2/4  TWO 2/4");
        assertThat(print(report(cell(Verdict.TOLD, Verdict.OK), Rival.PVLOCK))).containsPattern("pvlock +told 346ms ");
    }

    @Test
    void whatCannotBeShownIsSaid() {
        assertThat(print(report(cell(), Rival.PVLOCK)))
                .containsPattern("pvlock +- +- ")
                .contains("cannot be shown here");
    }

    @Test
    void theTableHasAHundredColumnsAtMost() {
        for (Verdict verdict : Verdict.values()) {
            String text = print(report(cell(verdict), Rival.ALL.toArray(Rival[]::new)));
            assertThat(text.substring(0, text.indexOf("scorecard: ")).lines())
                    .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
        }
    }

    @Test
    void halfOfTheTimesAreNoLonger() {
        CellScore cell = new CellScore(List.of(1L, 9L, 5L).stream()
                .map(ns -> new TrialResult(Verdict.OK, OptionalLong.of(ns), 0, 0, 0))
                .toList());
        assertThat(cell.medianNs()).hasValue(5L);
        assertThat(cell.longestNs()).hasValue(9L);
    }
}
