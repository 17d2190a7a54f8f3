package io.pvlock.internal.session;

import io.pvlock.LockKind;
import io.pvlock.ObjectType;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionReport;
import io.pvlock.core.CorruptMemoryException;
import io.pvlock.core.LockAlgorithm;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.McsLock;
import io.pvlock.core.NanoClock;
import io.pvlock.core.NativeQSpinLock;
import io.pvlock.core.PvLockHash;
import io.pvlock.core.PvQSpinLock;
import io.pvlock.core.TasLock;
import io.pvlock.core.TicketLock;
import io.pvlock.internal.Log;
import io.pvlock.internal.check.RegionRebuilder;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.event.RegionEvents;
import io.pvlock.internal.file.FileWatcher;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.jfr.FlightRecording;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.look.RegionInspector;
import io.pvlock.internal.slot.SlowPathChoice;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.linux.Cpus;
import io.pvlock.linux.NativeFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What this process knows of a region that it has open: its memory and tables, the algorithms, its threads, and whether it is open, closed,
 * or has lost its file. All locks and objects are made of this; it knows none of them.
 */
public final class Session {

    /** Sessions in use. So they stay reachable, and mapped, until they are closed, even if their users forget them. */
    private static final Set<Session> OPEN = ConcurrentHashMap.newKeySet();

    private final RegionFile file;
    private final UnsafeBuffer memory;
    private final VcpuRegistry registry;
    private final LockDirectory directory;
    private final RegionLook look;
    private final RegionEvents events;
    private final PvQSpinLock paravirt;
    private final Map<LockKind, LockAlgorithm> algorithms = new EnumMap<>(LockKind.class);
    private final int usableCpus = Cpus.usable();
    private final AttachedThreads threads;

    private final boolean keepsStatistics = Boolean.parseBoolean(System.getProperty("pvlock.statistics", "true"));

    /** Null if the order of locks is not checked. */
    private final LockOrder order = Boolean.getBoolean(LockOrder.PROPERTY) ? new LockOrder() : null;

    /** The read lock: somebody uses the region's tables. The write lock: nobody does, as closing needs it. */
    private final ReadWriteLock lifecycle = new ReentrantReadWriteLock();

    private volatile boolean closed;

    /** What has happened to the file, in words; null if nobody has taken its name away. */
    private volatile String loss;

    /** Null for the moment in which it begins. */
    private volatile FileWatcher.Watch watch;

    private Session(RegionFile file, NativeFile witness) {
        this.file = file;
        this.memory = file.memory();
        RegionLayout layout = file.layout();
        this.directory = new LockDirectory(memory, layout);
        this.registry = new VcpuRegistry(memory, file.mapping().address(), layout, witness, directory);
        this.threads = new AttachedThreads(this, registry);
        this.look = new RegionLook(file, registry, directory);
        this.events = look.events();
        registry.listen(events);
        DeadlockDetector deadlocks = new DeadlockDetector(this, layout);
        LongWaits longWaits = new LongWaits(this);
        registry.onLongWait(me -> {
            threads.noticeEnded(me.lookAtOwner());
            deadlocks.waited(me);
            longWaits.waited(me);
        });
        registry.onSuspicion(threads::noticeEnded);
        registry.onShortage(threads::noticeEnded);
        registry.markGhosts();
        PvLockHash hash = new PvLockHash(
                memory, layout.hashOffset(), layout.hashCapacity(), registry.vcpus(), registry.liveness());
        this.paravirt = new PvQSpinLock(registry.vcpus(), hash, registry.parker(), registry.liveness());
        algorithms.put(LockKind.PV, paravirt);
        algorithms.put(LockKind.NATIVE, new NativeQSpinLock(registry.vcpus(), registry.parker()));
        algorithms.put(LockKind.TICKET, new TicketLock(registry.vcpus(), registry.parker()));
        algorithms.put(LockKind.MCS, new McsLock(registry.vcpus(), registry.parker()));
        algorithms.put(LockKind.TAS, new TasLock(registry.vcpus(), registry.parker()));
    }

