package io.pvlock.tests.recovery;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.UnsafeBuffer;

/** A page of its own for one pthread mutex. */
record MutexFile(UnsafeBuffer memory) {

    static final int EOWNERDEAD = 130;
    private static final int PAGE = 4096;

    static MutexFile open(Path path) throws IOException {
        try (FileChannel channel =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, PAGE);
            return new MutexFile(new UnsafeBuffer(mapped));
        }
    }

    long address() {
        return memory.addressOffset();
    }
}
