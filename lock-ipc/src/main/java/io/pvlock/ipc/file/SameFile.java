package io.pvlock.ipc.file;

import io.pvlock.linux.Errno;
import io.pvlock.linux.LinuxException;
import io.pvlock.linux.NativeFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Opens a region file another time and makes sure that it is the same: a path may lead to another file by now. */
final class SameFile {

    private SameFile() {}

    /**
     * Opens the file that has this path and this header.
     *
     * @throws NoSuchFileException if it is not there any more
     */
    static NativeFile open(Path path, RegionHeader header) throws IOException {
        NativeFile file = openAny(path);
        try (FileChannel channel = FileChannel.open(pathOf(file), StandardOpenOption.READ)) {
            // A record's own equals() costs a JVM that has just begun 20 ms.
            if (RegionHeader.read(channel, path).encode().equals(header.encode())) {
                return file;
            }
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        file.close();
        throw new NoSuchFileException(path.toString(), null, "it was replaced by another region in the meantime");
    }

    /** A path to the very file that is open here, whatever has happened to its name; valid while it is open. */
    static Path pathOf(NativeFile file) {
        return Path.of("/proc/self/fd/" + file.fd());
    }

    private static NativeFile openAny(Path path) throws IOException {
        try {
            return NativeFile.open(path);
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                throw new NoSuchFileException(path.toString(), null, "it was deleted in the meantime");
            }
            throw new IOException(e.getMessage(), e);
        }
    }
}
