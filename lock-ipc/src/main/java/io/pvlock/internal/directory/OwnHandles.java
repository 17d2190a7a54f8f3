package io.pvlock.internal.directory;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The entries of which this process has objects. All objects of one entry share one {@link LockEntry}; while that is reachable, some
 * thread may be about to lock the cell, even in the middle of a fast path that nobody can see from outside.
 */
final class OwnHandles {

    private static final int COLLECTIONS = 8;
    private static final long FIRST_PAUSE_NS = 1_000_000;

    /** Objects. */
    private static final int WORTH_A_COLLECTION = 256;

    /** A collection may stop all threads for long, and a name that finds no room now will not find any soon. */
    private static final long COLLECTION_PAUSE_NS = 10_000_000_000L;

    private final UnsafeBuffer memory;
    private final EntryUsers users;
    private final Map<Integer, Handle> handles = new ConcurrentHashMap<>();
    private final ReferenceQueue<LockEntry> collected = new ReferenceQueue<>();

    /** A bit for each entry of which this process ever had an object. */
    private final AtomicLongArray ever;

    private final AtomicLong collectionDueNs = new AtomicLong(System.nanoTime());

    OwnHandles(UnsafeBuffer memory, EntryUsers users, int entries) {
        this.memory = memory;
        this.users = users;
        this.ever = new AtomicLongArray(entries / Long.SIZE + 1);
    }

    private static final class Handle extends WeakReference<LockEntry> {

        private final int entry;

        Handle(int entry, LockEntry handle, ReferenceQueue<LockEntry> collected) {
            super(handle, collected);
            this.entry = entry;
        }
    }

    /** The one of {@code entry}, whose offset that is; {@code process}, this one, counts as its user from now on. */
    LockEntry get(int entry, int offset, int process) {
        forgetCollected(process);
        LockEntry[] handle = new LockEntry[1];
        handles.compute(entry, (index, known) -> {
            handle[0] = known == null ? null : known.get();
            users.add(entry, process);
            if (handle[0] != null) {
                return known;
            }
            handle[0] = new LockEntry(memory, offset);
            ever.getAndUpdate(entry / Long.SIZE, bits -> bits | 1L << entry);
            return new Handle(entry, handle[0], collected);
        });
        return handle[0];
    }

    /** {@code process}, this one, is no user any more of what it has no object of. */
    void forgetCollected(int process) {
        for (Reference<?> gone = collected.poll(); gone != null; gone = collected.poll()) {
            Reference<?> old = gone;
            handles.computeIfPresent(((Handle) old).entry, (entry, known) -> {
                if (known != old) {
                    return known; // there is another one by now
                }
                users.remove(entry, process);
                return null;
            });
        }
    }

    boolean isReachable(int entry) {
        Handle handle = handles.get(entry);
        return handle != null && !handle.refersTo(null);
    }

    /**
     * Asks the collector for objects of {@code entry} that are not reachable any more, as the JDK does when it is out of direct memory.
     */
    void collect(int entry) {
        long pauseNs = FIRST_PAUSE_NS;
        for (int i = 0; i < COLLECTIONS && isReachable(entry); i++) {
            System.gc();
            LockSupport.parkNanos(pauseNs);
            pauseNs *= 2;
        }
    }

    /**
     * Asks the collector for objects of any entry; but seldom, however often a full table is asked for one more name.
     *
     * @return whether it was asked now
     */
    boolean collectAny() {
        long now = System.nanoTime();
        long due = collectionDueNs.get();
        if (now - due < 0 || !collectionDueNs.compareAndSet(due, now + COLLECTION_PAUSE_NS)) {
            return false;
        }
        System.gc();
        LockSupport.parkNanos(FIRST_PAUSE_NS);
        return true;
    }

    /**
     * The first entry from {@code entry} on of which this process ever had an object, which may have been collected since;
     * {@link Integer#MAX_VALUE} if there is none.
     */
    int nextEver(int entry) {
        long bits = entry / Long.SIZE < ever.length() ? ever.get(entry / Long.SIZE) & -1L << entry : 0;
        for (int word = entry / Long.SIZE; word < ever.length(); bits = ++word < ever.length() ? ever.get(word) : 0) {
            if (bits != 0) {
                return word * Long.SIZE + Long.numberOfTrailingZeros(bits);
            }
        }
        return Integer.MAX_VALUE;
    }

    /** So many objects were gone after {@link #collectAny}: if many, it may be asked again as soon as they are used up. */
    void collected(int objects) {
        if (objects >= WORTH_A_COLLECTION) {
            collectionDueNs.set(System.nanoTime());
        }
    }

    Iterable<Integer> entries() {
        return handles.keySet();
    }
}
