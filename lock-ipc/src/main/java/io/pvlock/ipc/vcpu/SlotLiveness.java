package io.pvlock.ipc.vcpu;

import io.pvlock.core.Liveness;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.linux.RobustMutex;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Proof of death of a vCPU: the kernel's mark in the slot's sentinel, one load; for a slot without sentinel, the byte lock of
 * its process.
 *
 * <p>The sentinel is a robust mutex that the attached thread holds as long as it lives. The kernel marks it when the thread ends,
 * whatever ends it, and before it takes the process's memory down, so the mark is there within milliseconds even when the heap
 * is large. It is one per thread: a mark on behalf of a process could come while another thread still executes its last
 * instructions.
 */
final class SlotLiveness implements Liveness {

    private final VcpuTable vcpus;
    private final UnsafeBuffer memory;
    private final ProcessTable processes;

    SlotLiveness(VcpuTable vcpus, ProcessTable processes) {
        this.vcpus = vcpus;
        this.memory = vcpus.memory();
        this.processes = processes;
    }

    @Override
    public boolean dead(int vcpu) {
        long state = vcpus.stateVolatile(vcpu);
        return switch (SlotState.status(state)) {
            case SlotState.ATTACHED -> RobustMutex.ownerDied(sentinelWord(vcpu));
            case SlotState.BORROWED, SlotState.CLAIMED ->
                processes.isDead(SlotState.process(state), SlotState.processGeneration(state));
            case SlotState.DEAD, SlotState.RECLAIMING -> true;
            default -> false;
        };
    }

    int sentinelWord(int vcpu) {
        // P13 acquire: what the dead did before it died; pairs with the kernel's store when the thread ends.
        return memory.getIntVolatile(sentinelOffset(vcpu));
    }

    /** Asks the kernel to wake a waiter on the sentinel's word when its holder dies; the word as it is then. */
    int watchSentinel(int vcpu) {
        int at = sentinelOffset(vcpu);
        for (; ; ) {
            int word = memory.getIntVolatile(at);
            boolean held = (word & RobustMutex.TID_MASK) != 0 && !RobustMutex.ownerDied(word);
            if (!held || (word & RobustMutex.WAITERS) != 0) {
                return word;
            }
            // P13: bit 31 means "wake somebody"; libc's own unlock honours it, too.
            if (memory.compareAndSetInt(at, word, word | RobustMutex.WAITERS)) {
                return word | RobustMutex.WAITERS;
            }
        }
    }

    int sentinelOffset(int vcpu) {
        return vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.SENTINEL_OFFSET + (int) RobustMutex.wordAddress(0);
    }
}
