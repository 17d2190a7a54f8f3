package io.pvlock.internal.directory;

import io.pvlock.RegionException;
import io.pvlock.internal.layout.DirectoryDescriptor;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.NameDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/** The table of the directory: buckets, the entries to which they lead, and the names of those. */
final class Buckets {

    /** Instead of a bucket: the entry is unused. */
    static final int NONE = -1;

    private final UnsafeBuffer memory;
    private final int entries;
    private final int capacity;
    private final int bucketsOffset;
    private final int namesOffset;
    private final int entriesOffset;

    /** Keeps what the layout would work out at each call. */
    Buckets(UnsafeBuffer memory, RegionLayout layout) {
        this.memory = memory;
        this.entries = layout.maxLocks();
        this.capacity = layout.directoryCapacity();
        this.bucketsOffset = layout.directoryOffset();
        this.namesOffset = layout.namesOffset();
        this.entriesOffset = layout.entriesOffset();
    }

    /** A name as the table has it. */
    record Name(byte[] bytes, long hash) {

        /** @throws IllegalArgumentException if the name is empty or too long */
        static Name of(String name) {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            if (bytes.length == 0 || bytes.length > NameDescriptor.NAME_MAX_BYTES) {
                throw new IllegalArgumentException("lock name '" + name + "' has " + bytes.length
                        + " bytes in UTF-8, allowed are 1.." + NameDescriptor.NAME_MAX_BYTES);
            }
            return of(bytes);
        }

        // FNV-1a, 64 bits, folded so that the low bits depend on all of it.
        private static Name of(byte[] bytes) {
            long hash = 0xcbf2_9ce4_8422_2325L;
            for (byte b : bytes) {
                hash = (hash ^ (b & 0xff)) * 0x0000_0100_0000_01b3L;
            }
            return new Name(bytes, hash ^ hash >>> 32);
        }

        @Override
        public String toString() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    int capacity() {
        return capacity;
    }

    /** The bucket at which the search for {@code name} looks after {@code probe} others. */
    int probed(Name name, int probe) {
        return (int) name.hash + probe & capacity - 1;
    }

    long state(int bucket) {
        // P15 acquire: name and entry are there; pairs with P15 release in casState.
        return memory.getLongVolatile(offset(bucket) + DirectoryDescriptor.STATE_OFFSET);
    }

    boolean casState(int bucket, long expected, long update) {
        // P15 release: name and entry before READY; pairs with P15 acquire in state.
        return memory.compareAndSetLong(offset(bucket) + DirectoryDescriptor.STATE_OFFSET, expected, update);
    }

    int status(int bucket) {
        return DirectoryDescriptor.status(state(bucket));
    }

    private int offset(int bucket) {
        return bucketsOffset + bucket * DirectoryDescriptor.LENGTH;
    }

    int entryOffset(int entry) {
        return entriesOffset + check(entry) * EntryDescriptor.LENGTH;
    }

    LockEntry entry(int entry) {
        return new LockEntry(memory, entryOffset(entry));
    }

    /** The bucket that leads to {@code entry}, as that says itself; {@link #NONE} if it is unused. It may be none of the table's. */
    int bucketOf(int entry) {
        // P14 acquire; pairs with P14 in UnusedEntries.
        return memory.getIntVolatile(entryOffset(entry) + EntryDescriptor.BUCKET_OFFSET) - 1;
    }

    /** Whether {@code entry} has a name now. */
    boolean isNamed(int entry) {
        int bucket = bucketOf(entry);
        return bucket >= 0 && bucket < capacity() && named(bucket) == entry;
    }

    /** The entry whose own cell is at {@code offset}; -1 if none has it there. */
    int entryOfCell(int offset) {
        int behind = offset - EntryDescriptor.CELL_OFFSET - entriesOffset;
        boolean is = behind >= 0 && behind / EntryDescriptor.LENGTH < entries && behind % EntryDescriptor.LENGTH == 0;
        return is ? behind / EntryDescriptor.LENGTH : -1;
    }

    boolean exists(int entry) {
        return entry >= 0 && entry < entries;
    }

    /** @throws RegionException CORRUPT if there is no such entry */
    int check(int entry) {
        if (!exists(entry)) {
            throw new RegionException(
                    RegionException.Category.CORRUPT,
                    "the directory names lock entry " + entry + " of " + entries + "; run pvlock fsck on the region");
        }
        return entry;
    }

    // ---- names

    /** The bucket that leads to {@code name}; -1 if there is none. */
    int find(Name name) {
        for (int probe = 0; probe < capacity(); probe++) {
            int bucket = probed(name, probe);
            long state = state(bucket);
            if (DirectoryDescriptor.status(state) == DirectoryDescriptor.EMPTY) {
                return -1;
            }
            if (isNamed(bucket, state, name)) {
                return bucket;
            }
        }
        return -1;
    }

    /** Whether {@code bucket}, which is in {@code state}, leads to {@code name}. */
    boolean isNamed(int bucket, long state, Name name) {
        return DirectoryDescriptor.status(state) == DirectoryDescriptor.READY && hasName(bucket, state, name);
    }

    /** {@link #isNamed}, or did so until it was removed. */
    boolean hasName(int bucket, long state, Name name) {
        return memory.getLong(offset(bucket) + DirectoryDescriptor.NAME_HASH_OFFSET) == name.hash
                && Arrays.equals(nameBytes(DirectoryDescriptor.entry(state)), name.bytes);
    }

    /** The entry to which a bucket leads; -1 if to none, or to a damaged one. */
    int named(int bucket) {
        long state = state(bucket);
        int entry =
                DirectoryDescriptor.status(state) == DirectoryDescriptor.READY ? DirectoryDescriptor.entry(state) : -1;
        return exists(entry) && entry(entry).isKnown() ? entry : -1;
    }

    Name name(int entry) {
        return Name.of(nameBytes(entry));
    }

    private byte[] nameBytes(int entry) {
        int at = nameOffset(entry);
        int length = Math.max(
                0, Math.min(memory.getInt(at + NameDescriptor.NAME_LENGTH_OFFSET), NameDescriptor.NAME_MAX_BYTES));
        byte[] bytes = new byte[length];
        memory.getBytes(at + NameDescriptor.NAME_OFFSET, bytes);
        return bytes;
    }

    /** By who has claimed {@code bucket}, or is alone. */
    void putHash(int bucket, Name name) {
        memory.putLong(offset(bucket) + DirectoryDescriptor.NAME_HASH_OFFSET, name.hash);
    }

    /** By who has reserved {@code entry}. */
    void putName(int entry, Name name) {
        int at = nameOffset(entry);
        memory.putInt(at + NameDescriptor.NAME_LENGTH_OFFSET, name.bytes.length);
        memory.putBytes(at + NameDescriptor.NAME_OFFSET, name.bytes);
    }

    /** By who gives {@code entry} back. */
    void clearName(int entry) {
        memory.putInt(nameOffset(entry) + NameDescriptor.NAME_LENGTH_OFFSET, 0);
    }

    private int nameOffset(int entry) {
        return namesOffset + check(entry) * NameDescriptor.LENGTH;
    }
}
