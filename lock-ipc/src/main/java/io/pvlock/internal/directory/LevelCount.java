package io.pvlock.internal.directory;

import io.pvlock.internal.layout.FillLevel;
import io.pvlock.internal.layout.RegionLayout;

/**
 * Looks at a {@link FillLevel} of which nobody keeps the count: what is used is counted only when it may have come so far, and then not
 * again for a while. To count is to look at every entry.
 */
final class LevelCount {

    /** After a count for nothing, so many parts of all names have to be made before the next one. */
    private static final int PARTS = 16;

    private final FillLevel level;
    private final int pause;
    private int left;

    LevelCount(FillLevel level, RegionLayout layout) {
        this.level = level;
        this.pause = layout.maxLocks() / PARTS;
    }

    /**
     * Whether it is time to count, and to {@link #look}; by who has the byte lock.
     *
     * @param reached what has just been taken, counted from the beginning: in a table that is taken in order, that is what is used; once
     *     something has been given back, it is that at most
     */
    boolean isDue(long reached, long capacity) {
        if (!level.isReached(reached, capacity) || left-- > 0) {
            return false;
        }
        left = pause;
        return true;
    }

    void look(Object region, long used, long capacity) {
        level.look(region, used, capacity);
    }
}
