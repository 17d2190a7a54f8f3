package io.pvlock.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * The waiter's side of futexes in shared memory. One object per waiting thread, made when the thread attaches: it
 * owns the structures that the kernel reads, so that a wait allocates nothing and looks nothing up. Not thread-safe.
 *
 * <p>Deadlines are absolute, in nanoseconds of {@link System#nanoTime}, which on Linux is CLOCK_MONOTONIC: the kernel
 * waits against the same clock, and a wait that is restarted after a signal keeps its deadline. {@link
 * Long#MAX_VALUE} waits without limit; a deadline that has passed still compares the word first.
 *
 * <p>The kernel compares and goes to sleep in one step against {@link Futex#wake}: if the word was changed before the
 * wake, either the wait does not sleep or the wake finds it. A wait may end without any change of the word; the
 * caller looks again. {@link Thread#interrupt} does not end a wait. No method throws.
 */
public final class FutexWaiter {
    private static final long FUTEX_WAIT_BITSET = 9;
    private static final long MATCH_ANY = 0xffff_ffffL;
    private static final int FUTEX_32 = 2;

    /** So many words the kernel can wait on at once. */
    public static final int MAX_WORDS = 128;

    private static final long CLOCK_MONOTONIC = 1;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    // struct timespec { i64 sec; i64 nsec; }, then struct futex_waitv { u64 val; u64 uaddr; u32 flags; u32 zero; }
    private static final int SECONDS = 0;
    private static final int NANOS = SECONDS + 8;
    private static final int WAITV = NANOS + 8;
    private static final int VALUE = 0;
    private static final int ADDRESS = VALUE + 8;
    private static final int FLAGS = ADDRESS + 8;
    private static final int WAITV_BYTES = FLAGS + 8;

    private final NativeBlock block;

    /** A waiter for the calling thread, or for one that the caller hands it to. */
    public FutexWaiter() {
        this(2);
    }

    /** One that can wait for any of {@code words} words, at most {@link #MAX_WORDS}. */
    public FutexWaiter(int words) {
        block = new NativeBlock(WAITV + words * WAITV_BYTES);
        for (int i = 0; i < words; i++) {
            block.bytes.putInt(WAITV + i * WAITV_BYTES + FLAGS, FUTEX_32);
        }
    }

    /**
     * Waits while the word holds {@code expected}, until woken or until the deadline.
     *
     * @param address of the 4-byte-aligned word
     * @param deadlineNs see the class comment
     * @return 0 woken (or spurious), {@code -EAGAIN} the word holds another value, {@code -ETIMEDOUT} not before the
     *     deadline, {@code -EINVAL} misaligned, {@code -EFAULT} not mapped or beyond the end of a shortened file; never
     *     {@code -EINTR}
     */
    public int await(long address, int expected, long deadlineNs) {
        long timespec = timespec(deadlineNs);
        int result;
        do {
            result = (int) (LibC.syscall(
                    SystemCalls.FUTEX, address, FUTEX_WAIT_BITSET, expected & 0xffff_ffffL, timespec, 0, MATCH_ANY));
        } while (result == -Errno.EINTR);
        Reference.reachabilityFence(this);
        return result;
    }

    /**
     * Waits while both words hold what is expected of them, until one is woken or until the deadline.
     *
     * <p>The index is a hint: both may have been woken, and then both wakes are consumed. The caller looks at both
     * words.
     *
     * @return 0 or 1: the word that was woken (or spurious), {@code -EAGAIN} one of them holds another value, {@code
     *     -ETIMEDOUT}, {@code -EINVAL}, {@code -EFAULT} as for {@link #await}, {@code -ENOSYS} where {@link
     *     Futex#waitvSupported} is false; never {@code -EINTR}
     */
    public int awaitEither(long addressA, int expectedA, long addressB, int expectedB, long deadlineNs) {
        word(0, addressA, expectedA);
        word(1, addressB, expectedB);
        return awaitAny(2, deadlineNs);
    }

    /** Sets which word is number {@code index} of those of {@link #awaitAny}, and what is expected of it. */
    public void word(int index, long address, int expected) {
        ByteBuffer bytes = block.bytes;
        int offset = WAITV + index * WAITV_BYTES;
        bytes.putLong(offset + VALUE, expected & 0xffff_ffffL);
        bytes.putLong(offset + ADDRESS, address);
    }

    /**
     * {@link #awaitEither} of the first {@code count} words that were set by {@link #word}.
     *
     * @return the index of one that was woken (or spurious), or an error as there
     */
    public int awaitAny(int count, long deadlineNs) {
        long timespec = timespec(deadlineNs);
        long words = block.address + WAITV;
        int result;
        do {
            result = (int) LibC.syscall(SystemCalls.FUTEX_WAITV, words, count, 0, timespec, CLOCK_MONOTONIC, 0);
        } while (result == -Errno.EINTR);
        Reference.reachabilityFence(this);
        return result;
    }

    /** Address of the deadline as the kernel wants it, 0 for none. */
    private long timespec(long deadlineNs) {
        if (deadlineNs == Long.MAX_VALUE) {
            return 0;
        }
        // The kernel refuses negative times; zero has passed as well.
        long deadline = Math.max(0, deadlineNs);
        block.bytes.putLong(SECONDS, deadline / NANOS_PER_SECOND);
        block.bytes.putLong(NANOS, deadline % NANOS_PER_SECOND);
        return block.address + SECONDS;
    }
}
