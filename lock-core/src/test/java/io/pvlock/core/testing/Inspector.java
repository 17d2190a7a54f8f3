package io.pvlock.core.testing;

import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.PvLockHash;
import io.pvlock.core.VcpuTable;

/** Reads the shared memory of the paravirt lock for checks and messages. Cells are named by their index. */
final class Inspector {

    private final HeapMemory memory;
    private final VcpuTable vcpus;
    private final PvLockHash hash;
    private final int cells;

    Inspector(HeapMemory memory, PvLockHash hash, int cells) {
        this.memory = memory;
        this.vcpus = memory.vcpus();
        this.hash = hash;
        this.cells = cells;
    }

    int word(int cell) {
        return LockCell.word(memory.cellValue(cell));
    }

    int owner(int cell) {
        return LockCell.owner(memory.cellValue(cell));
    }

    int grantStatus(int vcpu, int index) {
        return NodeDescriptor.grantStatus(vcpus.grantVolatile(vcpus.nodeOffset(LockWord.ref(vcpu, index))));
    }

    /** The ref of the vCPU's node that has {@code status} in the queue of {@code cell}; 0 if there is none. */
    int nodeWith(int vcpu, int cell, int status) {
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int ref = LockWord.ref(vcpu, index);
            if (grantStatus(vcpu, index) == status && vcpus.lockOf(vcpus.nodeOffset(ref)) == memory.cell(cell)) {
                return ref;
            }
        }
        return 0;
    }

    boolean hasQueue(int cell) {
        return LockWord.tail(word(cell)) != 0;
    }

    /** Makes the vCPU believe that it was called ahead, if it waits in the queue of {@code cell}. */
    void call(int vcpu, int cell) {
        int ref = nodeWith(vcpu, cell, NodeDescriptor.WAIT);
        if (ref != 0) {
            int node = vcpus.nodeOffset(ref);
            memory.buffer().putInt(node + NodeDescriptor.CALLED_OFFSET, vcpus.grantVolatile(node));
        }
    }

    /** Whether the vCPU has been called ahead in the queue of {@code cell}. */
    boolean isCalled(int vcpu, int cell) {
        int ref = nodeWith(vcpu, cell, NodeDescriptor.WAIT);
        int node = ref == 0 ? 0 : vcpus.nodeOffset(ref);
        return ref != 0 && memory.buffer().getInt(node + NodeDescriptor.CALLED_OFFSET) == vcpus.grantVolatile(node);
    }

    /** Whether {@code ref} is found from the tail of the queue of {@code cell} (I4). */
    boolean isReachable(int cell, int ref) {
        int found = LockWord.tail(word(cell));
        for (int steps = 0; found != 0 && steps < vcpus.capacity() * LockWord.MAX_NODES; steps++) {
            if (found == ref) {
                return true;
            }
            found = vcpus.prevVolatile(vcpus.nodeOffset(found));
        }
        return false;
    }

    /** Whether the hash has an entry of {@code vcpu}; if so, it has none afterwards. */
    boolean removeHashEntries(int vcpu) {
        int before = hash.size();
        hash.removeVcpus(named -> named == vcpu);
        return hash.size() != before;
    }

    String describeCells() {
        StringBuilder text = new StringBuilder();
        for (int cell = 0; cell < cells; cell++) {
            text.append("cell ").append(cell).append(": ").append(LockWord.toString(word(cell)));
            text.append(" owner=").append(LockCell.ownerVcpu(owner(cell))).append('\n');
        }
        return text.append("hash entries: ").append(hash.size()).append('\n').toString();
    }

    String describeNodes(int vcpu) {
        StringBuilder text = new StringBuilder();
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int node = vcpus.nodeOffset(LockWord.ref(vcpu, index));
            int prev = vcpus.prevVolatile(node);
            text.append(" [grant=").append(grantStatus(vcpu, index));
            text.append(" state=").append(vcpus.stateOf(node));
            text.append(" prev=").append(LockWord.refVcpu(prev)).append('.').append(LockWord.refIndex(prev));
            text.append(']');
        }
        return text.toString();
    }
}
