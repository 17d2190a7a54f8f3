package io.pvlock.internal.directory;

import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.internal.layout.DirectoryDescriptor;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.HeaderDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.ProcessTable;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Takes names out of the directory. Their entries are given to other names when nobody can mistake one for the other.
 *
 * <p>The danger is an object that outlives its name. Its fast path is a bare compare-and-set on the cell, which must not be
 * another lock's by then. So an entry is used again only when no process has an object of it, see {@link EntryUsers} and {@link
 * OwnHandles}. Until then a PV lock's cell says that nobody will ever have it, and whoever tries to lock it is told to look the
 * name up again. Everything else can be removed only while nobody uses it.
 *
 * <p>A removal is one step, READY to REMOVED, and then a look whether anybody uses the entry. A process that dies in between
 * leaves the removal half done; the next one to make or to remove that name finishes or undoes it: {@link #settle}. Everything
 * here is done under the byte lock of {@link ProcessTable#exclusively}.
 */
final class RemovedEntries {

    private final UnsafeBuffer memory;
    private final RegionLayout layout;
    private final Buckets buckets;
    private final EntryUsers users;
    private final OwnHandles own;
    private final UnusedEntries unused;
    private final ObjectRoom room;

    /** Buckets that a removal looks at besides its own, to give back what is not kept any more: all of them in a region of default size. */
    private static final int SWEPT = 2048;

    /** Unless it comes upon so many that are kept: they cost more than a look. */
    private static final int MAX_KEPT = 64;

    /** Where the next {@link #sweep} goes on. */
    private int hand;

    /** Entries that only objects of this process keep, at the last {@link #reclaim}. */
    private int keptByOwn;

    RemovedEntries(
            UnsafeBuffer memory,
            RegionLayout layout,
            Buckets buckets,
            EntryUsers users,
            OwnHandles own,
            UnusedEntries unused,
            ObjectRoom room) {
        this.memory = memory;
        this.layout = layout;
        this.buckets = buckets;
        this.users = users;
        this.own = own;
        this.unused = unused;
        this.room = room;
    }

    /**
     * Removes what {@code bucket} leads to, or leaves it as it is.
     *
     * @return null if it is removed; else who uses it
     */
    String unlink(int bucket, ProcessTable me) {
        long ready = buckets.state(bucket);
        // P33 full fence: the name is gone before the look at who uses it. One of the two sees the
        // other. Pairs with P33 in EntryUsers.add.
        buckets.casState(bucket, ready, withStatus(ready, DirectoryDescriptor.REMOVED));
        KillPoint.hit(KillPoint.NAME_UNLINKED);
        String user = settle(bucket, me);
        if (user == null) {
            KillPoint.hit(KillPoint.NAME_REMOVED);
            reclaim(bucket, me, new EntryUsers.Entered());
            sweep(me);
        }
        return user;
    }

    /** Finishes the removal of what {@code bucket} led to, or undoes it: null, or who uses it. */
    String settle(int bucket, ProcessTable me) {
        long removed = buckets.state(bucket);
        int entry = DirectoryDescriptor.entry(removed);
        if (buckets.bucketOf(entry) != bucket) {
            return null; // its entry has been given back
        }
        LockEntry of = buckets.entry(entry);
        String user = of.isPlainParavirt() ? giveUp(of) : user(entry, me);
        if (user != null) {
            buckets.casState(bucket, removed, withStatus(removed, DirectoryDescriptor.READY));
        } else if (of.isPlainParavirt()) {
            keepToken(of); // the cell says from now on that it is removed
        } else {
            // At once: nothing else says that it is removed. A second look at its users could find
            // one that is just looking the name up.
            giveBack(bucket, removed);
        }
        return user;
    }

    /** From now on nobody has it: null; or who has it. */
    private String giveUp(LockEntry entry) {
        for (; ; ) {
            long now = entry.cellVolatile();
            int word = LockCell.word(now);
            int owner = LockCell.owner(now);
            if (owner == LockCell.NOT_RECOVERABLE) {
                return null;
            }
            if (owner != 0) {
                return "vcpu=" + LockCell.ownerVcpu(owner) + " holds it";
            }
            if (LockWord.tail(word) != 0) {
                return "threads wait for it";
            }
            // P0: (0,0,0) -> (0,0,LOCKED), owner nobody -> never anybody; as PvQSpinLock.abandon leaves it.
            long given = LockCell.of(word & LockWord.INCONSISTENT | LockWord.LOCKED, LockCell.NOT_RECOVERABLE);
            if (memory.compareAndSetLong(entry.cell(), now, given)) {
                return null;
            }
        }
    }

    private String user(int entry, ProcessTable me) {
        int other = users.other(entry, me);
        if (other >= 0) {
            return "process " + me.pid(other) + " (" + me.commandName(other)
                    + ") has looked it up, and has the region open";
        }
        return own.isReachable(entry) ? "this process has objects of it that are still reachable" : null;
    }

    /** Whether {@code entry}, of which the caller has an object, has lost its name. */
    boolean isRemoved(int entry) {
        int bucket = buckets.bucketOf(entry);
        long state = bucket < 0 || bucket >= buckets.capacity() ? 0 : buckets.state(bucket);
        return DirectoryDescriptor.status(state) != DirectoryDescriptor.READY
                || DirectoryDescriptor.entry(state) != entry;
    }

    /** How many entries only objects of this process kept at the last {@link #reclaim}. */
    int keptByOwn() {
        return keptByOwn;
    }

    /** Gives back every entry whose name is removed and of which nobody has an object: how many. */
    int reclaim(ProcessTable me) {
        int given = 0;
        keptByOwn = 0;
        own.forgetCollected(me.index());
        EntryUsers.Entered entered = new EntryUsers.Entered();
        for (int bucket = 0; bucket < buckets.capacity(); bucket++) {
            given += reclaim(bucket, me, entered) ? 1 : 0;
        }
        return given;
    }

    // The same for some buckets, in turn: a removal leaves one more at most, and so it does not matter how many there
    // are. What is not come by is given back when entries run out.
    private void sweep(ProcessTable me) {
        own.forgetCollected(me.index());
        EntryUsers.Entered entered = new EntryUsers.Entered();
        int kept = 0;
        for (int left = Math.min(SWEPT, buckets.capacity()); left > 0 && kept < MAX_KEPT; left--) {
            boolean removed = buckets.status(hand) == DirectoryDescriptor.REMOVED;
            kept += removed && !reclaim(hand, me, entered) ? 1 : 0;
            hand = hand + 1 & buckets.capacity() - 1;
        }
    }

    private boolean reclaim(int bucket, ProcessTable me, EntryUsers.Entered entered) {
        long state = buckets.state(bucket);
        int entry = DirectoryDescriptor.entry(state);
        if (DirectoryDescriptor.status(state) != DirectoryDescriptor.REMOVED) {
            return false;
        }
        if (entry >= layout.maxLocks() || buckets.bucketOf(entry) != bucket) {
            vacate(bucket, state);
            return false;
        }
        if (users.other(entry, me, entered) >= 0) {
            return false;
        }
        if (own.isReachable(entry)) {
            keptByOwn++;
            return false;
        }
        // Whoever removed it may have died before the lock was given up: a thread may hold it all the same,
        // whose object has been collected.
        if (buckets.entry(entry).isPlainParavirt() && settle(bucket, me) != null) {
            return false;
        }
        giveBack(bucket, state);
        return true;
    }

    private void giveBack(int bucket, long removed) {
        give(DirectoryDescriptor.entry(removed));
        KillPoint.hit(KillPoint.ENTRY_GIVEN_BACK);
        vacate(bucket, removed);
    }

    // May be done again from the beginning, by whoever comes after one who died in it: it is unused only at the end.
    private void give(int entry) {
        int at = buckets.entryOffset(entry);
        LockEntry of = new LockEntry(memory, at);
        keepToken(of);
        long extent = ObjectRoom.word(of.extentOffset(), of.extentLength());
        of.noExtent();
        buckets.clearName(entry);
        memory.setMemory(
                at + EntryDescriptor.KIND_OFFSET, EntryDescriptor.LENGTH - EntryDescriptor.KIND_OFFSET, (byte) 0);
        memory.setMemory(at + EntryDescriptor.USERS_OFFSET, EntryDescriptor.USERS_BITS / Byte.SIZE, (byte) 0);
        memory.putLong(at + EntryDescriptor.FENCING_TOKEN_OFFSET, 0);
        memory.putLong(at + EntryDescriptor.HELD_SINCE_OFFSET, 0);
        memory.putLongVolatile(at + EntryDescriptor.CELL_OFFSET, 0); // P0: nobody knows the cell
        room.keep(entry, of, extent);
        KillPoint.hit(KillPoint.ENTRY_CLEARED);
        unused.giveBack(entry);
    }

    // A search goes on past a VACANT bucket. If it would end at the next bucket anyway, it may end here.
    private void vacate(int bucket, long removed) {
        buckets.casState(bucket, removed, DirectoryDescriptor.VACANT);
        int mask = buckets.capacity() - 1;
        for (int at = bucket;
                buckets.state(at) == DirectoryDescriptor.VACANT
                        && buckets.state(at + 1 & mask) == DirectoryDescriptor.EMPTY;
                at = at - 1 & mask) {
            buckets.casState(at, DirectoryDescriptor.VACANT, DirectoryDescriptor.EMPTY);
        }
    }

    /** A lock that gets the name again goes on from this one's fencing token: so does every lock that is made from now on. */
    void keepToken(LockEntry entry) {
        // Of a lock array it is in the extent, which may be anywhere in a damaged region.
        boolean inExtent = entry.hasCells() && entry.extentOffset() != 0;
        if (inExtent && !layout.holdsExtent(entry.extentOffset(), entry.extentLength())) {
            return;
        }
        long token = entry.lastTokenOfAny();
        if (token > tokenFloor()) {
            memory.putLong(HeaderDescriptor.TOKEN_FLOOR_OFFSET, token);
        }
    }

    /** Fencing tokens of locks that are made now are greater. */
    long tokenFloor() {
        return memory.getLong(HeaderDescriptor.TOKEN_FLOOR_OFFSET);
    }

    private static long withStatus(long state, int status) {
        return state & ~0xffL | status;
    }
}
