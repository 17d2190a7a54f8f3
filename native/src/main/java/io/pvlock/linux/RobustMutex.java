package io.pvlock.linux;

import java.lang.ref.Reference;

/**
 * A robust, process-shared {@code pthread_mutex_t} at a raw address, used for its death notice: when the thread that
 * holds it ends, for whatever reason, the kernel marks its futex word with {@link #OWNER_DIED} and wakes one waiter
 * of it.
 *
 * <pre>
 *   word:  31       30          29                                  0
 *         +--------+-----------+-------------------------------------+
 *         |WAITERS |OWNER_DIED | thread id of the owner, 0 for none  |
 *         +--------+-----------+-------------------------------------+
 * </pre>
 *
 * <p>The kernel wakes only if {@link #WAITERS} is set: whoever waits on the word sets it first, by compare-and-set. It
 * processes the mutexes of a killed process before it takes the memory down, so the notice is not delayed by a large
 * heap.
 *
 * <p>Rules, each of them a crash or a lost notice if broken:
 * <ul>
 *   <li>Lock and unlock on the same platform thread; a virtual thread has none of its own.
 *   <li>The mutex is not recursive: {@link #lock} by its owner never returns.
 *   <li>The memory stays mapped, at the same address, until the thread that locked it has unlocked it or ended: libc
 *       links the mutexes of a thread with pointers through their memory and follows them at the next lock and at exit.
 *   <li>Never call {@code set_robust_list} in the same process: libc owns that list.
 *   <li>Never {@link #init} a mutex that a live thread may hold.
 * </ul>
 *
 * <p>Methods return 0 or a positive errno, as pthread functions do.
 */
public final class RobustMutex {
    /**
     * Bytes to reserve, the largest {@code sizeof(pthread_mutex_t)} of the supported architectures (x86-64 uses 40).
     */
    public static final int SIZE = 48;

    /** The bits of the word that hold the thread id of the owner, in the owner's pid namespace. */
    public static final int TID_MASK = 0x3fff_ffff;

    /** Set by the kernel when the owner has ended; the thread id is cleared in the same step. */
    public static final int OWNER_DIED = 0x4000_0000;

    /** Set by waiters, so that an unlock or the death of the owner wakes one of them. */
    public static final int WAITERS = 0x8000_0000;

    private static final int PTHREAD_PROCESS_SHARED = 1;
    private static final int PTHREAD_MUTEX_ROBUST = 1;

    /** No libc has a longer {@code pthread_mutexattr_t} than its mutex. */
    private static final int ATTRIBUTES_SIZE = SIZE;

    /** {@code __lock} is the first member of glibc's structure; the check at load time proves it. */
    private static final long WORD_OFFSET = 0;

    /** Null where it need not be asked. */
    private static final RobustProbe PROBE = wordHoldsTid() ? new RobustProbe() : null;

    private RobustMutex() {}

    /**
     * Whether a thread that ends while it holds a mutex leaves its notice, where this class takes it to be: tried once, with a
     * thread that does. Waits for its end, some milliseconds at most after {@link Linux#ensureLoaded}.
     */
    public static boolean supported() {
        return PROBE != null && PROBE.leavesNotice();
    }

    /** Begins to find out, if nobody has. */
    static void probe() {
        // By the initialiser of this class.
    }

    /** Whether the word of a mutex says that its owner ended while holding it, and nobody has locked it since. */
    public static boolean ownerDied(int word) {
        return (word & OWNER_DIED) != 0;
    }

    /** The address of the 4-byte futex word of the mutex at {@code address}. */
    public static long wordAddress(long address) {
        return address + WORD_OFFSET;
    }

    /**
     * Makes the memory at {@code address} an unlocked robust, process-shared mutex, whatever it held before.
     *
     * @param address 8-byte-aligned, {@link #SIZE} bytes
     * @throws LinuxException if libc refuses
     */
    public static void init(long address) {
        if ((address & 7) != 0) {
            throw new IllegalArgumentException("mutex address must be 8-byte-aligned: 0x" + Long.toHexString(address));
        }
        NativeBlock attributes = new NativeBlock(ATTRIBUTES_SIZE);
        check("pthread_mutexattr_init", LibC.pthread_mutexattr_init(attributes.address));
        check(
                "pthread_mutexattr_setpshared",
                LibC.pthread_mutexattr_setpshared(attributes.address, PTHREAD_PROCESS_SHARED));
        check(
                "pthread_mutexattr_setrobust",
                LibC.pthread_mutexattr_setrobust(attributes.address, PTHREAD_MUTEX_ROBUST));
        LibC.zero(address, LibC.ARCH.mutexBytes);
        check("pthread_mutex_init", LibC.pthread_mutex_init(address, attributes.address));
        LibC.pthread_mutexattr_destroy(attributes.address);
        Reference.reachabilityFence(attributes);
    }

    /**
     * Locks, waiting as long as it takes.
     *
     * @return 0; {@link Errno#EOWNERDEAD} locked too, but the previous owner died: call {@link #consistent} before
     *     {@link #unlock}; {@link Errno#ENOTRECOVERABLE} not locked, and never again
     */
    public static int lock(long address) {
        return LibC.pthread_mutex_lock(address);
    }

    /** Unlocks; {@link Errno#EPERM} if the calling thread does not hold it. */
    public static int unlock(long address) {
        return LibC.pthread_mutex_unlock(address);
    }

    /**
     * Declares repaired what the dead owner left; {@link Errno#EINVAL} unless the caller got {@link
     * Errno#EOWNERDEAD}.
     */
    public static int consistent(long address) {
        return LibC.pthread_mutex_consistent(address);
    }

    /** Ends the use of a mutex that nobody holds, which glibc does not check; {@link #init} makes it usable again. */
    public static int destroy(long address) {
        return LibC.pthread_mutex_destroy(address);
    }

    private static boolean wordHoldsTid() {
        NativeBlock mutex = new NativeBlock(SIZE);
        try {
            init(mutex.address);
        } catch (LinuxException e) {
            return false;
        }
        boolean free = word(mutex) == 0;
        int locked = lock(mutex.address);
        boolean held = word(mutex) == Threads.gettid();
        int unlocked = unlock(mutex.address);
        boolean freeAgain = word(mutex) == 0;
        destroy(mutex.address);
        Reference.reachabilityFence(mutex);
        return locked == 0 && unlocked == 0 && free && held && freeAgain;
    }

    /** What the word holds now; the calls between two looks keep a compiler from taking the first for the second. */
    static int word(NativeBlock mutex) {
        return mutex.bytes.getInt((int) WORD_OFFSET);
    }

    private static void check(String call, int errno) {
        if (errno != 0) {
            throw new LinuxException(call, errno);
        }
    }
}
