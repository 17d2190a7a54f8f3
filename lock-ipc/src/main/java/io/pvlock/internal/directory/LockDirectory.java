package io.pvlock.internal.directory;

import io.pvlock.RegionException;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockKind;
import io.pvlock.internal.layout.DirectoryDescriptor;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.FillLevel;
import io.pvlock.internal.layout.NameDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.DeadSlots;
import io.pvlock.internal.slot.LockCells;
import io.pvlock.internal.slot.ProcessTable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Named locks and other objects: an open-addressing table of buckets, each leading to an entry and its name. They are
 * made without a lock for readers to wait for, and removed as {@link RemovedEntries} says.
 *
 * <p>A bucket is claimed by a CAS that names the claimer, its entry by a CAS that names the bucket; then the entry is filled and the
 * bucket made READY. If the claimer dies on the way, the next one to come by takes the bucket over and uses the entry that
 * names it, so nothing is lost and nobody waits for the dead.
 */
public final class LockDirectory implements LockCells {

    private static final String REMEDY =
            "remove those that nobody uses (pvlock ls, pvlock rm NAME, LockRegion.remove), or"
                    + " make the region anew with a larger RegionOptions.withMaxLocks";

    private final UnsafeBuffer memory;
    private final RegionLayout layout;
    private final int bucketsOffset;
    private final int namesOffset;
    private final int entriesOffset;
    private final Extents extents;
    private final CellScan cells;
    private final OrphanedWords orphans;
    private final EntryUsers users;
    private final OwnHandles own;
    private final RemovedEntries removed;
    private final FillLevel level = new FillLevel("names", REMEDY);

    public LockDirectory(UnsafeBuffer memory, RegionLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.bucketsOffset = layout.directoryOffset();
        this.namesOffset = layout.namesOffset();
        this.entriesOffset = layout.entriesOffset();
        this.extents = new Extents(memory, layout);
        this.cells = new CellScan(memory, layout, extents);
        this.orphans = new OrphanedWords(memory, layout);
        this.users = new EntryUsers(memory, layout);
        this.own = new OwnHandles(memory, users);
        this.removed = new RemovedEntries(memory, layout, users, own);
    }

    /**
     * What a name shall stand for if it does not exist.
     *
     * @param type {@link io.pvlock.ObjectType#code}
     * @param bodyBytes of the object's extent; less than 0 for no extent
     * @param parameters at most {@link io.pvlock.internal.layout.ExtentDescriptor#MAX_PARAMETERS}
     */
    public record Template(LockKind kind, int policy, int waitMode, int type, long bodyBytes, List<Long> parameters) {

        /** A lock. */
        public Template(LockKind kind, int policy, int waitMode) {
            this(kind, policy, waitMode, 0, -1, List.of());
        }
    }

    /**
     * Finds the lock {@code name} or makes it.
     *
     * @throws RegionException FULL if there is no entry left, UNAVAILABLE if a stopped process is making a lock in our way
     * @throws IllegalArgumentException if the name is empty or too long
     */
    public LockEntry findOrCreate(String name, Template template, ProcessTable me) {
        byte[] bytes = checkName(name);
        long hash = hash(bytes);
        LockEntry found = find(bytes, hash, me);
        if (found == null) {
            found = make(bytes, hash, template, me);
        }
        if (found == null && removed.keptByOwn() > 0 && own.collectAny()) {
            found = make(bytes, hash, template, me);
        }
        if (found == null) {
            throw full(me);
        }
        return found;
    }

    /** The lock {@code name} or null; for whoever will lock it: the caller's process has an object of it from now on. */
    public LockEntry find(String name, ProcessTable me) {
        byte[] bytes = checkName(name);
        return find(bytes, hash(bytes), me);
    }

    private LockEntry find(byte[] name, long hash, ProcessTable me) {
        for (int bucket = bucketOf(name, hash); bucket >= 0; bucket = bucketOf(name, hash)) {
            int entry = DirectoryDescriptor.entry(stateVolatile(bucket));
            if (!exists(entry)) {
                continue;
            }
            LockEntry handle = own.get(entry, entryOffset(entry), me.index());
            // Again: it may have been removed before I was counted; and counted: the count may have been cleared with
            // the entry, before the same name was made again.
            long state = stateVolatile(bucket);
            boolean same = DirectoryDescriptor.entry(state) == entry && isNamed(bucket, state, name, hash);
            if (same && users.has(entry, me.index())) {
                return handle;
            }
        }
        return null;
    }

