package io.pvlock.linux;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Whether the kernel leaves a notice for a thread that ends while it holds a robust mutex: one does. Libc takes no notice if the
 * kernel refuses its list (emulators, seccomp), so nothing less proves anything.
 */
final class RobustProbe {

    private static final long PAUSE_NS = 50_000;

    /** The kernel may still walk the list of a thread that has not ended in time: its mutex must outlive it. */
    private static final NativeBlock MUTEX = new NativeBlock(RobustMutex.SIZE);

    private final AtomicInteger tid = new AtomicInteger();

    /** Null once the answer is known: a thread keeps the class loader of whoever was the first to come. */
    private Thread thread;

    private boolean notice;

    /** Begins: the answer is there by the time that a thread attaches, and a program's start goes on. Once in a process. */
    RobustProbe() {
        RobustMutex.init(MUTEX.address);
        // It must not touch RobustMutex or this class: both may wait for it in their initialisers.
        thread = new Thread(new DiesHolding(MUTEX.address, tid), "pvlock-robust-probe");
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits until it is known. */
    synchronized boolean leavesNotice() {
        if (thread != null) {
            join(thread);
            notice = find();
            thread = null;
        }
        return notice;
    }

    private boolean find() {
        // Java says that a thread has ended a moment before the kernel does; the notice
        // comes before the thread's end there.
        Path task = Path.of("/proc/self/task/" + tid.get());
        while (!isMarked() && tid.get() != 0 && Files.exists(task)) {
            LockSupport.parkNanos(PAUSE_NS);
        }
        return isMarked();
    }

    private static boolean isMarked() {
        return RobustMutex.ownerDied(RobustMutex.word(MUTEX));
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private record DiesHolding(long mutex, AtomicInteger tid) implements Runnable {
        @Override
        public void run() {
            if (LibC.pthread_mutex_lock(mutex) == 0) {
                tid.set(Threads.gettid());
            }
        }
    }
}
