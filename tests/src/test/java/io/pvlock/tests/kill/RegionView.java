package io.pvlock.tests.kill;

import static io.pvlock.core.NodeDescriptor.FREE;

import io.pvlock.RegionOptions;
import io.pvlock.core.HashDescriptor;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockEvent;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.layout.DirectoryDescriptor;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.SlotState;
import io.pvlock.linux.Futex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** What is in the region, read by one who takes no part. */
final class RegionView {

    /** The park word of one that sleeps or is about to, see FutexParker. */
    private static final int PARKED = 2;
    /** The same of a virtual thread. */
    private static final int PARKED_VIRTUAL = 3;

    private final RegionFile file;
    private final RegionLayout layout;
    private final UnsafeBuffer memory;
    private final VcpuTable vcpus;
    private final LockDirectory directory;

    RegionView(Path path, RegionOptions options) {
        file = RegionFile.openOrCreate(path, options.mapping(RegionOptions.Mapping.PLAIN));
        layout = file.layout();
        memory = file.memory();
        vcpus = new VcpuTable(memory, layout.vcpusOffset(), layout.maxVcpus());
        directory = new LockDirectory(memory, layout);
    }

    /** The cell of a lock that exists. */
    int cellOf(String lock) {
        return directory.find(lock).cell();
    }

    /** Whether the name is there to be found. */
    boolean exists(String lock) {
        return directory.find(lock) != null;
    }

    /**
     * What the names take of their tables.
     *
     * @param entries that are some bucket's
     * @param buckets that no other name can have
     */
    record Names(int entries, int buckets) {
        Names and(int more) {
            return new Names(entries + more, buckets + more);
        }
    }

    Names names() {
        int entries = 0;
        for (int i = 0; i < layout.maxLocks(); i++) {
            int entry = layout.entriesOffset() + i * EntryDescriptor.LENGTH;
            entries += memory.getIntVolatile(entry + EntryDescriptor.BUCKET_OFFSET) == 0 ? 0 : 1;
        }
        int buckets = 0;
        for (int i = 0; i < layout.directoryCapacity(); i++) {
            int bucket = layout.directoryOffset() + i * DirectoryDescriptor.LENGTH;
            int status = DirectoryDescriptor.status(memory.getLongVolatile(bucket + DirectoryDescriptor.STATE_OFFSET));
            buckets += status == DirectoryDescriptor.EMPTY || status == DirectoryDescriptor.VACANT ? 0 : 1;
        }
        return new Names(entries, buckets);
    }

    /** The cell's value, which must obey I3. */
    long cell(int cell) {
        long now = memory.getLongVolatile(cell);
        int word = LockCell.word(now);
        if (LockCell.owner(now) == 0 != (LockWord.locked(word) == 0)) {
            throw new AssertionError("I3 is broken: owner " + Integer.toHexString(LockCell.owner(now)) + " and word "
                    + LockWord.toString(word));
        }
        return now;
    }

    int word(int cell) {
        return LockCell.word(cell(cell));
    }

    boolean isOwnedBy(int cell, int vcpu) {
        int owner = LockCell.owner(cell(cell));
        return owner != 0 && LockCell.ownerVcpu(owner) == vcpu;
    }

    /** Whether the last in the queue is {@code vcpu}. */
    boolean isLast(int cell, int vcpu) {
        return LockWord.refVcpu(LockWord.tail(word(cell))) == vcpu;
    }

    /** Whether it sleeps in the kernel; it says so some time before. Of a virtual one it can be seen only that it says so. */
    boolean isAsleep(int vcpu) {
        int slot = vcpus.slotOffset(vcpu);
        int park = memory.getIntVolatile(slot + VcpuSlotDescriptor.PARK_OFFSET);
        return park == PARKED_VIRTUAL
                || park == PARKED
                        && isSleeping(
                                memory.getInt(slot + VcpuSlotDescriptor.PID_OFFSET),
                                memory.getInt(slot + VcpuSlotDescriptor.TID_OFFSET));
    }

