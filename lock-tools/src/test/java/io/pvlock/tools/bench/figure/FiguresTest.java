package io.pvlock.tools.bench.figure;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.Spread;
import java.util.List;
import org.junit.jupiter.api.Test;

class FiguresTest {

    private static final Figure SMALL = Figure.ours(Section.SERVED, "us a turn", 1);
    private static final Figure LARGE = Figure.ours(Section.SERVED, "us a turn", 900);
    private static final Figure RIVAL = Figure.alone(Section.SERVED, "us a turn", 900, Figure.JUC);

    private final Figures figures = new Figures();

    private void add(Figure figure, double... values) {
        for (int i = 0; i < values.length; i++) {
            figures.begin(i);
            figures.add(figure, values[i]);
        }
    }

    @Test
    void aRatioIsOfOneRepetitionEach() {
        add(LARGE, 10, 20, 90);
        add(RIVAL, 100, 100, 300);
        add(SMALL, 5, 5, 9);
        assertThat(figures.value(LARGE)).isEqualTo(new Spread(20, 10, 90));
        assertThat(figures.ratios(LARGE))
                .containsEntry("j.u.c", new Spread(0.2, 0.1, 0.3))
                .containsEntry("size 1", new Spread(4, 2, 10))
                .hasSize(2);
        assertThat(figures.ratios(SMALL)).isEmpty();
    }

    @Test
    void ratiosAreRecordedByWhatTheyAreOf() {
        add(LARGE, 10);
        add(RIVAL, 100);
        assertThat(figures.ratios()).containsOnlyKeys("served: us a turn size=900 of=pv x j.u.c");
    }

    @Test
    void aRepetitionWithoutARivalHasNoRatio() {
        add(LARGE, 10, 20);
        add(RIVAL, 100);
        assertThat(figures.ratios(LARGE)).containsEntry("j.u.c", new Spread(0.1, 0.1, 0.1));
        figures.begin(0);
        figures.add(RIVAL, 0);
        assertThat(figures.ratios(LARGE)).isEmpty();
    }

    @Test
    void sizesAscendInATable() {
        add(LARGE, 10);
        add(Figure.alone(Section.SERVED, "other", 3, Figure.PV), 1);
        add(RIVAL, 100);
        add(SMALL, 5);
        assertThat(new FigureReport(figures).tables()).hasSize(2).first().satisfies(table -> {
            assertThat(table.title()).isEqualTo("served: us a turn");
            assertThat(table.rows())
                    .containsExactly(
                            List.of("1", "pv", "5.00", "(5.00-5.00)", "", ""),
                            List.of("900", "pv", "10.0", "(10.0-10.0)", "0.10 x j.u.c; 2.00 x size 1", ""),
                            List.of("900", "j.u.c", "100", "(100-100)", "", ""));
        });
    }

    @Test
    void whatIsMissingSaysWhy() {
        figures.missing(LARGE, "no such thing here");
        add(SMALL, 5);
        assertThat(new FigureReport(figures).tables().get(0).rows())
                .contains(List.of("900", "pv", "-", "", "", "no such thing here"));
        assertThat(figures.ratios()).isEmpty();
    }
}
