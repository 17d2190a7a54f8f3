package io.pvlock.internal.session;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Notices threads that have ended while they had a slot without a sentinel, as virtual ones have: no kernel tells of their end, and
 * other processes may wait for what they held. One daemon thread for all regions of this process. It comes with the first such slot
 * that is used, looks once a second, sleeps while none is in use, and ends with the last region that has had one.
 *
 * <p>It is a thread of its own because the others may not come: the file watcher sleeps in the kernel, without a clock, and the delivery
 * of events runs what others have written.
 */
final class EndedThreads {

    private static final EndedThreads SHARED = new EndedThreads();

    private static final long LOOK_MS = 1000;

    /** Of the regions that have had a user without a sentinel, and are not let go of. */
    private final Set<AttachedThreads> regions = new HashSet<>();

    private boolean running;

    private EndedThreads() {}

    /** The one of this process. */
    static EndedThreads shared() {
        return SHARED;
    }

    /** There is a user among {@code threads}: they are looked at from now on. */
    synchronized void watch(AttachedThreads threads) {
        regions.add(threads);
        if (!running) {
            try {
                start();
            } catch (OutOfMemoryError e) {
                return; // No thread can be had now. The lock works without; the next user tries again.
            }
            running = true;
        }
        threads.watched();
        notifyAll();
    }

    /** The region of {@code threads} is let go of. */
    synchronized void forget(AttachedThreads threads) {
        regions.remove(threads);
        notifyAll();
    }

    // Nothing of the thread that uses a region goes with it: it may outlive a class loader.
    private void start() {
        Thread thread = new Thread(null, this::run, "pvlock-ended-threads", 0, false);
        thread.setContextClassLoader(null);
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        boolean needed = true;
        while (needed) {
            pause();
            try {
                snapshot().forEach(AttachedThreads::look);
                needed = awaitUser();
            } catch (OutOfMemoryError | StackOverflowError e) {
                // In a second, then: who watches must not end while anybody relies on it.
            }
        }
    }

    // Before each look, whoever comes meanwhile: a user that comes and goes a million times a second must not wake it
    // as often.
    private static void pause() {
        try {
            Thread.sleep(LOOK_MS);
        } catch (InterruptedException e) {
            // Nobody has reason to interrupt this thread. It is taken as time to look.
        }
    }

    private synchronized List<AttachedThreads> snapshot() {
        return List.copyOf(regions);
    }

    /** False if there is no region to look at any more. */
    private synchronized boolean awaitUser() {
        while (!regions.isEmpty() && regions.stream().noneMatch(AttachedThreads::stayWatched)) {
            try {
                wait();
            } catch (InterruptedException e) {
                // Nobody has reason to.
            }
        }
        running = !regions.isEmpty();
        return running;
    }
}
