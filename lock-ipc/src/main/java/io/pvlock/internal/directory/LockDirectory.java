package io.pvlock.internal.directory;

import io.pvlock.LockKind;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.ObjectType;
import io.pvlock.RegionException;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.internal.directory.Buckets.Name;
import io.pvlock.internal.layout.DirectoryDescriptor;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.FillLevel;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.DeadSlots;
import io.pvlock.internal.slot.LockCells;
import io.pvlock.internal.slot.ProcessTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Named locks and other objects: an open-addressing table of buckets, each leading to an entry and its name. They are
 * made without a lock for readers to wait for, and removed as {@link RemovedEntries} says.
 *
 * <p>A bucket is claimed by a CAS that names the claimer and the entry, the entry by a CAS that names the bucket; then the entry is
 * filled and the bucket made READY. If the claimer dies on the way, the next one to come by takes the bucket over, and the entry
 * if that names the bucket, so nothing is lost and nobody waits for the dead. {@link UnusedEntries} says which entries there are to choose
 * from.
 */
public final class LockDirectory implements LockCells {

    private static final String REMEDY =
            "remove those that nobody uses (pvlock ls, pvlock rm NAME, LockRegion.remove), or"
                    + " make the region anew with a larger RegionOptions.maxLocks";

    private final UnsafeBuffer memory;
    private final RegionLayout layout;
    private final Buckets buckets;
    private final Extents extents;
    private final CellScan cells;
    private final OrphanedWords orphans;
    private final EntryUsers users;
    private final OwnHandles own;
    private final UnusedEntries unused;
    private final RemovedEntries removed;
    private final CellNames names;
    private final LevelCount level;

    public LockDirectory(UnsafeBuffer memory, RegionLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.buckets = new Buckets(memory, layout);
        this.extents = new Extents(memory, layout);
        this.cells = new CellScan(memory, layout, extents);
        this.orphans = new OrphanedWords(memory, layout);
        this.users = new EntryUsers(memory, layout);
        this.own = new OwnHandles(memory, users, layout.maxLocks());
        this.unused = new UnusedEntries(memory, layout, buckets);
        this.removed = new RemovedEntries(memory, layout, buckets, users, own, unused, extents.room());
        this.names = new CellNames(layout, buckets, extents);
        this.level = new LevelCount(new FillLevel("names", REMEDY), layout);
    }

    /**
     * What a name shall stand for if it does not exist.
     *
     * @param overtakeUs see {@link OvertakeTime}
     * @param type {@link io.pvlock.ObjectType#code}
     * @param bodyBytes of the object's extent; less than 0 for no extent
     * @param parameters at most {@link io.pvlock.internal.layout.ExtentDescriptor#MAX_PARAMETERS}
     */
    public record Template(
            LockKind kind, int policy, int overtakeUs, int waitMode, int type, long bodyBytes, List<Long> parameters) {

        /** A lock. */
        public Template(LockKind kind, int policy, int overtakeUs, int waitMode) {
            this(kind, policy, overtakeUs, waitMode, 0, -1, List.of());
        }

        /** A lock that may be overtaken for as long as its policy says. */
        public Template(LockKind kind, int policy, int waitMode) {
            this(kind, policy, OvertakeTime.OF_POLICY, waitMode);
        }

        /** An object with a PV lock inside. */
        public static Template object(ObjectType type, Policy policy, long bodyBytes, List<Long> parameters) {
            return new Template(
                    LockKind.PV,
                    policy.code(),
                    OvertakeTime.OF_POLICY,
                    WaitMode.AUTO.ordinal(),
                    type.code(),
                    bodyBytes,
                    parameters);
        }

        /** The same, overtaken for another time. */
        public Template overtakeUs(int newOvertakeUs) {
            return new Template(kind, policy, newOvertakeUs, waitMode, type, bodyBytes, parameters);
        }
    }

    /**
     * Finds the lock {@code name} or makes it.
     *
     * @throws RegionException FULL if there is no entry left, UNAVAILABLE if a stopped process is making a lock in our way
     * @throws IllegalArgumentException if the name is empty or too long
     */
    public LockEntry findOrCreate(String name, Template template, ProcessTable me) {
        Name wanted = Name.of(name);
        LockEntry found = find(wanted, me);
        if (found == null) {
            found = make(wanted, template, me);
        }
        if (found == null && removed.keptByOwn() > 0 && own.collectAny()) {
            int before = removed.keptByOwn();
            found = make(wanted, template, me);
            own.collected(before - removed.keptByOwn());
        }
        if (found == null) {
            throw full(me);
        }
        return found;
    }

