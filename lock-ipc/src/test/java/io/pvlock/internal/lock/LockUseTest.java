package io.pvlock.internal.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.core.WaitPolicy;
import io.pvlock.internal.directory.OvertakeTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LockUseTest {

    @Test
    void withOneProcessorNobodySpins() {
        for (WaitMode mode : WaitMode.values()) {
            assertThat(LockUse.waitPolicy(Policy.HYBRID, OvertakeTime.OF_POLICY, mode, 1, true)
                            .spinNs())
                    .as("%s", mode)
                    .isZero();
        }
        assertThat(LockUse.waitPolicy(Policy.HYBRID, OvertakeTime.OF_POLICY, WaitMode.AUTO, 2, true)
                        .spinNs())
                .isPositive();
        assertThat(LockUse.waitPolicy(Policy.HYBRID, OvertakeTime.OF_POLICY, WaitMode.PARK, 2, true)
                        .spinNs())
                .isZero();
        assertThat(LockUse.waitPolicy(Policy.HYBRID, OvertakeTime.OF_POLICY, WaitMode.SPIN, 2, true)
                        .spinNs())
                .isEqualTo(Long.MAX_VALUE);
        assertThat(LockUse.waitPolicy(Policy.HYBRID, OvertakeTime.OF_POLICY, WaitMode.YIELD, 2, true)
                        .yieldInsteadOfPark())
                .isTrue();
    }

    @Test
    void policiesAreLimitsOnOvertaking() {
        assertThat(LockUse.waitPolicy(Policy.FAIR, OvertakeTime.OF_POLICY, WaitMode.AUTO, 2, true)
                        .overtakeLimit())
                .isZero();
        assertThat(LockUse.waitPolicy(Policy.HYBRID, OvertakeTime.OF_POLICY, WaitMode.AUTO, 2, true)
                        .overtakeLimit())
                .isBetween(1, 63);
        assertThat(LockUse.waitPolicy(Policy.THROUGHPUT, OvertakeTime.OF_POLICY, WaitMode.AUTO, 2, true)
                        .overtakeLimit())
                .isEqualTo(WaitPolicy.UNLIMITED);
        assertThat(LockUse.waitPolicy(Policy.NUMA, OvertakeTime.OF_POLICY, WaitMode.AUTO, 2, true)
                        .overtakeLimit())
                .isEqualTo(LockUse.waitPolicy(Policy.HYBRID, OvertakeTime.OF_POLICY, WaitMode.AUTO, 2, true)
                        .overtakeLimit());
    }

    @ParameterizedTest
    @CsvSource({
        "1, 10",
        "399, 10",
        "400, 10",
        "799, 10",
        "800, 11",
        "1600, 12",
        "100000, 17",
        "419430399, 29",
        "419430400, 30",
        "2147483647, 30"
    })
    void aTimeOfItsOwnIsWhatLimitsOvertaking(int overtakeUs, int strideShift) {
        for (Policy policy : List.of(Policy.HYBRID, Policy.NUMA)) {
            WaitPolicy waits = LockUse.waitPolicy(policy, overtakeUs, WaitMode.AUTO, 2, true);
            assertThat(waits.overtakeNs()).isEqualTo(overtakeUs * 1_000L);
            assertThat(waits.strideShift())
                    .as("the count by number does not come first")
                    .isEqualTo(strideShift);
            assertThat(waits.overtakeLimit()).isBetween(1, 63);
        }
    }

    @Test
    void betweenFairAndThroughputIsTime() {
        assertThat(LockUse.waitPolicy(Policy.FAIR, OvertakeTime.OF_POLICY, WaitMode.AUTO, 2, true)
                        .overtakeNs())
                .isZero();
        assertThat(LockUse.waitPolicy(Policy.HYBRID, OvertakeTime.OF_POLICY, WaitMode.AUTO, 2, true)
                        .overtakeNs())
                .isEqualTo(400_000);
        assertThat(LockUse.waitPolicy(Policy.THROUGHPUT, OvertakeTime.OF_POLICY, WaitMode.AUTO, 2, true)
                        .overtakeNs())
                .as("it insists, and may be overtaken")
                .isEqualTo(4_000_000);
    }

    @ParameterizedTest
    @EnumSource
    void onlyPolicyNumaOnSeveralNodesKnowsNodes(Policy policy) {
        assertThat(LockUse.waitPolicy(policy, OvertakeTime.OF_POLICY, WaitMode.AUTO, 2, true)
                        .numaThresholdNs())
                .isEqualTo(policy == Policy.NUMA ? 1_000_000 : 0);
        assertThat(LockUse.waitPolicy(policy, OvertakeTime.OF_POLICY, WaitMode.AUTO, 2, false)
                        .numaThresholdNs())
                .isZero();
    }
}
