package io.pvlock;

import io.pvlock.core.LockCell;
import io.pvlock.core.LockKind;
import io.pvlock.core.Outcome;
import io.pvlock.core.WaitPolicy;
import io.pvlock.ipc.directory.LockDirectory;
import io.pvlock.ipc.directory.LockEntry;
import io.pvlock.ipc.layout.ConditionDescriptor;
import io.pvlock.ipc.layout.CounterDescriptor;
import io.pvlock.ipc.layout.ExtentDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

/** Removes a name of a region: what the directory cannot know of who uses it, and what the dead have left in a lock. */
final class Removal {

    private final LockRegion region;
    private final LockDirectory directory;
    private final UnsafeBuffer memory;

    Removal(LockRegion region, LockDirectory directory) {
        this.region = region;
        this.directory = directory;
        this.memory = region.memory();
    }

    /** As {@link LockRegion#remove}. */
    boolean remove(String name) {
        LockEntry entry = directory.find(name);
        if (entry != null && entry.type() == ObjectType.LOCK.code() && entry.kind() == LockKind.PV) {
            takeFromTheDead(entry);
        }
        return directory.remove(name, this::use, region.registry().processes());
    }

    // Whoever died as its owner, or in its queue, is passed; a fair attempt to lock it does that.
    private void takeFromTheDead(LockEntry entry) {
        long now = entry.cellVolatile();
        if (now == 0 || LockCell.owner(now) == LockCell.NOT_RECOVERABLE) {
            return;
        }
        WaitPolicy fair = LockOptions.defaults().waitPolicy(LockOptions.Policy.FAIR, region.usableCpus(), false);
        Vcpu me = region.threads().borrow();
        me.beginUse();
        try {
            Outcome outcome = region.paravirt().tryLock(entry.cell(), me.participant, fair);
            if (outcome.isOwned()) {
                region.paravirt().unlock(entry.cell(), me.participant);
            }
        } finally {
            region.threads().giveBack(me);
        }
    }

    /** Who has a part of it, or what else in the region is made of it; null for nobody and nothing. */
    private String use(LockEntry entry) {
        for (HoldInfo hold : region.inspector().holds(entry)) {
            return "thread '" + hold.threadName() + "' of pid " + hold.pid() + " (" + hold.command() + ") has "
                    + hold.count() + " " + hold.what();
        }
        for (LockDirectory.Named other : directory.all()) {
            if (isMadeOf(other.entry(), entry)) {
                return ObjectType.fromCode(other.entry().type()) + " '" + other.name()
                        + "' is made of it, remove that first";
            }
        }
        return isBeingCharged(entry) ? "a charge is not finished, whose process died; read or charge it once" : null;
    }

    private boolean isMadeOf(LockEntry entry, LockEntry of) {
        int extent = entry.extentOffset();
        if (extent == 0) {
            return false;
        }
        return switch (ObjectType.fromCode(entry.type())) {
            case CONDITION -> {
                long cell = memory.getLongVolatile(extent + ConditionDescriptor.LOCK_OFFSET); // P23 acquire
                boolean inside = of.extentOffset() != 0
                        && cell >= of.extentOffset()
                        && cell < of.extentOffset() + of.extentLength();
                yield cell == of.cell() || of.hasCells() && inside;
            }
            case SEQUENCE_LOCK -> parameter(extent, 1) == of.cell();
            case COUNTER -> {
                // P25 acquire; pairs with P25 in SharedCounter.
                long parent = memory.getLongVolatile(extent + CounterDescriptor.PARENT_OFFSET);
                yield of.type() == ObjectType.COUNTER.code() && parent == of.extentOffset();
            }
            default -> false;
        };
    }

    private long parameter(int extent, int i) {
        return memory.getLong(extent + ExtentDescriptor.PARAMETERS_OFFSET + i * Long.BYTES);
    }

    // What the root of its tree says that the levels will be is still to be written to them.
    private boolean isBeingCharged(LockEntry entry) {
        int extent = entry.type() == ObjectType.COUNTER.code() ? entry.extentOffset() : 0;
        for (int level = 0; level < CounterDescriptor.MAX_LEVELS && extent != 0; level++) {
            if (memory.getLongVolatile(extent + CounterDescriptor.INTENT_LEVELS_OFFSET) != 0) { // P25 acquire
                return true;
            }
            long parent = memory.getLongVolatile(extent + CounterDescriptor.PARENT_OFFSET); // P25 acquire
            extent = parent == CounterDescriptor.NO_PARENT ? 0 : (int) parent;
        }
        return false;
    }
}
