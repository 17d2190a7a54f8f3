package io.pvlock.internal.object;

import io.pvlock.HoldInfo;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.ObjectType;
import io.pvlock.core.LockCell;
import io.pvlock.core.Outcome;
import io.pvlock.core.WaitPolicy;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.directory.OvertakeTime;
import io.pvlock.internal.layout.ConditionDescriptor;
import io.pvlock.internal.layout.CounterDescriptor;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.lock.LockUse;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import org.agrona.concurrent.UnsafeBuffer;

/** Removes a name of a region: what the directory cannot know of who uses it, and what the dead have left in a lock. */
public final class Removal {

    private final Session session;
    private final LockDirectory directory;
    private final UnsafeBuffer memory;
    private final RegionLayout layout;

    public Removal(Session session) {
        this.session = session;
        this.directory = session.directory();
        this.memory = session.memory();
        this.layout = session.layout();
    }

    /**
     * Removes {@code name}, if nobody uses what it stands for.
     *
     * @return false if there is no such name
     * @throws IllegalStateException if it is in use; the message says by whom
     */
    public boolean remove(String name) {
        // First of all: a virtual thread may have to wait for a slot here, and close() must not wait for that.
        Attachment me = session.whileOpen(() -> isTaken(directory.find(name)))
                ? session.threads().borrow()
                : null;
        if (me == null) {
            return remove(name, null);
        }
        me.beginUse();
        try {
            return remove(name, me);
        } finally {
            session.threads().giveBack(me);
        }
    }

    private boolean remove(String name, Attachment me) {
        return session.whileOpen(() -> directory.remove(
                name, entry -> use(entry, me), session.registry().processes()));
    }

    /** Whether somebody has it or waits for it, who may be dead. */
    private static boolean isTaken(LockEntry entry) {
        if (entry == null || !entry.isPlainParavirt()) {
            return false;
        }
        long now = entry.cellVolatile();
        return now != 0 && LockCell.owner(now) != LockCell.NOT_RECOVERABLE;
    }

    // A fair attempt to lock it passes whoever died as its owner or in its queue. If the lock cannot be removed after
    // all, it has lost a dead owner, and the next one is told, as after any other take-over.
    private void takeFromTheDead(LockEntry entry, Attachment me) {
        WaitPolicy fair =
                LockUse.waitPolicy(Policy.FAIR, OvertakeTime.OF_POLICY, WaitMode.AUTO, session.usableCpus(), false);
        Outcome outcome = session.paravirt().tryLock(entry.cell(), me.participant, fair);
        if (!outcome.isOwned()) {
            return;
        }
        try {
            int owner = outcome == Outcome.OWNER_DIED ? me.participant.diedOwner() : 0;
            if (owner != 0) {
                LockEntry.Death death = session.inspector().death(owner, entry.lastToken());
                entry.recordDeath(death);
                entry.heldSinceNs(0);
                session.events().ownerReplaced(death, entry.cell(), me.participant);
            }
        } finally {
            session.paravirt().unlock(entry.cell(), me.participant);
        }
    }

    /**
     * Who has a part of it, or what else in the region is made of it; null for nobody and nothing. Under the byte lock: the name
     * leads to the entry.
     *
     * @param me to take it from the dead; null if nobody had it
     */
    private String use(LockEntry entry, Attachment me) {
        for (HoldInfo hold : session.inspector().holds(entry)) {
            return "thread '" + hold.threadName() + "' of pid " + hold.pid() + " (" + hold.command() + ") has "
                    + hold.count() + " " + hold.what();
        }
        LockDirectory.Named madeOfIt = entry.isBase() ? directory.first(other -> isMadeOf(other, entry)) : null;
        if (madeOfIt != null) {
            return ObjectType.fromCode(madeOfIt.entry().type()) + " '" + madeOfIt.name()
                    + "' is made of it, remove that first";
        }
        if (isBeingCharged(entry)) {
            return "a charge is not finished, whose process died; read or charge it once";
        }
        if (me != null && isTaken(entry)) {
            takeFromTheDead(entry, me);
        }
        return null;
    }

    private boolean isMadeOf(LockEntry entry, LockEntry of) {
        int extent = entry.extentOffset();
        if (!layout.holdsExtent(extent, entry.extentLength())) {
            return false; // it has none, or it is damaged
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
        for (int level = 0; level < CounterDescriptor.MAX_LEVELS && layout.holdsCounter(extent); level++) {
            if (memory.getLongVolatile(extent + CounterDescriptor.INTENT_LEVELS_OFFSET) != 0) { // P25 acquire
                return true;
            }
            long parent = memory.getLongVolatile(extent + CounterDescriptor.PARENT_OFFSET); // P25 acquire
            extent = parent == CounterDescriptor.NO_PARENT ? 0 : (int) parent;
        }
        return false;
    }
}
