package io.pvlock.internal.file;

import io.pvlock.linux.FileMapper;
import io.pvlock.linux.NativeFile;
import java.io.IOException;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.agrona.concurrent.UnsafeBuffer;

/** Mapped by a {@link FileMapper} that somebody has named as a dependency. */
final class ProvidedMapping implements RegionMapping {

    private final UnsafeBuffer memory;
    private final String name;

    private ProvidedMapping(UnsafeBuffer memory, String name) {
        this.memory = memory;
        this.name = name;
    }

    /**
     * The one there is, empty if nobody has named one.
     *
     * @throws ServiceConfigurationError if it cannot be loaded
     */
    static Optional<FileMapper> provider() {
        return ServiceLoader.load(FileMapper.class, ProvidedMapping.class.getClassLoader())
                .findFirst();
    }

    /**
     * Maps the file that is open, even if it has lost its name.
     *
     * <p>A mapper takes a path, not an open file, and may create what it does not find, and extend what it finds too short.
     * Hence the way through {@code /proc}: it leads to the very file that is open here, and was validated, whatever happens to
     * its name.
     */
    static ProvidedMapping map(FileMapper mapper, NativeFile file, int length) throws IOException {
        return new ProvidedMapping(new UnsafeBuffer(mapper.map(SameFile.pathOf(file), length)), mapper.name());
    }

    @Override
    public UnsafeBuffer memory() {
        return memory;
    }

    @Override
    public String toString() {
        return name + " mapping of " + length() + " bytes";
    }
}