    /** Opens the region file at {@code path}, or makes it. */
    public static Session open(Path path, RegionOptions options) {
        SlowPathChoice.check(); // what is wrong with it is said before anything is opened
        AttachedThreads.leaveClosedSessions();
        OPEN.forEach(Session::releaseIfLeft);
        long beginNs = NanoClock.nowNs();
        RegionFile file = RegionFile.openOrCreate(path, options);
        Session session = open(file, file.openForLocks());
        FlightRecording.attached(
                file.path().toString(),
                file.layout().length(),
                () -> session.registry.processes().othersAlive(),
                NanoClock.nowNs() - beginNs);
        KernelGaps.sayOnce(); // last: meanwhile a thread finds them
        return session;
    }

    private static Session open(RegionFile file, NativeFile witness) {
        boolean opened = false;
        Session session = null;
        try {
            session = new Session(file, witness);
            session.watch = FileWatcher.shared().watch(file, witness, session::fileLost);
            OPEN.add(session);
            opened = true;
            return session;
        } catch (UncheckedIOException e) {
            throw RegionFile.unavailable("open", file.path(), e.getCause());
        } finally {
            if (!opened && session != null && session.watch != null) {
                session.watch.close();
            }
            if (!opened) {
                witness.close(); // the kernel drops the lock that says that this process is in
            }
        }
    }

    // ---- what it is made of

    public Path path() {
        return file.path();
    }

    public UnsafeBuffer memory() {
        return memory;
    }

    public RegionLayout layout() {
        return file.layout();
    }

    public int maxVcpus() {
        return layout().maxVcpus();
    }

    public VcpuRegistry registry() {
        return registry;
    }

    public AttachedThreads threads() {
        return threads;
    }

    public RegionEvents events() {
        return events;
    }

    /** What can be seen in the region; under {@link #whileOpen}. */
    public RegionLook look() {
        return look;
    }

    public RegionInspector inspector() {
        return look.inspector();
    }

    public LockAlgorithm algorithm(LockKind kind) {
        return algorithms.get(kind);
    }

    public PvQSpinLock paravirt() {
        return paravirt;
    }

    /** Null if the order of locks is not checked. */
    public LockOrder order() {
        return order;
    }

    /** Whether this process counts what happens to locks. */
    public boolean keepsStatistics() {
        return keepsStatistics;
    }

    public int usableCpus() {
        return usableCpus;
    }

    // ---- names

    /** Whatever {@code name} stands for, which must be of the template's type; made now if there is no such name. */
    public LockEntry findOrCreate(String name, LockDirectory.Template template) {
        LockEntry entry = whileOpen(() -> directory.findOrCreate(name, template, registry.processes()));
        if (entry.type() != template.type()) {
            throw new IllegalArgumentException("'" + name + "' is a " + ObjectType.fromCode(entry.type()) + ", not a "
                    + ObjectType.fromCode(template.type()));
        }
        return entry;
    }

    /** The lock {@code name} for whoever will lock it; empty if there is none. */
    public Optional<LockEntry> findLock(String name) {
        return whileOpen(() -> Optional.ofNullable(directory.find(name, registry.processes())))
                .filter(entry -> entry.type() == ObjectType.LOCK.code());
    }

    /** Offset of the entry's extent, made now if it has none. */
    public int extent(LockEntry entry, String name, long bodyBytes, List<Long> parameters) {
        return whileOpen(() -> directory.extent(entry, name, bodyBytes, parameters, registry.processes()));
    }

    public LockDirectory directory() {
        return directory;
    }

    /** Whether the name of {@code entry} has been removed. */
    public boolean isRemoved(LockEntry entry) {
        return directory.isRemoved(entry);
    }

    /** The name of the lock at {@code cell}; of an array's, with its index. */
    public Optional<String> nameOf(int cell) {
        return Optional.ofNullable(directory.nameOf(cell));
    }

    /** The name of a lock that {@code me} holds. */
    public Optional<String> heldBy(Attachment me) {
        int cell = directory.cellOf(me.participant.ownerWord(), me.arrayPages);
        return cell < 0 ? Optional.empty() : nameOf(cell);
    }

    /** Owner word of who holds the lock at {@code cell}. */
    int ownerOf(int cell) {
        return LockCell.owner(memory.getLongVolatile(cell)); // P0 acquire; pairs with P0 in PvQSpinLock
    }

