package io.pvlock.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.util.Map;

/**
 * The functions of glibc, direct-mapped: plain integers in, plain integers out, no object per call.
 *
 * <p>Calls that report through errno return a negative value on failure; the error is then {@link #errno()}, to be read
 * next on the same thread. JNA saves errno inside the native stub, so nothing that the JVM does in between can change
 * it.
 */
final class LibC {
    /**
     * Until glibc 2.34 the pthread functions live in this library, since then it is an empty one; either way it
     * depends on libc itself, so that a look-up through it finds every function below.
     */
    static final String LIBRARY = "libpthread.so.0";

    static final Arch ARCH = Arch.current();

    static {
        NativeLibrary library = open();
        try {
            Native.register(LibC.class, library);
        } finally {
            letGo(library);
        }
    }

    private LibC() {}

    /** An instance that nobody else has. */
    static NativeLibrary open() {
        JnaLoading.load();
        return NativeLibrary.getInstance(LIBRARY, Map.of("used by", LibC.class.getName()));
    }

    /**
     * As long as an instance is there JNA keeps a thread for it, and that the class loader of whoever was the first to come. What was
     * found in it stays: the C library is never unloaded.
     */
    @SuppressWarnings("deprecation") // its successor close() came with JNA 5.12
    static void letGo(NativeLibrary library) {
        library.dispose();
    }

    /** The error of the last failed call of this thread; meaningful only after a negative result. */
    static int errno() {
        return Native.getLastError();
    }

    /**
     * Any system call, by number. Variadic in C; mapped with fixed arguments, which Linux passes in the same
     * registers on both architectures.
     */
    static native long syscall(long nr, long a, long b, long c, long d, long e, long f);

    static native int clock_gettime(int clock, long timespec);

    static native long memset(long address, int value, long bytes);

    static native int open(byte[] path, int flags, int mode);

    static native String strerror(int errno);

    static native int close(int fd);

    static native int fcntl(int fd, int command, long argument);

    static native long lseek(int fd, long offset, int whence);

    static native long read(int fd, long buffer, long bytes);

    static native int inotify_init1(int flags);

    static native int inotify_add_watch(int fd, byte[] path, int mask);

    static native int inotify_rm_watch(int fd, int watch);

    static native int getpid();

    static native int geteuid();

    static native int getpwnam_r(byte[] name, long record, long buffer, long bufferBytes, long result);

    static native int getgrnam_r(byte[] name, long record, long buffer, long bufferBytes, long result);

    static native int kill(int pid, int signal);

    static native int sched_getaffinity(int tid, long maskBytes, long mask);

    static native int sched_setaffinity(int tid, long maskBytes, long mask);

    static native int sched_getcpu();

    static native int pthread_mutexattr_init(long attributes);

    static native int pthread_mutexattr_setpshared(long attributes, int shared);

    static native int pthread_mutexattr_setrobust(long attributes, int robust);

    static native int pthread_mutexattr_destroy(long attributes);

    static native int pthread_mutex_init(long mutex, long attributes);

    static native int pthread_mutex_lock(long mutex);

    static native int pthread_mutex_unlock(long mutex);

    static native int pthread_mutex_consistent(long mutex);

    static native int pthread_mutex_destroy(long mutex);
}
