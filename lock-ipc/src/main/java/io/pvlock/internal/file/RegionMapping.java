package io.pvlock.internal.file;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * A whole region file in memory, for reading and writing.
 *
 * <p>There is no method to unmap it: an access to memory that is gone would kill the JVM. It is released some time
 * after {@link #memory}, every buffer made from it, and this object have become unreachable. Addresses are not
 * references: as long as one is kept, as the kernel keeps those of a thread's robust mutexes, somebody must keep this object.
 */
public interface RegionMapping {

    /** The one buffer over the whole file; it and all buffers that wrap it keep the mapping. */
    UnsafeBuffer memory();

    /** Where the file begins in this process: the same for the life of the mapping, page aligned. */
    default long address() {
        return memory().addressOffset();
    }

    /** Bytes of the file. */
    default long length() {
        return memory().capacity();
    }
}
