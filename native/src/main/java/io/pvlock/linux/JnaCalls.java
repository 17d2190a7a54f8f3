package io.pvlock.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.Map;

/** By JNA, direct-mapped: no object per call. JNA saves errno inside its native stub. */
final class JnaCalls extends NativeCalls {

    JnaCalls() {}

    @Override
    long syscall(long nr, long a, long b, long c, long d, long e, long f) {
        long result = Library.syscall(nr, a, b, c, d, e, f);
        return result == -1 ? -Native.getLastError() : result;
    }

    @Override
    int schedGetcpu() {
        return Library.sched_getcpu();
    }

    @Override
    int mutexattrInit(long attributes) {
        return Library.pthread_mutexattr_init(attributes);
    }

    @Override
    int mutexattrSetpshared(long attributes, int shared) {
        return Library.pthread_mutexattr_setpshared(attributes, shared);
    }

    @Override
    int mutexattrSetrobust(long attributes, int robust) {
        return Library.pthread_mutexattr_setrobust(attributes, robust);
    }

    @Override
    int mutexattrDestroy(long attributes) {
        return Library.pthread_mutexattr_destroy(attributes);
    }

    @Override
    int mutexInit(long mutex, long attributes) {
        return Library.pthread_mutex_init(mutex, attributes);
    }

    @Override
    int mutexLock(long mutex) {
        return Library.pthread_mutex_lock(mutex);
    }

    @Override
    int mutexUnlock(long mutex) {
        return Library.pthread_mutex_unlock(mutex);
    }

    @Override
    int mutexConsistent(long mutex) {
        return Library.pthread_mutex_consistent(mutex);
    }

    @Override
    int mutexDestroy(long mutex) {
        return Library.pthread_mutex_destroy(mutex);
    }

    @Override
    int getpwnam(long name, long record, long buffer, long bufferBytes, long result) {
        return Library.getpwnam_r(name, record, buffer, bufferBytes, result);
    }

    @Override
    int getgrnam(long name, long record, long buffer, long bufferBytes, long result) {
        return Library.getgrnam_r(name, record, buffer, bufferBytes, result);
    }

    @Override
    String strerror(int errno) {
        return Library.strerror(errno);
    }

    @Override
    void zero(long address, long bytes) {
        Library.memset(address, 0, bytes);
    }

    @Override
    long addressOf(ByteBuffer direct) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
    }

    @Override
    boolean isGlibc() {
        NativeLibrary library = Library.open();
        try {
            library.getFunction(GLIBC_ONLY);
            return true;
        } catch (UnsatisfiedLinkError e) {
            return false;
        } finally {
            Library.letGo(library);
        }
    }

    /** Initialised by the first call: JNA is loaded by then, see {@link JnaLoading}. */
    private static final class Library {

        static {
            NativeLibrary library = open();
            try {
                Native.register(Library.class, library);
            } finally {
                letGo(library);
            }
        }

        /** An instance that nobody else has. */
        static NativeLibrary open() {
            return NativeLibrary.getInstance(LIBRARY, Map.of("used by", Library.class.getName()));
        }

        /**
         * As long as an instance is there JNA keeps a thread for it, and that the class loader of whoever was the first to come. What was
         * found in it stays: the C library is never unloaded.
         */
        @SuppressWarnings("deprecation") // its successor close() came with JNA 5.12
        static void letGo(NativeLibrary library) {
            library.dispose();
        }

        /** Variadic in C; mapped with fixed arguments, which Linux passes in the same registers on both architectures. */
        static native long syscall(long nr, long a, long b, long c, long d, long e, long f);

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

        static native int getpwnam_r(long name, long record, long buffer, long bufferBytes, long result);

        static native int getgrnam_r(long name, long record, long buffer, long bufferBytes, long result);

        static native String strerror(int errno);

        static native long memset(long address, int value, long bytes);
    }
}
