package io.pvlock.internal.check;

import io.pvlock.LockKind;
import io.pvlock.LockOptions.Policy;
import io.pvlock.ObjectType;
import io.pvlock.RegionReport.Finding;
import io.pvlock.RegionReport.Severity;
import io.pvlock.core.HashDescriptor;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.directory.OvertakeTime;
import io.pvlock.internal.layout.DirectoryDescriptor;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.NameDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.layout.SharedText;
import io.pvlock.internal.slot.SlotState;
import io.pvlock.internal.slot.VcpuRegistry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntToLongFunction;
import org.agrona.concurrent.UnsafeBuffer;

/** Looks at every table of a region and trusts none: no index is followed before it is checked. Reads only. */
public final class RegionChecker {

    /** At an entry or a bucket that changes all the time. */
    private static final int MAX_LOOKS = 10;

    private final UnsafeBuffer memory;
    private final RegionLayout layout;
    private final VcpuRegistry registry;
    private final VcpuTable vcpus;
    private final LockDirectory directory;
    private final List<Finding> findings = new ArrayList<>();
    private final DisjointExtents extents = new DisjointExtents();

    public RegionChecker(UnsafeBuffer memory, RegionLayout layout, VcpuRegistry registry, LockDirectory directory) {
        this.directory = directory;
        this.memory = memory;
        this.layout = layout;
        this.registry = registry;
        this.vcpus = registry.vcpus();
    }

    /** All findings, worst first. */
    public List<Finding> check() {
        for (int entry = 0; entry < layout.maxLocks(); entry++) {
            checkAtRest(entry, this::checkEntry, this::bucketOf);
        }
        for (int bucket = 0; bucket < layout.directoryCapacity(); bucket++) {
            checkAtRest(bucket, this::checkBucket, this::state);
        }
        for (int vcpu = 0; vcpu < layout.maxVcpus(); vcpu++) {
            checkSlot(vcpu);
        }
        checkHash();
        findings.sort(Comparator.comparing(Finding::severity));
        return List.copyOf(findings);
    }

    /**
     * Names are made and removed meanwhile, in several steps: what looks like damage is reported if it looks the same again, and nobody
     * has changed {@code state} in between.
     */
    private void checkAtRest(int index, IntConsumer check, IntToLongFunction state) {
        int before = findings.size();
        List<Finding> last = null;
        for (int looks = 0; looks < MAX_LOOKS; looks++) {
            long first = state.applyAsLong(index);
            check.accept(index);
            List<Finding> found = findings.subList(before, findings.size());
            boolean damaged = found.stream().anyMatch(finding -> finding.severity() == Severity.DAMAGE);
            boolean same = first == state.applyAsLong(index) && found.equals(last);
            if (!damaged || same) {
                return;
            }
            last = List.copyOf(found);
            found.clear();
        }
    }

    private void checkEntry(int entry) {
        int at = layout.entriesOffset() + entry * EntryDescriptor.LENGTH;
        int bucket = memory.getInt(at + EntryDescriptor.BUCKET_OFFSET);
        long cell =
                memory.getLongVolatile(at + EntryDescriptor.CELL_OFFSET); // P0 acquire; pairs with P0 in PvQSpinLock
        String where = "lock " + (bucket == 0 ? "entry " + entry : name(entry));
        if (bucket == 0) {
            if (cell != 0) {
                damage(where, "is unused, but its cell is not 0");
            }
            return;
        }
        checkExtent(entry, where);
        if (bucket < 0 || bucket > layout.directoryCapacity()) {
            damage(where, "names directory bucket " + (bucket - 1) + " of " + layout.directoryCapacity());
        }
        int kind = memory.getInt(at + EntryDescriptor.KIND_OFFSET);
        if (isRemoved(bucket - 1, entry)) {
            return; // given up on purpose
        }
        if (kind == LockKind.PV.code()) {
            checkCell(where, cell);
        } else if (kind != 0 && !LockKind.isCode(kind)) {
            damage(where, "has unknown kind " + kind);
        }
        int policy = memory.getInt(at + EntryDescriptor.POLICY_OFFSET);
        if (kind != 0 && !Policy.isCode(policy)) {
            damage(where, "has unknown policy " + policy);
        }
        int overtakeUs = memory.getInt(at + EntryDescriptor.OVERTAKE_US_OFFSET);
        if (kind != 0 && !OvertakeTime.isPossible(policy, overtakeUs)) {
            damage(where, "has overtake time " + overtakeUs + " us with policy " + policy + ", which cannot be");
        }
    }

    private boolean isRemoved(int bucket, int entry) {
        if (bucket < 0 || bucket >= layout.directoryCapacity()) {
            return false;
        }
        long state = state(bucket);
        return DirectoryDescriptor.status(state) == DirectoryDescriptor.REMOVED
                && DirectoryDescriptor.entry(state) == entry;
    }

