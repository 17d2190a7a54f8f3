package io.pvlock.internal.file;

import io.pvlock.internal.Warnings;
import io.pvlock.linux.FileNotices;
import io.pvlock.linux.LinuxException;
import io.pvlock.linux.NativeFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Notices when a file in use loses its name. One daemon thread for all files of this process: it sleeps until the kernel tells of a
 * change, and ends with the last file. Where the kernel has no notices left to give, it looks every second.
 */
public final class FileWatcher {

    private static final FileWatcher SHARED = new FileWatcher(FileNotices::open);

    private static final long POLL_MS = 1000;
    private static final int NOT_WATCHED = -1;

    private final Supplier<FileNotices> opener;
    private final List<Watch> watches = new ArrayList<>();

    /** Null while nothing is watched, and where files are looked at by the clock. */
    private FileNotices notices;

    private boolean running;

    FileWatcher(Supplier<FileNotices> opener) {
        this.opener = opener;
    }

    /** The one of this process. */
    public static FileWatcher shared() {
        return SHARED;
    }

    /**
     * Calls {@code lost} once when {@code file} has lost its name, with what has happened to it: on the watcher's thread, or on this
     * one if that was before.
     *
     * @param open an open file on it, which stays open until the watch is closed
     */
    public Watch watch(RegionFile file, NativeFile open, Consumer<String> lost) {
        Watch watch = begin(file, open, lost);
        // What happened before the kernel watched it. It also loads what a look needs, as long as there are descriptors
        // for that.
        watch.check();
        return watch;
    }

    private synchronized Watch begin(RegionFile file, NativeFile open, Consumer<String> lost) {
        Watch watch = new Watch(file, open, lost);
        watch.notice = notice(open);
        if (!running) {
            start();
            running = true;
        }
        watches.add(watch);
        return watch;
    }

    // Nothing of the thread that opens a region goes with it: it may outlive a class loader.
    private void start() {
        Thread thread = new Thread(null, this::run, "pvlock-file-watcher", 0, false);
        thread.setContextClassLoader(null);
        thread.setDaemon(true);
        thread.start();
    }

    private int notice(NativeFile open) {
        try {
            if (notices == null && !running) {
                notices = opener.get();
            }
            return notices == null ? NOT_WATCHED : notices.watch(SameFile.pathOf(open));
        } catch (LinuxException e) {
            // Too many instances or watches: this one needs the clock, so they all use it.
            pollFromNowOn();
            return NOT_WATCHED;
        }
    }

    synchronized void pollFromNowOn() {
        if (notices != null) {
            watches.forEach(watch -> notices.ignore(watch.notice));
            if (!running) {
                notices.close();
            }
            notices = null;
        }
    }

    private void run() {
        for (FileNotices source = source(); awaitChange(source); source = next(source)) {
            checkAll();
        }
    }

    private void checkAll() {
        try {
            snapshot().forEach(Watch::check);
        } catch (OutOfMemoryError | StackOverflowError e) {
            // Then at the next change. The watching thread must not end while anybody relies on it.
        }
    }

    synchronized boolean isRunning() {
        return running;
    }

    private synchronized FileNotices source() {
        return notices;
    }

    private FileNotices next(FileNotices before) {
        FileNotices now = source();
        if (before != null && now != before) {
            before.close();
        }
        return now;
    }

    private synchronized List<Watch> snapshot() {
        return List.copyOf(watches);
    }

    /** False if there is nothing to watch any more. */
    private boolean awaitChange(FileNotices source) {
        if (source != null && !source.await()) {
            pollFromNowOn();
        }
        synchronized (this) {
            if (source == null && !watches.isEmpty()) {
                try {
                    wait(POLL_MS);
                } catch (InterruptedException e) {
                    // Nobody has reason to interrupt this thread. It is taken as time to look.
                }
            }
            if (!watches.isEmpty()) {
                return true;
            }
            if (source != null) {
                source.close();
            }
            notices = null;
            running = false;
            return false;
        }
    }

    private synchronized void end(Watch watch) {
        watches.remove(watch);
        // The kernel has one watch for each file, however often it is asked for.
        boolean shared = watches.stream().anyMatch(other -> other.notice == watch.notice);
        if (notices != null && !shared) {
            notices.ignore(watch.notice);
        }
        notifyAll();
    }

    /** One file that is watched. */
    public final class Watch implements AutoCloseable {

        private final RegionFile file;
        private final NativeFile open;
        private final Consumer<String> lost;
        private final Warnings failures = new Warnings();
        private int notice;
        private boolean done;

        private Watch(RegionFile file, NativeFile open, Consumer<String> lost) {
            this.file = file;
            this.open = open;
            this.lost = lost;
        }

        // One listener that fails must not leave the other files unwatched.
        private void check() {
            failures.guard("cannot tell whether " + file + " has lost its name", () -> look().ifPresent(lost));
        }

        // The file must not be closed under the look: its descriptor may be another file's by then.
        private synchronized Optional<String> look() {
            Optional<String> loss = done ? Optional.empty() : file.lossOfName(open);
            done |= loss.isPresent();
            return loss;
        }

        /** Ends the watch; the file may be closed then. */
        @Override
        public void close() {
            synchronized (this) {
                done = true;
            }
            end(this);
        }
    }
}