    // Null: the table is full.
    private LockEntry make(byte[] name, long hash, Template template, ProcessTable me) {
        LockEntry[] made = new LockEntry[1];
        me.exclusively(() -> {
            settleRemoved(name, hash, me);
            made[0] = find(name, hash, me);
            int bucket = made[0] == null ? claimable(hash) : -1;
            if (bucket >= 0) {
                made[0] = claimAndFill(bucket, name, hash, template, me);
            }
        });
        return made[0];
    }

    private LockEntry claimAndFill(int bucket, byte[] name, long hash, Template template, ProcessTable me) {
        long before = stateVolatile(bucket);
        boolean empty = DirectoryDescriptor.status(before) == DirectoryDescriptor.EMPTY;
        casState(bucket, before, claimed(me));
        int otherwise = empty ? DirectoryDescriptor.EMPTY : DirectoryDescriptor.VACANT;
        int entry = fill(bucket, name, hash, template, otherwise, me);
        return entry < 0 ? null : own.get(entry, entryOffset(entry), me.index());
    }

    // The first bucket for a name that begins its search at this hash; -1 if there is none. A claim is that of a dead
    // one.
    private int claimable(long hash) {
        int mask = layout.directoryCapacity() - 1;
        for (int probe = 0; probe <= mask; probe++) {
            int bucket = (int) hash + probe & mask;
            int status = DirectoryDescriptor.status(stateVolatile(bucket));
            if (status != DirectoryDescriptor.READY && status != DirectoryDescriptor.REMOVED) {
                return bucket;
            }
        }
        return -1;
    }

