package io.pvlock.internal.layout;

import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;

/** UTF-8 text in a fixed place of the file: its length in bytes as an int, then the bytes. Plain accesses. */
public final class SharedText {

    private SharedText() {}

    /** Writes {@code text}, cut at a character's edge if it is longer than {@code maxBytes}. */
    public static void put(UnsafeBuffer memory, int offset, int maxBytes, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, maxBytes);
        while (length > 0 && length < bytes.length && (bytes[length] & 0xc0) == 0x80) {
            length--;
        }
        memory.putBytes(offset + Integer.BYTES, bytes, 0, length);
        memory.putInt(offset, length);
    }

    /** Reads what {@link #put} wrote; whatever stands there, never more than {@code maxBytes}. */
    public static String get(UnsafeBuffer memory, int offset, int maxBytes) {
        int length = Math.max(0, Math.min(memory.getInt(offset), maxBytes));
        byte[] bytes = new byte[length];
        memory.getBytes(offset + Integer.BYTES, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
