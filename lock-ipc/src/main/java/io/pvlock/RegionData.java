package io.pvlock;

import org.agrona.concurrent.UnsafeBuffer;

/** A window on the region's user data that keeps the region, and so the mapping, alive. */
final class RegionData extends UnsafeBuffer {

    private final LockRegion region;

    RegionData(LockRegion region, UnsafeBuffer memory, int offset, int length) {
        super(memory, offset, length);
        this.region = region;
    }

    @Override
    public String toString() {
        return "RegionData[" + capacity() + " bytes of " + region.path() + "]";
    }
}
