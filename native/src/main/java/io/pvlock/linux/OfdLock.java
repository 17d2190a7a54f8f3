package io.pvlock.linux;

/**
 * Exclusive byte-range locks that belong to an open file ({@code F_OFD_SETLK}), not to a process: closing another
 * descriptor of the same file does not drop them, and two {@link NativeFile}s of one process exclude each other.
 *
 * <p>A lock ends with its open file at the latest, so also with its process, but there only after the kernel has
 * taken the memory down: some 100 ms later for a heap of 1 GiB. Thread-safe; allocates nothing.
 */
public final class OfdLock {
    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;

    private OfdLock() {}

    /**
     * Tries to lock a range exclusively, without waiting. Locking what this open file holds already succeeds.
     *
     * @param offset of the first byte; may lie beyond the end of the file
     * @param length in bytes; 0 means to the end of the file, however far it grows
     * @return false if another open file holds a lock in the range
     * @throws LinuxException if the file system refuses, {@code ENOLCK} for instance
     */
    public static boolean tryLock(NativeFile file, long offset, long length) {
        int result = file.lockCall(F_OFD_SETLK, F_WRLCK, offset, length);
        if (result == -Errno.EAGAIN || result == -Errno.EACCES) {
            return false;
        }
        check("lock", file, offset, result);
        return true;
    }

    /**
     * Drops what this open file holds in the range; nothing held is no error.
     *
     * @throws LinuxException if the file system refuses
     */
    public static void unlock(NativeFile file, long offset, long length) {
        check("unlock", file, offset, file.lockCall(F_OFD_SETLK, F_UNLCK, offset, length));
    }

    /**
     * Whether another open file, of this or any other process, holds a lock on the byte.
     *
     * @throws LinuxException if the file system refuses
     */
    public static boolean isLockedByOther(NativeFile file, long offset) {
        int type = file.lockCall(F_OFD_GETLK, F_WRLCK, offset, 1);
        check("query", file, offset, type);
        return type != F_UNLCK;
    }

    private static void check(String verb, NativeFile file, long offset, int result) {
        if (result < 0) {
            throw new LinuxException(verb + " byte " + offset + " of " + file, -result, Remedy.ofLock(-result));
        }
    }
}