    private void checkExtent(int entry, String where) {
        int at = layout.entriesOffset() + entry * EntryDescriptor.LENGTH;
        int type = memory.getInt(at + EntryDescriptor.TYPE_OFFSET);
        if (!ObjectType.isCode(type)) {
            damage(where, "has unknown type " + type);
        }
        long offset = extentOffset(entry);
        long length = extentLength(entry);
        if (offset == 0) {
            return;
        }
        if (!layout.holdsExtent(offset, length)) {
            damage(where, "has its data at " + offset + ", " + length + " bytes, which cannot be");
        }
        int other = layout.holdsExtent(offset, length) ? otherWith(entry, offset, length) : DisjointExtents.NONE;
        if (other != DisjointExtents.NONE) {
            damage(where, "has data where " + name(other) + " has its own");
        }
        checkCells(where, directory.entry(at + EntryDescriptor.CELL_OFFSET));
        if (new BegunCharge(memory, layout).leadsNowhere(directory.entry(at + EntryDescriptor.CELL_OFFSET))) {
            damage(where, "has begun a charge that leads where no counter can be");
        }
    }

    // Who has a byte of the extent, of those that were looked at before: may have been removed since.
    private int otherWith(int entry, long offset, long length) {
        int other = extents.add(entry, offset, length);
        while (other != DisjointExtents.NONE
                && !(bucketOf(other) >= 0 && extents.isStill(other, extentOffset(other), extentLength(other)))) {
            extents.remove(other);
            other = extents.add(entry, offset, length);
        }
        return other;
    }

    private void checkCells(String where, LockEntry entry) {
        int stride = layout.holdsExtent(entry.extentOffset(), entry.extentLength()) ? entry.cellStride() : 0;
        int begin = entry.extentOffset() + ExtentDescriptor.BODY_OFFSET;
        int end = entry.extentOffset() + entry.extentLength();
        for (int cell = begin; stride != 0 && cell < end; cell += stride) {
            long now = memory.getLongVolatile(cell); // P0 acquire; pairs with P0 in PvQSpinLock
            if (now != 0) {
                checkCell(where + "[" + (cell - begin) / stride + "]", now);
            }
        }
    }

    private int extentOffset(int entry) {
        int at = layout.entriesOffset() + entry * EntryDescriptor.LENGTH + EntryDescriptor.EXTENT_OFFSET_OFFSET;
        return memory.getIntVolatile(at); // P28 acquire; pairs with P28 in LockEntry
    }

    private int extentLength(int entry) {
        return memory.getInt(
                layout.entriesOffset() + entry * EntryDescriptor.LENGTH + EntryDescriptor.EXTENT_LENGTH_OFFSET);
    }

    private void checkCell(String where, long cell) {
        int word = LockCell.word(cell);
        int owner = LockCell.owner(cell);
        int locked = LockWord.locked(word);
        if (locked != 0 && locked != LockWord.LOCKED && locked != LockWord.SLOW) {
            damage(where, "has locked byte " + locked + ", allowed are 0, 1, 3");
        }
        if ((locked == 0) != (owner == 0)) {
            damage(where, "has locked byte " + locked + " and owner word 0x" + Integer.toHexString(owner) + " (I3)");
        } else if (owner == LockCell.NOT_RECOVERABLE) {
            attention(where, "was given up as not recoverable");
        } else if (owner != 0 && !exists(LockCell.ownerVcpu(owner))) {
            damage(where, "is owned by vcpu " + LockCell.ownerVcpu(owner) + " of " + layout.maxVcpus());
        } else if (owner != 0 && registry.liveness().ownerDead(owner)) {
            attention(where, "is held by dead vcpu " + LockCell.ownerVcpu(owner) + "; the next owner will be told");
        }
        if (LockWord.isInconsistent(word)) {
            attention(where, "lost an owner, and nobody has declared its data repaired");
        }
        if (LockWord.tail(word) != 0) {
            checkQueue(where, LockWord.tail(word), word);
        } else if (LockWord.isPending(word) || LockWord.overtakes(word) != 0) {
            damage(where, "has no queue, but pending or overtakes set: " + LockWord.toString(word));
        }
    }

    private void checkQueue(String where, int tail, int word) {
        int ref = tail;
        for (int steps = vcpus.nodeCount(); ref != 0; steps--) {
            if (!exists(LockWord.refVcpu(ref)) || steps == 0) {
                damage(where, "has a queue that leads nowhere from " + LockWord.toString(word));
                return;
            }
            if (!registry.liveness().dead(LockWord.refVcpu(ref))) {
                return; // a living member repairs what is before it
            }
            int node = vcpus.nodeOffset(ref);
            if (NodeDescriptor.grantStatus(vcpus.grantVolatile(node)) == NodeDescriptor.GRANTED) {
                break;
            }
            ref = vcpus.prevVolatile(node);
        }
        note(where, "has only dead waiters; the next one to come passes them");
    }

