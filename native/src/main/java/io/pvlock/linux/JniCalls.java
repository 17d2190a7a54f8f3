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
    long syscall(long nr, long a, long b, long c, long d, long e, long f) {
        return call(nr, a, b, c, d, e, f);
    }

    @Override
    int schedGetcpu() {
        return getcpu();
    }

    @Override
    int mutexattrInit(long attributes) {
        return attributesInit(attributes);
    }

    @Override
    int mutexattrSetpshared(long attributes, int shared) {
        return attributesSetpshared(attributes, shared);
    }

    @Override
    int mutexattrSetrobust(long attributes, int robust) {
        return attributesSetrobust(attributes, robust);
    }

    @Override
    int mutexattrDestroy(long attributes) {
        return attributesDestroy(attributes);
    }

    @Override
    int mutexInit(long mutex, long attributes) {
        return init(mutex, attributes);
    }

    @Override
    int mutexLock(long mutex) {
        return lock(mutex);
    }

    @Override
    int mutexUnlock(long mutex) {
        return unlock(mutex);
    }

    @Override
    int mutexConsistent(long mutex) {
        return consistent(mutex);
    }

    @Override
    int mutexDestroy(long mutex) {
        return destroy(mutex);
    }

    @Override
    int getpwnam(long name, long record, long buffer, long bufferBytes, long result) {
        return passwordEntry(name, record, buffer, bufferBytes, result);
    }

    @Override
    int getgrnam(long name, long record, long buffer, long bufferBytes, long result) {
        return groupEntry(name, record, buffer, bufferBytes, result);
    }

    @Override
    String strerror(int errno) {
        return errorText(errno);
    }

    @Override
    void zero(long address, long bytes) {
        clear(address, bytes);
    }

    @Override
    long addressOf(ByteBuffer direct) {
        return address(direct);
    }

    @Override
    boolean isGlibc() {
        return hasGlibc();
    }

    private static native long call(long nr, long a, long b, long c, long d, long e, long f);

    private static native int getcpu();

    private static native int attributesInit(long attributes);

    private static native int attributesSetpshared(long attributes, int shared);

    private static native int attributesSetrobust(long attributes, int robust);

    private static native int attributesDestroy(long attributes);

    private static native int init(long mutex, long attributes);

    private static native int lock(long mutex);

    private static native int unlock(long mutex);

    private static native int consistent(long mutex);

    private static native int destroy(long mutex);

    private static native int passwordEntry(long name, long record, long buffer, long bufferBytes, long result);

    private static native int groupEntry(long name, long record, long buffer, long bufferBytes, long result);

    private static native String errorText(int errno);

    private static native void clear(long address, long bytes);

    private static native long address(ByteBuffer direct);

    private static native boolean hasGlibc();
}
