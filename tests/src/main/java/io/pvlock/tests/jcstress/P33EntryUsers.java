package io.pvlock.tests.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pvlock.LockKind;
import io.pvlock.internal.directory.LockDirectory;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * P33: who looks a name up counts itself as a user of the entry, and looks whether the name is still there; who removes the name takes it
 * away, and looks for users. A store buffer: not both may miss the other, or the entry of an object is given to another name. Results:
 * whether the name was found, and whether it was removed.
 */
public class P33EntryUsers {

    private static final int USERS = 0;
    private static final int BUCKET = 64;
    private static final int LENGTH = 128;

    private static final int READY = 0;
    private static final int REMOVED = 1;

    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "in use")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "removed")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "neither: both look again")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "removed while it is in use")
    @State
    public static class Model {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);

        @Actor
        public void finder(II_Result r) {
            memory.compareAndSetLong(USERS, 0, 1); // P33 full fence; pairs with P33 in remover
            r.r1 = memory.getLongVolatile(BUCKET) == READY ? 1 : 0; // P33 acquire; likewise
        }

        @Actor
        public void remover(II_Result r) {
            memory.compareAndSetLong(BUCKET, READY, REMOVED); // P33 full fence; pairs with P33 in finder
            r.r2 = memory.getLongVolatile(USERS) == 0 ? 1 : 0; // P33 acquire; likewise
        }
    }

    /** Release and acquire do not order a store before a later load. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "in use")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "removed")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "neither: both look again")
    @Outcome(id = "1, 1", expect = ACCEPTABLE_INTERESTING, desc = "removed while it is in use")
    @State
    public static class Weakened {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);

        @Actor
        public void finder(II_Result r) {
            memory.putLongRelease(USERS, 1);
            r.r1 = memory.getLongAcquire(BUCKET) == READY ? 1 : 0;
        }

        @Actor
        public void remover(II_Result r) {
            memory.putLongRelease(BUCKET, REMOVED);
            r.r2 = memory.getLongAcquire(USERS) == 0 ? 1 : 0;
        }
    }

    /** The shipped directory, with the name of a lock whose cell cannot say that it was removed: its entry is given back at once. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "in use")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "removed")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "neither: the one has looked too late, the other takes it back")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "removed while it is in use")
    @State
    public static class Actual {
        private static final String NAME = "name";
        private static final LockDirectory.Template TICKET = new LockDirectory.Template(LockKind.TICKET, 1, 0);

        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[TwoProcesses.LAYOUT.length()]);
        private final LockDirectory finders = new LockDirectory(memory, TwoProcesses.LAYOUT);
        private final LockDirectory removers = new LockDirectory(memory, TwoProcesses.LAYOUT);

        public Actual() {
            // By neither: who makes it has an object of it.
            new LockDirectory(memory, TwoProcesses.LAYOUT).findOrCreate(NAME, TICKET, TwoProcesses.REMOVER);
        }

        @Actor
        public void finder(II_Result r) {
            r.r1 = finders.find(NAME, TwoProcesses.FINDER) == null ? 0 : 1;
        }

        @Actor
        public void remover(II_Result r) {
            try {
                r.r2 = removers.remove(NAME, entry -> null, TwoProcesses.REMOVER) ? 1 : 0;
            } catch (IllegalStateException e) {
                r.r2 = 0; // in use
            }
        }
    }
}
