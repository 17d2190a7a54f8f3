package io.pvlock.internal.object;

import io.pvlock.core.LockCell;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.slot.VcpuRegistry;
import org.agrona.concurrent.UnsafeBuffer;

/** Who writes where no lock keeps writers apart: a second one is an error, a dead one is replaced. */
public final class SingleWriter {

    public static final int NOBODY = 0;

    private final MonitoredExtent object;
    private final UnsafeBuffer memory;
    private final VcpuRegistry registry;
    private final int offset;

    /** @param offset of the writer's word, in {@code object} */
    public SingleWriter(MonitoredExtent object, int offset) {
        this.object = object;
        this.memory = object.memory();
        this.registry = object.registry();
        this.offset = offset;
    }

    /**
     * Owner word of the dead one whose place it takes, {@link #NOBODY} for none.
     *
     * @throws IllegalStateException if somebody alive writes
     */
    public int enter(Attachment me) {
        int mine = me.participant.ownerWord();
        for (; ; ) {
            int writer = current();
            if (writer == mine || writer != NOBODY && !registry.liveness().ownerDead(writer)) {
                throw new IllegalStateException(
                        object + " is being written by vcpu=" + LockCell.ownerVcpu(writer) + ", and was asked for by "
                                + me + "; it is for one writer at a time, make it with a lock for more");
            }
            if (memory.compareAndSetInt(offset, writer, mine)) { // P21 acquire; pairs with P21 release in set
                return writer;
            }
        }
    }

    /** Owner word of the writer, {@link #NOBODY} for none. */
    public int current() {
        return memory.getIntVolatile(offset); // P21 acquire; pairs with P21 release in set
    }

    /** Undoes {@link #enter}: the dead one that it had replaced is named again, unless its slot is being given to others. */
    public void leaveTo(int dead) {
        // P21 full fence: the name before the look at its slot. Who reclaims the slot later
        // clears the name. Pairs with P21 in enter.
        memory.putIntVolatile(offset, dead);
        if (dead != NOBODY && !registry.isDeadUser(dead)) {
            memory.compareAndSetInt(offset, dead, NOBODY);
        }
    }

    /** By who has entered, or has a lock that keeps others out. */
    public void set(int ownerWord) {
        memory.putIntRelease(offset, ownerWord); // P21 release: before the next one's data; pairs with P21 in enter
    }
}
