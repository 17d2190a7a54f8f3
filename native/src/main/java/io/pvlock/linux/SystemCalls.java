package io.pvlock.linux;

/** Numbers of system calls, as {@code unistd.h} of each architecture has them. From 424 on they are the same on all. */
final class SystemCalls {

    static final long CLOCK_GETTIME = number(228, 113);
    static final long CLOSE = number(3, 57);
    static final long FCNTL = number(72, 25);
    static final long FUTEX = number(202, 98);
    static final long FUTEX_WAITV = 449;
    static final long GETEUID = number(107, 175);
    static final long GETPID = number(39, 172);
    static final long GETRUSAGE = number(98, 165);
    static final long GETTID = number(186, 178);
    static final long INOTIFY_ADD_WATCH = number(254, 27);
    static final long INOTIFY_INIT1 = number(294, 26);
    static final long INOTIFY_RM_WATCH = number(255, 28);
    static final long KILL = number(62, 129);
    static final long LSEEK = number(8, 62);
    static final long OPENAT = number(257, 56);
    static final long PPOLL = number(271, 73);
    static final long READ = number(0, 63);
    static final long SCHED_GETAFFINITY = number(204, 123);
    static final long SCHED_SETAFFINITY = number(203, 122);

    private SystemCalls() {}

    private static long number(long x86, long aarch) {
        return Arch.current() == Arch.X86_64 ? x86 : aarch;
    }
}
