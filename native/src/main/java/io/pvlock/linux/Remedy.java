package io.pvlock.linux;

/** What stands behind an error number, and what to do about it, in words for messages. */
final class Remedy {

    static final String SECCOMP = "a seccomp profile or an emulator forbids the call; allow it";

    private Remedy() {}

    /** Of open(2); empty if the number says it all. */
    static String ofOpen(int errno) {
        return switch (errno) {
            case Errno.EMFILE ->
                "this process has as many open files as it may have; raise the limit (ulimit -n), or" + " close some";
            case Errno.ELOOP -> "it is a symbolic link, which is not followed; name the file itself";
            default -> "";
        };
    }

    /** Of an open file description lock. */
    static String ofLock(int errno) {
        return switch (errno) {
            case Errno.ENOLCK ->
                "the kernel has no room for another lock, or the file system has none; choose a"
                        + " directory on a local file system, such as /dev/shm";
            case Errno.EINVAL, Errno.EOPNOTSUPP ->
                "the kernel (before 3.15) or the file system has no open file"
                        + " description locks; choose a directory on a local file system, such as /dev/shm";
            case Errno.ENOSYS, Errno.EPERM, Errno.EACCES -> SECCOMP + " (fcntl with F_OFD_SETLK and F_OFD_GETLK)";
            default -> "";
        };
    }

    /** Of a futex call that should have said that the word has another value. */
    static String ofFutex(int errno) {
        return switch (errno) {
            case Errno.ENOSYS, Errno.EPERM, Errno.EACCES -> SECCOMP + " (futex)";
            default -> "the kernel answers as no kernel is known to; is this an emulator?";
        };
    }

    /** Of a call that is used where it works and done without elsewhere. */
    static String ofFutexWaitv(int errno) {
        return switch (errno) {
            case Errno.ENOSYS -> "the kernel is older than 5.16, or an emulator does not know the call";
            case Errno.EPERM, Errno.EACCES -> "a seccomp profile forbids it, such as that of an old container engine";
            default -> "no known reason";
        };
    }
}
