package io.pvlock.tests.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.invoke.VarHandle;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * P20: a writer says LOCKED, changes the version, writes, and unlocks; a reader takes the version, sees nobody write, reads, and finds
 * the version the same. Then it has seen all of the write or nothing. Results: whether it must read again; the two words it read.
 */
public class P20OptimisticRead {

    private static final int VERSION = 0;
    private static final int WRITER = 64;
    private static final int FIRST = 128;
    private static final int SECOND = 192;
    private static final int LENGTH = 256;
    private static final long LOCKED = 1;

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
            memory.putLongVolatile(WRITER, LOCKED);
            memory.putLongRelease(VERSION, 1); // P20 release; pairs with P20 acquire in reader
            VarHandle.releaseFence(); // P20 release fence; pairs with P20 acquire fence in reader
            memory.putInt(FIRST, 1);
            memory.putInt(SECOND, 1);
            memory.putLongVolatile(WRITER, 0);
        }

        @Actor
        public void reader(III_Result r) {
            long version = memory.getLongVolatile(VERSION); // P20 acquire; pairs with P20 release in writer
            boolean written = memory.getLongVolatile(WRITER) == LOCKED;
            r.r2 = memory.getInt(FIRST);
            r.r3 = memory.getInt(SECOND);
            VarHandle.acquireFence(); // P20 acquire fence; pairs with P20 release fence in writer
            r.r1 = written || memory.getLongOpaque(VERSION) != version ? 1 : 0;
        }
    }

    /** Without order, as the compiler or an ARM likes it. */
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
            memory.putLong(WRITER, LOCKED);
            memory.putLong(VERSION, 1);
            memory.putInt(FIRST, 1);
            memory.putInt(SECOND, 1);
            memory.putLong(WRITER, 0);
        }

        @Actor
        public void reader(III_Result r) {
            long version = memory.getLong(VERSION);
            boolean written = memory.getLong(WRITER) == LOCKED;
            r.r2 = memory.getInt(FIRST);
            r.r3 = memory.getInt(SECOND);
            r.r1 = written || memory.getLong(VERSION) != version ? 1 : 0;
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

        @Actor
        public void writer() {
            ReadersAndWriters.LOCK.writeLock().lock();
            memory.putInt(FIRST, 1);
            memory.putInt(SECOND, 1);
            ReadersAndWriters.LOCK.writeLock().unlock();
        }

        @Actor
        public void reader(III_Result r) {
            long stamp = ReadersAndWriters.LOCK.tryOptimisticRead();
            r.r2 = memory.getInt(FIRST);
            r.r3 = memory.getInt(SECOND);
            r.r1 = ReadersAndWriters.LOCK.validate(stamp) ? 0 : 1;
        }
    }
}
