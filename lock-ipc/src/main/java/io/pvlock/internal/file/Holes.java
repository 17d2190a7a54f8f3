package io.pvlock.internal.file;

import io.pvlock.RegionException;
import io.pvlock.linux.NativeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * A region is created without holes. One that has some is a sparse copy: the first store into a hole needs space, and where there is
 * none left it is no error but a SIGBUS, in the middle of a lock.
 */
final class Holes {

    /** They need new space for every store, hole or not, and make holes of zeros by themselves. */
    private static final Set<String> COPY_ON_WRITE = Set.of("btrfs", "zfs", "bcachefs");

    private Holes() {}

    /** @throws RegionException if the first {@code length} bytes of the file have a hole */
    static void refuse(Path path, NativeFile file, int length) throws IOException {
        long hole = file.firstHole();
        // The kind of file system costs more to learn than the hole.
        if (hole < length
                && !mayHaveHoles(Files.getFileStore(SameFile.pathOf(file)).type())) {
            throw new RegionException(
                    RegionException.Category.CORRUPT,
                    "region file " + path + " has a hole at byte " + hole + ": it is a sparse copy, or was punched;"
                            + " a store there would end the JVM when no space is left. Copy it with cp"
                            + " --sparse=never, or end all processes that use it and delete it");
        }
    }

    static boolean mayHaveHoles(String fileSystem) {
        return COPY_ON_WRITE.contains(fileSystem);
    }
}
