package io.pvlock.linux;

import java.lang.ref.Reference;
import java.nio.file.Path;

/**
 * Tells when files lose or change a name: inotify(7). One thread waits in {@link #await}; others may watch meanwhile.
 */
public final class FileNotices implements AutoCloseable {

    private static final int IN_CLOEXEC = 0x8_0000;
    private static final int IN_ATTRIB = 0x4;
    private static final int IN_DELETE_SELF = 0x400;
    private static final int IN_MOVE_SELF = 0x800;
    private static final int BUFFER_BYTES = 1 << 12;
    private static final int CLOSED = -1;

    private final NativeBlock buffer = new NativeBlock(BUFFER_BYTES);
    private volatile int fd;

    private FileNotices(int fd) {
        this.fd = fd;
    }

    /** @throws LinuxException {@link Errno#EMFILE} if the user has too many of them, {@link Errno#ENOSYS} */
    public static FileNotices open() {
        int fd = (int) LibC.syscall(SystemCalls.INOTIFY_INIT1, IN_CLOEXEC, 0, 0);
        if (fd < 0) {
            throw new LinuxException("inotify_init1", -fd);
        }
        return new FileNotices(fd);
    }

    /**
     * Has {@link #await} return whenever the file loses a name or is moved; and, for nothing, when its attributes change.
     *
     * @return what {@link #ignore} takes
     * @throws LinuxException if there are too many watches, or there is no such file
     */
    public int watch(Path path) {
        // The number of links is an attribute: a file that is still mapped is not deleted, but has none any more.
        NativeBlock name = NativeFile.name(path);
        int events = IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
        int watch = (int) LibC.syscall(SystemCalls.INOTIFY_ADD_WATCH, fd, name.address, events);
        Reference.reachabilityFence(name);
        if (watch < 0) {
            throw new LinuxException("inotify_add_watch of " + path, -watch);
        }
        return watch;
    }

    /** Ends a watch; {@link #await} returns once more for it. One that has ended is no error. */
    public void ignore(int watch) {
        LibC.syscall(SystemCalls.INOTIFY_RM_WATCH, fd, watch, 0);
    }

    /**
     * Waits until something has happened to a file that is watched, or a watch has ended; also returns for nothing.
     *
     * @return false if there is nothing to wait for any more: it is closed, or somebody has closed its descriptor
     */
    public boolean await() {
        long read = LibC.syscall(SystemCalls.READ, fd, buffer.address, BUFFER_BYTES);
        boolean works = read > 0 || read == -Errno.EINTR;
        Reference.reachabilityFence(this);
        if (!works) {
            fd = CLOSED; // by now the number may be another file's
        }
        return works;
    }

    @Override
    public void close() {
        if (fd != CLOSED) {
            LibC.syscall(SystemCalls.CLOSE, fd, 0, 0);
            fd = CLOSED;
        }
    }
}
