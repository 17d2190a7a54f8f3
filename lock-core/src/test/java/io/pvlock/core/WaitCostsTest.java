package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WaitCostsTest {

    private static final WaitPolicy HYBRID = new WaitPolicy(16, 10, 5_000, false);

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
    void wakesTheWayThatHasMadeTurnsShorter() {
        assertThat(early(640)).as("nothing is known: each second one").isEqualTo(320);
        for (int i = 0; i < 100; i++) {
            turn(NodeDescriptor.WAKE_EARLY, 40_000);
            turn(NodeDescriptor.WAKE_AT_UNLOCK, 20_000);
        }
        assertThat(early(640)).as("trials").isEqualTo(10);
        for (int i = 0; i < 100; i++) {
            turn(NodeDescriptor.WAKE_EARLY, 10_000);
        }
        assertThat(early(640)).as("all but trials").isEqualTo(630);
    }

    @Test
    void oneTurnThatLastedIsNoReason() {
        for (int i = 0; i < 50; i++) {
            turn(NodeDescriptor.WAKE_EARLY, 23_000);
            turn(NodeDescriptor.WAKE_AT_UNLOCK, 20_000);
        }
        turn(NodeDescriptor.WAKE_AT_UNLOCK, 1_000_000_000);
        assertThat(early(640)).isEqualTo(10);
    }

    @Test
    void aTurnThatNobodyMeasuresSaysNothing() {
        for (int i = 0; i < 50; i++) {
            turn(NodeDescriptor.WAKE_EARLY, 30_000);
            turn(NodeDescriptor.WAKE_AT_UNLOCK, 20_000);
        }
        for (int i = 0; i < 50; i++) {
            turn(NodeDescriptor.WAKE_UNKNOWN, 1_000_000);
        }
        turn(NodeDescriptor.WAKE_AT_UNLOCK, 20_000);
        for (int i = 0; i < 50; i++) {
            costs.took(1_000_000); // a head that nobody has granted
        }
        assertThat(early(640)).isEqualTo(10);
    }

    /** The file may be damaged. */
    @Test
    void aTurnThatBeganInTheFutureTookNoTime() {
        for (int i = 0; i < 50; i++) {
            turn(NodeDescriptor.WAKE_EARLY, Long.MIN_VALUE);
            turn(NodeDescriptor.WAKE_AT_UNLOCK, 20_000);
        }
        for (int i = 0; i < 50; i++) {
            turn(NodeDescriptor.WAKE_EARLY, 30_000);
        }
        assertThat(early(640)).isEqualTo(10);
    }

    private void turn(int wake, long ns) {
        costs.granted(wake, 0);
        costs.took(ns);
    }

    private int early(int turns) {
        int early = 0;
        for (int i = 0; i < turns; i++) {
            early += costs.wakesEarly() ? 1 : 0;
        }
        return early;
    }
}
