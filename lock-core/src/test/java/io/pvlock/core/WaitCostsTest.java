package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WaitCostsTest {

    private static final WaitPolicy HYBRID = new WaitPolicy(16, 10, 5_000, false);
    private static final WaitPolicy FAIR = new WaitPolicy(0, 0, 5_000, false);
    private static final int CELL = 64;

    private final WaitCosts costs = new WaitCosts();

    @Test
    void spinsAsLongAsThePolicySaysAndLongerWithSuccess() {
        assertThat(costs.headSpinNs(HYBRID)).isEqualTo(5_000);
        costs.spunInTime();
        long longer = costs.headSpinNs(HYBRID);
        assertThat(longer).isGreaterThan(5_000);
        costs.spunInTime();
        costs.headSpinNs(HYBRID);
        costs.spunInVain();
        costs.spunInVain();
        assertThat(costs.headSpinNs(HYBRID)).isLessThan(longer);
    }

    @Test
    void budgetStaysWithinBounds() {
        for (int i = 0; i < 100; i++) {
            costs.spunInTime();
            assertThat(costs.headSpinNs(HYBRID)).isBetween(5_000L, 10_000L);
        }
        assertThat(costs.headSpinNs(HYBRID)).isEqualTo(10_000);
        for (int i = 0; i < 100; i++) {
            costs.spunInVain();
            assertThat(costs.headSpinNs(HYBRID)).isBetween(5_000L, 10_000L);
        }
        assertThat(costs.headSpinNs(HYBRID)).isEqualTo(5_000);
    }

    @Test
    void neverAndAlwaysStayWhatTheyAre() {
        costs.headSpinNs(HYBRID);
        costs.spunInTime();
        assertThat(costs.headSpinNs(new WaitPolicy(16, 10, 0, false))).isZero();
        assertThat(costs.headSpinNs(new WaitPolicy(16, 10, Long.MAX_VALUE, false)))
                .isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aThiefSpinsLongerWhereItHasBeenInTime() {
        assertThat(costs.thiefSpinNs(2_000)).isEqualTo(2_000);
        for (int i = 0; i < 100; i++) {
            costs.stole(i % 2_000, 2_000);
            assertThat(costs.thiefSpinNs(2_000)).isBetween(2_000L, 8_000L);
        }
        assertThat(costs.thiefSpinNs(2_000)).isEqualTo(8_000);
        assertThat(costs.thiefSpinNs(0)).as("one that never spins").isZero();
    }

    @Test
    void aLongSpinIsNoReasonForAnother() {
        costs.thiefSpinNs(2_000);
        for (int i = 0; i < 100; i++) {
            costs.stole(0, 2_000);
            costs.thiefSpinNs(2_000);
        }
        for (int i = 0; i < 100; i++) {
            costs.stole(2_000 + i, 2_000); // in time for the long one alone
            costs.thiefSpinNs(2_000);
        }
        assertThat(costs.thiefSpinNs(2_000)).isEqualTo(2_000);
    }

    @Test
    void wakesEarlyWhereHoldingTakesLongerThanAKickAndNobodyOvertakes() {
        costs.kicked(1_000);
        assertThat(costs.wakesEarly(FAIR)).isFalse();
        hold();
        assertThat(costs.wakesEarly(FAIR)).isTrue();
        assertThat(costs.wakesEarly(HYBRID)).isFalse();
        for (int i = 0; i < 50; i++) {
            costs.kicked(40_000_000); // counts as 50 us
        }
        costs.releasing(CELL + 8); // of another lock
        assertThat(costs.wakesEarly(FAIR)).isFalse();
        for (int i = 0; i < 20; i++) {
            hold();
        }
        assertThat(costs.wakesEarly(FAIR))
                .as("in spite of kicks that seemed to take 40 ms")
                .isTrue();
    }

    /** Long enough for an eighth of it to count. */
    private void hold() {
        costs.acquired(CELL, FAIR);
        for (long end = System.nanoTime() + 40_000; System.nanoTime() < end; ) {
            Thread.onSpinWait();
        }
        costs.releasing(CELL);
    }
}
