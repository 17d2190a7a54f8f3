package io.pvlock.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** One mapping of a file that test processes share, and the 32-bit words in it, by offset in bytes. */
final class SharedWords {
    private static final int SIZE = 4096;
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    /** Never unmapped: a test that fails while a live thread holds a mutex must not take its memory away. */
    private static final Queue<SharedWords> ALL = new ConcurrentLinkedQueue<>();

    private final MappedByteBuffer bytes;
    private final long address;

    private SharedWords(MappedByteBuffer bytes) {
        this.bytes = bytes;
        this.address = Pointer.nativeValue(Native.getDirectBufferPointer(bytes));
        ALL.add(this);
    }

    /** A new mapping of the file, which is created if missing; every call has another address for the same words. */
    static SharedWords map(Path file) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            return new SharedWords(channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long address(int offset) {
        return address + offset;
    }

    int get(int offset) {
        // P1 volatile load: sees what the other process did before its P1 volatile store or CAS in set() or cas().
        return (int) WORD.getVolatile(bytes, offset);
    }

    void set(int offset, int value) {
        // P1 volatile store: the value is visible before the wake that follows; pairs
        // with the P1 volatile load in get().
        WORD.setVolatile(bytes, offset, value);
    }

    boolean cas(int offset, int expected, int value) {
        // P1 volatile CAS: WAITERS is set before the wait that follows; pairs with the P1 volatile load in get().
        return WORD.compareAndSet(bytes, offset, expected, value);
    }
}
