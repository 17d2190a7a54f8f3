package io.pvlock.tests.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pvlock.core.Participant;
import io.pvlock.internal.wait.VcpuWords;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * P34: who sets a word in a marked line looks whether it still is marked; who finds no word in the line takes the mark, and looks at the
 * words again. A store buffer: not both may miss the other, or a word is set where nobody looks. Results: whether the mark was seen,
 * and the word.
 */
public class P34LineMarks {

    private static final int WORD = 0;
    private static final int MARK = 64;
    private static final int LENGTH = 128;

    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the reader marks the line again")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "who has taken the mark gives it back")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "both mark the line")
    @Outcome(id = "1, 0", expect = FORBIDDEN, desc = "a word is set in a line that nobody looks at")
    @State
    public static class Model {
        private final UnsafeBuffer memory = marked();

        @Actor
        public void reader(II_Result r) {
            memory.putLongVolatile(WORD, 1); // P34 full fence; pairs with P34 in tidier
            r.r1 = (int) memory.getLongVolatile(MARK); // P34 acquire; likewise
        }

        @Actor
        public void tidier(II_Result r) {
            memory.compareAndSetLong(MARK, 1, 0); // P34 full fence; pairs with P34 in reader
            r.r2 = (int) memory.getLongVolatile(WORD); // P34 acquire; likewise
        }
    }

    /** Release and acquire do not order a store before a later load. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the reader marks the line again")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "who has taken the mark gives it back")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "both mark the line")
    @Outcome(id = "1, 0", expect = ACCEPTABLE_INTERESTING, desc = "a word is set in a line that nobody looks at")
    @State
    public static class Weakened {
        private final UnsafeBuffer memory = marked();

        @Actor
        public void reader(II_Result r) {
            memory.putLongRelease(WORD, 1);
            r.r1 = (int) memory.getLongAcquire(MARK);
        }

        @Actor
        public void tidier(II_Result r) {
            memory.putLongRelease(MARK, 0);
            r.r2 = (int) memory.getLongAcquire(WORD);
        }
    }

    private static UnsafeBuffer marked() {
        UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);
        memory.putLong(MARK, 1);
        return memory;
    }

    /** The shipped words, in a line that is marked: one is set while somebody tidies. Result: the sum of those that are found then. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "the word is found")
    @Outcome(expect = FORBIDDEN, desc = "the word is missed")
    @State
    public static class Actual {
        private static final int VCPUS = 2;

        private final VcpuWords words = new VcpuWords(
                new UnsafeBuffer(new byte[VcpuWords.length(VCPUS)]),
                vcpu -> false,
                VCPUS,
                VcpuWords.Places.inOrder(0, VCPUS));
        private final Participant reader = BorrowedParticipants.vcpu(0);

        public Actual() {
            words.put(reader, 1);
            words.put(reader, 0);
        }

        @Actor
        public void reader() {
            words.put(reader, 1);
        }

        @Actor
        public void tidier() {
            words.tidy();
        }

        @Arbiter
        public void look(I_Result r) {
            r.r1 = (int) words.sumOfAlive();
        }
    }
}
