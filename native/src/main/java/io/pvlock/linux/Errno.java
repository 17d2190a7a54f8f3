package io.pvlock.linux;

/** Error numbers of Linux, the same on x86-64 and aarch64, and their names for messages. */
public final class Errno {
    /** Operation not permitted. */
    public static final int EPERM = 1;
    /** No such file or directory. */
    public static final int ENOENT = 2;
    /** No such process. */
    public static final int ESRCH = 3;
    /** Interrupted by a signal. */
    public static final int EINTR = 4;
    /** Bad file descriptor. */
    public static final int EBADF = 9;
    /** Try again; for a futex wait: the word does not hold the expected value. */
    public static final int EAGAIN = 11;
    /** Permission denied; for a lock: held elsewhere, on some file systems. */
    public static final int EACCES = 13;
    /** Bad address: not mapped, or beyond the end of the mapped file. */
    public static final int EFAULT = 14;
    /** Held already. */
    public static final int EBUSY = 16;
    /** Invalid argument; for a futex: a misaligned address. */
    public static final int EINVAL = 22;
    /** This process has as many open files as it may have. */
    public static final int EMFILE = 24;
    /** The file system is mounted to read only. */
    public static final int EROFS = 30;
    /** No record locks available: the kernel's table is full, or the file system has no locks. */
    public static final int ENOLCK = 37;
    /** The kernel has no such call. */
    public static final int ENOSYS = 38;
    /** Too many symbolic links; also any link that was not to be followed. */
    public static final int ELOOP = 40;
    /** The file system does not have this. */
    public static final int EOPNOTSUPP = 95;
    /** The deadline has passed. */
    public static final int ETIMEDOUT = 110;
    /** The previous owner of the robust mutex died; the caller holds it now. */
    public static final int EOWNERDEAD = 130;
    /** The robust mutex was unlocked without {@link RobustMutex#consistent}; only re-initialisation helps. */
    public static final int ENOTRECOVERABLE = 131;

    /** Index is the errno; 1 to 40 are the classic block that file, lock and process calls answer with. */
    private static final String[] NAMES = ("? EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD "
                    + "EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR "
                    + "EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS "
                    + "EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP")
            .split(" ");

    private Errno() {}

    /**
     * The name and number of an error, for messages: {@code "EAGAIN (11)"}; {@code "errno 77"} where no name is known.
     *
     * @param errno the positive error number
     */
    public static String name(int errno) {
        String name = symbol(errno);
        return name == null ? "errno " + errno : name + " (" + errno + ")";
    }

    private static String symbol(int errno) {
        if (errno > 0 && errno < NAMES.length) {
            return NAMES[errno];
        }
        switch (errno) {
            case 75:
                return "EOVERFLOW";
            case EOPNOTSUPP:
                return "EOPNOTSUPP";
            case ETIMEDOUT:
                return "ETIMEDOUT";
            case EOWNERDEAD:
                return "EOWNERDEAD";
            case ENOTRECOVERABLE:
                return "ENOTRECOVERABLE";
            default:
                return null;
        }
    }
}
