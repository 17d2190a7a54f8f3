package io.pvlock.internal.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.core.WaitPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LockUseTest {

    @Test
    void withOneProcessorNobodySpins() {
        for (WaitMode mode : WaitMode.values()) {
            assertThat(LockUse.waitPolicy(Policy.HYBRID, mode, 1, true).spinNs())
                    .as("%s", mode)
                    .isZero();
        }
        assertThat(LockUse.waitPolicy(Policy.HYBRID, WaitMode.AUTO, 2, true).spinNs())
                .isPositive();
        assertThat(LockUse.waitPolicy(Policy.HYBRID, WaitMode.PARK, 2, true).spinNs())
                .isZero();
        assertThat(LockUse.waitPolicy(Policy.HYBRID, WaitMode.SPIN, 2, true).spinNs())
                .isEqualTo(Long.MAX_VALUE);
        assertThat(LockUse.waitPolicy(Policy.HYBRID, WaitMode.YIELD, 2, true).yieldInsteadOfPark())
                .isTrue();
    }

    @Test
    void policiesAreLimitsOnOvertaking() {
        assertThat(LockUse.waitPolicy(Policy.FAIR, WaitMode.AUTO, 2, true).overtakeLimit())
                .isZero();
        assertThat(LockUse.waitPolicy(Policy.HYBRID, WaitMode.AUTO, 2, true).overtakeLimit())
                .isBetween(1, 63);
        assertThat(LockUse.waitPolicy(Policy.THROUGHPUT, WaitMode.AUTO, 2, true).overtakeLimit())
                .isEqualTo(WaitPolicy.UNLIMITED);
        assertThat(LockUse.waitPolicy(Policy.NUMA, WaitMode.AUTO, 2, true).overtakeLimit())
                .isEqualTo(LockUse.waitPolicy(Policy.HYBRID, WaitMode.AUTO, 2, true)
                        .overtakeLimit());
    }

    @ParameterizedTest
    @EnumSource
    void onlyPolicyNumaOnSeveralNodesKnowsNodes(Policy policy) {
        assertThat(LockUse.waitPolicy(policy, WaitMode.AUTO, 2, true).numaThresholdNs())
                .isEqualTo(policy == Policy.NUMA ? 1_000_000 : 0);
        assertThat(LockUse.waitPolicy(policy, WaitMode.AUTO, 2, false).numaThresholdNs())
                .isZero();
    }
}
