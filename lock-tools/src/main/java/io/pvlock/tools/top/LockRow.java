package io.pvlock.tools.top;

import io.pvlock.LockInfo;
import io.pvlock.LockStats;

/**
 * One lock in one picture.
 *
 * @param perSecond acquisitions a second since the picture before; negative if that is not known
 * @param contended how many of these had to wait, 0 to 1; negative if there was none
 */
record LockRow(LockInfo lock, double perSecond, double contended) {

    static final double UNKNOWN = -1;

    String name() {
        return lock.name();
    }

    /** What it has seen since it was made. */
    LockStats stats() {
        return lock.stats();
    }
}
