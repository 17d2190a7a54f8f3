package io.pvlock.linux;

import java.nio.ByteBuffer;

/**
 * The ways into kernel and C library: {@link JnaCalls}, and {@code ForeignCalls} by {@code java.lang.foreign} where Java has it, and {@link
 * JniCalls}. Plain
 * integers in, plain integers out. {@link Backend} chooses one for the life of the JVM; all others call it through {@link LibC}.
 *
 * <p>Only what must be libc's own function is one here. All else is {@link #syscall}, by number: each function more costs a
 * program its part of a start-up.
 */
abstract class NativeCalls {

    /**
     * Until glibc 2.34 the pthread functions live in this library, since then it is an empty one; either way it
     * depends on libc itself, so that a look-up through it finds every function below.
     */
    static final String LIBRARY = "libpthread.so.0";

    /** What glibc has and musl does not. */
    static final String GLIBC_ONLY = "gnu_get_libc_version";

    /** See {@link LibC#syscall}. */
    abstract long syscall(long nr, long a, long b, long c, long d, long e, long f);

    abstract int schedGetcpu();

    abstract int mutexattrInit(long attributes);

    abstract int mutexattrSetpshared(long attributes, int shared);

    abstract int mutexattrSetrobust(long attributes, int robust);

    abstract int mutexattrDestroy(long attributes);

    abstract int mutexInit(long mutex, long attributes);

    abstract int mutexLock(long mutex);

    abstract int mutexUnlock(long mutex);

    abstract int mutexConsistent(long mutex);

    abstract int mutexDestroy(long mutex);

    abstract int getpwnam(long name, long record, long buffer, long bufferBytes, long result);

    abstract int getgrnam(long name, long record, long buffer, long bufferBytes, long result);

    abstract String strerror(int errno);

    abstract void zero(long address, long bytes);

    /** Where a direct buffer begins. */
    abstract long addressOf(ByteBuffer direct);

    /** Whether the library has {@link #GLIBC_ONLY}. */
    abstract boolean isGlibc();
}
