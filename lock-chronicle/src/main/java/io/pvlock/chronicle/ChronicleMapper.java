package io.pvlock.chronicle;

import io.pvlock.linux.FileMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Maps by Chronicle Bytes, which unmaps on release, if it runs with {@code -DmappedFile.retain=true}. */
public final class ChronicleMapper implements FileMapper {

    /** For {@link java.util.ServiceLoader}. */
    public ChronicleMapper() {}

    @Override
    public String name() {
        return "Chronicle";
    }

    @Override
    public String problem() {
        return ChronicleNeeds.problem();
    }

    @Override
    public ByteBuffer map(Path file, int length) throws IOException {
        try {
            return ChronicleMapping.map(file, length);
        } catch (RuntimeException e) {
            throw new IOException("Chronicle Bytes: " + e.getMessage(), e);
        } catch (LinkageError e) {
            // It needs sun.misc.Unsafe, which a JVM may deny: no way to know but to try.
            throw new UnsupportedOperationException(
                    "Chronicle Bytes does not work in this JVM (" + e + "); on JDK 24 and later start it with"
                            + " --sun-misc-unsafe-memory-access=allow",
                    e);
        }
    }
}
