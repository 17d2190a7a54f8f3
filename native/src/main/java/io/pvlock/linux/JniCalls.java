package io.pvlock.linux;

import java.nio.ByteBuffer;

/**
 * By JNI, with functions of libpvlock-jvm. It links what is in the library already: neither JNA's reflection nor the classes that
 * {@code java.lang.foreign} spins when a program starts.
 */
final class JniCalls extends NativeCalls {

    /** The library is loaded by then. */
    JniCalls() {}

    @Override
    native long syscall(long nr, long a, long b, long c, long d, long e, long f);

    @Override
    native int schedGetcpu();

    @Override
    native int mutexattrInit(long attributes);

    @Override
    native int mutexattrSetpshared(long attributes, int shared);

    @Override
    native int mutexattrSetrobust(long attributes, int robust);

    @Override
    native int mutexattrDestroy(long attributes);

    @Override
    native int mutexInit(long mutex, long attributes);

    @Override
    native int mutexLock(long mutex);

    @Override
    native int mutexUnlock(long mutex);

    @Override
    native int mutexConsistent(long mutex);

    @Override
    native int mutexDestroy(long mutex);

    @Override
    native int getpwnam(long name, long record, long buffer, long bufferBytes, long result);

    @Override
    native int getgrnam(long name, long record, long buffer, long bufferBytes, long result);

    @Override
    native String strerror(int errno);

    @Override
    native void zero(long address, long bytes);

    @Override
    native long addressOf(ByteBuffer direct);

    @Override
    native boolean isGlibc();
}
