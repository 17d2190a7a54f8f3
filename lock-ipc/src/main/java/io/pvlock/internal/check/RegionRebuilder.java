package io.pvlock.internal.check;

import io.pvlock.LockKind;
import io.pvlock.LockOptions.Policy;
import io.pvlock.ObjectType;
import io.pvlock.core.HashDescriptor;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.directory.OvertakeTime;
import io.pvlock.internal.layout.DirectoryDescriptor;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.NameDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.DeadSlots;
import io.pvlock.internal.slot.SlotState;
import io.pvlock.internal.slot.VcpuRegistry;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Puts every table of a region in order while nobody else is attached, and nobody can attach. Then all slots but the caller's own
 * are dead by definition: queues are emptied, owners replaced by INCONSISTENT, slots freed, the hash cleared, and the directory
 * made anew from entries and names. Each lock keeps its identity, its fencing token and the fact that an owner died.
 */
public final class RegionRebuilder {

    private final UnsafeBuffer memory;
    private final RegionLayout layout;
    private final VcpuRegistry registry;
    private final LockDirectory directory;
    private final DisjointExtents extents = new DisjointExtents();

    public RegionRebuilder(UnsafeBuffer memory, RegionLayout layout, VcpuRegistry registry, LockDirectory directory) {
        this.memory = memory;
        this.layout = layout;
        this.registry = registry;
        this.directory = directory;
    }

    /** The caller has made sure that no other process is attached and none can attach, and that its own threads are not. */
    public void rebuild() {
        memory.setMemory(layout.hashOffset(), HashDescriptor.length(layout.hashCapacity()), (byte) 0);
        for (int vcpu = 0; vcpu < layout.maxVcpus(); vcpu++) {
            resetSlot(vcpu);
        }
        boolean[] removed = removed();
        memory.setMemory(layout.directoryOffset(), layout.directoryCapacity() * DirectoryDescriptor.LENGTH, (byte) 0);
        for (int entry = 0; entry < layout.maxLocks(); entry++) {
            resetEntry(entry, removed[entry]);
        }
        directory.relink();
        directory.forgetWords(DeadSlots.all(layout.maxVcpus(), registry.liveness()));
    }

    // Of those whose names were removed; unused from now on, but for those of which this process still has objects.
    private boolean[] removed() {
        boolean[] removed = new boolean[layout.maxLocks()];
        for (int bucket = 0; bucket < layout.directoryCapacity(); bucket++) {
            int at = layout.directoryOffset() + bucket * DirectoryDescriptor.LENGTH;
            long state = memory.getLongVolatile(at + DirectoryDescriptor.STATE_OFFSET); // P15; nobody else is there
            int entry = DirectoryDescriptor.entry(state);
            if (DirectoryDescriptor.status(state) == DirectoryDescriptor.REMOVED && entry < layout.maxLocks()) {
                int of = layout.entriesOffset() + entry * EntryDescriptor.LENGTH + EntryDescriptor.BUCKET_OFFSET;
                if (memory.getInt(of) == bucket + 1) {
                    removed[entry] = directory.hasObjects(entry);
                    directory.keepToken(entry);
                    memory.putInt(of, removed[entry] ? bucket + 1 : 0);
                }
            }
        }
        return removed;
    }

    private void resetSlot(int vcpu) {
        VcpuTable vcpus = registry.vcpus();
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            vcpus.freeNode(LockWord.ref(vcpu, index));
        }
        long state = vcpus.stateVolatile(vcpu);
        vcpus.casState(vcpu, state, SlotState.free(state));
    }

    private void resetEntry(int entry, boolean removed) {
        int at = layout.entriesOffset() + entry * EntryDescriptor.LENGTH;
        int bucket = memory.getInt(at + EntryDescriptor.BUCKET_OFFSET);
        int nameLength =
                memory.getInt(layout.namesOffset() + entry * NameDescriptor.LENGTH + NameDescriptor.NAME_LENGTH_OFFSET);
        boolean named = nameLength >= 1 && nameLength <= NameDescriptor.NAME_MAX_BYTES;
        int kind = memory.getInt(at + EntryDescriptor.KIND_OFFSET);
        if (bucket == 0 || !named || kind == 0 || !directory.reinsert(entry, removed)) {
            memory.setMemory(at, EntryDescriptor.LENGTH, (byte) 0);
            return;
        }
        // What it was is not known any more; that an owner died, and its fencing token, still are.
        if (!LockKind.isCode(kind)) {
            kind = LockKind.PV.code();
            memory.putInt(at + EntryDescriptor.KIND_OFFSET, kind);
        }
        if (!Policy.isCode(memory.getInt(at + EntryDescriptor.POLICY_OFFSET))) {
            memory.putInt(at + EntryDescriptor.POLICY_OFFSET, Policy.HYBRID.code());
        }
        int policy = memory.getInt(at + EntryDescriptor.POLICY_OFFSET);
        if (!OvertakeTime.isPossible(policy, memory.getInt(at + EntryDescriptor.OVERTAKE_US_OFFSET))) {
            memory.putInt(at + EntryDescriptor.OVERTAKE_US_OFFSET, OvertakeTime.OF_POLICY);
        }
        // What says that something is made of it may be damaged, too.
        directory.entry(at + EntryDescriptor.CELL_OFFSET).markAsBase();
        settle(at + EntryDescriptor.CELL_OFFSET, kind);
        resetExtent(at);
    }

    // An extent that cannot be is given up; the next one to ask for the object gets a new one.
    private void resetExtent(int at) {
        if (!ObjectType.isCode(memory.getInt(at + EntryDescriptor.TYPE_OFFSET))) {
            memory.putInt(at + EntryDescriptor.TYPE_OFFSET, ObjectType.LOCK.code());
        }
        long offset = memory.getInt(at + EntryDescriptor.EXTENT_OFFSET_OFFSET);
        long length = memory.getInt(at + EntryDescriptor.EXTENT_LENGTH_OFFSET);
        if (!layout.holdsExtent(offset, length) || extents.add(at, offset, length) != DisjointExtents.NONE) {
            memory.putInt(at + EntryDescriptor.EXTENT_OFFSET_OFFSET, 0);
            memory.putInt(at + EntryDescriptor.EXTENT_LENGTH_OFFSET, 0);
        } else {
            LockEntry entry = directory.entry(at + EntryDescriptor.CELL_OFFSET);
            BegunCharge charge = new BegunCharge(memory, layout);
            if (charge.leadsNowhere(entry)) {
                charge.drop(entry);
            }
            int stride = entry.cellStride();
            for (long cell = offset + ExtentDescriptor.BODY_OFFSET;
                    stride != 0 && cell < offset + length;
                    cell += stride) {
                settle((int) cell, LockKind.PV.code());
            }
        }
    }

    private void settle(int at, int kind) {
        long cell = memory.getLongVolatile(at); // P0; nobody else is there
        memory.putLongVolatile(at, kind == LockKind.PV.code() ? settled(cell) : 0);
    }

    // What was held is inconsistent now; what was given up stays so.
    private static long settled(long cell) {
        int word = LockCell.word(cell);
        int owner = LockCell.owner(cell);
        if (owner == LockCell.NOT_RECOVERABLE && LockWord.locked(word) != 0) {
            return LockCell.of(word & LockWord.INCONSISTENT | LockWord.LOCKED, owner);
        }
        boolean held = owner != 0 || LockWord.locked(word) != 0;
        return LockCell.of(held ? LockWord.INCONSISTENT : word & LockWord.INCONSISTENT, 0);
    }
}
