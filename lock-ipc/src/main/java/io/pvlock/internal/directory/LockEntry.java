package io.pvlock.internal.directory;

import io.pvlock.LockKind;
import io.pvlock.ObjectType;
import io.pvlock.RegionException;
import io.pvlock.core.LockCell;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.LocalDataDescriptor;
import java.lang.invoke.VarHandle;
import org.agrona.concurrent.UnsafeBuffer;

/** Flyweight over one lock's entry: the cell and what is known about the lock. */
public final class LockEntry {

    /** No owner word: a death is being recorded, or whoever recorded it died. */
    private static final int NOBODY = 0;

    /** How often to look at a death that is being recorded. That is enough, unless the recorder is stopped or dead. */
    private static final int LAST_DEATH_TRIES = 1_000;

    private final UnsafeBuffer memory;
    private final int offset;

    LockEntry(UnsafeBuffer memory, int offset) {
        this.memory = memory;
        this.offset = offset;
    }

    /** Offset of the entry. */
    int offset() {
        return offset;
    }

    /** Offset of the lock cell. */
    public int cell() {
        return offset + EntryDescriptor.CELL_OFFSET;
    }

    /** The cell as it is now; see {@link LockCell}. */
    public long cellVolatile() {
        return memory.getLongVolatile(cell()); // P0 acquire; pairs with P0 in PvQSpinLock
    }

    /** @throws RegionException CORRUPT if there is no such kind */
    public LockKind kind() {
        int code = memory.getInt(offset + EntryDescriptor.KIND_OFFSET);
        if (!LockKind.isCode(code)) {
            throw new RegionException(
                    RegionException.Category.CORRUPT,
                    "the lock at offset " + cell() + " has kind code " + code
                            + ", which is unknown; run pvlock fsck on the region");
        }
        return LockKind.fromCode(code);
    }

    boolean isKnown() {
        return LockKind.isCode(memory.getInt(offset + EntryDescriptor.KIND_OFFSET)) && ObjectType.isCode(type());
    }

    /** Whether it is a PV lock and nothing else. */
    public boolean isPlainParavirt() {
        return type() == ObjectType.LOCK.code()
                && memory.getInt(offset + EntryDescriptor.KIND_OFFSET) == LockKind.PV.code();
    }

    public int policy() {
        return memory.getInt(offset + EntryDescriptor.POLICY_OFFSET);
    }

    /**
     * For how long its head may be overtaken, in microseconds; {@link OvertakeTime#OF_POLICY} for as long as the policy says.
     *
     * @throws RegionException CORRUPT if a lock of its policy cannot say that
     */
    public int overtakeUs() {
        int micros = overtakeUsUnchecked();
        if (!OvertakeTime.isPossible(policy(), micros)) {
            throw new RegionException(
                    RegionException.Category.CORRUPT,
                    "the lock at offset " + cell() + " has overtake time " + micros + " us with policy code " + policy()
                            + ", which cannot be; run pvlock fsck on the region");
        }
        return micros;
    }

    /** The same for who only looks: while a name is made anew, it may be of the new one and the policy of the old. */
    public int overtakeUsUnchecked() {
        return memory.getInt(offset + EntryDescriptor.OVERTAKE_US_OFFSET);
    }

    /** What the entry is the lock of, {@link io.pvlock.ObjectType#code}. */
    public int type() {
        return memory.getInt(offset + EntryDescriptor.TYPE_OFFSET);
    }

    /** Offset of the object's {@link io.pvlock.internal.layout.ExtentDescriptor extent}; 0 for none. */
    public int extentOffset() {
        // P28 acquire: parameters are there; pairs with P28 in extent.
        return memory.getIntVolatile(offset + EntryDescriptor.EXTENT_OFFSET_OFFSET);
    }

    /** Bytes of the extent. */
    public int extentLength() {
        return memory.getInt(offset + EntryDescriptor.EXTENT_LENGTH_OFFSET);
    }

    /** Whether the extent has locks in it. */
    public boolean hasCells() {
        return type() == ObjectType.LOCK_ARRAY.code() || type() == ObjectType.LOCAL_DATA.code();
    }

