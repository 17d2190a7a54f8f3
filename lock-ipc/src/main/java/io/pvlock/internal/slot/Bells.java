package io.pvlock.internal.slot;

import io.pvlock.internal.layout.HeaderDescriptor;
import io.pvlock.internal.layout.ProcessDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.linux.Futex;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The bells of the processes, one word each. Who cannot be woken itself, since no thread of the kernel sleeps for it alone, is told by
 * its process, whose {@link Waker} sleeps on the bell: a virtual thread that was kicked, or one that waits for a slot.
 *
 * <p>A bit says for whom it rings. Whoever is killed just before it rings has left a permit, and the next kicker rings again; besides,
 * every sleep has a bound.
 */
public final class Bells {

    private final UnsafeBuffer memory;
    private final long address;
    private final RegionLayout layout;

    /** @param address where {@code memory} is mapped */
    public Bells(UnsafeBuffer memory, long address, RegionLayout layout) {
        this.memory = memory;
        this.address = address;
        this.layout = layout;
    }

    /** Tells {@code process} that its {@code vcpu} has a permit now. */
    public void ringFor(int process, int vcpu) {
        // By damage a slot may name a process that does not exist.
        if (process < layout.maxProcesses()) {
            ring(process, 1 << vcpu % ProcessDescriptor.BELL_GROUPS);
        }
    }

    /** Wakes the waker of {@code process} for nothing. */
    void ringForNothing(int process) {
        ring(process, 1);
    }

    private void ring(int process, int bits) {
        int bell = offset(process);
        int rung;
        do {
            rung = memory.getIntVolatile(bell); // P35 acquire; the compare-and-set follows
            // P35 release: the permit, or the slot, before the bell; pairs with P35 acquire in take.
            // Also if the bits are there: who has set them may have died before the wake.
        } while (!memory.compareAndSetInt(bell, rung, rung | bits));
        Futex.wake(address + bell, 1);
    }

    /** What {@code process} has been told since it last asked; by its waker alone. */
    public int take(int process) {
        // P35 acquire: sees the permits that the bell was rung for; pairs with P35 release in ring.
        return memory.getAndSetInt(offset(process), 0);
    }

    /** Where to sleep, while the word there is 0. */
    long address(int process) {
        return address + offset(process);
    }

    private int offset(int process) {
        return layout.processesOffset() + process * ProcessDescriptor.LENGTH + ProcessDescriptor.BELL_OFFSET;
    }

    // ---- slots

    /** From now on whoever gives back a slot rings all bells, once; to be followed by a look for a slot. */
    public void wantSlot() {
        // P36: wanted, then the look at the slots' states; pairs with P36 in slotsMayHaveCome.
        memory.putIntVolatile(HeaderDescriptor.SLOTS_WANTED_OFFSET, 1);
    }

    /** A slot is not in use any more, as its state says by now: tells whoever may wait for one. */
    public void slotsMayHaveCome() {
        // P36: the slot's state, then the look whether any is wanted; pairs with P36 in wantSlot. Only one rings.
        if (memory.getIntVolatile(HeaderDescriptor.SLOTS_WANTED_OFFSET) != 0
                && memory.getAndSetInt(HeaderDescriptor.SLOTS_WANTED_OFFSET, 0) != 0) {
            for (int process = 0; process < layout.maxProcesses(); process++) {
                if (isLive(process)) {
                    ring(process, ProcessDescriptor.BELL_SLOTS);
                }
            }
        }
    }

    private boolean isLive(int process) {
        int entry = layout.processesOffset() + process * ProcessDescriptor.LENGTH;
        // P12 acquire; pairs with P12 in ProcessTable. Who enters later looks for slots later.
        return ProcessDescriptor.status(memory.getLongVolatile(entry + ProcessDescriptor.STATE_OFFSET))
                == ProcessDescriptor.LIVE;
    }
}
