package io.pvlock.internal.file;

import io.pvlock.linux.NativeFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/**
 * What the kernel says about a file.
 *
 * @param mode type and permissions, as in stat(2)
 * @param links how many names the file has
 * @param key equal for the same file, however it was found, as long as it exists
 */
record FileFacts(int uid, int gid, int mode, int links, Object key) {

    private static final int TYPE = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final int REGULAR = 0100000;
    private static final int STICKY = 01000;
    private static final int GROUP_WRITE = 0020;
    private static final int OTHERS_WRITE = 0002;

    // Not the names of owner and group: to find them may mean to ask a server.
    private static final String WANTED = "unix:uid,gid,mode,nlink,fileKey";

    /** Of the file that is open: what has happened to its name meanwhile does not matter. */
    static FileFacts of(NativeFile file) throws IOException {
        return of(Files.readAttributes(SameFile.pathOf(file), WANTED));
    }

    /** Of what has this name, even if that is a symbolic link. */
    static FileFacts of(Path path) throws IOException {
        try {
            return of(Files.readAttributes(path, WANTED, LinkOption.NOFOLLOW_LINKS));
        } catch (AccessDeniedException e) {
            // It says nothing of the file, which may not even be there.
            throw new FileSystemException(
                    path.toString(),
                    null,
                    "permission denied; user " + System.getProperty("user.name") + " needs to enter the directory "
                            + path.getParent() + " (chmod +x)");
        }
    }

    private static FileFacts of(Map<String, Object> attributes) {
        return new FileFacts(
                (int) attributes.get("uid"),
                (int) attributes.get("gid"),
                (int) attributes.get("mode"),
                (int) attributes.get("nlink"),
                attributes.get("fileKey"));
    }

    boolean isDirectory() {
        return (mode & TYPE) == DIRECTORY;
    }

    boolean isRegular() {
        return (mode & TYPE) == REGULAR;
    }

    boolean groupMayWrite() {
        return (mode & GROUP_WRITE) != 0;
    }

    boolean othersMayWrite() {
        return (mode & OTHERS_WRITE) != 0;
    }

    /** Of a folder: only its owner and the file's may rename or delete a file in it, whoever may write it. */
    boolean isSticky() {
        return (mode & STICKY) != 0;
    }

    /** The permissions as chmod takes them. */
    String octal() {
        return "0" + Integer.toOctalString(mode & 07777);
    }
}
