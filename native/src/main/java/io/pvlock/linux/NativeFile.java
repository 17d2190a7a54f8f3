package io.pvlock.linux;

import java.lang.ref.Reference;
import java.nio.charset.Charset;
import java.nio.file.Path;

/**
 * A file descriptor of our own, closed on exec, to hold {@link OfdLock}s; one that is open to read only can ask for them. The locks
 * belong to the open file that this object is, and end with it: by {@link #close} or by the end of the process.
 * Thread-safe.
 */
public final class NativeFile implements AutoCloseable {
    /** Instead of a directory: the working directory, as open(2) has it. */
    private static final int AT_FDCWD = -100;

    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0x40;
    private static final int O_EXCL = 0x80;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_NOFOLLOW = LibC.ARCH.noFollow;
    private static final int O_CLOEXEC = 0x8_0000;

    /** Permissions of a file that is made. */
    private static final int OWNER_ONLY = 0600;

    // struct flock { i16 type; i16 whence; i32 pad; i64 start; i64 len; i32 pid; i32 pad; }
    private static final int TYPE = 0;
    private static final int WHENCE = TYPE + 2;
    private static final int START = WHENCE + 6;
    private static final int LENGTH = START + 8;
    private static final int PID = LENGTH + 8;
    private static final int FLOCK_BYTES = PID + 8;
    private static final short SEEK_SET = 0;
    private static final int SEEK_HOLE = 4;

    private final Path path;
    private final NativeBlock flock = new NativeBlock(FLOCK_BYTES);
    private int fd;

    private NativeFile(Path path, int fd) {
        this.path = path;
        this.fd = fd;
    }

    /**
     * Opens an existing file to read and to write. Every call is a new open file, whose locks conflict with those of all
     * others, also in this process.
     *
     * @throws LinuxException with the errno of open(2): {@link Errno#ENOENT}, {@link Errno#EACCES}, ...
     */
    public static NativeFile open(Path path) {
        return open(path, O_RDWR, "for reading and writing");
    }

    /**
     * As {@link #open}, but not what a symbolic link leads to, and without waiting for the other end of a FIFO.
     *
     * @throws LinuxException also {@link Errno#ELOOP}: {@code path} is a symbolic link
     */
    public static NativeFile openItself(Path path) {
        return open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK, "for reading and writing");
    }

    /** As {@link #openItself}, to read: locks can be asked for, not taken. */
    public static NativeFile openItselfToRead(Path path) {
        return open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, "for reading");
    }

    /**
     * Makes a file that was not there, to read and to write, for its owner only; through no symbolic link.
     *
     * @throws LinuxException with the errno of open(2): {@link Errno#ENOENT}, {@link Errno#EACCES}, ...
     */
    public static NativeFile create(Path path) {
        return open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, "to make it");
    }

    private static NativeFile open(Path path, int flags, String purpose) {
        NativeBlock name = name(path);
        int fd;
        do {
            fd = (int) LibC.syscall(SystemCalls.OPENAT, AT_FDCWD, name.address, flags | O_CLOEXEC, OWNER_ONLY, 0, 0);
        } while (fd == -Errno.EINTR);
        Reference.reachabilityFence(name);
        if (fd < 0) {
            throw new LinuxException("open " + path + " " + purpose, -fd, Remedy.ofOpen(-fd));
        }
        return new NativeFile(path, fd);
    }

    /** The descriptor's number, valid until {@link #close}; -1 afterwards. */
    public synchronized int fd() {
        return fd;
    }

    /**
     * Where the first hole of the file begins, in bytes: its length if it has none. A file system that cannot tell says that
     * there is none.
     */
    public synchronized long firstHole() {
        requireOpen();
        long hole = LibC.syscall(SystemCalls.LSEEK, fd, 0, SEEK_HOLE);
        return hole < 0 ? Long.MAX_VALUE : hole;
    }

    /** Closes the descriptor and so drops the locks held through it. Closing twice does nothing. */
    @Override
    public synchronized void close() {
        if (fd >= 0) {
            // Not repeated on EINTR: Linux has closed the descriptor then, and the number
            // may be somebody else's already.
            LibC.syscall(SystemCalls.CLOSE, fd, 0, 0);
            fd = -1;
        }
    }

    /**
     * One fcntl(2) call with a {@code struct flock}; the lock type that the kernel left in it, or {@code -errno}.
     *
     * <p>Synchronised: the structure is shared, and the descriptor must not be closed and reused under the call.
     */
    synchronized int lockCall(int command, short type, long offset, long length) {
        requireOpen();
        flock.bytes.putShort(TYPE, type);
        flock.bytes.putShort(WHENCE, SEEK_SET);
        flock.bytes.putLong(START, offset);
        flock.bytes.putLong(LENGTH, length);
        // The kernel demands 0 for an OFD lock, and writes -1 there when it reports one.
        flock.bytes.putInt(PID, 0);
        int result = (int) LibC.syscall(SystemCalls.FCNTL, fd, command, flock.address);
        Reference.reachabilityFence(flock);
        return result < 0 ? result : flock.bytes.getShort(TYPE);
    }

    private void requireOpen() {
        if (fd < 0) {
            throw new IllegalStateException("file is closed: " + path);
        }
    }

    /** The path as the kernel takes it. */
    static NativeBlock name(Path path) {
        return NativeBlock.ofString(path.toString().getBytes(fileNameCharset()));
    }

    /** Under which it was opened. */
    public Path path() {
        return path;
    }

    @Override
    public String toString() {
        return path + " (fd " + fd() + ")";
    }

    /** The encoding in which the JDK itself hands file names to the kernel; not always the default charset. */
    private static Charset fileNameCharset() {
        return Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    }
}