    /** The lock {@code name} or null; for whoever will lock it: the caller's process has an object of it from now on. */
    public LockEntry find(String name, ProcessTable me) {
        return find(Name.of(name), me);
    }

    private LockEntry find(Name name, ProcessTable me) {
        for (int bucket = buckets.find(name); bucket >= 0; bucket = buckets.find(name)) {
            int entry = DirectoryDescriptor.entry(buckets.state(bucket));
            if (!buckets.exists(entry)) {
                continue;
            }
            LockEntry handle = own.get(entry, buckets.entryOffset(entry), me.index());
            // Looked up again, since the name may have been removed before I was counted. And counted again, since the
            // count may have been cleared with the entry before the same name was made anew.
            long state = buckets.state(bucket);
            boolean same = DirectoryDescriptor.entry(state) == entry && buckets.isNamed(bucket, state, name);
            if (same && users.has(entry, me.index())) {
                return handle;
            }
        }
        return null;
    }

    // Null: the table is full.
    private LockEntry make(Name name, Template template, ProcessTable me) {
        LockEntry[] made = new LockEntry[1];
        me.exclusively(() -> {
            settleRemoved(name, me);
            made[0] = find(name, me);
            if (made[0] == null) {
                // Before the bucket: what is given back may change where that is.
                int unused = unused(me);
                int bucket = claimable(name);
                made[0] = bucket < 0 ? null : claimAndFill(bucket, unused, name, template, me);
            }
        });
        return made[0];
    }

    // Less than 0: there is none left.
    private int unused(ProcessTable me) {
        int entry = unused.first();
        return entry < 0 && removed.reclaim(me) > 0 ? unused.first() : entry;
    }

    private LockEntry claimAndFill(int bucket, int unused, Name name, Template template, ProcessTable me) {
        long before = buckets.state(bucket);
        boolean goesOn = DirectoryDescriptor.status(before) == DirectoryDescriptor.CLAIMED
                && buckets.exists(DirectoryDescriptor.entry(before))
                && buckets.bucketOf(DirectoryDescriptor.entry(before)) == bucket;
        // What a dead claimer of this bucket had reserved is used.
        int entry = goesOn ? DirectoryDescriptor.entry(before) : unused;
        if (entry < 0) {
            return null;
        }
        buckets.casState(bucket, before, claimed(entry, me));
        boolean empty = DirectoryDescriptor.status(before) == DirectoryDescriptor.EMPTY;
        int otherwise = empty ? DirectoryDescriptor.EMPTY : DirectoryDescriptor.VACANT;
        return fill(bucket, entry, name, template, otherwise, me)
                ? own.get(entry, buckets.entryOffset(entry), me.index())
                : null;
    }

    // The first bucket for a name that begins its search at this hash; -1 if there is none. A claim
    // that is found here was left by the dead.
    private int claimable(Name name) {
        for (int probe = 0; probe < buckets.capacity(); probe++) {
            int bucket = buckets.probed(name, probe);
            int status = buckets.status(bucket);
            if (status != DirectoryDescriptor.READY && status != DirectoryDescriptor.REMOVED) {
                return bucket;
            }
        }
        return -1;
    }

    // A removal of the name that nobody has finished.
    private void settleRemoved(Name name, ProcessTable me) {
        for (int probe = 0; probe < buckets.capacity(); probe++) {
            int bucket = buckets.probed(name, probe);
            long state = buckets.state(bucket);
            if (DirectoryDescriptor.status(state) == DirectoryDescriptor.EMPTY) {
                return;
            }
            if (DirectoryDescriptor.status(state) == DirectoryDescriptor.REMOVED
                    && buckets.hasName(bucket, state, name)) {
                removed.settle(bucket, me);
            }
        }
    }

    /**
     * Removes {@code name}, if nobody uses what it stands for.
     *
     * @param use who uses the entry, or null, as far as the caller can see
     * @return false if there is no such name
     * @throws IllegalStateException if it is in use; nothing is changed
     */
    public boolean remove(String name, Function<LockEntry, String> use, ProcessTable me) {
        Name wanted = Name.of(name);
        int there = buckets.find(wanted);
        if (there >= 0) {
            int entry = buckets.check(DirectoryDescriptor.entry(buckets.state(there)));
            if (!buckets.entry(entry).isPlainParavirt()) {
                own.collect(entry);
            }
        }
        boolean[] found = new boolean[1];
        String[] user = new String[1];
        me.exclusively(() -> {
            settleRemoved(wanted, me);
            int bucket = buckets.find(wanted);
            found[0] = bucket >= 0;
            if (found[0]) {
                int entry = buckets.check(DirectoryDescriptor.entry(buckets.state(bucket)));
                user[0] = use.apply(buckets.entry(entry));
                user[0] = user[0] == null ? removed.unlink(bucket, me) : user[0];
            }
        });
        if (user[0] != null) {
            throw new IllegalStateException(
                    "'" + name + "' is in use: " + user[0] + "; it can be removed when nobody uses it");
        }
        return found[0];
    }