    public boolean isInconsistent(int cell) {
        return LockWord.isInconsistent(LockCell.word(memory.getLongVolatile(cell))); // P0 acquire
    }

    // ---- repair

    /**
     * Reclaims what the dead have left behind; and, if no other process has the region open and no thread of this one is attached,
     * puts every table in order, whatever it holds.
     *
     * @return what was found before
     */
    public RegionReport repair() {
        RegionReport before = whileOpen(look::check);
        lifecycle.writeLock().lock();
        try {
            checkOpen();
            boolean repaired = threads.isEmpty()
                    && registry.processes()
                            .runAlone(() -> new RegionRebuilder(memory, layout(), registry, directory).rebuild());
            if (!repaired) {
                registry.reclaimer().reclaimDead();
            }
            return new RegionReport(before.othersAlive(), before.findings(), repaired);
        } finally {
            lifecycle.writeLock().unlock();
        }
    }

    // ---- close

    /** Takes this process out of the region. Closing twice does nothing. */
    public void close() {
        lifecycle.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            lifecycle.writeLock().unlock();
        }
        threads.cancelWaits();
        threads.leave();
        events.endListening();
        OPEN.forEach(Session::releaseIfLeft);
    }

    /**
     * Lets go of the file, if it is closed and its last thread has left. Before that, threads
     * have the mapping in their robust lists.
     */
    void releaseIfLeft() {
        if (closed && threads.isEmpty() && OPEN.remove(this)) {
            EndedThreads.shared().forget(threads);
            watch.close();
            directory.leave(registry.processes());
            registry.close();
        }
    }

    public boolean isClosed() {
        return closed;
    }

    /**
     * The file has lost its name: whoever opens it next gets another one, and two may hold "the same" lock. From now on nobody of
     * this process takes anything in this region; what is held can be given back.
     */
    private void fileLost(String how) {
        lifecycle.writeLock().lock();
        try {
            if (closed) {
                return; // whoever closed it may delete it; nothing is taken any more as it is
            }
            loss = how;
        } finally {
            lifecycle.writeLock().unlock();
        }
        threads.cancelWaits();
        events.fileLost();
        Log.warn(lostMessage(how));
    }

    private String lostMessage(String how) {
        return "region " + path() + " lost its file while in use (" + how
                + "): others may hold the same locks in another"
                + " file of that name; unlock what is held, close the region and open it again";
    }

    /** Whether its file has lost its name, as far as this process knows. */
    public boolean hasLostFile() {
        return loss != null;
    }

    /** Whether nothing can be taken in this region any more: it is closed, or its file has lost its name. */
    public boolean isUnusable() {
        return closed || hasLostFile();
    }

    /** Runs {@code action}, which {@link #close} waits for. */
    public <T> T whileOpen(Supplier<T> action) {
        lifecycle.readLock().lock();
        try {
            if (closed) {
                throw closedException();
            }
            return action.get();
        } catch (CorruptMemoryException e) {
            throw corrupt(e);
        } finally {
            lifecycle.readLock().unlock();
        }
    }

    public RegionException corrupt(CorruptMemoryException e) {
        return new RegionException(RegionException.Category.CORRUPT, path() + ": " + e.getMessage(), e);
    }

    /** Whether something can be taken in this region now. */
    public void checkOpen() {
        if (isUnusable()) {
            throw closedException();
        }
    }

    /** Whether {@code me} may take something in this region now. */
    public void checkUsable(Attachment me) {
        checkMine(me);
        checkOpen();
        if (me.isDetached()) {
            throw new IllegalStateException(me + " has been closed; attach() again");
        }
    }

    /** Whether {@code me} is of this session. */
    public void checkMine(Attachment me) {
        if (me.session() != this) {
            throw new IllegalArgumentException(
                    me + " belongs to " + me.session().path() + ", not to " + path());
        }
    }

    /** Why nothing can be taken any more. */
    public RegionException closedException() {
        String how = loss;
        return new RegionException(
                RegionException.Category.UNAVAILABLE,
                closed || how == null ? "region " + path() + " is closed; open it again" : lostMessage(how));
    }
}
