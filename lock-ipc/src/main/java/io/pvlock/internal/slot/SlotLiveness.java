package io.pvlock.internal.slot;

import io.pvlock.core.Liveness;
import io.pvlock.core.LockCell;
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
            // Lent: its process may take it back in the same generation. So its user is not dead
            // until another one has claimed the slot.
            case SlotState.BORROWED, SlotState.IDLE -> isProcessDead(state);
            default -> true; // nobody is there, or nobody any more
        };
    }

    @Override
    public boolean ownerDead(int ownerWord) {
        return !isTenant(ownerWord) || dead(LockCell.ownerVcpu(ownerWord));
    }

    /** Whether the slot has a sentinel, by which the kernel tells of its thread's end. */
    boolean hasSentinel(int vcpu) {
        return SlotState.status(vcpus.stateVolatile(vcpu)) == SlotState.ATTACHED;
    }

    /** Whether a thread of this process uses the slot without a sentinel. */
    boolean isBorrowedHere(int vcpu) {
        long state = vcpus.stateVolatile(vcpu);
        return SlotState.status(state) == SlotState.BORROWED && isOfThisProcess(state);
    }

    /** Whether a slot with that {@code state} is this process's. */
    boolean isOfThisProcess(long state) {
        return processes.hasEntered()
                && SlotState.process(state) == processes.index()
                && SlotState.processGeneration(state) == processes.generation();
    }

    /** Whether the slot is still in the generation that {@code ownerWord} names. */
    boolean isTenant(int ownerWord) {
        long state = vcpus.stateVolatile(LockCell.ownerVcpu(ownerWord));
        return SlotState.generation(state) == LockCell.ownerGeneration(ownerWord);
    }

    /** Whether the process named in a slot's {@code state} is gone. */
    boolean isProcessDead(long state) {
        return processes.isDead(SlotState.process(state), SlotState.processGeneration(state));
    }

    /**
     * Whether the slot has a thread that no process in this region has: it was copied with the file, or survived a reboot, and no
     * kernel will ever mark its sentinel. The kernel drops a process's byte lock after it has marked the sentinels of all its
     * threads, so one that is neither locked nor marked never will be.
     */
    boolean isGhost(long state) {
        int status = SlotState.status(state);
        return (status == SlotState.ATTACHED || status == SlotState.BORROWED) && isProcessDead(state);
    }

    int sentinelWord(int vcpu) {
        // P13 acquire: what the dead did before it died; pairs with the kernel's store when the thread ends.
        return memory.getIntVolatile(sentinelOffset(vcpu));
    }

    /** Asks the kernel to wake a waiter on the sentinel's word when its holder dies; the word as it is then. */
    int watchSentinel(int vcpu) {
        int at = sentinelOffset(vcpu);
        for (; ; ) {
            int word = memory.getIntVolatile(at); // P13 acquire; pairs with the kernel's store when the thread ends
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
