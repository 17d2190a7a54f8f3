package io.pvlock.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/**
 * As its namesake for Java 17, without the constructor that the JDK calls by reflection there: since Java 18 that spins method handles, some
 * 50 ms of a program's start.
 */
public final class MappedFile {

    private MappedFile() {}

    /** See there. */
    public static ByteBuffer map(FileChannel channel, MapMode mode, int length) throws IOException {
        // The buffer keeps the segment, and that the arena.
        return channel.map(mode, 0, length, Arena.ofAuto()).asByteBuffer();
    }
}
