package io.pvlock.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
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
        address = Pointer.nativeValue(Native.getDirectBufferPointer(bytes));
    }
}
