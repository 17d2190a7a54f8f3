package io.pvlock.internal.directory;

import io.pvlock.ObjectType;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.internal.layout.ConditionDescriptor;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.ReadWriteLockDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.layout.SequenceDescriptor;
import io.pvlock.internal.slot.DeadSlots;
import io.pvlock.internal.wait.VcpuWords;
import io.pvlock.internal.wait.WaitQueue;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the dead have left in the words of objects: read holds, permits, places in wait queues, their names as writers. All of it
 * is void from their death on. But it must be cleared before their slots are used again, since generations wrap: the slot's
 * 65,536th user from then on has the generation of the dead.
 *
 * <p>Each word is cleared in one CAS from exactly what it was, and 0 means no more than the death had meant before. So whoever
 * clears words may die at any point, and any number may do it at once. One kind of word is left for a while: that of a waiter
 * which was woken, and died before it acted on that. As long as somebody alive waits in the same queue, the dead one's slot is
 * kept; the living pass the wake-up on within the bound of a sleep. Whoever joins later has no claim to it.
 *
 * <p>No generation is compared: nobody alive has a slot that is being reclaimed, nor will have it until that is done, so what a word says
 * in its name is a dead one's, whichever user of the slot that was, and would come back as well if only the last one's were cleared.
 */
final class OrphanedWords {

    private final UnsafeBuffer memory;
    private final RegionLayout layout;

    OrphanedWords(UnsafeBuffer memory, RegionLayout layout) {
        this.memory = memory;
        this.layout = layout;
    }

    /** Clears what {@code dead} have left in the object of {@code entry}; whether there was anything. */
    boolean forget(LockEntry entry, DeadSlots dead) {
        int extent = entry.extentOffset();
        boolean sound = layout.holdsExtent(extent, entry.extentLength())
                && entry.extentLength() > ExtentDescriptor.BODY_OFFSET
                && ObjectType.isCode(entry.type());
        if (!sound) {
            return false; // it has none, or it is damaged: a check reports it
        }
        int body = extent + ExtentDescriptor.BODY_OFFSET;
        VcpuWords.Places first = VcpuWords.Places.inOrder(body, layout.maxVcpus());
        return switch (ObjectType.fromCode(entry.type())) {
            case LOCK, CONDITION ->
                forgetWaits(
                        entry,
                        VcpuWords.Places.inOrder(extent + ConditionDescriptor.QUEUE_OFFSET, layout.maxVcpus()),
                        dead);
            case SEMAPHORE ->
                forgetValues(entry, first, dead)
                        | forgetWaits(
                                entry,
                                VcpuWords.Places.inOrder(body + VcpuWords.length(layout.maxVcpus()), layout.maxVcpus()),
                                dead);
            case READ_WRITE_LOCK ->
                forgetValues(
                                entry,
                                VcpuWords.Places.spread(
                                        body + ReadWriteLockDescriptor.READERS_OFFSET, layout.maxVcpus()),
                                dead)
                        | forgetWriter(body, dead);
            case SEQUENCE_LOCK, RECORD -> forgetSingleWriter(body + SequenceDescriptor.WRITER_OFFSET, dead);
            case COUNTER, LOCAL_COUNTER, LOCAL_DATA, LOCK_ARRAY -> false;
        };
    }

    private boolean forgetValues(LockEntry entry, VcpuWords.Places places, DeadSlots dead) {
        boolean any = false;
        for (int vcpu = dead.next(0); isIn(vcpu, entry, places); vcpu = dead.next(vcpu + 1)) {
            long word = word(places.offset(vcpu));
            any |= VcpuWords.value(word) != 0 && clear(places.offset(vcpu), word, 0);
        }
        return any;
    }

    private boolean forgetWaits(LockEntry entry, VcpuWords.Places places, DeadSlots dead) {
        boolean any = false;
        for (int vcpu = dead.next(0); isIn(vcpu, entry, places); vcpu = dead.next(vcpu + 1)) {
            int at = places.offset(vcpu);
            for (long word = word(at); VcpuWords.value(word) != 0; word = word(at)) {
                if (WaitQueue.isChosen(VcpuWords.value(word)) && hasLivingWaiter(entry, places, dead)) {
                    dead.keep(vcpu);
                    break;
                }
                any |= clear(at, word, 0);
            }
        }
        return any;
    }

    private boolean hasLivingWaiter(LockEntry entry, VcpuWords.Places places, DeadSlots dead) {
        for (int vcpu = 0; isIn(vcpu, entry, places); vcpu++) {
            long word = word(places.offset(vcpu));
            int owner = LockCell.ownerWord(vcpu, VcpuWords.generation(word));
            if (WaitQueue.waits(VcpuWords.value(word)) && dead.isAlive(owner)) {
                return true;
            }
        }
        return false;
    }

    // A damaged extent may be too short for all.
    private boolean isIn(int vcpu, LockEntry entry, VcpuWords.Places places) {
        return vcpu >= 0
                && vcpu < layout.maxVcpus()
                && places.offset(vcpu) + Long.BYTES <= entry.extentOffset() + entry.extentLength();
    }

    // Does what whoever takes the lock from the dead would do: what was being written is damaged, all else is over.
    private boolean forgetWriter(int body, DeadSlots dead) {
        int writer = body + ReadWriteLockDescriptor.WRITER_OFFSET;
        long word = word(writer);
        long damaged = word & (ReadWriteLockDescriptor.LOCKED | ReadWriteLockDescriptor.INCONSISTENT);
        boolean any = dead.contains(LockCell.ownerVcpu((int) (word >>> 32)))
                && clear(writer, word, damaged == 0 ? 0 : ReadWriteLockDescriptor.INCONSISTENT);
        int head = body + ReadWriteLockDescriptor.HEAD_OFFSET;
        long waiting = word(head);
        return any | (dead.contains(LockCell.ownerVcpu((int) (waiting >>> 32))) && clear(head, waiting, 0));
    }

    private boolean forgetSingleWriter(int at, DeadSlots dead) {
        int writer = memory.getIntVolatile(at); // P21 acquire; pairs with P21 release in SingleWriter
        // P21: as if the next writer had replaced it and left. The count still says that
        // it was in the middle of a write.
        boolean cleared = dead.contains(LockCell.ownerVcpu(writer)) && memory.compareAndSetInt(at, writer, 0);
        if (cleared) {
            KillPoint.hit(KillPoint.DEAD_WORD_CLEARED);
        }
        return cleared;
    }

    private boolean clear(int at, long word, long left) {
        // P17, P18, P19: as its user, or the next holder of the object's lock, would; pairs with the same there.
        boolean cleared = memory.compareAndSetLong(at, word, left);
        if (cleared) {
            KillPoint.hit(KillPoint.DEAD_WORD_CLEARED);
        }
        return cleared;
    }

    private long word(int at) {
        return memory.getLongVolatile(at); // P17 acquire; pairs with P17 in VcpuWords.put
    }
}
