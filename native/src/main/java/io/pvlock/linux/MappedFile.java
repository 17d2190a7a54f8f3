package io.pvlock.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/**
 * A file in memory, for as long as somebody has the buffer. On Java 22 and later by an arena: since Java 18 the JDK's older way calls a constructor
 * by reflection, which spins method handles, some 50 ms of a program's start.
 */
public final class MappedFile {

    /** Null where the older way is all there is. */
    private static final ForeignProvider FOREIGN = findForeign();

    private MappedFile() {}

    /** @param length of the file, from its beginning; if it is shorter and may be written, it is made as long */
    public static ByteBuffer map(FileChannel channel, MapMode mode, int length) throws IOException {
        return FOREIGN == null ? channel.map(mode, 0, length) : FOREIGN.map(channel, mode, length);
    }

    private static ForeignProvider findForeign() {
        try {
            return Runtime.version().feature() < ForeignProvider.FIRST_JAVA ? null : ForeignProvider.load();
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }
}
