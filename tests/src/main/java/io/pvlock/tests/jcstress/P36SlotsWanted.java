package io.pvlock.tests.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pvlock.core.VcpuTable;
import io.pvlock.internal.layout.ProcessDescriptor;
import io.pvlock.internal.slot.Bells;
import io.pvlock.internal.slot.SlotState;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * P36: who waits for a slot says so, and looks for one; who gives one back changes its state, and looks whether any is wanted. A store
 * buffer: not both may miss the other, or somebody waits for a slot that is there. Results: the slot was seen; the bell rings.
 */
public class P36SlotsWanted {

    private static final int WANTED = 0;
    private static final int SLOT = 64;
    private static final int LENGTH = 128;

    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the slot is there")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "it comes, and the bell rings")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both see the other")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "it waits for a slot that is there")
    @State
    public static class Model {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);

        @Actor
        public void waiter(II_Result r) {
            memory.putIntVolatile(WANTED, 1); // P36 full fence; pairs with P36 in giver
            r.r1 = (int) memory.getLongVolatile(SLOT);
        }

        @Actor
        public void giver(II_Result r) {
            memory.compareAndSetLong(SLOT, 0, 1); // P36 full fence; pairs with P36 in waiter
            r.r2 = memory.getIntVolatile(WANTED);
        }
    }

    /** Release and acquire do not order a store before a later load. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the slot is there")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "it comes, and the bell rings")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both see the other")
    @Outcome(id = "0, 0", expect = ACCEPTABLE_INTERESTING, desc = "it waits for a slot that is there")
    @State
    public static class Weakened {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[LENGTH]);

        @Actor
        public void waiter(II_Result r) {
            memory.putIntRelease(WANTED, 1);
            r.r1 = (int) memory.getLongAcquire(SLOT);
        }

        @Actor
        public void giver(II_Result r) {
            memory.putLongRelease(SLOT, 1);
            r.r2 = memory.getIntAcquire(WANTED);
        }
    }

    /** The shipped bells and slots, of one process; the futex that they wake is one that nobody waits on. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the slot is there")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "it comes, and the bell rings")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both see the other")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "it waits for a slot that is there")
    @State
    public static class Actual {
        private final UnsafeBuffer memory = new UnsafeBuffer(new byte[TwoProcesses.LAYOUT.length()]);
        private final Bells bells = TwoProcesses.bells(memory);
        private final VcpuTable slots =
                new VcpuTable(memory, TwoProcesses.LAYOUT.vcpusOffset(), TwoProcesses.LAYOUT.maxVcpus());

        public Actual() {
            memory.putLong(
                    TwoProcesses.LAYOUT.processesOffset() + ProcessDescriptor.STATE_OFFSET, ProcessDescriptor.LIVE);
            slots.casState(0, 0, SlotState.ATTACHED);
        }

        @Actor
        public void waiter(II_Result r) {
            bells.wantSlot();
            r.r1 = SlotState.status(slots.stateVolatile(0)) == SlotState.FREE ? 1 : 0;
        }

        @Actor
        public void giver(II_Result r) {
            slots.casState(0, SlotState.ATTACHED, SlotState.FREE);
            bells.slotsMayHaveCome();
            r.r2 = bells.take(0) == 0 ? 0 : 1;
        }
    }
}
