package io.pvlock.tools.top;

import io.pvlock.LockInfo;
import io.pvlock.tools.view.LockCounts;
import java.util.Optional;

/**
 * One lock in one picture.
 *
 * @param counts since the lock was made; empty if it counts nothing
 * @param perSecond acquisitions a second since the picture before; negative if that is not known
 * @param contended how many of these had to wait, 0 to 1; negative if there was none
 */
record LockRow(LockInfo lock, Optional<LockCounts> counts, double perSecond, double contended) {

    static final double UNKNOWN = -1;

    String name() {
        return lock.name();
    }
}
