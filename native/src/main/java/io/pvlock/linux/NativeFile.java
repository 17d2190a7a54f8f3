package io.pvlock.linux;

import java.lang.ref.Reference;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A file descriptor of our own, opened for reading and writing and closed on exec, to hold {@link OfdLock}s. The locks
 * belong to the open file that this object is, and end with it: by {@link #close} or by the end of the process.
 * Thread-safe.
 */
public final class NativeFile implements AutoCloseable {
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x8_0000;

    // struct flock { i16 type; i16 whence; i32 pad; i64 start; i64 len; i32 pid; i32 pad; }
    private static final int TYPE = 0;
    private static final int WHENCE = TYPE + 2;
    private static final int START = WHENCE + 6;
    private static final int LENGTH = START + 8;
    private static final int PID = LENGTH + 8;
    private static final int FLOCK_BYTES = PID + 8;
    private static final short SEEK_SET = 0;

    private final Path path;
    private final NativeBlock flock = new NativeBlock(FLOCK_BYTES);
    private int fd;

    private NativeFile(Path path, int fd) {
        this.path = path;
        this.fd = fd;
    }

    /**
     * Opens an existing file. Every call is a new open file, whose locks conflict with those of all others, also in
     * this process.
     *
     * @throws LinuxException with the errno of open(2): {@link Errno#ENOENT}, {@link Errno#EACCES}, ...
     */
    public static NativeFile open(Path path) {
        byte[] name = path.toString().getBytes(fileNameCharset());
        byte[] terminated = Arrays.copyOf(name, name.length + 1);
        int fd;
        int errno = 0;
        do {
            fd = LibC.open(terminated, O_RDWR | O_CLOEXEC, 0);
            errno = fd < 0 ? LibC.errno() : 0;
        } while (errno == Errno.EINTR);
        if (fd < 0) {
            throw new LinuxException("open " + path + " for reading and writing", errno);
        }
        return new NativeFile(path, fd);
    }

    /** The descriptor's number, valid until {@link #close}; -1 afterwards. */
    public synchronized int fd() {
        return fd;
    }

    /** Closes the descriptor and so drops the locks held through it. Closing twice does nothing. */
    @Override
    public synchronized void close() {
        if (fd >= 0) {
            // Not repeated on EINTR: Linux has closed the descriptor then, and the number may be somebody else's
            // already.
            LibC.close(fd);
            fd = -1;
        }
    }

    /**
     * One fcntl(2) call with a {@code struct flock}; the lock type that the kernel left in it, or {@code -errno}.
     *
     * <p>Synchronised: the structure is shared, and the descriptor must not be closed and reused under the call.
     */
    synchronized int lockCall(int command, short type, long offset, long length) {
        if (fd < 0) {
            throw new IllegalStateException("file is closed: " + path);
        }
        flock.bytes.putShort(TYPE, type);
        flock.bytes.putShort(WHENCE, SEEK_SET);
        flock.bytes.putLong(START, offset);
        flock.bytes.putLong(LENGTH, length);
        // The kernel demands 0 for an OFD lock, and writes -1 there when it reports one.
        flock.bytes.putInt(PID, 0);
        int result = LibC.fcntl(fd, command, flock.address);
        Reference.reachabilityFence(flock);
        return result < 0 ? -LibC.errno() : flock.bytes.getShort(TYPE);
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