    private static boolean isSleeping(int pid, int tid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/task/" + tid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'S';
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    /** The status of the node with which {@code vcpu} queues at {@code cell}; FREE if with none. */
    int grantStatus(int cell, int vcpu) {
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int node = vcpus.nodeOffset(LockWord.ref(vcpu, index));
            int status = NodeDescriptor.grantStatus(vcpus.grantVolatile(node));
            if (status != FREE && vcpus.lockOf(node) == cell) {
                return status;
            }
        }
        return FREE;
    }

    boolean hasOnlyFreeNodes(int vcpu) {
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int node = vcpus.nodeOffset(LockWord.ref(vcpu, index));
            if (NodeDescriptor.grantStatus(vcpus.grantVolatile(node)) != FREE) {
                return false;
            }
        }
        return true;
    }

    /** Whether a hash entry names {@code vcpu} as sleeping head of {@code cell}. */
    boolean isHashed(int cell, int vcpu) {
        int entries = layout.hashOffset() + HashDescriptor.ENTRIES_OFFSET;
        for (int i = 0; i < layout.hashCapacity(); i++) {
            long entry = memory.getLongVolatile(entries + i * HashDescriptor.ENTRY_LENGTH);
            if (entry >>> 32 == cell && LockWord.refVcpu((int) entry & 0xffff) == vcpu) {
                return true;
            }
        }
        return false;
    }

    /** Ends every sleep as its bound does in production: without a kick. */
    void endSleeps() {
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            long parkWord = vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.PARK_OFFSET;
            Futex.wake(file.mapping().address() + parkWord, Integer.MAX_VALUE);
        }
    }

    int slotStatus(int vcpu) {
        return SlotState.status(vcpus.stateVolatile(vcpu));
    }

    /** Slots that are neither FREE nor CLAIMED. */
    List<Integer> slotsInUse() {
        List<Integer> inUse = new ArrayList<>();
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            if (slotStatus(vcpu) != SlotState.FREE && slotStatus(vcpu) != SlotState.CLAIMED) {
                inUse.add(vcpu);
            }
        }
        return inUse;
    }

    int slotCount() {
        return vcpus.capacity();
    }

    /** Of slots and of one lock, for people. */
    String describe(int cell) {
        StringBuilder text = new StringBuilder("cell ").append(cell).append(": ");
        long now = memory.getLongVolatile(cell);
        text.append("owner ").append(LockCell.ownerVcpu(LockCell.owner(now))).append(' ');
        text.append(LockWord.toString(LockCell.word(now))).append('\n');
        for (int vcpu = 0; vcpu < vcpus.capacity(); vcpu++) {
            if (slotStatus(vcpu) != SlotState.FREE) {
                text.append("  vcpu ").append(vcpu).append(' ').append(SlotState.name(vcpus.stateVolatile(vcpu)));
                text.append(isAsleep(vcpu) ? " asleep" : "").append(isHashed(cell, vcpu) ? " hashed" : "");
                for (int index = 0; index < LockWord.MAX_NODES; index++) {
                    int node = vcpus.nodeOffset(LockWord.ref(vcpu, index));
                    int grant = vcpus.grantVolatile(node);
                    if (NodeDescriptor.grantStatus(grant) != FREE) {
                        text.append(" node").append(index).append("[cell ").append(vcpus.lockOf(node));
                        text.append(" grant ").append(NodeDescriptor.grantStatus(grant));
                        text.append(" state ").append(vcpus.stateOf(node));
                        text.append(" prev ")
                                .append(LockWord.refVcpu(vcpus.prevVolatile(node)))
                                .append(']');
                    }
                }
                for (LockEvent event : LockEvent.values()) {
                    long count = vcpus.eventPlain(vcpu, event);
                    if (count != 0) {
                        text.append(' ').append(event.label()).append('=').append(count);
                    }
                }
                text.append('\n');
            }
        }
        return text.toString();
    }

    Path path() {
        return file.path();
    }
}
