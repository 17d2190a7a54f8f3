package io.pvlock.internal.file;

import io.pvlock.linux.MappedFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import org.agrona.concurrent.UnsafeBuffer;

/** Mapped by the JDK alone. The buffer keeps that of {@link MappedFile}, which unmaps itself when it is collected. */
final class PlainMapping implements RegionMapping {

    private final UnsafeBuffer memory;

    private PlainMapping(UnsafeBuffer memory) {
        this.memory = memory;
    }

    /** @param length the length of the file, which must not be shorter: mapping would extend it */
    static PlainMapping map(FileChannel channel, int length) throws IOException {
        return new PlainMapping(new UnsafeBuffer(MappedFile.map(channel, MapMode.READ_WRITE, length)));
    }

    /** To look only: a store would end the JVM. */
    static PlainMapping mapToRead(FileChannel channel, int length) throws IOException {
        return new PlainMapping(new UnsafeBuffer(MappedFile.map(channel, MapMode.READ_ONLY, length)));
    }

    @Override
    public UnsafeBuffer memory() {
        return memory;
    }

    @Override
    public String toString() {
        return "plain mapping of " + length() + " bytes";
    }
}
