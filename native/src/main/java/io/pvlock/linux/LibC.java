package io.pvlock.linux;

import java.nio.ByteBuffer;

/**
 * The functions of glibc and the calls of the kernel: plain integers in, plain integers out, no object per call. Which way they
 * go is decided once, by {@link Backend}.
 *
 * <p>As the kernel itself, {@link #syscall} answers with the negative errno where the call fails. The way into it saves errno before the JVM
 * can change it.
 */
final class LibC {

    static final Arch ARCH = Arch.current();

    private static final NativeCalls CALLS = Backend.chosen().calls();

    private LibC() {}

    /**
     * Any system call, by its number in {@link SystemCalls}. Allocates nothing once a thread has made one.
     *
     * @return what the kernel answers: a result, or {@code -errno}
     */
    static long syscall(long nr, long a, long b, long c, long d, long e, long f) {
        return CALLS.syscall(nr, a, b, c, d, e, f);
    }

    static long syscall(long nr, long a, long b, long c) {
        return CALLS.syscall(nr, a, b, c, 0, 0, 0);
    }

    static long syscall(long nr) {
        return CALLS.syscall(nr, 0, 0, 0, 0, 0, 0);
    }

    /** A function: the C library asks no kernel for it. */
    static int sched_getcpu() {
        return CALLS.schedGetcpu();
    }

    static int pthread_mutexattr_init(long attributes) {
        return CALLS.mutexattrInit(attributes);
    }

    static int pthread_mutexattr_setpshared(long attributes, int shared) {
        return CALLS.mutexattrSetpshared(attributes, shared);
    }

    static int pthread_mutexattr_setrobust(long attributes, int robust) {
        return CALLS.mutexattrSetrobust(attributes, robust);
    }

    static int pthread_mutexattr_destroy(long attributes) {
        return CALLS.mutexattrDestroy(attributes);
    }

    static int pthread_mutex_init(long mutex, long attributes) {
        return CALLS.mutexInit(mutex, attributes);
    }

    static int pthread_mutex_lock(long mutex) {
        return CALLS.mutexLock(mutex);
    }

    static int pthread_mutex_unlock(long mutex) {
        return CALLS.mutexUnlock(mutex);
    }

    static int pthread_mutex_consistent(long mutex) {
        return CALLS.mutexConsistent(mutex);
    }

    static int pthread_mutex_destroy(long mutex) {
        return CALLS.mutexDestroy(mutex);
    }

    static int getpwnam_r(long name, long record, long buffer, long bufferBytes, long result) {
        return CALLS.getpwnam(name, record, buffer, bufferBytes, result);
    }

    static int getgrnam_r(long name, long record, long buffer, long bufferBytes, long result) {
        return CALLS.getgrnam(name, record, buffer, bufferBytes, result);
    }

    static String strerror(int errno) {
        return CALLS.strerror(errno);
    }

    static void zero(long address, long bytes) {
        CALLS.zero(address, bytes);
    }

    static long addressOf(ByteBuffer direct) {
        return CALLS.addressOf(direct);
    }

    static boolean isGlibc() {
        return CALLS.isGlibc();
    }
}
