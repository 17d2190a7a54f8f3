package io.pvlock.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Another way to map a file into memory than {@link java.nio.channels.FileChannel#map}. Found by {@link java.util.ServiceLoader};
 * to make one starts nothing.
 */
public interface FileMapper {

    /** For messages. */
    String name();

    /** What stands in the way in this JVM, and what to do about it; empty if nothing is known to. Starts nothing. */
    String problem();

    /**
     * Maps a whole file, for reading and writing.
     *
     * @param file one that exists and has at least {@code length} bytes
     * @return a direct buffer from the beginning of the file, page aligned; the file stays mapped at least until it and all buffers made
     *     from it are unreachable
     * @throws UnsupportedOperationException if this JVM does not allow it, for a reason that only shows when it is tried
     */
    ByteBuffer map(Path file, int length) throws IOException;
}
