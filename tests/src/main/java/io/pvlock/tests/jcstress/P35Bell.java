package io.pvlock.tests.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pvlock.internal.slot.Bells;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * P35: the kicker leaves a permit, then rings; the waker takes the bell, then looks for permits. The bell is set and taken by
 * read-modify-writes: no ring is lost. Results: the waker has heard the bell; it sees the permit; the bell still rings afterwards.
 */
public class P35Bell {

    private static final int PERMIT = 0;
    private static final int BELL = 64;
    private static final int LENGTH = 128;

    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "heard, and the permit is there")
    @Outcome(id = "0, [01], 1", expect = ACCEPTABLE, desc = "it will be heard the next time")
    @Outcome(id = "1, 0, 0", expect = FORBIDDEN, desc = "heard, and for whom is missed")
    @Outcome(id = "0, [01], 0", expect = FORBIDDEN, desc = "never heard")
    @State
    public static class Model {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);

        @Actor
        public void kicker() {
            memory.putInt(PERMIT, 1);
            memory.compareAndSetInt(BELL, 0, 1); // P35 release; pairs with P35 acquire in waker
        }

        @Actor
        public void waker(III_Result r) {
            r.r1 = memory.getAndSetInt(BELL, 0); // P35 acquire; pairs with P35 release in kicker
            r.r2 = memory.getInt(PERMIT);
        }

        @Arbiter
        public void later(III_Result r) {
            r.r3 = memory.getInt(BELL);
        }
    }

    /** The bell is taken by a load and a store, whatever their order. */
    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "heard, and the permit is there")
    @Outcome(id = "0, [01], 1", expect = ACCEPTABLE, desc = "it will be heard the next time")
    @Outcome(id = "1, 0, 0", expect = FORBIDDEN, desc = "heard, and for whom is missed")
    @Outcome(id = "0, [01], 0", expect = ACCEPTABLE_INTERESTING, desc = "never heard")
    @State
    public static class Weakened {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);

        @Actor
        public void kicker() {
            memory.putInt(PERMIT, 1);
            memory.compareAndSetInt(BELL, 0, 1);
        }

        @Actor
        public void waker(III_Result r) {
            r.r1 = memory.getIntVolatile(BELL);
            memory.putIntVolatile(BELL, 0);
            r.r2 = memory.getInt(PERMIT);
        }

        @Arbiter
        public void later(III_Result r) {
            r.r3 = memory.getInt(BELL);
        }
    }

    /** The shipped bells; the futex that they wake is one that nobody waits on. */
    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "heard, and the permit is there")
    @Outcome(id = "0, [01], 1", expect = ACCEPTABLE, desc = "it will be heard the next time")
    @Outcome(expect = FORBIDDEN, desc = "heard, and for whom is missed; or never heard")
    @State
    public static class Actual {
        private final Bells bells = TwoProcesses.bells(new UnsafeBuffer(new byte[TwoProcesses.LAYOUT.length()]));
        private int permit;

        @Actor
        public void kicker() {
            permit = 1;
            bells.ringFor(0, 0);
        }

        @Actor
        public void waker(III_Result r) {
            r.r1 = bells.take(0);
            r.r2 = permit;
        }

        @Arbiter
        public void later(III_Result r) {
            r.r3 = bells.take(0);
        }
    }
}
