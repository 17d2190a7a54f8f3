package io.pvlock.cluster.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** The judge itself: each rule, broken once. */
class HistoryTest {

    private static final class One implements History.Holder {

        private final String name;
        private boolean valid = true;

        One(String name) {
            this.name = name;
        }

        @Override
        public String who() {
            return name;
        }

        @Override
        public boolean isValid() {
            return valid;
        }
    }

    private final History history = new History();
    private final One a = new One("a");
    private final One b = new One("b");

    private static void assertBroken(String rule, Runnable what) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        History.Violation.class, e -> assertThat(e.rule()).isEqualTo(rule));
    }

    @Test
    void oneAfterTheOther_isGood() {
        history.granted(a, 1, false, true);
        history.released(a, true);
        history.granted(b, 2, false, true);
        history.checkExclusion();
        history.died(b);
        history.granted(a, 3, true, true);
        history.repaired();
        history.released(a, true);
        assertThat(history.store(3)).isTrue();
        assertThat(history.store(2)).isFalse();
        assertThat(history.grants()).isEqualTo(3);
    }

    @Test
    void twoAtOnce() {
        history.granted(a, 1, false, true);
        assertBroken("I1", () -> history.granted(b, 2, true, true));
    }

    @Test
    void aSmallerToken() {
        history.granted(a, 2, false, true);
        history.released(a, true);
        assertBroken("I2", () -> history.granted(b, 2, false, true));
    }

    @Test
    void aLateWrite() {
        history.store(5);
        assertBroken("I3", () -> history.storeUnchecked(a, 4));
    }

    @Test
    void aDeathThatNobodyIsToldOf() {
        history.granted(a, 1, false, true);
        history.died(a);
        assertBroken("I4", () -> history.granted(b, 2, false, true));
    }

    @Test
    void aLossThatNobodyIsToldOf() {
        history.granted(a, 1, false, true);
        a.valid = false;
        assertBroken("I4", () -> history.granted(b, 2, false, true));
    }

    @Test
    void aDeathThatWasNone() {
        history.granted(a, 1, false, true);
        history.released(a, true);
        assertBroken("I4", () -> history.granted(b, 2, true, true));
    }

    @Test
    void aGrantWithoutALease() {
        assertBroken("I5", () -> history.granted(a, 1, false, false));
    }

    @Test
    void somebodyStarves() {
        assertBroken("I6", () -> History.checkServed(Map.of("a", 0, "b", 7), 1));
    }
}
