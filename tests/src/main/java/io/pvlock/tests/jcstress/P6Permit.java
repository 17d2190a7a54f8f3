package io.pvlock.tests.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pvlock.core.Participant;
import io.pvlock.linux.Futex;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * P6: the kicker frees the lock, then leaves the permit; the sleeper looks for a permit, then at the lock. Permit and PARKED
 * are one word, changed by read-modify-writes: whoever comes second sees the other.
 */
public class P6Permit {

    private static final int PARK = 0;
    private static final int LOCK = 64;
    private static final int ASLEEP = 128;

    private static final int EMPTY = 0;
    private static final int PERMIT = 1;
    private static final int PARKED = 2;

    /** Results: the sleeper stays awake; the lock as it sees it then; the kicker wakes. */
    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "the permit was there, and the lock is free")
    @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "it sleeps, and is woken")
    @Outcome(id = "1, 0, 0", expect = FORBIDDEN, desc = "took the permit, missed what it stands for")
    @Outcome(id = "0, 0, 0", expect = FORBIDDEN, desc = "it sleeps, and nobody wakes it")
    @State
    public static class Model {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[192]);

        @Actor
        public void sleeper(III_Result r) {
            // P6 full fence; pairs with P6 in kicker
            if (!memory.compareAndSetInt(PARK, EMPTY, PARKED)) {
                memory.getAndSetInt(PARK, EMPTY); // P6 acquire; likewise
                r.r1 = 1;
                r.r2 = memory.getInt(LOCK);
            }
        }

        @Actor
        public void kicker(III_Result r) {
            memory.putInt(LOCK, 1);
            r.r3 = memory.getAndSetInt(PARK, PERMIT) == PARKED ? 1 : 0; // P6 release; pairs with P6 in sleeper
        }
    }

    /** Two words with release and acquire, as one might be tempted to write it. */
    @JCStressTest
    @Outcome(id = "1, 1, [01]", expect = ACCEPTABLE, desc = "the permit was there, and the lock is free")
    @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "it sleeps, and is woken")
    @Outcome(id = "1, 0, [01]", expect = FORBIDDEN, desc = "took the permit, missed what it stands for")
    @Outcome(id = "0, 0, 0", expect = ACCEPTABLE_INTERESTING, desc = "it sleeps, and nobody wakes it")
    @State
    public static class Weakened {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[192]);

        @Actor
        public void sleeper(III_Result r) {
            memory.putIntRelease(ASLEEP, 1);
            if (memory.getIntAcquire(PARK) == PERMIT) {
                r.r1 = 1;
                r.r2 = memory.getInt(LOCK);
            }
        }

        @Actor
        public void kicker(III_Result r) {
            memory.putInt(LOCK, 1);
            memory.putIntRelease(PARK, PERMIT);
            r.r3 = memory.getIntAcquire(ASLEEP);
        }
    }

    /**
     * The shipped parker, on a mapped file and with real futex calls. Results: the lock as the sleeper sees it when it is back
     * (2 if it slept to the parker's bound, which may be before the kicker ran at all); how many slept on although kicked.
     */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "kicked, and the lock is free")
    @Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "slept to the bound: the kicker did not run for so long")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "came back without a kick, or missed what it stands for")
    @Outcome(id = "[012], 1", expect = FORBIDDEN, desc = "it sleeps, and nobody wakes it")
    @State
    public static class Actual {

        /** A little less than the parker's bound of 50 ms. */
        private static final long BOUND_NS = 45_000_000;

        private final Participant me = BorrowedParticipants.next();
        private int lock;

        @Actor
        public void sleeper(II_Result r) {
            long begin = System.nanoTime();
            BorrowedParticipants.parker().park(me, -1, Participant.NO_DEADLINE);
            int seen = lock;
            r.r1 = seen == 0 && System.nanoTime() - begin > BOUND_NS ? 2 : seen;
        }

        @Actor
        public void kicker(II_Result r) {
            lock = 1;
            BorrowedParticipants.parker().kick(me.index());
            // Whoever still sleeps on a word that says PERMIT was missed: no kick of this parker will ever come.
            r.r2 = Futex.wake(BorrowedParticipants.parkWordAddress(me), 1);
        }
    }
}
