package io.pvlock.internal.file;

import io.pvlock.linux.Errno;
import io.pvlock.linux.LinuxException;
import io.pvlock.linux.NativeFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Opens a region file another time and makes sure that it is the same: a path may lead to another file by now. */
final class SameFile {

    private SameFile() {}

    /**
     * Opens the file of this path, to lock its bytes.
     *
     * @param key of the file that it must be, {@link FileFacts#key}
     * @throws NoSuchFileException if it is not there any more
     */
    static NativeFile open(Path path, Object key) throws IOException {
        return same(openItself(path), path, key);
    }

    /** As {@link #open}, to ask for locks. */
    static NativeFile openToRead(Path path, Object key) throws IOException {
        return same(openItselfToRead(path), path, key);
    }

    private static NativeFile same(NativeFile file, Path path, Object key) throws IOException {
        try {
            if (FileFacts.of(file).key().equals(key)) {
                return file;
            }
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        file.close();
        throw new NoSuchFileException(path.toString(), null, "it was replaced by another file in the meantime");
    }

    /** A path to the very file that is open here, whatever has happened to its name; valid while it is open. */
    static Path pathOf(NativeFile file) {
        return Path.of("/proc/self/fd/" + file.fd());
    }

    /** Makes the file of this name, which must not be there, for its owner only; errors are as the JDK's. */
    static NativeFile create(Path path) throws IOException {
        try {
            return NativeFile.create(path);
        } catch (LinuxException e) {
            throw switch (e.errno()) {
                case Errno.ENOENT -> new NoSuchFileException(path.toString());
                case Errno.EACCES -> new AccessDeniedException(path.toString());
                default -> new FileSystemException(path.toString(), null, e.reason());
            };
        }
    }

    /** Opens what has this name, to read and write; not what a link leads to. */
    static NativeFile openItself(Path path) throws IOException {
        try {
            return NativeFile.openItself(path);
        } catch (LinuxException e) {
            throw asIo(path, e);
        }
    }

    /** As {@link #openItself}, to read. */
    static NativeFile openItselfToRead(Path path) throws IOException {
        try {
            return NativeFile.openItselfToRead(path);
        } catch (LinuxException e) {
            throw asIo(path, e);
        }
    }

    private static IOException asIo(Path path, LinuxException e) {
        return switch (e.errno()) {
            case Errno.ENOENT -> new NoSuchFileException(path.toString(), null, "it was deleted in the meantime");
            case Errno.EACCES -> new AccessDeniedException(path.toString());
            case Errno.EROFS -> new IOException("Read-only file system", e);
            default -> new IOException(e.getMessage(), e);
        };
    }
}
