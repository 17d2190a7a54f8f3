package io.pvlock.cluster.lease;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.jetbrains.kotlinx.lincheck.LinChecker;
import org.jetbrains.kotlinx.lincheck.annotations.Operation;
import org.jetbrains.kotlinx.lincheck.strategy.stress.StressOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;

/**
 * The words of a lease are linearizable: what the agent, the local owner and somebody who looks have seen together, they could have seen
 * one after the other. As in production there is one agent, and one owner at a time; Lincheck makes up what they do.
 */
@EnabledForJreRange(maxVersion = 21) // it warns of its own agent on later ones; what it tests is the same there
@Timeout(300)
public class LeaseLinearizabilityTest {

    private static final long DEADLINE_NS = 1_000;

    private final HostWords host =
            new HostWords(new UnsafeBuffer(ByteBuffer.allocate(HostWords.LENGTH + LeaseWords.LENGTH)));
    private final LeaseWords words;
    private final HostLease lease;
    private final LeaseGate gate;
    private Grant grant;
    private long grants;

    public LeaseLinearizabilityTest() {
        host.make(1, new UUID(1, 2), "host");
        host.deadlineNs(DEADLINE_NS);
        words = host.lease(0);
        Bells silent = new Bells() {
            @Override
            public void ringAgent() {}

            @Override
            public void ringWaiters(LeaseWords of) {}
        };
        LeaseClock standing = new LeaseClock() {
            @Override
            public long nowNs() {
                return DEADLINE_NS / 2;
            }

            @Override
            public long roughlyNs() {
                return DEADLINE_NS / 2;
            }
        };
        lease = new HostLease(words, silent);
        gate = new LeaseGate(host, words, new HandoffBudget(DEADLINE_NS, 100), standing, silent);
    }

    // ---- agent

    @Operation(nonParallelGroup = "agent")
    public void acquire() {
        lease.acquire();
    }

    @Operation(nonParallelGroup = "agent")
    public void granted() {
        lease.granted(++grants, false, true, 0);
    }

    @Operation(nonParallelGroup = "agent")
    public boolean release() {
        return lease.release();
    }

    @Operation(nonParallelGroup = "agent")
    public void suspend() {
        lease.suspend();
    }

    @Operation(nonParallelGroup = "agent")
    public void resume() {
        lease.resume();
    }

    @Operation(nonParallelGroup = "agent")
    public void lose() {
        lease.lose();
    }

    // ---- local owner

    @Operation(nonParallelGroup = "owner")
    public String lock() {
        if (grant == null) {
            grant = gate.tryGrant();
        }
        return grant == null ? "not now" : grant.token() + (grant.ownerDied() ? " after a death" : "");
    }

    @Operation(nonParallelGroup = "owner")
    public String unlock() {
        if (grant == null) {
            return "nothing";
        }
        boolean valid = gate.release(grant, () -> true);
        grant = null;
        return valid ? "valid" : "lost";
    }

    @Operation(nonParallelGroup = "owner")
    public boolean isValid() {
        return grant != null && gate.isValid(grant);
    }

    // ---- anybody

    @Operation
    public String look() {
        long control = words.control();
        return LeaseState.of(control)
                + (Control.has(control, Control.HELD) ? " held" : "")
                + (Control.has(control, Control.INCONSISTENT) ? " inconsistent" : "");
    }

    @Test
    void stress() {
        LinChecker.check(
                LeaseLinearizabilityTest.class,
                new StressOptions()
                        .iterations(30)
                        .invocationsPerIteration(1_000)
                        .threads(3)
                        .actorsPerThread(4)
                        .actorsBefore(3)
                        .actorsAfter(2)
                        .minimizeFailedScenario(false));
    }
}
