package io.pvlock.tests.jcstress;

import io.pvlock.RegionOptions;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.Bells;
import io.pvlock.internal.slot.ProcessTable;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.linux.NativeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/** Two processes to each other, in one JVM. They are in a small region, and for a directory of the same layout any memory will do. */
final class TwoProcesses {

    private static final Path FILE = file();
    private static final RegionFile REGION = RegionFile.openOrCreate(
            FILE,
            RegionOptions.defaults()
                    .maxProcesses(4)
                    .maxVcpus(1)
                    .maxLocks(4)
                    .eventCapacity(1)
                    .objectBytes(0)
                    .dataBytes(0)
                    .mapping(RegionOptions.Mapping.PLAIN));

    static final RegionLayout LAYOUT = REGION.layout();
    static final ProcessTable FINDER = enter();
    static final ProcessTable REMOVER = enter();

    private TwoProcesses() {}

    /** Bells in {@code memory} of the same layout; what they wake is in the region, so that there is such an address. */
    static Bells bells(UnsafeBuffer memory) {
        return new Bells(memory, REGION.mapping().address(), LAYOUT);
    }

    private static ProcessTable enter() {
        return new VcpuRegistry(
                        REGION.memory(),
                        REGION.mapping().address(),
                        LAYOUT,
                        NativeFile.open(FILE),
                        new LockDirectory(REGION.memory(), LAYOUT))
                .processes();
    }

    private static Path file() {
        try {
            Path directory = Files.createTempDirectory("pvlock-jcstress");
            directory.toFile().deleteOnExit();
            Path file = directory.resolve("region");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
