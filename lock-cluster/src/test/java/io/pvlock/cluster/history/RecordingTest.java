package io.pvlock.cluster.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** A record is judged: what is in order passes, and each planted violation is found. */
class RecordingTest {

    private final Recording recording = new Recording();

    private void whole(String who, long token, boolean told, long since, long last) {
        recording.granted(who, token, told, true, since);
        recording.valid(token, last);
        recording.releasing(token, told);
        recording.released(token, true);
    }

    private void assertBroken(String rule) {
        assertThatThrownBy(() -> recording.check(0))
                .isInstanceOfSatisfying(
                        History.Violation.class, e -> assertThat(e.rule()).isEqualTo(rule));
    }

    @Test
    void oneAfterTheOther_withDeathsAndLosses_isGood() {
        whole("a", 1, false, 10, 20);
        recording.granted("b", 2, false, true, 21);
        assertThat(recording.holder()).isEqualTo("b");
        recording.died("b");
        whole("a", 3, true, 30, 40);
        recording.granted("c", 4, false, true, 41);
        recording.valid(4, 45);
        recording.releasing(4, false);
        recording.released(4, false);
        recording.granted("b", 5, true, false, 99); // lost before it could ask
        recording.releasing(5, false);
        recording.released(5, false);
        whole("a", 6, true, 50, 60);
        recording.granted("b", 7, false, false, 0); // the same, after one that ended well
        recording.releasing(7, false);
        recording.released(7, false);
        whole("a", 8, true, 61, 70);
        whole("b", 9, false, 71, 71);
        recording.check(0);
        assertThat(recording.grants()).isEqualTo(9);
    }

    @Test
    void killedWhileItGaveBack_theNextMayBeToldOrNot() {
        recording.granted("a", 1, false, true, 10);
        recording.releasing(1, false);
        recording.died("a");
        whole("b", 2, true, 20, 30);
        recording.granted("a", 3, false, true, 31);
        recording.releasing(3, false);
        recording.died("a");
        whole("b", 4, false, 40, 50);
        recording.check(0);
    }

    @Test
    void twoOwners() {
        whole("a", 1, false, 10, 20);
        whole("b", 2, false, 20, 30);
        assertBroken("I1");
    }

    @Test
    void twoOwners_oneAfterManyOthers() {
        whole("a", 1, false, 10, 100);
        whole("b", 2, false, 20, 30);
        assertBroken("I1");
    }

    @Test
    void aSmallerTokenLater() {
        whole("a", 2, false, 10, 20);
        whole("b", 1, false, 30, 40);
        assertBroken("I2");
    }

    @Test
    void oneTokenTwice() {
        whole("a", 1, false, 10, 20);
        assertThatThrownBy(() -> whole("b", 1, false, 30, 40)).hasMessageContaining("I2");
    }

    @Test
    void refusedByTheStore_butValidToItsEnd() {
        recording.granted("a", 1, false, true, 10);
        recording.refused(1);
        assertThatThrownBy(() -> recording.released(1, true)).hasMessageContaining("I1");
    }

    @Test
    void aDeathThatNobodyIsToldOf() {
        recording.granted("a", 1, false, true, 10);
        recording.died("a");
        whole("b", 2, false, 20, 30);
        assertBroken("I4");
    }

    @Test
    void aLossThatNobodyIsToldOf() {
        recording.granted("a", 1, false, true, 10);
        recording.releasing(1, false);
        recording.released(1, false);
        whole("b", 2, false, 20, 30);
        assertBroken("I4");
    }

    @Test
    void inCalmTimes_aDeathThatWasNone() {
        whole("a", 1, false, 10, 20);
        whole("b", 2, true, 20_000, 20_001);
        recording.check(30_000);
        RecordingTest calm = new RecordingTest();
        calm.whole("a", 1, false, 10, 20);
        calm.whole("b", 2, true, 20_000, 20_001);
        calm.assertBroken("I4");
    }
}