    /**
     * From one lock in the extent to the next, the first being at the beginning of its body; 0 if there are none, or if the extent's
     * parameter is damaged. The extent is where extents are.
     */
    public int cellStride() {
        if (!hasCells()) {
            return 0;
        }
        if (type() == ObjectType.LOCK_ARRAY.code()) {
            return LockCell.LENGTH;
        }
        long bytes = memory.getLong(extentOffset() + ExtentDescriptor.PARAMETERS_OFFSET);
        boolean possible = bytes > 0 && bytes < extentLength();
        return possible ? (int) LocalDataDescriptor.stride(bytes) : 0;
    }

    void extent(int extentOffset, int extentLength) {
        memory.putInt(offset + EntryDescriptor.EXTENT_LENGTH_OFFSET, extentLength);
        // P28 release: length and parameters before it; pairs with P28 in extentOffset.
        memory.putIntRelease(offset + EntryDescriptor.EXTENT_OFFSET_OFFSET, extentOffset);
    }

    /** From now on it has none. */
    void noExtent() {
        // P28 release: the offset before the length, so that nobody takes half of it for damage; pairs with P28 in
        // extentOffset.
        memory.putIntVolatile(offset + EntryDescriptor.EXTENT_OFFSET_OFFSET, 0);
        memory.putInt(offset + EntryDescriptor.EXTENT_LENGTH_OFFSET, 0);
    }

    /** Something may be made of it from now on, until it is removed; before it is. */
    public void markAsBase() {
        memory.putInt(offset + EntryDescriptor.LINK_OFFSET, 1);
    }

    /** Whether something may be made of it: if not, nothing is. */
    public boolean isBase() {
        return memory.getInt(offset + EntryDescriptor.LINK_OFFSET) != 0;
    }

    // The kind last: with a kind, the rest is there.
    void describe(LockKind kind, int policy, int overtakeUs, int waitMode, int type) {
        memory.putInt(offset + EntryDescriptor.TYPE_OFFSET, type);
        memory.putInt(offset + EntryDescriptor.POLICY_OFFSET, policy);
        memory.putInt(offset + EntryDescriptor.OVERTAKE_US_OFFSET, overtakeUs);
        memory.putInt(offset + EntryDescriptor.WAIT_MODE_OFFSET, waitMode);
        memory.putInt(offset + EntryDescriptor.KIND_OFFSET, kind.code());
    }

    /** Hands out the next fencing token; under the lock. */
    public long nextToken() {
        long token = memory.getLong(offset + EntryDescriptor.FENCING_TOKEN_OFFSET) + 1;
        // P31 opaque: one number, which orders nothing; pairs with P31 in lastToken.
        memory.putLongOpaque(offset + EntryDescriptor.FENCING_TOKEN_OFFSET, token);
        return token;
    }

    /** The fencing token handed out last; 0 for none yet. */
    public long lastToken() {
        // P31 opaque; pairs with P31 in nextToken.
        return memory.getLongOpaque(offset + EntryDescriptor.FENCING_TOKEN_OFFSET);
    }

    /** The last one of it or of the locks in its extent, which is where extents are. */
    long lastTokenOfAny() {
        boolean inExtent = hasCells() && extentOffset() != 0;
        return inExtent ? memory.getLongVolatile(extentOffset() + ExtentDescriptor.OWN_OFFSET) : lastToken(); // P24
    }

    /** The next token will be greater; before anybody else knows the entry. */
    void lastToken(long token) {
        memory.putLong(offset + EntryDescriptor.FENCING_TOKEN_OFFSET, token);
    }

    /** Since when, in monotonic nanoseconds, the lock is held; 0 if nobody holds it or the holder did not say. */
    public long heldSinceNs() {
        return memory.getLongOpaque(offset + EntryDescriptor.HELD_SINCE_OFFSET); // P31 opaque; pairs with P31 below
    }

    /** Under the lock. */
    public void heldSinceNs(long sinceNs) {
        memory.putLongOpaque(offset + EntryDescriptor.HELD_SINCE_OFFSET, sinceNs); // P31 opaque; pairs with P31 above
    }