    /** Whether the name of {@code entry}, of which the caller has an object, has been removed. */
    public boolean isRemoved(LockEntry entry) {
        return removed.isRemoved(buckets.entryOfCell(entry.cell()));
    }

    /** Locks that are made from now on have greater fencing tokens than {@code entry} has handed out: it is about to be dropped. */
    public void keepToken(int entry) {
        removed.keepToken(buckets.entry(entry));
    }

    /** Whether objects of that entry are reachable in this process. */
    public boolean hasObjects(int entry) {
        return own.isReachable(entry);
    }

    /** This process has no object any more. */
    public void leave(ProcessTable me) {
        own.entries().forEach(entry -> users.remove(entry, me.index()));
    }

    /**
     * The extent of {@code entry}, given to it now if it has none.
     *
     * @param bodyBytes of the extent without its first line
     * @param parameters of an extent that is given now
     * @return offset of the extent
     */
    public int extent(LockEntry entry, String name, long bodyBytes, List<Long> parameters, ProcessTable me) {
        extents.giveOnce(entry, bodyBytes, parameters, removed.tokenFloor(), me);
        extents.check(entry, name, bodyBytes);
        return entry.extentOffset();
    }

    /** The lock {@code name}, or null; to look at it only, see {@link #find(String, ProcessTable)}. */
    public LockEntry find(String name) {
        Name wanted = Name.of(name);
        for (int bucket = buckets.find(wanted); bucket >= 0; bucket = buckets.find(wanted)) {
            long state = buckets.state(bucket);
            if (buckets.isNamed(bucket, state, wanted)) {
                return buckets.entry(DirectoryDescriptor.entry(state));
            }
        }
        return null;
    }

    private static long claimed(int entry, ProcessTable me) {
        return DirectoryDescriptor.state(DirectoryDescriptor.CLAIMED, me.index(), me.generation(), entry);
    }

    // The bucket is mine. Whatever goes wrong, it is given back, and so is its entry; an extent that the entry had got
    // is nobody's then. False: somebody has the entry, who has not asked for the byte lock.
    private boolean fill(int bucket, int entry, Name name, Template template, int otherwise, ProcessTable me) {
        boolean filled = false;
        boolean reserved = false;
        try {
            KillPoint.hit(KillPoint.BUCKET_CLAIMED);
            reserved = buckets.bucketOf(entry) == bucket || unused.reserve(entry, bucket);
            if (!reserved) {
                return false;
            }
            unused.takeOut(entry);
            LockEntry made = buckets.entry(entry);
            long spare = extents.room().takeSpare(entry, made);
            made.describe(
                    template.kind(), template.policy(), template.overtakeUs(), template.waitMode(), template.type());
            made.lastToken(removed.tokenFloor());
            new LockStatistics(memory, layout, made).clear(removed.tokenFloor());
            made.noExtent(); // whoever was making it before is dead, and what it left is void
            if (template.bodyBytes() >= 0) {
                extents.giveAnew(made, spare, template.bodyBytes(), template.parameters(), removed.tokenFloor(), me);
            }
            users.add(entry, me.index());
            KillPoint.hit(KillPoint.ENTRY_FILLED);
            buckets.putName(entry, name);
            buckets.putHash(bucket, name);
            KillPoint.hit(KillPoint.BUCKET_FILLED);
            long ready = DirectoryDescriptor.state(DirectoryDescriptor.READY, me.index(), me.generation(), entry);
            filled = buckets.casState(bucket, claimed(entry, me), ready);
            if (level.isDue(entry + 1, layout.maxLocks())) {
                level.look(me.region(), unused.countUsed(), layout.maxLocks());
            }
            return true;
        } finally {
            if (!filled) {
                release(bucket, entry, reserved, otherwise, me);
            }
        }
    }

    // First the entry: as long as the bucket is mine, nobody reserves another for it.
    private void release(int bucket, int entry, boolean reserved, int otherwise, ProcessTable me) {
        if (reserved) {
            users.remove(entry, me.index());
            buckets.entry(entry).noExtent();
            unused.giveBack(entry);
        }
        buckets.casState(bucket, claimed(entry, me), otherwise);
    }

