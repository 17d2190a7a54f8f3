package io.pvlock.internal.directory;

import io.pvlock.core.KillPoint;
import io.pvlock.internal.layout.DirectoryDescriptor;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.HeaderDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The entries that nobody uses, in a list: the header names the first one, and each of them how far it is to the next. So to make a
 * name, one entry is looked at, however many there are. In a new region all of these words are 0, which is the list of all entries in order.
 *
 * <p>The list is a hint: what is used says the entry itself, and whoever takes one looks. Who dies between two steps leaves one entry
 * too many in front, which the next one drops, or one too few somewhere. When the list ends, or leads nowhere, every entry is
 * looked at, and the list is made anew; then those are found, too, that the dead had reserved and nobody has come by since.
 *
 * <p>Everything here is done under the byte lock of {@link io.pvlock.internal.slot.ProcessTable#exclusively}.
 */
final class UnusedEntries {

    /** In a row: each death leaves one at most, so more of them are damage. */
    private static final int MAX_DROPPED = 8;

    private final UnsafeBuffer memory;
    private final RegionLayout layout;
    private final Buckets buckets;

    UnusedEntries(UnsafeBuffer memory, RegionLayout layout, Buckets buckets) {
        this.memory = memory;
        this.layout = layout;
        this.buckets = buckets;
    }

    /** One that is unused; -1 if there is none. It stays in the list until {@link #reserve}. */
    int first() {
        dropUsed();
        int first = head();
        return buckets.exists(first) && isUnused(first) ? first : relink();
    }

    /** Reserves {@code entry}, the first one, for {@code bucket}; false if somebody else has it. */
    boolean reserve(int entry, int bucket) {
        // P14: two claimers never share an entry; pairs with itself.
        return memory.compareAndSetInt(at(entry) + EntryDescriptor.BUCKET_OFFSET, 0, bucket + 1);
    }

    /** The caller has reserved {@code entry}, or goes on for a dead one that had: it is none of the list any more. */
    void takeOut(int entry) {
        KillPoint.hit(KillPoint.ENTRY_RESERVED);
        if (head() == entry) {
            head(next(entry));
        }
        KillPoint.hit(KillPoint.ENTRY_UNLISTED);
        memory.putInt(at(entry) + EntryDescriptor.LINK_OFFSET, 0);
    }

    /** {@code entry}, of which nothing is in use, is unused from now on. */
    void giveBack(int entry) {
        // P14 release: all of it before it is unused; pairs with P14 in Buckets.bucketOf.
        memory.putIntVolatile(at(entry) + EntryDescriptor.BUCKET_OFFSET, 0);
        KillPoint.hit(KillPoint.ENTRY_UNUSED);
        // Behind a used one it could come to stand twice, once that is given back as well.
        if (dropUsed() && head() != entry) {
            link(entry, head());
            head(entry);
        }
    }

    // False: the list has been made anew.
    private boolean dropUsed() {
        for (int dropped = 0; buckets.exists(head()) && !isUnused(head()); dropped++) {
            if (dropped == MAX_DROPPED) {
                relink();
                return false;
            }
            head(next(head()));
        }
        return true;
    }

    /** Makes the list anew from what the entries say: the first, -1 if there is none. */
    int relink() {
        int next = layout.maxLocks();
        for (int entry = layout.maxLocks() - 1; entry >= 0; entry--) {
            if (isUnused(entry) || isLeftByTheDead(entry)) {
                link(entry, next);
                next = entry;
            }
        }
        head(next);
        return buckets.exists(next) ? next : -1;
    }

    // Nobody alive has a claim while this runs, but for one that has given its entry back.
    private boolean isLeftByTheDead(int entry) {
        int bucket = buckets.bucketOf(entry);
        if (bucket < 0
                || bucket >= buckets.capacity()
                || DirectoryDescriptor.status(buckets.state(bucket)) != DirectoryDescriptor.CLAIMED) {
            return false;
        }
        buckets.entry(entry).noExtent();
        memory.setMemory(at(entry) + EntryDescriptor.USERS_OFFSET, EntryDescriptor.USERS_BITS / Byte.SIZE, (byte) 0);
        // P14 release: nothing of it is in use; pairs with P14 in Buckets.bucketOf.
        memory.putIntRelease(at(entry) + EntryDescriptor.BUCKET_OFFSET, 0);
        return true;
    }

    long countUsed() {
        return IntStream.range(0, layout.maxLocks())
                .filter(entry -> !isUnused(entry))
                .count();
    }

    private boolean isUnused(int entry) {
        return buckets.bucketOf(entry) == Buckets.NONE;
    }

    private int next(int entry) {
        return entry + 1 + memory.getInt(at(entry) + EntryDescriptor.LINK_OFFSET);
    }

    // Written only where it is another, so that a new region's pages stay untouched.
    private void link(int entry, int next) {
        if (next(entry) != next) {
            memory.putInt(at(entry) + EntryDescriptor.LINK_OFFSET, next - entry - 1);
        }
    }

    private int head() {
        return memory.getInt(HeaderDescriptor.UNUSED_ENTRY_OFFSET);
    }

    private void head(int entry) {
        memory.putInt(HeaderDescriptor.UNUSED_ENTRY_OFFSET, entry);
    }

    private int at(int entry) {
        return buckets.entryOffset(entry);
    }
}