    /** How many owners of this lock have died. */
    public long deathCount() {
        return Integer.toUnsignedLong(
                memory.getIntOpaque(offset + EntryDescriptor.DEATH_COUNT_OFFSET)); // P31 opaque; pairs with P31 below
    }

    /**
     * Records that an owner has died; under the lock, by whoever replaced it, or while the dead still holds it, by whoever is about to
     * release it. Recording a death again does not count it twice.
     */
    public void recordDeath(Death death) {
        if (!isRecorded(death)) {
            int count = memory.getInt(offset + EntryDescriptor.DEATH_COUNT_OFFSET);
            // P31 opaque; pairs with P31 in deathCount.
            memory.putIntOpaque(offset + EntryDescriptor.DEATH_COUNT_OFFSET, count + 1);
        }
        // P32 opaque: nobody, as long as the record is being written; the fence orders it before the
        // rest. If I die here, it stays "nobody".
        memory.putIntOpaque(lastDeathOwner(), NOBODY);
        VarHandle.releaseFence(); // P32 release fence; pairs with P32 acquire fence in lastDeath
        memory.putInt(offset + EntryDescriptor.LAST_DEATH_PID_OFFSET, death.pid());
        memory.putInt(offset + EntryDescriptor.LAST_DEATH_TID_OFFSET, death.tid());
        memory.putLong(offset + EntryDescriptor.LAST_DEATH_AT_OFFSET, death.atEpochMs());
        memory.putLong(offset + EntryDescriptor.LAST_DEATH_TOKEN_OFFSET, death.token());
        // P32 release: the rest before the owner; pairs with P32 acquire in lastDeath. It fails if two record deaths
        // at once: whoever releases a dead owner and whoever replaces it, or replaces the replacer. If the two deaths
        // are not the same, their records are mixed now.
        if (!memory.compareAndSetInt(lastDeathOwner(), NOBODY, death.owner())
                && memory.getIntVolatile(lastDeathOwner()) != death.owner()) { // P32 acquire; likewise
            memory.putIntOpaque(lastDeathOwner(), NOBODY); // P32 opaque: not known, rather than mixed
        }
    }

    // An owner word names another thread some day. If the slot has been reclaimed, the caller does not know whom it
    // meant: another has recorded that death before.
    private boolean isRecorded(Death death) {
        return memory.getInt(lastDeathOwner()) == death.owner()
                && (death.pid() == 0
                        || memory.getInt(offset + EntryDescriptor.LAST_DEATH_PID_OFFSET) == death.pid()
                                && memory.getInt(offset + EntryDescriptor.LAST_DEATH_TID_OFFSET) == death.tid());
    }

    /** The last death recorded, whole; null if there is none, or if it is not known because whoever recorded it died. */
    public Death lastDeath() {
        for (int tries = deathCount() == 0 ? 0 : LAST_DEATH_TRIES; tries > 0; tries--) {
            // P32 acquire: the owner before the rest; pairs with P32 release in recordDeath.
            int owner = memory.getIntVolatile(lastDeathOwner());
            if (owner != NOBODY) {
                Death death = new Death(
                        owner,
                        memory.getInt(offset + EntryDescriptor.LAST_DEATH_PID_OFFSET),
                        memory.getInt(offset + EntryDescriptor.LAST_DEATH_TID_OFFSET),
                        memory.getLong(offset + EntryDescriptor.LAST_DEATH_AT_OFFSET),
                        memory.getLong(offset + EntryDescriptor.LAST_DEATH_TOKEN_OFFSET));
                // P32 acquire fence: the rest before the second look; pairs with P32 release fence in recordDeath.
                VarHandle.acquireFence();
                if (memory.getIntOpaque(lastDeathOwner()) == owner) { // P32 opaque, after the fence
                    return death;
                }
            }
            Thread.onSpinWait();
        }
        return null;
    }

    private int lastDeathOwner() {
        return offset + EntryDescriptor.LAST_DEATH_OWNER_OFFSET;
    }

    /**
     * An owner that died.
     *
     * @param owner its owner word
     * @param atEpochMs when it was replaced
     * @param token the last fencing token handed out before
     */
    public record Death(int owner, int pid, int tid, long atEpochMs, long token) {}
}