    private void checkBucket(int bucket) {
        long state = state(bucket);
        int entry = DirectoryDescriptor.entry(state);
        String where = "directory bucket " + bucket;
        switch (DirectoryDescriptor.status(state)) {
            case DirectoryDescriptor.EMPTY -> {}
            case DirectoryDescriptor.CLAIMED -> {
                if (registry.processes()
                        .isDead(DirectoryDescriptor.process(state), DirectoryDescriptor.generation(state))) {
                    note(where, "was claimed by a process that died; the next one takes it over");
                }
            }
            case DirectoryDescriptor.READY -> {
                if (entry < 0 || entry >= layout.maxLocks()) {
                    damage(where, "leads to entry " + entry + " of " + layout.maxLocks());
                } else if (bucketOf(entry) != bucket) {
                    damage(where, "leads to entry " + entry + ", which belongs to bucket " + bucketOf(entry));
                } else if (nameLength(entry) < 1 || nameLength(entry) > NameDescriptor.NAME_MAX_BYTES) {
                    damage(where, "leads to entry " + entry + ", whose name has " + nameLength(entry) + " bytes");
                }
            }
            case DirectoryDescriptor.REMOVED -> {
                if (entry < 0 || entry >= layout.maxLocks()) {
                    damage(where, "was removed, and led to entry " + entry + " of " + layout.maxLocks());
                } else if (bucketOf(entry) == bucket) {
                    note(
                            where,
                            "was " + name(entry)
                                    + ", which is removed; its place is used again when all who have looked it up"
                                    + " have left");
                }
            }
            case DirectoryDescriptor.VACANT -> {}
            default -> damage(where, "has unknown status " + DirectoryDescriptor.status(state));
        }
    }

    private void checkSlot(int vcpu) {
        long state = vcpus.stateVolatile(vcpu);
        String where = "vcpu " + vcpu;
        if (SlotState.status(state) > SlotState.IDLE) {
            damage(where, "has unknown status " + SlotState.status(state));
        } else if (SlotState.isInUse(state) && registry.liveness().dead(vcpu)) {
            note(where, "is dead; its slot is reclaimed when slots are short");
        }
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int node = vcpus.nodeOffset(LockWord.ref(vcpu, index));
            int status = NodeDescriptor.grantStatus(vcpus.grantVolatile(node));
            if (status > NodeDescriptor.SKIPPED) {
                damage(where, "node " + index + " has unknown grant " + status);
            } else if (status != NodeDescriptor.FREE && SlotState.status(state) == SlotState.FREE) {
                damage(where, "is free, but its node " + index + " is not");
            } else if (status != NodeDescriptor.FREE
                    && vcpus.prevVolatile(node) != 0
                    && !exists(LockWord.refVcpu(vcpus.prevVolatile(node)))) {
                damage(where, "node " + index + " names a predecessor that does not exist");
            }
        }
    }

    private void checkHash() {
        int start = layout.hashOffset() + HashDescriptor.ENTRIES_OFFSET;
        for (int i = 0; i < layout.hashCapacity(); i++) {
            long entry = memory.getLongVolatile(start + i * HashDescriptor.ENTRY_LENGTH); // P5 acquire; see PvLockHash
            int vcpu = LockWord.refVcpu((int) entry & 0xffff);
            int cell = (int) (entry >>> 32);
            if (entry != 0 && (!exists(vcpu) || !isCell(cell))) {
                damage("hash entry " + i, "names vcpu " + vcpu + " and cell offset " + cell);
            }
        }
    }

    private boolean exists(int vcpu) {
        return vcpu >= 0 && vcpu < layout.maxVcpus();
    }

    private boolean isCell(int offset) {
        int relative = offset - layout.entriesOffset();
        boolean ofArray = offset >= layout.objectsOffset()
                && offset < layout.objectsOffset() + layout.objectsLength()
                && offset % LockCell.LENGTH == 0;
        return ofArray
                || relative >= 0
                        && relative < layout.maxLocks() * EntryDescriptor.LENGTH
                        && relative % EntryDescriptor.LENGTH == EntryDescriptor.CELL_OFFSET;
    }

    private long state(int bucket) {
        int at = layout.directoryOffset() + bucket * DirectoryDescriptor.LENGTH;
        return memory.getLongVolatile(at + DirectoryDescriptor.STATE_OFFSET); // P15 acquire; pairs with LockDirectory
    }

    private int bucketOf(int entry) {
        return memory.getInt(layout.entriesOffset() + entry * EntryDescriptor.LENGTH + EntryDescriptor.BUCKET_OFFSET)
                - 1;
    }

    private int nameLength(int entry) {
        return memory.getInt(layout.namesOffset() + entry * NameDescriptor.LENGTH + NameDescriptor.NAME_LENGTH_OFFSET);
    }

    private String name(int entry) {
        return SharedText.get(
                memory, layout.namesOffset() + entry * NameDescriptor.LENGTH, NameDescriptor.NAME_MAX_BYTES);
    }

    private void damage(String where, String what) {
        findings.add(new Finding(Severity.DAMAGE, where, what));
    }

    private void attention(String where, String what) {
        findings.add(new Finding(Severity.ATTENTION, where, what));
    }

    private void note(String where, String what) {
        findings.add(new Finding(Severity.NOTE, where, what));
    }
}
