package io.pvlock.ipc.directory;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The entries of which this process has objects. All objects of one entry share one {@link LockEntry}; while that is reachable, some
 * thread may be about to lock the cell, even in the middle of a fast path that nobody can see from outside.
 */
final class OwnHandles {

    private static final int COLLECTIONS = 8;
    private static final long FIRST_PAUSE_NS = 1_000_000;

    private final UnsafeBuffer memory;
    private final Map<Integer, WeakReference<LockEntry>> handles = new ConcurrentHashMap<>();

    OwnHandles(UnsafeBuffer memory) {
        this.memory = memory;
    }

    /** The one of {@code entry}, whose offset that is; it is in use from now on. */
    LockEntry get(int entry, int offset) {
        LockEntry[] handle = new LockEntry[1];
        handles.compute(entry, (index, known) -> {
            handle[0] = known == null ? null : known.get();
            if (handle[0] != null) {
                return known;
            }
            handle[0] = new LockEntry(memory, offset);
            return new WeakReference<>(handle[0]);
        });
        return handle[0];
    }

    boolean isReachable(int entry) {
        WeakReference<LockEntry> handle = handles.get(entry);
        return handle != null && !handle.refersTo(null);
    }

    /**
     * Asks the collector for objects that are not reachable any more, as the JDK does when it is out of direct memory.
     *
     * @return whether {@code entry} is not reachable any more; of any, if it is less than 0
     */
    boolean collect(int entry) {
        long pauseNs = FIRST_PAUSE_NS;
        for (int i = 0; i < COLLECTIONS && (entry < 0 ? i == 0 : isReachable(entry)); i++) {
            System.gc();
            LockSupport.parkNanos(pauseNs);
            pauseNs *= 2;
        }
        return entry < 0 || !isReachable(entry);
    }

    Iterable<Integer> entries() {
        return handles.keySet();
    }
}
