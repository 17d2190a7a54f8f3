package io.pvlock;

import io.pvlock.core.CorruptMemoryException;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.file.LostFileUsers;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.session.RegionLook;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.linux.NativeFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A region that is looked at from outside: {@link LockRegion#openForReading}. It is mapped to read. This process does not enter
 * it and takes no slot, and nobody in it notices. Everything is as racy as any snapshot. Thread-safe.
 */
public final class RegionView implements AutoCloseable {

    private final RegionFile file;
    private final NativeFile open;
    private final RegionLook look;
    private boolean closed;

    private RegionView(RegionFile file, NativeFile open) {
        this.file = file;
        this.open = open;
        LockDirectory directory = new LockDirectory(file.memory(), file.layout());
        VcpuRegistry registry =
                VcpuRegistry.look(file.memory(), file.mapping().address(), file.layout(), open, directory);
        this.look = new RegionLook(file, registry, directory);
    }

    static RegionView open(Path path) {
        RegionFile file = RegionFile.openToRead(path);
        NativeFile open = file.openForQueries();
        try {
            return new RegionView(file, open);
        } catch (RuntimeException | Error e) {
            open.close();
            throw e;
        }
    }

    public Path path() {
        return file.path();
    }

    /** As {@link LockRegion#locks()}. */
    public List<LockInfo> locks() {
        return whileOpen(look.inspector()::locks);
    }

    /** As {@link LockRegion#queue(String)}. */
    public List<WaiterInfo> queue(String name) {
        return whileOpen(() -> look.queue(name));
    }

    /** As {@link LockRegion#holds(String)}. */
    public List<HoldInfo> holds(String name) {
        return whileOpen(() -> look.holds(name));
    }

    /** As {@link LockRegion#hold(String)}. */
    public Optional<LockHold> hold(String name) {
        return whileOpen(() -> look.hold(name));
    }

    /** As {@link LockRegion#vcpus()}. */
    public List<VcpuInfo> vcpus() {
        return whileOpen(look.inspector()::vcpus);
    }

    /** As {@link LockRegion#stats()}. */
    public RegionStats stats() {
        return whileOpen(look::stats);
    }

    /** As {@link LockRegion#events()}. */
    public List<RegionEvent> events() {
        return events(0);
    }

    /** As {@link LockRegion#events(long)}. */
    public List<RegionEvent> events(long sequence) {
        return whileOpen(() -> look.events().after(sequence));
    }

    /** As {@link LockRegion#check()}; this process is none of those in the region. */
    public RegionReport check() {
        return whileOpen(look::check);
    }

    /**
     * Processes that use another file, which had this name until it was deleted or replaced. They do not exclude those that use
     * this one. Only processes that this one may look into are found: those of its user; for root, all.
     *
     * @return their pids
     */
    public List<Integer> usersOfDeletedFile() {
        return LostFileUsers.of(file.path());
    }

    private synchronized <T> T whileOpen(Supplier<T> look) {
        if (closed) {
            throw new RegionException(
                    RegionException.Category.UNAVAILABLE, "the view of " + path() + " is closed; open it again");
        }
        try {
            return look.get();
        } catch (CorruptMemoryException e) {
            throw new RegionException(RegionException.Category.CORRUPT, path() + ": " + e.getMessage(), e);
        }
    }

    /** Ends the view; closing twice does nothing. */
    @Override
    public synchronized void close() {
        closed = true;
        open.close();
    }
}
