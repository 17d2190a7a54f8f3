package io.pvlock.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/** A file in memory, for as long as somebody has the buffer. Java 22 and later have another class of this name. */
public final class MappedFile {

    private MappedFile() {}

    /** @param length of the file, from its beginning; if it is shorter and may be written, it is made as long */
    public static ByteBuffer map(FileChannel channel, MapMode mode, int length) throws IOException {
        return channel.map(mode, 0, length);
    }
}
