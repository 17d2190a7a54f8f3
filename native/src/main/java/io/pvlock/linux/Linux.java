package io.pvlock.linux;

import java.lang.ref.Reference;

/** Loads the native calls once and checks that they behave here as the rest of this package relies on. */
public final class Linux {
    private static final int CLOCK_MONOTONIC = 1;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /**
     * What is missing, null if nothing. Kept, because a class that failed to initialise hides the reason the second
     * time.
     */
    private static final LinuxUnsupportedException PROBLEM = findProblem();

    private Linux() {}

    /**
     * Makes every call of this package ready for use; the first call takes tens of milliseconds, later ones nothing.
     *
     * <p>To be called when a participant attaches, so that no lock path ever pays for it.
     *
     * @throws LinuxUnsupportedException if this is not Linux on amd64 or aarch64 with glibc, if neither {@code
     *     java.lang.foreign} nor JNA may or can call native code, or if futexes do not work; the message says which, and the flag to pass
     */
    public static void ensureLoaded() {
        if (PROBLEM != null) {
            throw new LinuxUnsupportedException(PROBLEM.getMessage(), PROBLEM);
        }
    }

    /** Which way the calls go, and why it is that one, for people: {@code java.lang.foreign (...)}, {@code JNA (...)}. */
    public static String backend() {
        Backend.Choice choice = Backend.chosen();
        return choice.name() + " (" + choice.why() + ")";
    }

    private static LinuxUnsupportedException findProblem() {
        try {
            Arch.current();
            Backend.chosen();
            requireGlibc();
            requireMonotonicNanoTime();
            requireFutex();
            // Their static initialisers probe; run here, off every lock path.
            Futex.waitvSupported();
            RobustMutex.probe();
            return null;
        } catch (LinuxUnsupportedException e) {
            return e;
        }
    }

    private static void requireGlibc() {
        try {
            // musl answers to the same library name, but its robust mutexes do not leave the notice that we read.
            if (!LibC.isGlibc()) {
                throw new UnsatisfiedLinkError("no " + NativeCalls.GLIBC_ONLY);
            }
        } catch (LinkageError e) {
            throw new LinuxUnsupportedException(CLibrary.problem(CLibrary.isMusl(), Backend.rootOf(e)), e);
        }
    }

    /**
     * Deadlines cross from {@link System#nanoTime} to the kernel's clock; a JVM with another origin would never wake.
     */
    private static void requireMonotonicNanoTime() {
        NativeBlock timespec = new NativeBlock(16);
        long before = System.nanoTime();
        long result = LibC.syscall(SystemCalls.CLOCK_GETTIME, CLOCK_MONOTONIC, timespec.address, 0);
        long after = System.nanoTime();
        long kernel = timespec.bytes.getLong(0) * NANOS_PER_SECOND + timespec.bytes.getLong(8);
        Reference.reachabilityFence(timespec);
        if (result != 0 || kernel < before || kernel > after) {
            throw new LinuxUnsupportedException("System.nanoTime() of this JVM is not CLOCK_MONOTONIC: the kernel says "
                    + kernel + " ns between " + before + " and " + after);
        }
    }

    private static void requireFutex() {
        NativeBlock word = new NativeBlock(8);
        int result = new FutexWaiter().await(word.address, 1, Long.MAX_VALUE);
        Reference.reachabilityFence(word);
        if (result != -Errno.EAGAIN) {
            throw new LinuxUnsupportedException("futex(2) does not work here: expected EAGAIN (11), got "
                    + (result < 0 ? Errno.name(-result) : result) + "; " + Remedy.ofFutex(-result));
        }
    }
}
