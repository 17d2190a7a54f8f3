package io.pvlock.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * By {@code java.lang.foreign}: no library is unpacked, and a call takes half as long as by JNA.
 *
 * <p>The linker spins classes for each shape of a function, some milliseconds of a program's start. So there is one shape for all that
 * a lock needs, that of syscall(2). A function of fewer arguments does not look at the further registers; an {@code int} is
 * the lower half of its register, on the way in and out. So say the ABIs of both architectures, System V and AAPCS64.
 *
 * <p>No call but {@link #schedGetcpu} is critical, in the linker's sense: a critical call keeps the garbage collector from its work. FUTEX_WAKE,
 * too, can block, in a page fault on the word that it wakes.
 */
@SuppressWarnings("restricted") // Backend has seen to it that this module may, or that somebody wants the warning
final class ForeignCalls extends NativeCalls {

    private static final Linker LINKER = Linker.nativeLinker();

    /** Never unloaded, as the library that every process has. */
    private static final SymbolLookup FUNCTIONS = SymbolLookup.libraryLookup(LIBRARY, Arena.global());

    /**
     * {@code long f(long, ...)}, with errno saved before the JVM can change it. It is not said to be variadic, which costs a program's start
     * milliseconds more: on both architectures integers go into the same registers then.
     */
    private static final MethodHandle CALL = LINKER.downcallHandle(
            FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.captureCallState("errno"));

    private static final MemorySegment SYSCALL = find("syscall");
    private static final MemorySegment MUTEXATTR_INIT = find("pthread_mutexattr_init");
    private static final MemorySegment MUTEXATTR_SETPSHARED = find("pthread_mutexattr_setpshared");
    private static final MemorySegment MUTEXATTR_SETROBUST = find("pthread_mutexattr_setrobust");
    private static final MemorySegment MUTEXATTR_DESTROY = find("pthread_mutexattr_destroy");
    private static final MemorySegment MUTEX_INIT = find("pthread_mutex_init");
    private static final MemorySegment MUTEX_LOCK = find("pthread_mutex_lock");
    private static final MemorySegment MUTEX_UNLOCK = find("pthread_mutex_unlock");
    private static final MemorySegment MUTEX_CONSISTENT = find("pthread_mutex_consistent");
    private static final MemorySegment MUTEX_DESTROY = find("pthread_mutex_destroy");
    private static final MemorySegment GETPWNAM = find("getpwnam_r");
    private static final MemorySegment GETGRNAM = find("getgrnam_r");
    private static final MemorySegment STRERROR = find("strerror");

    /**
     * Where a thread's errno is saved, as a segment for the linker and as a buffer to read, which is the cheaper. An array of the JDK's
     * own objects: through it a thread that lives on keeps no class loader.
     */
    private static final ThreadLocal<Object[]> ERRNO = new ThreadLocal<>() {
        @Override
        protected Object[] initialValue() {
            ByteBuffer errno =
                    ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder()); // struct { int errno; }
            return new Object[] {MemorySegment.ofBuffer(errno), errno};
        }
    };

    ForeignCalls() {}

    @Override
    long syscall(long nr, long a, long b, long c, long d, long e, long f) {
        Object[] errno = ERRNO.get();
        long result = call(SYSCALL, (MemorySegment) errno[0], nr, a, b, c, d, e, f);
        return result == -1 ? -((ByteBuffer) errno[1]).getInt(0) : result;
    }

    /** A function that answers with its error number. */
    private static int function(MemorySegment function, long a, long b, long c, long d, long e) {
        return (int) call(function, (MemorySegment) ERRNO.get()[0], a, b, c, d, e, 0, 0);
    }

    private static int function(MemorySegment function, long a, long b) {
        return function(function, a, b, 0, 0, 0);
    }

    private static long call(
            MemorySegment function, MemorySegment errno, long a, long b, long c, long d, long e, long f, long g) {
        try {
            return (long) CALL.invokeExact(function, errno, a, b, c, d, e, f, g);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** Handles that the linker made throw nothing of their own. */
    private static Error unexpected(Throwable thrown) {
        return thrown instanceof Error error ? error : new AssertionError(thrown);
    }

    @Override
    int mutexattrInit(long attributes) {
        return function(MUTEXATTR_INIT, attributes, 0);
    }

    @Override
    int mutexattrSetpshared(long attributes, int shared) {
        return function(MUTEXATTR_SETPSHARED, attributes, shared);
    }

    @Override
    int mutexattrSetrobust(long attributes, int robust) {
        return function(MUTEXATTR_SETROBUST, attributes, robust);
    }

    @Override
    int mutexattrDestroy(long attributes) {
        return function(MUTEXATTR_DESTROY, attributes, 0);
    }

    @Override
    int mutexInit(long mutex, long attributes) {
        return function(MUTEX_INIT, mutex, attributes);
    }

    @Override
    int mutexLock(long mutex) {
        return function(MUTEX_LOCK, mutex, 0);
    }

    @Override
    int mutexUnlock(long mutex) {
        return function(MUTEX_UNLOCK, mutex, 0);
    }

    @Override
    int mutexConsistent(long mutex) {
        return function(MUTEX_CONSISTENT, mutex, 0);
    }

    @Override
    int mutexDestroy(long mutex) {
        return function(MUTEX_DESTROY, mutex, 0);
    }

    @Override
    int schedGetcpu() {
        return Processor.current();
    }

    @Override
    int getpwnam(long name, long record, long buffer, long bufferBytes, long result) {
        return function(GETPWNAM, name, record, buffer, bufferBytes, result);
    }

    @Override
    int getgrnam(long name, long record, long buffer, long bufferBytes, long result) {
        return function(GETGRNAM, name, record, buffer, bufferBytes, result);
    }

    @Override
    String strerror(int errno) {
        long text = call(STRERROR, (MemorySegment) ERRNO.get()[0], errno, 0, 0, 0, 0, 0, 0);
        return MemorySegment.ofAddress(text).reinterpret(Long.MAX_VALUE).getString(0);
    }

    @Override
    void zero(long address, long bytes) {
        MemorySegment.ofAddress(address).reinterpret(bytes).fill((byte) 0);
    }

    @Override
    long addressOf(ByteBuffer direct) {
        return MemorySegment.ofBuffer(direct).address() - direct.position();
    }

    @Override
    boolean isGlibc() {
        return FUNCTIONS.find(GLIBC_ONLY).isPresent();
    }

    private static MemorySegment find(String name) {
        Optional<MemorySegment> function = FUNCTIONS.find(name);
        if (function.isEmpty()) {
            throw new UnsatisfiedLinkError(LIBRARY + " has no " + name);
        }
        return function.get();
    }

    /** Linked at its first use, which a machine of one node does not come to. */
    private static final class Processor {

        /** Reads a word that the kernel keeps for each thread: some nanoseconds, and nothing that could block. */
        private static final MethodHandle SCHED_GETCPU = LINKER.downcallHandle(
                find("sched_getcpu"), FunctionDescriptor.of(JAVA_INT), Linker.Option.critical(false));

        static int current() {
            try {
                return (int) SCHED_GETCPU.invokeExact();
            } catch (Throwable thrown) {
                throw unexpected(thrown);
            }
        }
    }
}
