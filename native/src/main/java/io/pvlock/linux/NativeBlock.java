package io.pvlock.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A zeroed, 8-aligned block outside the heap, for the structures that calls take by address. Freed by the garbage
 * collector: whoever passes {@link #address} to a call keeps the block reachable until the call has returned.
 */
final class NativeBlock {
    /** The content, in native byte order, accessed by absolute index only. */
    final ByteBuffer bytes;

    final long address;

    NativeBlock(int size) {
        bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
        address = LibC.addressOf(bytes);
    }

    /** The text as C wants it. */
    static NativeBlock ofString(byte[] text) {
        NativeBlock terminated = new NativeBlock(text.length + 1);
        terminated.bytes.put(0, text);
        return terminated;
    }
}
