package io.pvlock.tests.jcstress;

import static io.pvlock.core.LockWord.LOCKED;
import static io.pvlock.core.LockWord.SLOW;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pvlock.core.WaitPolicy;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** P5: a head enters itself into the hash, then makes the word SLOW. An unlocker that finds SLOW finds the entry. */
public class P5EntryBeforeSlow {

    private static final int CELL = 0;
    private static final int ENTRY = 64;

    private static UnsafeBuffer heldLock() {
        UnsafeBuffer memory = new UnsafeBuffer(new byte[128]);
        memory.putLong(CELL, LOCKED);
        return memory;
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the head is awake")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the head is awake, but entered")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the head is found and kicked")
    @Outcome(id = "1, 0", expect = FORBIDDEN, desc = "SLOW, and nobody to kick")
    @State
    public static class Model {
        private final UnsafeBuffer memory = heldLock();

        @Actor
        public void head() {
            memory.compareAndSetLong(ENTRY, 0, 1); // P5 release; pairs with P5 acquire in unlocker
            memory.compareAndSetLong(CELL, LOCKED, SLOW); // P5 release; likewise
        }

        @Actor
        public void unlocker(II_Result r) {
            long before = memory.getLongVolatile(ENTRY);
            long cell = memory.getLongVolatile(CELL); // P5 acquire; pairs with P5 release in head
            long entry = memory.getLongVolatile(ENTRY) | before; // P5 acquire; likewise
            r.r1 = cell == SLOW ? 1 : 0;
            r.r2 = (int) entry;
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the head is awake")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the head is awake, but entered")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the head is found and kicked")
    @Outcome(id = "1, 0", expect = ACCEPTABLE_INTERESTING, desc = "SLOW, and nobody to kick")
    @State
    public static class Weakened {
        private final UnsafeBuffer memory = heldLock();

        @Actor
        public void head() {
            memory.putLong(ENTRY, 1);
            memory.putLong(CELL, SLOW);
        }

        @Actor
        public void unlocker(II_Result r) {
            // The compiler may take the first look at the entry for the second.
            long before = memory.getLong(ENTRY);
            long cell = memory.getLong(CELL);
            long entry = memory.getLong(ENTRY) | before;
            r.r1 = cell == SLOW ? 1 : 0;
            r.r2 = (int) entry;
        }
    }

    /** The holder unlocks while the other comes, becomes head and goes to sleep. */
    @JCStressTest
    @Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "both had the lock")
    @Outcome(expect = FORBIDDEN, desc = "a lost update, or a sleeper that nobody kicked")
    @State
    public static class Actual extends ThreeParticipants {
        public Actual() {
            super(new WaitPolicy(0, 0, 0, false));
        }

        @Override
        boolean holderLetsGoWhenHeadSleeps() {
            return false;
        }

        @Actor
        public void head() {
            lockIncrementUnlock(first);
        }

        @Actor
        public void unlocker() {
            incrementUnlock();
        }

        @Arbiter
        public void total(II_Result r) {
            r.r1 = counter();
            r.r2 = lostWakeups();
        }
    }
}
