package io.pvlock.tools.torture;

import io.pvlock.RegionOptions;
import io.pvlock.core.HashDescriptor;
import io.pvlock.core.LockEvent;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.ipc.file.RegionFile;
import io.pvlock.ipc.layout.EntryDescriptor;
import io.pvlock.ipc.layout.RegionLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** The parts of a region that its users do not see, for checks: reads only, through a mapping of its own. */
final class RegionInternals {

    private final UnsafeBuffer memory;
    private final RegionLayout layout;
    private final VcpuTable vcpus;

    RegionInternals(Path path) {
        RegionFile file = RegionFile.openOrCreate(
                path, RegionOptions.defaults().withCreateIfMissing(false).withMapping(RegionOptions.Mapping.PLAIN));
        this.memory = file.memory();
        this.layout = file.layout();
        this.vcpus = new VcpuTable(memory, layout.vcpusOffset(), layout.maxVcpus());
    }

    long event(int vcpu, LockEvent event) {
        return vcpus.eventPlain(vcpu, event);
    }

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

    /** The grant status of a node, see {@link NodeDescriptor}. */
    int nodeStatus(int ref) {
        return NodeDescriptor.grantStatus(vcpus.grantVolatile(vcpus.nodeOffset(ref)));
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
