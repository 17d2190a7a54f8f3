package io.pvlock.internal.layout;

import static io.pvlock.internal.layout.StatisticsDescriptor.COUNTS;
import static io.pvlock.internal.layout.StatisticsDescriptor.longestOf;
import static io.pvlock.internal.layout.StatisticsDescriptor.step;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StatisticsDescriptorTest {

    @Test
    void everyTimeIsInTheStepThatItsEdgesSay() {
        assertThat(step(0)).isZero();
        for (int step = 0; step < COUNTS - 1; step++) {
            long longest = longestOf(step);
            assertThat(step(longest)).as("%d ns", longest).isEqualTo(step);
            assertThat(step(longest + 1)).as("%d ns", longest + 1).isEqualTo(step + 1);
        }
        assertThat(step(Long.MAX_VALUE)).isEqualTo(COUNTS - 1);
    }

    @Test
    void aStepIsAtMostAQuarterWide() {
        for (int step = 1; step < COUNTS - 2; step++) {
            double wide = (longestOf(step + 1) + 1.0) / (longestOf(step) + 1.0);
            assertThat(wide).as("behind %d ns", longestOf(step)).isBetween(1.0, 1.25);
        }
    }

    @Test
    void theStepsReachFromAMicrosecondToNineMinutes() {
        assertThat(longestOf(0)).isEqualTo(1023);
        assertThat(longestOf(COUNTS - 2)).isEqualTo((1L << 39) - 1);
    }

    @Test
    void aBlockHoldsBothKindsOfTimes() {
        assertThat(StatisticsDescriptor.HOLD_COUNTS_OFFSET + COUNTS * Integer.BYTES)
                .isLessThanOrEqualTo(StatisticsDescriptor.LENGTH);
        assertThat(StatisticsDescriptor.LONGEST_HOLD_OFFSET + Long.BYTES)
                .isLessThanOrEqualTo(StatisticsDescriptor.WAIT_COUNTS_OFFSET);
    }
}
