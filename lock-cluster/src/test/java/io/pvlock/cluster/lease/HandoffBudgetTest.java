package io.pvlock.cluster.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HandoffBudgetTest {

    private static final long MS = 1_000_000;

    private final LeaseWords words = new LeaseWords(new UnsafeBuffer(ByteBuffer.allocateDirect(LeaseWords.LENGTH)), 0);
    private final HostLease lease = new HostLease(words, new Bells() {
        @Override
        public void ringAgent() {}

        @Override
        public void ringWaiters(LeaseWords rung) {}
    });

    @BeforeEach
    void anotherHostWaits() {
        lease.acquire();
        lease.granted(1, false, true, 0);
    }

    private LeaseState after(HandoffBudget budget, boolean free, long nowNs) {
        lease.drainIfDue(budget, free, nowNs);
        return words.state();
    }

    @Test
    void timeOver_itGoes_andNotBefore() {
        words.serial(1);
        HandoffBudget budget = new HandoffBudget(50 * MS, 100);
        assertThat(after(budget, false, 49 * MS)).isEqualTo(LeaseState.ACTIVE);
        assertThat(after(budget, false, 50 * MS)).isEqualTo(LeaseState.DRAINING);
    }

    @Test
    void handsOver_itGoes_andNotBefore() {
        HandoffBudget budget = new HandoffBudget(50 * MS, 100);
        words.serial(99);
        assertThat(after(budget, false, MS)).isEqualTo(LeaseState.ACTIVE);
        words.serial(100);
        assertThat(after(budget, false, MS)).isEqualTo(LeaseState.DRAINING);
    }

    @Test
    void nobodyHereWantsIt_itGoes() {
        assertThat(after(new HandoffBudget(50 * MS, 100), true, 0)).isEqualTo(LeaseState.DRAINING);
    }

    @Test
    void nobodyHereHasHadIt_itStaysAWhile_howeverShortTheTime() {
        HandoffBudget budget = new HandoffBudget(0, 1);
        assertThat(after(budget, false, 19 * MS)).isEqualTo(LeaseState.ACTIVE);
        assertThat(after(budget, false, 20 * MS)).isEqualTo(LeaseState.DRAINING);
    }

    @Test
    void somebodyHereHasHadIt_noTimeMeansNow() {
        words.serial(1);
        assertThat(after(new HandoffBudget(0, 100), false, 0)).isEqualTo(LeaseState.DRAINING);
    }
}
