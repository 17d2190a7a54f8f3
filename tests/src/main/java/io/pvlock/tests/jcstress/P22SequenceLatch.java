package io.pvlock.tests.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pvlock.internal.sequence.SequenceLatch;
import java.lang.invoke.VarHandle;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * P22: a writer writes the copy that is not the latest, between an odd and an even count; three times, so that it comes back to the
 * copy that a reader may be reading. Results: the version read, -1 to read again; its two words, which are the version.
 */
public class P22SequenceLatch {

    private static final int COUNT = 0;
    private static final int COPIES = 64;
    private static final int STRIDE = 64;
    private static final int SECOND = Integer.BYTES;
    private static final int COPY_LENGTH = 2 * Integer.BYTES;
    private static final int LENGTH = COPIES + 2 * STRIDE;
    private static final int WRITES = 3;

    private static int copy(long version) {
        return COPIES + (int) (version & 1) * STRIDE;
    }

    @JCStressTest
    @Outcome(
            id = {"0, 0, 0", "1, 1, 1", "2, 2, 2", "3, 3, 3"},
            expect = ACCEPTABLE,
            desc = "one of them, whole")
    @Outcome(id = "-1, [0123], [0123]", expect = ACCEPTABLE, desc = "must read again")
    @Outcome(expect = FORBIDDEN, desc = "took torn data for whole")
    @State
    public static class Model {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);

        @Actor
        public void writer() {
            for (int version = 1; version <= WRITES; version++) {
                memory.putLongOpaque(COUNT, 2 * version - 1);
                VarHandle.releaseFence(); // P22 release; pairs with P22 acquire fence in reader
                memory.putInt(copy(version), version);
                memory.putInt(copy(version) + SECOND, version);
                memory.putLongRelease(COUNT, 2 * version); // P22 release; pairs with P22 acquire in reader
            }
        }

        @Actor
        public void reader(III_Result r) {
            long version = memory.getLongVolatile(COUNT) >>> 1; // P22 acquire; pairs with P22 release in writer
            r.r2 = memory.getInt(copy(version));
            r.r3 = memory.getInt(copy(version) + SECOND);
            VarHandle.acquireFence(); // P22 acquire; pairs with P22 release fence in writer
            r.r1 = memory.getLongOpaque(COUNT) <= 2 * version + 2 ? (int) version : -1;
        }
    }

    /** Readers who take the count's word that the other copy is safe, as if a writer never came back to theirs. */
    @JCStressTest
    @Outcome(
            id = {"0, 0, 0", "1, 1, 1", "2, 2, 2", "3, 3, 3"},
            expect = ACCEPTABLE,
            desc = "one of them, whole")
    @Outcome(expect = ACCEPTABLE_INTERESTING, desc = "took torn or later data for whole")
    @State
    public static class Weakened {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);

        @Actor
        public void writer() {
            for (int version = 1; version <= WRITES; version++) {
                memory.putInt(copy(version), version);
                memory.putInt(copy(version) + SECOND, version);
                memory.putLongRelease(COUNT, 2 * version);
            }
        }

        @Actor
        public void reader(III_Result r) {
            long version = memory.getLongVolatile(COUNT) >>> 1;
            r.r2 = memory.getInt(copy(version));
            r.r3 = memory.getInt(copy(version) + SECOND);
            r.r1 = (int) version;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"0, 0, 0", "1, 1, 1", "2, 2, 2", "3, 3, 3"},
            expect = ACCEPTABLE,
            desc = "one of them, whole")
    @Outcome(expect = FORBIDDEN, desc = "took torn data for whole")
    @State
    public static class Actual {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);
        private final SequenceLatch latch = new SequenceLatch(memory, COUNT, COPIES, STRIDE, COPY_LENGTH);
        private final UnsafeBuffer destination = new UnsafeBuffer(new byte[COPY_LENGTH]);

        @Actor
        public void writer() {
            for (int version = 1; version <= WRITES; version++) {
                int copy = latch.begin();
                memory.putInt(copy, version);
                memory.putInt(copy + SECOND, version);
                latch.publish();
            }
        }

        @Actor
        public void reader(III_Result r) {
            r.r1 = (int) latch.read(destination);
            r.r2 = destination.getInt(0);
            r.r3 = destination.getInt(SECOND);
        }
    }
}
