package io.pvlock.internal.slot;

import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.VcpuTable;

/** The queue nodes of slots, as who reclaims a slot looks at them: do any keep it, or name it. */
final class SlotNodes {

    private final VcpuTable vcpus;
    private final LockCells cells;

    SlotNodes(VcpuTable vcpus, LockCells cells) {
        this.vcpus = vcpus;
        this.cells = cells;
    }

    /**
     * Keeps back a slot whose node is the predecessor of a queued node that is not reclaimed itself, and a slot that stands in a
     * queue that nobody repairs. Repeated as long as that keeps more: each slot that is kept may name another one.
     */
    void keepPredecessors(DeadSlots dead) {
        for (int vcpu = dead.next(0); vcpu >= 0; vcpu = dead.next(vcpu + 1)) {
            if (standsInQueueOfOtherKind(vcpu)) {
                dead.keep(vcpu);
            }
        }
        boolean again = true;
        while (again) {
            again = false;
            for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
                if (!dead.goes(vcpu) && !isUnused(vcpu)) {
                    again |= keepPredecessorsOf(vcpu, dead);
                }
            }
        }
    }

    private boolean isUnused(int vcpu) {
        int status = SlotState.status(vcpus.stateVolatile(vcpu));
        return status == SlotState.FREE || status == SlotState.CLAIMED || status == SlotState.IDLE;
    }

    private boolean keepPredecessorsOf(int vcpu, DeadSlots dead) {
        boolean any = false;
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int node = vcpus.nodeOffset(LockWord.ref(vcpu, index));
            int predecessor = LockWord.refVcpu(vcpus.prevVolatile(node));
            if (!isFree(node) && dead.goes(predecessor) && cells.isParavirt(vcpus.lockOf(node)) && !isLeftOver(node)) {
                dead.keep(predecessor);
                any = true;
            }
        }
        return any;
    }

    // A node of a queue long gone names nobody: as long as there are chains that lead through it, there is a tail.
    private boolean isLeftOver(int node) {
        // P0 acquire; pairs with P0 in PvQSpinLock
        return LockWord.tail(LockCell.word(vcpus.memory().getLongVolatile(vcpus.cellOf(node)))) == 0;
    }

    private boolean standsInQueueOfOtherKind(int vcpu) {
        if (areFree(vcpu)) {
            return false; // nearly always
        }
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int node = vcpus.nodeOffset(LockWord.ref(vcpu, index));
            if (!isFree(node) && !cells.isParavirt(vcpus.lockOf(node))) {
                return true;
            }
        }
        return false;
    }

    boolean areFree(int vcpu) {
        int first = vcpus.nodeOffset(LockWord.ref(vcpu, 0));
        int node = first;
        while (node < first + LockWord.MAX_NODES * NodeDescriptor.LENGTH && isFree(node)) {
            node += NodeDescriptor.LENGTH;
        }
        return node == first + LockWord.MAX_NODES * NodeDescriptor.LENGTH;
    }

    private boolean isFree(int node) {
        return NodeDescriptor.grantStatus(vcpus.grantVolatile(node)) == NodeDescriptor.FREE;
    }

    /** Frees those of a dead slot that nothing refers to any more. */
    void free(int vcpu) {
        if (areFree(vcpu)) {
            return;
        }
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            vcpus.freeNode(LockWord.ref(vcpu, index));
        }
    }
}
