package io.pvlock;

import java.util.concurrent.locks.Lock;

/** A lock of a region that has its place in the order in which several are taken. */
interface OrderedLock extends Lock {

    LockRegion region();

    /** Offset of the cell without which it cannot be had: the order. */
    int cell();
}
