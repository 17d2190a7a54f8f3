package io.pvlock.tests.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * P18: a reader counts itself and looks for a writer; a writer says that it comes and looks for readers. A store buffer: not both may
 * miss the other, or both are inside.
 */
public class P18ReaderWriter {

    private static final int READER = 0;
    private static final int WRITER = 64;
    private static final int LENGTH = 128;

    /** Results: whether the reader has seen the writer, and the writer the reader. */
    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the writer waits")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the reader waits")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the reader goes back, the writer waits until it has")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "both are inside")
    @State
    public static class Model {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);

        @Actor
        public void reader(II_Result r) {
            memory.putLongVolatile(READER, 1); // P18 full fence; pairs with P18 in writer
            r.r1 = (int) memory.getLongVolatile(WRITER); // P18 acquire; likewise
        }

        @Actor
        public void writer(II_Result r) {
            memory.putLongVolatile(WRITER, 1); // P18 full fence; pairs with P18 in reader
            r.r2 = (int) memory.getLongVolatile(READER); // P18 acquire; likewise
        }
    }

    /** Release and acquire do not order a store before a later load. */
    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the writer waits")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the reader waits")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the reader goes back, the writer waits until it has")
    @Outcome(id = "0, 0", expect = ACCEPTABLE_INTERESTING, desc = "both are inside")
    @State
    public static class Weakened {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);

        @Actor
        public void reader(II_Result r) {
            memory.putLongRelease(READER, 1);
            r.r1 = (int) memory.getLongAcquire(WRITER);
        }

        @Actor
        public void writer(II_Result r) {
            memory.putLongRelease(WRITER, 1);
            r.r2 = (int) memory.getLongAcquire(READER);
        }
    }

    /** Results: the two words that the reader has read under its lock. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "read before the write")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "read after the write")
    @Outcome(expect = FORBIDDEN, desc = "both were inside")
    @State
    public static class Actual {
        private int first;
        private int second;

        @Actor
        public void reader(II_Result r) {
            ReadersAndWriters.LOCK.readLock().lock();
            r.r1 = first;
            r.r2 = second;
            ReadersAndWriters.LOCK.readLock().unlock();
        }

        @Actor
        public void writer() {
            ReadersAndWriters.LOCK.writeLock().lock();
            first = 1;
            second = 1;
            ReadersAndWriters.LOCK.writeLock().unlock();
        }
    }
}
