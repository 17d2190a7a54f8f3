package io.pvlock.cluster.tools;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClusterDoctorTest {

    private static final long NOW = 1_800_000_000_000L;

    @Test
    void clock_thatWasSet_isFound_whicheverWay() {
        assertThat(ClusterDoctor.clock(NOW - 1_500, NOW).ok()).isTrue();
        ClusterDoctor.Finding ahead = ClusterDoctor.clock(NOW - 86_400_000, NOW);
        assertThat(ahead.ok()).isFalse();
        assertThat(ahead.what()).startsWith("clock: 86400 s ahead");
        assertThat(ClusterDoctor.clock(NOW + 86_400_000, NOW).what()).startsWith("clock: -86400 s ahead");
        assertThat(ClusterDoctor.clock(NOW + 86_400_000, NOW).ok()).isFalse();
    }
}