    /**
     * Puts a lock back into a directory that has been emptied; nobody else uses the region.
     *
     * @param isRemoved whether its name was removed, and only objects of this process keep it
     * @return false if there is one of that name already, or no bucket left
     */
    public boolean reinsert(int entry, boolean isRemoved) {
        Name name = buckets.name(entry);
        for (int probe = 0; probe < buckets.capacity(); probe++) {
            int bucket = buckets.probed(name, probe);
            long state = buckets.state(bucket);
            if (!isRemoved && buckets.isNamed(bucket, state, name)) {
                return false;
            }
            if (DirectoryDescriptor.status(state) == DirectoryDescriptor.EMPTY) {
                memory.putInt(buckets.entryOffset(entry) + EntryDescriptor.BUCKET_OFFSET, bucket + 1);
                buckets.putHash(bucket, name);
                int status = isRemoved ? DirectoryDescriptor.REMOVED : DirectoryDescriptor.READY;
                return buckets.casState(bucket, state, DirectoryDescriptor.state(status, 0, 0, entry));
            }
        }
        return false;
    }

    /**
     * Names of all locks, in the order of the table, each with its entry. A damaged one is left out, and in nobody's way; a
     * check reports it.
     */
    public List<Named> all() {
        List<Named> all = new ArrayList<>();
        for (int bucket = 0; bucket < buckets.capacity(); bucket++) {
            int entry = buckets.named(bucket);
            if (entry >= 0) {
                all.add(named(entry, buckets.entry(entry)));
            }
        }
        return all;
    }

    /** The first of {@link #all} that is {@code wanted}; null if none is. Makes a name of that one only. */
    public Named first(Predicate<LockEntry> wanted) {
        for (int bucket = 0; bucket < buckets.capacity(); bucket++) {
            int entry = buckets.named(bucket);
            LockEntry found = entry < 0 ? null : buckets.entry(entry);
            if (found != null && wanted.test(found)) {
                return named(entry, found);
            }
        }
        return null;
    }

    private Named named(int entry, LockEntry of) {
        return new Named(buckets.name(entry).toString(), of);
    }

    /** A lock and its name. */
    public record Named(String name, LockEntry entry) {}

    /** The entry whose cell is at {@code offset}; null if the cell is one of an array's. */
    public LockEntry entry(int offset) {
        int entry = buckets.entryOfCell(offset);
        return entry < 0 ? null : buckets.entry(entry);
    }

    /** The name of the lock whose cell is at {@code offset}, {@code name[index]} for one of an array's; null if there is none. */
    public String nameOf(int offset) {
        return names.nameOf(offset);
    }

    @Override
    public int firstInUse(IntPredicate isWanted) {
        return cells.first(isWanted);
    }

    /**
     * The offset of a cell that {@code ownerWord}, of this process, owns; -1 if it owns none. Looks only where this process
     * ever had objects.
     *
     * @param pages of arrays in which it may own one, see {@link CellPages}
     */
    public int cellOf(int ownerWord, long pages) {
        // P0 acquire; pairs with P0 in PvQSpinLock. The owner is in the same half with all kinds.
        return cells.first(own::nextEver, pages, cell -> LockCell.owner(memory.getLongVolatile(cell)) == ownerWord);
    }

    @Override
    public boolean forgetWords(DeadSlots dead) {
        boolean any = false;
        for (int i = 0; i < layout.maxLocks(); i++) {
            any |= extents.offset(i) != 0 && orphans.forget(buckets.entry(i), dead);
        }
        return any;
    }

    /** The entries that are unused are found by that again; nobody else uses the region. */
    public void relink() {
        unused.relink();
        extents.room().put(0, 0);
    }

    @Override
    public boolean isParavirt(int offset) {
        int entry = buckets.entryOfCell(offset);
        return entry >= 0
                ? memory.getInt(buckets.entryOffset(entry) + EntryDescriptor.KIND_OFFSET) == LockKind.PV.code()
                : extents.canHold(offset); // of an array: those are PV locks
    }

    private RegionException full(ProcessTable me) {
        int waiting = (int) IntStream.range(0, buckets.capacity())
                .filter(bucket -> buckets.status(bucket) == DirectoryDescriptor.REMOVED)
                .count();
        return new RegionException(
                RegionException.Category.FULL,
                me.region() + ": " + layout.maxLocks() + " of " + layout.maxLocks() + " locks exist"
                        + (waiting == 0
                                ? ""
                                : ", " + waiting + " of them removed but kept while processes that have looked them up"
                                        + " have the region open, or objects of them are reachable")
                        + "; " + REMEDY);
    }
}
