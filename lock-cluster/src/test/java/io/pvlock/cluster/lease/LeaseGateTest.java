package io.pvlock.cluster.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a local owner is told of the one before, and what of its own lease. */
class LeaseGateTest {

    private static final long LEASE_NS = 100;

    private long now = 1;

    private final HostWords host =
            new HostWords(new UnsafeBuffer(ByteBuffer.allocateDirect(HostWords.LENGTH + LeaseWords.LENGTH)));
    private final LeaseClock clock = new LeaseClock() {
        @Override
        public long nowNs() {
            return now;
        }

        @Override
        public long roughlyNs() {
            return now;
        }
    };
    private final Bells silent = new Bells() {
        @Override
        public void ringAgent() {}

        @Override
        public void ringWaiters(LeaseWords lease) {}
    };
    private LeaseGate gate;

    @BeforeEach
    void grantLease() {
        host.make(1, UUID.randomUUID(), "host");
        HandoffBudget budget = new HandoffBudget(Long.MAX_VALUE, Long.MAX_VALUE);
        gate = new LeaseGate(host, host.lease(0), budget, clock, silent);
        assertThat(gate.tryGrant()).as("there is no lease").isNull();
        HostLease lease = new HostLease(host.lease(0), silent);
        lease.acquire();
        lease.granted(7, false, false, now);
        host.deadlineNs(now + LEASE_NS);
    }

    @Test
    void whoEndsWell_leavesNothingToTell() {
        Grant grant = gate.tryGrant();
        assertThat(gate.validForNs(grant)).isEqualTo(LEASE_NS);
        assertThat(gate.release(grant, () -> true)).isTrue();
        assertThat(gate.tryGrant().ownerDied()).isFalse();
    }

    @Test
    void whoEndsAfterTheDeadline_isTold_andTheNextToo() {
        Grant grant = gate.tryGrant();
        now += LEASE_NS;
        assertThat(gate.isValid(grant)).isFalse();
        assertThat(gate.release(grant, () -> true)).isFalse();
        host.deadlineNs(now + LEASE_NS);
        assertThat(gate.tryGrant().ownerDied()).isTrue();
    }

    @Test
    void whoHasSeenTheDeadlinePass_canTellTheNext_thoughItWasMovedSince() {
        Grant grant = gate.tryGrant();
        now += LEASE_NS;
        assertThat(gate.isValid(grant)).isFalse();
        host.deadlineNs(now + LEASE_NS);
        gate.markInconsistent(grant);
        assertThat(gate.release(grant, () -> true)).as("by the clock").isTrue();
        Grant next = gate.tryGrant();
        assertThat(next.ownerDied()).isTrue();
        gate.markConsistent(next);
        gate.release(next, () -> true);
        assertThat(gate.tryGrant().ownerDied()).isFalse();
    }

    @Test
    void whoIsKilled_isFoundByTheNext() {
        Grant grant = gate.tryGrant();
        Grant next = gate.tryGrant();
        assertThat(next.ownerDied()).isTrue();
        assertThat(next.token()).isGreaterThan(grant.token());
    }
}
