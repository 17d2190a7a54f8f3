package io.pvlock.tests.jcstress;

import static io.pvlock.core.NodeDescriptor.GRANTED;
import static io.pvlock.core.NodeDescriptor.WAIT;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.WaitPolicy;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** P2: the granter's critical section, then its grant. Whoever sees the grant sees the critical section. */
public class P2Grant {

    private static final int GRANT = NodeDescriptor.GRANT_OFFSET;
    private static final int DATA = 128;

    private static UnsafeBuffer waitingNode() {
        UnsafeBuffer memory = new UnsafeBuffer(new byte[192]);
        memory.putInt(GRANT, WAIT);
        return memory;
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not granted yet")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "not granted yet; a racy look into the critical section")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "granted, and the critical section seen")
    @Outcome(id = "1, 0", expect = FORBIDDEN, desc = "granted, and the critical section missed")
    @State
    public static class Model {
        private final UnsafeBuffer memory = waitingNode();

        @Actor
        public void granter() {
            memory.putInt(DATA, 1);
            memory.compareAndSetInt(GRANT, WAIT, GRANTED); // P2 release; pairs with P2 acquire in waiter
        }

        @Actor
        public void waiter(II_Result r) {
            int before = memory.getInt(DATA);
            int grant = memory.getIntVolatile(GRANT); // P2 acquire; pairs with P2 release in granter
            int data = memory.getInt(DATA) | before;
            r.r1 = grant == GRANTED ? 1 : 0;
            r.r2 = data;
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not granted yet")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "not granted yet; a racy look into the critical section")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "granted, and the critical section seen")
    @Outcome(id = "1, 0", expect = ACCEPTABLE_INTERESTING, desc = "granted, and the critical section missed")
    @State
    public static class Weakened {
        private final UnsafeBuffer memory = waitingNode();

        @Actor
        public void granter() {
            memory.putInt(DATA, 1);
            memory.putInt(GRANT, GRANTED);
        }

        @Actor
        public void waiter(II_Result r) {
            // The compiler may take the first look at the data for the second.
            int before = memory.getInt(DATA);
            int grant = memory.getInt(GRANT);
            int data = memory.getInt(DATA) | before;
            r.r1 = grant == GRANTED ? 1 : 0;
            r.r2 = data;
        }
    }

    /** Thieves allowed, so that also P0 carries the critical section from one to the other. */
    @JCStressTest
    @Outcome(id = "3, 0", expect = ACCEPTABLE, desc = "all three had the lock")
    @Outcome(expect = FORBIDDEN, desc = "a lost update, or a sleeper that nobody kicked")
    @State
    public static class Actual extends ThreeParticipants {
        public Actual() {
            super(new WaitPolicy(WaitPolicy.UNLIMITED, 0, 1_000, false));
        }

        @Actor
        public void first() {
            lockIncrementUnlock(first);
        }

        @Actor
        public void second() {
            lockIncrementUnlock(second);
        }

        @Arbiter
        public void total(II_Result r) {
            r.r1 = counter();
            r.r2 = lostWakeups();
        }
    }
}
