package io.pvlock.tests.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pvlock.internal.sequence.SequenceCount;
import java.lang.invoke.VarHandle;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * P21: a writer makes the count odd, writes, and makes it even; a reader finds it even, reads, and finds it the same. Then the reader
 * has seen all of the write or nothing. Results: whether it must read again; the two words it read.
 */
public class P21SequenceCount {

    private static final int COUNT = 0;
    private static final int FIRST = 64;
    private static final int SECOND = 128;
    private static final int LENGTH = 192;

    @JCStressTest
    @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "read before the write")
    @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "read after the write")
    @Outcome(id = "1, [01], [01]", expect = ACCEPTABLE, desc = "must read again")
    @Outcome(expect = FORBIDDEN, desc = "took torn data for whole")
    @State
    public static class Model {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);

        @Actor
        public void writer() {
            memory.putLongOpaque(COUNT, 1);
            VarHandle.releaseFence(); // P21 release; pairs with P21 acquire fence in reader
            memory.putInt(FIRST, 1);
            memory.putInt(SECOND, 1);
            memory.putLongRelease(COUNT, 2); // P21 release; pairs with P21 acquire in reader
        }

        @Actor
        public void reader(III_Result r) {
            long begin = memory.getLongVolatile(COUNT); // P21 acquire; pairs with P21 release in writer
            r.r2 = memory.getInt(FIRST);
            r.r3 = memory.getInt(SECOND);
            VarHandle.acquireFence(); // P21 acquire; pairs with P21 release fence in writer
            r.r1 = (begin & 1) != 0 || memory.getLongOpaque(COUNT) != begin ? 1 : 0;
        }
    }

    /** Without order, the compiler may move the data out from between the counts. */
    @JCStressTest
    @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "read before the write")
    @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "read after the write")
    @Outcome(id = "1, [01], [01]", expect = ACCEPTABLE, desc = "must read again")
    @Outcome(
            id = {"0, 0, 1", "0, 1, 0"},
            expect = ACCEPTABLE_INTERESTING,
            desc = "took torn data for whole")
    @State
    public static class Weakened {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);

        @Actor
        public void writer() {
            memory.putLong(COUNT, 1);
            memory.putInt(FIRST, 1);
            memory.putInt(SECOND, 1);
            memory.putLong(COUNT, 2);
        }

        @Actor
        public void reader(III_Result r) {
            long begin = memory.getLong(COUNT);
            r.r2 = memory.getInt(FIRST);
            r.r3 = memory.getInt(SECOND);
            r.r1 = (begin & 1) != 0 || memory.getLong(COUNT) != begin ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "read before the write")
    @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "read after the write")
    @Outcome(id = "1, [01], [01]", expect = ACCEPTABLE, desc = "must read again")
    @Outcome(expect = FORBIDDEN, desc = "took torn data for whole")
    @State
    public static class Actual {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);
        private final SequenceCount count = new SequenceCount(memory, COUNT);

        @Actor
        public void writer() {
            count.beginWrite();
            memory.putInt(FIRST, 1);
            memory.putInt(SECOND, 1);
            count.endWrite();
        }

        @Actor
        public void reader(III_Result r) {
            long begin = count.read();
            r.r2 = memory.getInt(FIRST);
            r.r3 = memory.getInt(SECOND);
            r.r1 = SequenceCount.isOdd(begin) || count.retry(begin) ? 1 : 0;
        }
    }
}
