package io.pvlock.tests.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.WaitPolicy;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * P1: a node is initialised, its prev is written, then the tail names it. Whoever reads the tail finds the node as it was
 * initialised, also where it had looked at the node before.
 */
public class P1NodePublication {

    private static final int CELL = 0;
    private static final int PREV = 64 + NodeDescriptor.PREV_OFFSET;
    private static final int REF = LockWord.ref(0, 0);
    private static final int PREDECESSOR = LockWord.ref(1, 0);

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not queued yet")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "not queued yet, but initialised")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "queued and initialised")
    @Outcome(id = "1, 0", expect = FORBIDDEN, desc = "the tail names a node that is not initialised")
    @State
    public static class Model {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[128]);

        @Actor
        public void enqueuer() {
            memory.putIntRelease(PREV, PREDECESSOR); // P1 release; pairs with P1 acquire in reader
            memory.compareAndSetLong(CELL, 0, LockWord.encodeTail(0, 0) & 0xffff_ffffL); // P1 release; likewise
        }

        @Actor
        public void reader(II_Result r) {
            int before = memory.getIntVolatile(PREV);
            // P1 acquire; pairs with P1 release in enqueuer
            r.r1 = LockWord.tail(LockCell.word(memory.getLongVolatile(CELL))) == REF ? 1 : 0;
            // P1 acquire; likewise
            r.r2 = (memory.getIntVolatile(PREV) | before) == PREDECESSOR ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not queued yet")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "not queued yet, but initialised")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "queued and initialised")
    @Outcome(id = "1, 0", expect = ACCEPTABLE_INTERESTING, desc = "the tail names a node that is not initialised")
    @State
    public static class Weakened {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[128]);

        @Actor
        public void enqueuer() {
            memory.putInt(PREV, PREDECESSOR);
            memory.putLong(CELL, LockWord.encodeTail(0, 0) & 0xffff_ffffL);
        }

        @Actor
        public void reader(II_Result r) {
            // The compiler may take the first look at prev for the second.
            int before = memory.getInt(PREV);
            r.r1 = LockWord.tail(LockCell.word(memory.getLong(CELL))) == REF ? 1 : 0;
            r.r2 = (memory.getInt(PREV) | before) == PREDECESSOR ? 1 : 0;
        }
    }

    /** The enqueuer has no time to lose: it joins the queue of a lock that is held, and leaves it again. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not seen in the queue")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "queued and initialised")
    @Outcome(expect = FORBIDDEN, desc = "the tail names a node that is not initialised")
    @State
    public static class Actual extends ThreeParticipants {

        private static final int LOOKS = 1_000;

        public Actual() {
            super(new WaitPolicy(0, 0, 0, false));
        }

        @Actor
        public void enqueuer() {
            lockInNoTime(first);
        }

        @Actor
        public void reader(II_Result r) {
            int ref = 0;
            for (int look = 0; ref == 0 && look < LOOKS; look++) {
                ref = LockWord.tail(LockCell.word(memory.getLongVolatile(CELL))); // P1 acquire
            }
            r.r1 = ref == 0 ? 0 : 1;
            r.r2 = ref == LockWord.ref(first.index(), 0) && isInitialised(vcpus.nodeOffset(ref)) ? 1 : 0;
        }

        private boolean isInitialised(int node) {
            return vcpus.lockOf(node) == CELL
                    && vcpus.queuedSinceNs(node) != 0
                    && vcpus.grantVolatile(node) >>> 8 == 1
                    && vcpus.prevVolatile(node) == 0;
        }
    }
}
