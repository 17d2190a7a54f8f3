package io.pvlock.linux;

/**
 * The waker's side of futexes in shared memory, and what this kernel can do. The waiting side is {@link FutexWaiter}.
 *
 * <p>Never private: a wake with FUTEX_PRIVATE_FLAG does not reach a waiter of another process or mapping.
 */
public final class Futex {
    private static final long FUTEX_WAKE = 1;
    private static final int WAITV_ERROR = probeWaitv();

    private Futex() {}

    /**
     * Wakes up to {@code count} waiters of the word, in the order in which they came, through whatever mapping they
     * wait.
     *
     * <p>The caller stores the new value before this call; the kernel then guarantees that a waiter either sees that
     * value and does not sleep, or is seen here. No further fence is needed. A wake is a token that dies with its
     * receiver: if the woken thread is killed, nobody else is woken in its place.
     *
     * @param address of the 4-byte-aligned word
     * @param count at least 1 (the kernel takes 0 for 1)
     * @return number of waiters woken, or {@code -errno}: {@code -EINVAL} misaligned, {@code -EFAULT} not mapped
     */
    public static int wake(long address, int count) {
        return (int) LibC.syscall(SystemCalls.FUTEX, address, FUTEX_WAKE, count);
    }

    /** Whether {@link FutexWaiter#awaitEither} works: Linux 5.16 or newer, and no seccomp profile forbids it. */
    public static boolean waitvSupported() {
        return WAITV_ERROR == Errno.EINVAL;
    }

    /** Why {@link #waitvSupported} is false: the error and what may be its cause; empty if it is true. */
    public static String waitvProblem() {
        return waitvSupported() ? "" : Errno.name(WAITV_ERROR) + ": " + Remedy.ofFutexWaitv(WAITV_ERROR);
    }

    /** No words at all is an invalid argument to a kernel that knows the call, and changes nothing. */
    private static int probeWaitv() {
        return (int) -LibC.syscall(SystemCalls.FUTEX_WAITV);
    }
}
