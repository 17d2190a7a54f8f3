package io.pvlock.tools.torture;

import io.pvlock.core.HashDescriptor;
import io.pvlock.core.LockEvent;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.SlotState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** The parts of a region that its users do not see, for checks: reads only, through a mapping of its own. */
final class RegionInternals {

    /** The park word of a vCPU that sleeps, or is about to, and whom nobody has kicked; see {@code FutexParker}. */
    private static final int PARKED = 2;

    private static final int PARKED_VIRTUAL = 3;

    private final UnsafeBuffer memory;
    private final RegionLayout layout;
    private final VcpuTable vcpus;

    RegionInternals(Path path) {
        RegionFile file = RegionFile.openToRead(path);
        this.memory = file.memory();
        this.layout = file.layout();
        this.vcpus = new VcpuTable(memory, layout.vcpusOffset(), layout.maxVcpus());
    }

    // ---- slots

    int maxVcpus() {
        return layout.maxVcpus();
    }

    /** The slot's status, its generation, and the process that has it, see {@link SlotState}. */
    long slotState(int vcpu) {
        return vcpus.stateVolatile(vcpu);
    }

    /** Whether a thread has the slot and is not known to be dead. */
    boolean isAttached(int vcpu) {
        int status = SlotState.status(slotState(vcpu));
        return status == SlotState.ATTACHED || status == SlotState.BORROWED;
    }

    boolean isDeadSlot(int vcpu) {
        return SlotState.status(slotState(vcpu)) == SlotState.DEAD;
    }

    /** Whether the slot still has, or had last, the user it had when its state was {@code slotState}. */
    boolean isSameUser(int vcpu, long slotState) {
        return SlotState.generation(slotState(vcpu)) == SlotState.generation(slotState);
    }

    int pid(int vcpu) {
        return memory.getInt(vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.PID_OFFSET);
    }

    /** Odd while the vCPU is inside a slow path; never the same number again. */
    long slowPath(int vcpu) {
        return vcpus.slowPathVolatile(vcpu);
    }

    /** Offset of the cell that the vCPU waits for in a slow path, until it is out; 0 for none. */
    int waitingFor(int vcpu) {
        return vcpus.waitingForAcquire(vcpu);
    }

    boolean isParked(int vcpu) {
        // P6 acquire: pairs with P6 in FutexParker
        int park = memory.getIntVolatile(vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.PARK_OFFSET);
        return park == PARKED || park == PARKED_VIRTUAL;
    }

    /** Counts the sleeps of a vCPU. */
    long sleeps(int vcpu) {
        return vcpus.eventPlain(vcpu, LockEvent.PV_WAIT_HEAD) + vcpus.eventPlain(vcpu, LockEvent.PV_WAIT_NODE);
    }

    // ---- cells

    /** Offsets of the cells of all locks, in the order in which they were made. */
    List<Integer> cells() {
        List<Integer> cells = new ArrayList<>();
        for (int i = 0; i < layout.maxLocks(); i++) {
            int entry = layout.entriesOffset() + i * EntryDescriptor.LENGTH;
            if (memory.getIntVolatile(entry + EntryDescriptor.BUCKET_OFFSET) != 0) { // T7: made long ago
                cells.add(entry + EntryDescriptor.CELL_OFFSET);
            }
        }
        return cells;
    }

    long cell(int cell) {
        return memory.getLongVolatile(cell); // P0 acquire: pairs with P0 in PvQSpinLock
    }

    // ---- nodes

    /** The grant word of a node, with its generation, see {@link NodeDescriptor}. */
    int nodeGrant(int ref) {
        return vcpus.grantVolatile(vcpus.nodeOffset(ref));
    }

    int nodeStatus(int ref) {
        return NodeDescriptor.grantStatus(nodeGrant(ref));
    }

    /** RUNNING, HALTED or HASHED. */
    int nodeState(int ref) {
        return vcpus.stateOf(vcpus.nodeOffset(ref));
    }

    int nodePrevious(int ref) {
        return vcpus.prevVolatile(vcpus.nodeOffset(ref));
    }

    /** The cell that a node queues, or last queued, for. */
    int nodeCell(int ref) {
        return vcpus.lockOf(vcpus.nodeOffset(ref));
    }

    /** The vCPUs that the lock hash names, once for each entry. */
    List<Integer> hashedVcpus() {
        List<Integer> hashed = new ArrayList<>();
        for (int i = 0; i < layout.hashCapacity(); i++) {
            int at = layout.hashOffset() + HashDescriptor.ENTRIES_OFFSET + i * HashDescriptor.ENTRY_LENGTH;
            long entry = memory.getLongVolatile(at); // P5 acquire: pairs with P5 in PvLockHash
            if (entry != 0) {
                hashed.add(LockWord.refVcpu((int) entry & 0xffff));
            }
        }
        return hashed;
    }
}
