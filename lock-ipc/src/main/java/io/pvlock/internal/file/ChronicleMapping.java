package io.pvlock.internal.file;

import io.pvlock.linux.NativeFile;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import net.openhft.chronicle.bytes.MappedBytes;
import org.agrona.concurrent.UnsafeBuffer;

/** Mapped by Chronicle Bytes, which unmaps on release, if it runs with {@code -DmappedFile.retain=true}. */
final class ChronicleMapping implements RegionMapping {

    private static final Cleaner CLEANER = Cleaner.create();

    private final UnsafeBuffer memory;

    private ChronicleMapping(UnsafeBuffer memory) {
        this.memory = memory;
    }

    /**
     * Maps the file that is open, even if it has lost its name.
     *
     * <p>Chronicle takes a path, not an open file, creates what it does not find and extends what it finds too short.
     * Hence the way through {@code /proc}: it leads to the very file that is open here, and was validated, whatever happens to
     * its name.
     */
    static ChronicleMapping map(NativeFile file, int length) throws IOException {
        try {
            MappedBytes bytes =
                    MappedBytes.singleMappedBytes(SameFile.pathOf(file).toFile(), length);
            bytes.singleThreadedCheckDisabled(true);
            // A view that buffers can keep: an UnsafeBuffer over a bare address would not keep the mapping.
            ByteBuffer view = bytes.bytesStore().toTemporaryDirectByteBuffer();
            CLEANER.register(view, bytes::releaseLast);
            return new ChronicleMapping(new UnsafeBuffer(view));
        } catch (RuntimeException e) {
            throw new IOException("Chronicle Bytes: " + e.getMessage(), e);
        }
    }

    @Override
    public UnsafeBuffer memory() {
        return memory;
    }

    @Override
    public String toString() {
        return "Chronicle mapping of " + length() + " bytes";
    }
}
