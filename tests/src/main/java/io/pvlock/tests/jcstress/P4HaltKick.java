package io.pvlock.tests.jcstress;

import static io.pvlock.core.NodeDescriptor.GRANTED;
import static io.pvlock.core.NodeDescriptor.HALTED;
import static io.pvlock.core.NodeDescriptor.HASHED;
import static io.pvlock.core.NodeDescriptor.RUNNING;
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

/**
 * P4: a waiter says HALTED and looks at its grant once more; its granter grants and looks whether it is HALTED. A store
 * buffer: not both may miss the other, or the waiter sleeps and nobody knows.
 */
public class P4HaltKick {

    private static final int STATE = NodeDescriptor.STATE_OFFSET;
    private static final int GRANT = NodeDescriptor.GRANT_OFFSET;

    private static UnsafeBuffer waitingNode() {
        UnsafeBuffer node = new UnsafeBuffer(new byte[NodeDescriptor.LENGTH]);
        node.putInt(GRANT, WAIT);
        node.putInt(STATE, RUNNING);
        return node;
    }

    private static int grantAndEnter(UnsafeBuffer node) {
        node.compareAndSetInt(GRANT, WAIT, GRANTED); // P4; pairs with the waiter's look at its grant
        return node.compareAndSetInt(STATE, HALTED, HASHED) ? 1 : 0; // P4; pairs with the waiter's HALTED
    }

    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "it sleeps, and its granter will have it kicked")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "it is awake")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "it is awake, and is kicked in vain")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "it sleeps, and nobody knows")
    @State
    public static class Model {
        private final UnsafeBuffer node = waitingNode();

        @Actor
        public void waiter(II_Result r) {
            node.putIntVolatile(STATE, HALTED); // P4 store and full fence; pairs with grantAndEnter
            r.r1 = node.getIntVolatile(GRANT) == GRANTED ? 1 : 0; // P4 load; pairs with grantAndEnter
        }

        @Actor
        public void granter(II_Result r) {
            r.r2 = grantAndEnter(node);
        }
    }

    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "it sleeps, and its granter will have it kicked")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "it is awake")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "it is awake, and is kicked in vain")
    @Outcome(id = "0, 0", expect = ACCEPTABLE_INTERESTING, desc = "it sleeps, and nobody knows")
    @State
    public static class Weakened {
        private final UnsafeBuffer node = waitingNode();

        @Actor
        public void waiter(II_Result r) {
            // Release and acquire do not order a store before a later load.
            node.putIntRelease(STATE, HALTED);
            r.r1 = node.getIntAcquire(GRANT) == GRANTED ? 1 : 0;
        }

        @Actor
        public void granter(II_Result r) {
            r.r2 = grantAndEnter(node);
        }
    }

    @JCStressTest
    @Outcome(id = "3, 0", expect = ACCEPTABLE, desc = "all three had the lock")
    @Outcome(expect = FORBIDDEN, desc = "a lost update, or a sleeper that nobody kicked")
    @State
    public static class Actual extends ThreeParticipants {
        public Actual() {
            super(new WaitPolicy(0, 0, 0, false));
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
