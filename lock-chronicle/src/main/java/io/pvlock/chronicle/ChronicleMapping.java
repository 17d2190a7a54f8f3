package io.pvlock.chronicle;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.MappedBytes;

/** What uses Chronicle's classes: apart, so that {@link ChronicleMapper} can be asked where they cannot be loaded. */
final class ChronicleMapping {

    private static final Cleaner CLEANER = Cleaner.create();

    private ChronicleMapping() {}

    static ByteBuffer map(Path file, int length) throws IOException {
        MappedBytes bytes = MappedBytes.singleMappedBytes(file.toFile(), length);
        bytes.singleThreadedCheckDisabled(true);
        // A view that buffers can keep: one over a bare address would not keep the mapping.
        ByteBuffer view = bytes.bytesStore().toTemporaryDirectByteBuffer();
        CLEANER.register(view, bytes::releaseLast);
        return view;
    }
}
