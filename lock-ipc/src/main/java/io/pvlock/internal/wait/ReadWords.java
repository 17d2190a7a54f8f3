package io.pvlock.internal.wait;

import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.ReadWriteLockDescriptor;
import io.pvlock.internal.slot.VcpuRegistry;

/** Where a read-write lock has the words that say who reads. */
public final class ReadWords {

    private ReadWords() {}

    /** The words of the read-write lock whose extent is at {@code extent}. */
    public static VcpuWords of(VcpuRegistry registry, int extent) {
        int body = extent + ExtentDescriptor.BODY_OFFSET;
        return VcpuWords.spread(registry, body + ReadWriteLockDescriptor.READERS_OFFSET);
    }

    /** Bytes of the body of such an extent. */
    public static int bodyLength(int maxVcpus) {
        return ReadWriteLockDescriptor.READERS_OFFSET + VcpuWords.spreadLength(maxVcpus);
    }
}
