package io.pvlock.internal.lock;

import io.pvlock.core.LockCell;
import java.lang.ref.Reference;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A lock cell by its address in this process, for the fast paths. After a locked instruction each load that depends on another one
 * costs its full latency; through the buffer there are three of them, here there is none.
 *
 * <p>An address is no reference: whoever keeps one keeps the mapping, too.
 */
public final class FastCell {

    private FastCell() {}

    /** Where {@code cell} is; valid as long as {@code memory} is reachable. */
    public static long address(UnsafeBuffer memory, int cell) {
        memory.boundsCheck(cell, LockCell.LENGTH);
        return memory.addressOffset() + cell;
    }

    /**
     * As {@link UnsafeBuffer#compareAndSetLong}, with its ordering.
     *
     * @param keeper through which the mapping is reachable, until this has returned
     */
    public static boolean cas(Object keeper, long address, long expected, long update) {
        // P0 acquire and release: which of the two is said where it is called.
        boolean done = UnsafeApi.compareAndSetLong(null, address, expected, update);
        Reference.reachabilityFence(keeper);
        return done;
    }
}
