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
 * P19: the reader that a writer waits for leaves and looks who waits for it; the writer says that it waits and looks at the reader once
 * more. A store buffer: not both may miss the other, or the writer sleeps and nobody kicks it.
 */
public class P19LastReader {

    private static final int READER = 0;
    private static final int HEAD = 64;
    private static final int LENGTH = 128;

    private static UnsafeBuffer readLocked() {
        UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);
        memory.putLong(READER, 1);
        return memory;
    }

    /** Results: whether the reader kicks; whether the writer sees it inside, and sleeps. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the writer sleeps, and is kicked")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the writer stays awake")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the writer stays awake, and is kicked in vain")
    @Outcome(id = "0, 1", expect = FORBIDDEN, desc = "the writer sleeps, and nobody kicks it")
    @State
    public static class Model {
        private final UnsafeBuffer memory = readLocked();

        @Actor
        public void reader(II_Result r) {
            memory.putLongVolatile(READER, 0); // P19 full fence; pairs with P19 in writer
            r.r1 = (int) memory.getLongVolatile(HEAD); // P19 acquire; likewise
        }

        @Actor
        public void writer(II_Result r) {
            memory.putLongVolatile(HEAD, 1); // P19 full fence; pairs with P19 in reader
            r.r2 = (int) memory.getLongVolatile(READER); // P19 acquire; likewise
        }
    }

    /** Release and acquire do not order a store before a later load. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the writer sleeps, and is kicked")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the writer stays awake")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the writer stays awake, and is kicked in vain")
    @Outcome(id = "0, 1", expect = ACCEPTABLE_INTERESTING, desc = "the writer sleeps, and nobody kicks it")
    @State
    public static class Weakened {
        private final UnsafeBuffer memory = readLocked();

        @Actor
        public void reader(II_Result r) {
            memory.putLongRelease(READER, 0);
            r.r1 = (int) memory.getLongAcquire(HEAD);
        }

        @Actor
        public void writer(II_Result r) {
            memory.putLongRelease(HEAD, 1);
            r.r2 = (int) memory.getLongAcquire(READER);
        }
    }

    /** Results: whether the reader, and whether the writer slept as long as nobody does who is kicked. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "both had the lock in time")
    @Outcome(expect = FORBIDDEN, desc = "it sleeps, and nobody kicks it")
    @State
    public static class Actual {

        @Actor
        public void reader(II_Result r) {
            long begin = System.nanoTime();
            ReadersAndWriters.LOCK.readLock().lock();
            r.r1 = isForgotten(begin);
            ReadersAndWriters.LOCK.readLock().unlock();
        }

        @Actor
        public void writer(II_Result r) {
            long begin = System.nanoTime();
            ReadersAndWriters.LOCK.writeLock().lock();
            r.r2 = isForgotten(begin);
            ReadersAndWriters.LOCK.writeLock().unlock();
        }

        private static int isForgotten(long begin) {
            return System.nanoTime() - begin >= ReadersAndWriters.PATIENCE_NS ? 1 : 0;
        }
    }
}