    // A removal of the name that nobody has finished.
    private void settleRemoved(byte[] name, long hash, ProcessTable me) {
        int mask = layout.directoryCapacity() - 1;
        for (int probe = 0; probe <= mask; probe++) {
            int bucket = (int) hash + probe & mask;
            long state = stateVolatile(bucket);
            if (DirectoryDescriptor.status(state) == DirectoryDescriptor.EMPTY) {
                return;
            }
            if (DirectoryDescriptor.status(state) == DirectoryDescriptor.REMOVED
                    && hasName(bucket, state, name, hash)) {
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
        byte[] bytes = checkName(name);
        long hash = hash(bytes);
        int there = bucketOf(bytes, hash);
        if (there >= 0) {
            int entry = check(DirectoryDescriptor.entry(stateVolatile(there)));
            if (!new LockEntry(memory, entryOffset(entry)).isPlainParavirt()) {
                own.collect(entry);
            }
        }
        boolean[] found = new boolean[1];
        String[] user = new String[1];
        me.exclusively(() -> {
            settleRemoved(bytes, hash, me);
            int bucket = bucketOf(bytes, hash);
            found[0] = bucket >= 0;
            if (found[0]) {
                int entry = check(DirectoryDescriptor.entry(stateVolatile(bucket)));
                user[0] = use.apply(new LockEntry(memory, entryOffset(entry)));
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
        return removed.isRemoved((entry.cell() - EntryDescriptor.CELL_OFFSET - entriesOffset) / EntryDescriptor.LENGTH);
    }

    /** Locks that are made from now on have greater fencing tokens than {@code entry} has handed out: it is about to be dropped. */
    public void keepToken(int entry) {
        removed.keepToken(new LockEntry(memory, entryOffset(entry)));
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
        byte[] bytes = checkName(name);
        long hash = hash(bytes);
        for (int bucket = bucketOf(bytes, hash); bucket >= 0; bucket = bucketOf(bytes, hash)) {
            long state = stateVolatile(bucket);
            if (isNamed(bucket, state, bytes, hash)) {
                return new LockEntry(memory, entryOffset(DirectoryDescriptor.entry(state)));
            }
        }
        return null;
    }

    /** The bucket that leads to {@code name}; -1 if there is none. */
    private int bucketOf(byte[] name, long hash) {
        int mask = layout.directoryCapacity() - 1;
        for (int probe = 0; probe <= mask; probe++) {
            int bucket = (int) hash + probe & mask;
            long state = stateVolatile(bucket);
            if (DirectoryDescriptor.status(state) == DirectoryDescriptor.EMPTY) {
                return -1;
            }
            if (isNamed(bucket, state, name, hash)) {
                return bucket;
            }
        }
        return -1;
    }

    private static long claimed(ProcessTable me) {
        return DirectoryDescriptor.state(DirectoryDescriptor.CLAIMED, me.index(), me.generation(), 0);
    }

    // The bucket is mine. Whatever goes wrong gives it back, and its entry; an extent that it had got is given to the
    // next. Less than 0: there is no entry left.
    private int fill(int bucket, byte[] name, long hash, Template template, int otherwise, ProcessTable me) {
        boolean filled = false;
        int entry = -1;
        try {
            KillPoint.hit(KillPoint.BUCKET_CLAIMED);
            entry = reserveEntry(bucket, me);
            if (entry < 0) {
                return entry;
            }
            KillPoint.hit(KillPoint.ENTRY_RESERVED);
            LockEntry made = new LockEntry(memory, entryOffset(entry));
            made.describe(template.kind(), template.policy(), template.waitMode(), template.type());
            made.lastToken(removed.tokenFloor());
            made.extent(0, 0); // whoever was making it before is dead, and what it left is void
            if (template.bodyBytes() >= 0) {
                extents.giveAnew(made, template.bodyBytes(), template.parameters(), removed.tokenFloor(), me);
            }
            users.add(entry, me.index());
            KillPoint.hit(KillPoint.ENTRY_FILLED);
            int at = nameOffset(entry);
            memory.putInt(at + NameDescriptor.NAME_LENGTH_OFFSET, name.length);
            memory.putBytes(at + NameDescriptor.NAME_OFFSET, name);
            memory.putLong(bucketOffset(bucket) + DirectoryDescriptor.NAME_HASH_OFFSET, hash);
            KillPoint.hit(KillPoint.BUCKET_FILLED);
            long ready = DirectoryDescriptor.state(DirectoryDescriptor.READY, me.index(), me.generation(), entry);
            filled = casState(bucket, claimed(me), ready);
            return entry;
        } finally {
            if (!filled) {
                release(bucket, entry, otherwise, me);
            }
        }
    }

    // First the entry: as long as the bucket is mine, nobody reserves another for it.
    private void release(int bucket, int entry, int otherwise, ProcessTable me) {
        if (entry >= 0) {
            users.remove(entry, me.index());
            new LockEntry(memory, entryOffset(entry)).extent(0, 0);
            // P14 release: nothing of it is in use; pairs with P14 in reserveUnused.
            memory.putIntRelease(entryOffset(entry) + EntryDescriptor.BUCKET_OFFSET, 0);
        }
        casState(bucket, claimed(me), otherwise);
    }

    // The entry that a dead claimer of this bucket left behind, or an unused one.
    private int reserveEntry(int bucket, ProcessTable me) {
        int entry = reserveUnused(bucket, me);
        return entry < 0 && removed.reclaim(me) > 0 ? reserveUnused(bucket, me) : entry;
    }

    private int reserveUnused(int bucket, ProcessTable me) {
        int reserved = bucket + 1;
        int unused = -1;
        int used = 1;
        for (int entry = 0; entry < layout.maxLocks(); entry++) {
            int at = entryOffset(entry) + EntryDescriptor.BUCKET_OFFSET;
            int user = memory.getIntVolatile(at); // P14 acquire; pairs with P14 below
            if (user == reserved) {
                return entry;
            }
            if (user != 0) {
                used++;
            } else if (unused < 0) {
                unused = entry;
            }
        }
        level.look(me.region(), used, layout.maxLocks());
        for (int entry = unused; entry >= 0 && entry < layout.maxLocks(); entry++) {
            // P14: two claimers never share an entry; pairs with itself.
            if (memory.compareAndSetInt(entryOffset(entry) + EntryDescriptor.BUCKET_OFFSET, 0, reserved)) {
                return entry;
            }
        }
        return -1;
    }

    private boolean isNamed(int bucket, long state, byte[] name, long hash) {
        return DirectoryDescriptor.status(state) == DirectoryDescriptor.READY && hasName(bucket, state, name, hash);
    }

    private boolean hasName(int bucket, long state, byte[] name, long hash) {
        if (memory.getLong(bucketOffset(bucket) + DirectoryDescriptor.NAME_HASH_OFFSET) != hash) {
            return false;
        }
        return Arrays.equals(nameBytes(DirectoryDescriptor.entry(state)), name);
    }

    private byte[] nameBytes(int entry) {
        int at = nameOffset(entry);
        int length = Math.max(
                0, Math.min(memory.getInt(at + NameDescriptor.NAME_LENGTH_OFFSET), NameDescriptor.NAME_MAX_BYTES));
        byte[] bytes = new byte[length];
        memory.getBytes(at + NameDescriptor.NAME_OFFSET, bytes);
        return bytes;
    }

    /**
     * Puts a lock back into a directory that has been emptied; nobody else uses the region.
     *
     * @param isRemoved whether its name was removed, and only objects of this process keep it
     * @return false if there is one of that name already, or no bucket left
     */
    public boolean reinsert(int entry, boolean isRemoved) {
        byte[] name = nameBytes(entry);
        long hash = hash(name);
        int mask = layout.directoryCapacity() - 1;
        for (int probe = 0; probe <= mask; probe++) {
            int bucket = (int) hash + probe & mask;
            long state = stateVolatile(bucket);
            if (!isRemoved && isNamed(bucket, state, name, hash)) {
                return false;
            }
            if (DirectoryDescriptor.status(state) == DirectoryDescriptor.EMPTY) {
                memory.putInt(entryOffset(entry) + EntryDescriptor.BUCKET_OFFSET, bucket + 1);
                memory.putLong(bucketOffset(bucket) + DirectoryDescriptor.NAME_HASH_OFFSET, hash);
                int status = isRemoved ? DirectoryDescriptor.REMOVED : DirectoryDescriptor.READY;
                return casState(bucket, state, DirectoryDescriptor.state(status, 0, 0, entry));
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
        for (int bucket = 0; bucket < layout.directoryCapacity(); bucket++) {
            int entry = named(bucket);
            if (entry >= 0) {
                all.add(named(entry, new LockEntry(memory, entryOffset(entry))));
            }
        }
        return all;
    }

    /** The first of {@link #all} that is {@code wanted}; null if none is. Makes a name of that one only. */
    public Named first(Predicate<LockEntry> wanted) {
        for (int bucket = 0; bucket < layout.directoryCapacity(); bucket++) {
            int entry = named(bucket);
            LockEntry found = entry < 0 ? null : new LockEntry(memory, entryOffset(entry));
            if (found != null && wanted.test(found)) {
                return named(entry, found);
            }
        }
        return null;
    }

    // The entry to which a bucket leads; -1 if to none, or to a damaged one.
    private int named(int bucket) {
        long state = stateVolatile(bucket);
        int entry =
                DirectoryDescriptor.status(state) == DirectoryDescriptor.READY ? DirectoryDescriptor.entry(state) : -1;
        return exists(entry) && new LockEntry(memory, entryOffset(entry)).isKnown() ? entry : -1;
    }

    private Named named(int entry, LockEntry of) {
        return new Named(new String(nameBytes(entry), StandardCharsets.UTF_8), of);
    }

    /** A lock and its name. */
    public record Named(String name, LockEntry entry) {}

    /** The entry whose cell is at {@code offset}; null if the cell is one of an array's. */
    public LockEntry entry(int offset) {
        int entry = offset - EntryDescriptor.CELL_OFFSET;
        return isEntryOffset(entry) ? new LockEntry(memory, entry) : null;
    }

    /** The name of the lock whose cell is at {@code offset}, {@code name[index]} for one of an array's; null if there is none. */
    public String nameOf(int offset) {
        for (Named named : all()) {
            if (named.entry().cell() == offset) {
                return named.name();
            }
            int begin = named.entry().extentOffset() + ExtentDescriptor.BODY_OFFSET;
            boolean inside = offset >= begin
                    && offset < named.entry().extentOffset() + named.entry().extentLength();
            int stride = inside ? named.entry().cellStride() : 0;
            if (stride != 0) {
                return named.name() + "[" + (offset - begin) / stride + "]";
            }
        }
        return null;
    }

    private boolean isEntryOffset(int offset) {
        return offset >= entriesOffset && offset <= entryOffset(layout.maxLocks() - 1);
    }

    @Override
    public void forEachInUse(IntConsumer visitor) {
        cells.first(CellPages.ALL, cell -> {
            visitor.accept(cell);
            return false;
        });
    }

    /**
     * The offset of a cell that {@code ownerWord} owns; -1 if it owns none.
     *
     * @param pages of arrays in which it may own one, see {@link CellPages}
     */
    public int cellOf(int ownerWord, long pages) {
        // P0 acquire; pairs with P0 in PvQSpinLock. The owner is in the same half with all kinds.
        return cells.first(pages, cell -> LockCell.owner(memory.getLongVolatile(cell)) == ownerWord);
    }

    @Override
    public boolean forgetWords(DeadSlots dead) {
        boolean any = false;
        for (int i = 0; i < layout.maxLocks(); i++) {
            any |= orphans.forget(new LockEntry(memory, entryOffset(i)), dead);
        }
        return any;
    }

    @Override
    public boolean isParavirt(int offset) {
        int entry = offset - EntryDescriptor.CELL_OFFSET;
        return isEntryOffset(entry)
                ? memory.getInt(entry + EntryDescriptor.KIND_OFFSET) == LockKind.PV.code()
                : extents.contain(offset); // of an array: those are PV locks
    }

    private RegionException full(ProcessTable me) {
        int waiting = (int) IntStream.range(0, layout.directoryCapacity())
                .filter(bucket -> DirectoryDescriptor.status(stateVolatile(bucket)) == DirectoryDescriptor.REMOVED)
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

    /** @throws IllegalArgumentException if no lock can have that name; says why */
    public static byte[] checkName(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > NameDescriptor.NAME_MAX_BYTES) {
            throw new IllegalArgumentException("lock name '" + name + "' has " + bytes.length
                    + " bytes in UTF-8, allowed are 1.." + NameDescriptor.NAME_MAX_BYTES);
        }
        return bytes;
    }

    // FNV-1a, 64 bits, folded so that the low bits depend on all of it.
    private static long hash(byte[] bytes) {
        long hash = 0xcbf2_9ce4_8422_2325L;
        for (byte b : bytes) {
            hash = (hash ^ (b & 0xff)) * 0x0000_0100_0000_01b3L;
        }
        return hash ^ hash >>> 32;
    }

    private long stateVolatile(int bucket) {
        // P15 acquire: name and entry are there; pairs with P15 release in casState.
        return memory.getLongVolatile(bucketOffset(bucket) + DirectoryDescriptor.STATE_OFFSET);
    }

    private boolean casState(int bucket, long expected, long update) {
        // P15 release: name and entry before READY; pairs with P15 acquire in stateVolatile.
        return memory.compareAndSetLong(bucketOffset(bucket) + DirectoryDescriptor.STATE_OFFSET, expected, update);
    }

    private int bucketOffset(int bucket) {
        return bucketsOffset + bucket * DirectoryDescriptor.LENGTH;
    }

    private int entryOffset(int entry) {
        return entriesOffset + check(entry) * EntryDescriptor.LENGTH;
    }

    private int nameOffset(int entry) {
        return namesOffset + check(entry) * NameDescriptor.LENGTH;
    }

    private int check(int entry) {
        if (!exists(entry)) {
            throw new RegionException(
                    RegionException.Category.CORRUPT,
                    "the directory names lock entry " + entry + " of " + layout.maxLocks()
                            + "; run pvlock fsck on the region");
        }
        return entry;
    }

    private boolean exists(int entry) {
        return entry >= 0 && entry < layout.maxLocks();
    }
}
