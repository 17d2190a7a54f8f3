package io.pvlock;

import io.pvlock.core.CorruptMemoryException;
import io.pvlock.core.LockAlgorithm;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockKind;
import io.pvlock.core.LockWord;
import io.pvlock.core.McsLock;
import io.pvlock.core.NativeQSpinLock;
import io.pvlock.core.PvLockHash;
import io.pvlock.core.PvQSpinLock;
import io.pvlock.core.TasLock;
import io.pvlock.core.TicketLock;
import io.pvlock.internal.check.RegionChecker;
import io.pvlock.internal.check.RegionRebuilder;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.event.EventLog;
import io.pvlock.internal.file.FileWatcher;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.linux.Cpus;
import io.pvlock.linux.Linux;
import io.pvlock.linux.LinuxException;
import io.pvlock.linux.NativeFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A file of locks, mapped into every process that uses them.
 *
 * <p>Any number of processes may open the same file at once; the first makes it. Threads attach by themselves when they first lock,
 * or by {@link #attach()}; a thread's slot comes back when it detaches or ends.
 *
 * <p>Closing the region takes this process out of it: waiting threads get a {@link RegionException}, threads that hold a lock
 * keep it and can unlock it. The mapping stays as long as any object made from the region is reachable or any thread of this
 * process is attached, so nothing that a late thread does can crash the JVM.
 */
public final class LockRegion implements AutoCloseable {

    private static final System.Logger LOGGER = System.getLogger(LockRegion.class.getName());

    /** Regions in use: reachable, and so mapped, until they are closed, whatever their users let go of. */
    private static final Set<LockRegion> OPEN = ConcurrentHashMap.newKeySet();

    private final RegionFile file;
    private final UnsafeBuffer memory;
    private final VcpuRegistry registry;
    private final LockDirectory directory;
    private final RegionInspector inspector;
    private final Removal removal;
    private final RegionEvents events;
    private final PvQSpinLock paravirt;
    private final Map<LockKind, LockAlgorithm> algorithms = new EnumMap<>(LockKind.class);
    private final int usableCpus;

    private final AttachedThreads threads;

    /** Null if the order of locks is not checked. */
    private final LockOrder order = Boolean.getBoolean(LockOrder.PROPERTY) ? new LockOrder() : null;

    /** Read: uses the region's tables for others to see; write: nobody does. */
    private final ReadWriteLock lifecycle = new ReentrantReadWriteLock();

    private volatile boolean closed;

    /** What has happened to the file, in words; null if nobody has taken its name away. */
    private volatile String loss;

    /** Null for the moment in which it begins. */
    private volatile FileWatcher.Watch watch;

    private LockRegion(RegionFile file, NativeFile witness) {
        this.file = file;
        this.memory = file.memory();
        RegionLayout layout = file.layout();
        this.directory = new LockDirectory(memory, layout);
        this.registry = new VcpuRegistry(memory, file.mapping().address(), layout, witness, directory);
        this.threads = new AttachedThreads(this, registry);
        this.inspector = new RegionInspector(registry, directory, layout);
        this.removal = new Removal(this, directory);
        this.events = new RegionEvents(
                path().toString(), new EventLog(memory, layout), registry.vcpus(), directory, inspector);
        registry.listen(events);
        DeadlockDetector deadlocks = new DeadlockDetector(this, registry, directory, layout);
        registry.onLongWait(me -> {
            threads.noticeEnded();
            registry.vcpus().lookAtOwner(me.slotOffset());
            deadlocks.waited(me);
        });
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
        this.usableCpus = Cpus.usable();
    }

    /** Opens or makes a region with {@link RegionOptions#defaults()}. */
    public static LockRegion open(Path path) {
        return open(path, RegionOptions.defaults());
    }

    /**
     * Opens the region file at {@code path}, or makes it.
     *
     * @throws RegionException if the file cannot be used; the message says why and what to do
     */
    public static LockRegion open(Path path, RegionOptions options) {
        ensureLoaded();
        KernelGaps.sayOnce();
        AttachedThreads.leaveClosedRegions();
        OPEN.forEach(LockRegion::releaseIfLeft);
        try {
            RegionFile file = RegionFile.openOrCreate(path, options);
            return open(file, file.openForLocks());
        } catch (LinuxException e) {
            throw new RegionException(RegionException.Category.UNAVAILABLE, path + ": " + e.getMessage(), e);
        }
    }

    /**
     * Opens the region to look at it, with nothing but the right to read the file, whoever owns it.
     *
     * @throws RegionException if there is none, or it is none that this program can use
     */
    public static RegionView openForReading(Path path) {
        ensureLoaded();
        try {
            return RegionView.open(path);
        } catch (LinuxException e) {
            throw new RegionException(RegionException.Category.UNAVAILABLE, path + ": " + e.getMessage(), e);
        }
    }

    private static void ensureLoaded() {
        try {
            Linux.ensureLoaded();
        } catch (UnsupportedOperationException e) {
            throw new RegionException(RegionException.Category.UNAVAILABLE, e.getMessage(), e);
        }
    }

    private static LockRegion open(RegionFile file, NativeFile witness) {
        boolean opened = false;
        LockRegion region = null;
        try {
            region = new LockRegion(file, witness);
            region.watch = FileWatcher.shared().watch(file, witness, region::fileLost);
            OPEN.add(region);
            opened = true;
            return region;
        } finally {
            if (!opened && region != null && region.watch != null) {
                region.watch.close();
            }
            if (!opened) {
                witness.close(); // the kernel drops the lock that says that this process is in
            }
        }
    }

    public Path path() {
        return file.path();
    }

    // ---- locks

    /** Finds or makes the lock {@code name}; see {@link #lock(String, LockOptions)}. */
    public SharedLock lock(String name) {
        return lock(name, LockOptions.defaults());
    }

    /**
     * Finds the lock {@code name} or makes it.
     *
     * @param name 1 to 80 bytes of UTF-8
     * @throws IllegalArgumentException if the lock exists with another kind or policy than the options ask for
     * @throws RegionException FULL if the region has no room for another lock
     */
    public SharedLock lock(String name, LockOptions options) {
        LockDirectory.Template template = new LockDirectory.Template(
                options.kindToMake(usableCpus),
                options.chosenPolicy().orElse(LockOptions.Policy.HYBRID).code(),
                options.waitMode().ordinal());
        LockEntry entry = findOrCreate(name, template);
        options.chosenKind().ifPresent(kind -> checkSame(name, "kind", kind, entry.kind()));
        options.chosenPolicy()
                .ifPresent(policy -> checkSame(name, "policy", policy, LockOptions.Policy.fromCode(entry.policy())));
        return new SharedLock(this, name, entry, options);
    }

    /** Whatever {@code name} stands for, which must be of the template's type. */
    LockEntry findOrCreate(String name, LockDirectory.Template template) {
        LockEntry entry = whileOpen(() -> directory.findOrCreate(name, template, registry.processes()));
        if (entry.type() != template.type()) {
            throw new IllegalArgumentException("'" + name + "' is a " + ObjectType.fromCode(entry.type()) + ", not a "
                    + ObjectType.fromCode(template.type()));
        }
        return entry;
    }

    /** Offset of the entry's extent, made now if it has none. */
    int extent(LockEntry entry, String name, long bodyBytes, List<Long> parameters) {
        return whileOpen(() -> directory.extent(entry, name, bodyBytes, parameters, registry.processes()));
    }

    private static void checkSame(String name, String what, Object asked, Object is) {
        if (asked != is) {
            throw new IllegalArgumentException("lock '" + name + "' exists with " + what + " " + is + ", not " + asked);
        }
    }

    /**
     * Takes several locks of one region, in an order that is the same for everybody, whatever order they are given in: who takes
     * several locks in no other way cannot get into a dead-lock with others who do. They may be mixed: locks, {@linkplain
     * SharedLockArray#at locks of arrays}, and read, update and write locks.
     *
     * @throws IllegalArgumentException if a lock is given twice, or in two ways, such as to read and to write; if they are of different
     *     regions, or of none; no lock is taken
     * @throws OwnerDiedException as {@link SharedLock#lock()}; no lock is held
     */
    public static HeldLocks lockAll(Lock... locks) {
        OrderedLock[] sorted = Arrays.stream(locks).map(LockRegion::ordered).toArray(OrderedLock[]::new);
        Arrays.sort(sorted, Comparator.comparingInt(OrderedLock::cell));
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i].region() != sorted[i - 1].region()) {
                throw new IllegalArgumentException(sorted[i] + " and " + sorted[i - 1] + " are of different regions");
            }
            if (sorted[i].cell() == sorted[i - 1].cell()) {
                throw new IllegalArgumentException(sorted[i] + " is given twice");
            }
        }
        return LockSet.lockAll(sorted.length, i -> sorted[i].lock(), i -> sorted[i].unlock());
    }

    private static OrderedLock ordered(Lock lock) {
        if (lock instanceof OrderedLock ordered) {
            return ordered;
        }
        throw new IllegalArgumentException(lock + " is no lock of a region");
    }

    /** Finds or makes the lock array {@code name}; see {@link #lockArray(String, int, LockOptions)}. */
    public SharedLockArray lockArray(String name, int length) {
        return lockArray(name, length, LockOptions.defaults());
    }

    /**
     * Finds or makes the lock array {@code name}.
     *
     * @param length how many locks; each takes 8 bytes of {@link RegionOptions#objectBytes}
     * @param options how this process uses the locks; they are PV locks of policy HYBRID
     * @throws IllegalArgumentException if the name stands for something else, or for an array of another length; or if the options
     *     ask for another kind or policy
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedLockArray lockArray(String name, int length, LockOptions options) {
        options.chosenKind().ifPresent(kind -> checkSame(name, "kind", kind, LockKind.PV));
        options.chosenPolicy().ifPresent(policy -> checkSame(name, "policy", policy, LockOptions.Policy.HYBRID));
        return new SharedLockArray(this, name, length, options);
    }

    /**
     * Finds or makes the counter {@code name}, a level of a tree of limits.
     *
     * @param max most that can be charged, 0 or more; of a counter that is made now, one that exists keeps its own
     * @param parent what is charged with it, a counter made from this very region object; null for the root of a tree
     * @throws IllegalArgumentException if the name stands for something else, or for a counter with another parent; or if the tree would
     *     have more than 8 levels
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedCounter counter(String name, long max, SharedCounter parent) {
        return new SharedCounter(this, name, max, parent);
    }

    /**
     * Finds or makes the statistics counter {@code name}.
     *
     * @throws IllegalArgumentException if the name stands for something else
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedLocalCounter localCounter(String name) {
        return new SharedLocalCounter(this, name);
    }

    /**
     * Finds or makes the local data {@code name}, a part for each of {@link RegionOptions#maxVcpus}.
     *
     * @param bytes of each part; with its lock it takes the next multiple of 64
     * @param repair puts a part in order in which somebody was killed, such as by zeroing it, before its next use by this process;
     *     if it throws, so does what has led to it, and the next one tries again
     * @throws IllegalArgumentException if the name stands for something else, or for local data of another length
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedLocalData localData(String name, int bytes, SharedLocalData.Visitor repair) {
        return new SharedLocalData(this, name, bytes, repair);
    }

    /**
     * Finds or makes the semaphore {@code name}.
     *
     * @param permits how many there are
     * @throws IllegalArgumentException if the name stands for something else, or for a semaphore made with other parameters
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedSemaphore semaphore(String name, int permits) {
        return new SharedSemaphore(this, name, permits, false);
    }

    /** Like {@link #semaphore(String, int)}, in strict order: nobody takes a permit while others wait. */
    public SharedSemaphore fairSemaphore(String name, int permits) {
        return new SharedSemaphore(this, name, permits, true);
    }

    /** Finds or makes the read-write lock {@code name}; see {@link #readWriteLock(String, LockOptions)}. */
    public SharedReadWriteLock readWriteLock(String name) {
        return readWriteLock(name, LockOptions.defaults());
    }

    /**
     * Finds or makes the read-write lock {@code name}.
     *
     * @param options how this process uses it: what it does when a writer died writing, FAIL or CONTINUE, and about a dead-lock. It is
     *     made of a PV lock of policy FAIR, and waits AUTO
     * @throws IllegalArgumentException if the name stands for something else, or if the options ask for what it cannot be
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedReadWriteLock readWriteLock(String name, LockOptions options) {
        options.chosenKind().ifPresent(kind -> checkSame(name, "kind", kind, LockKind.PV));
        options.chosenPolicy().ifPresent(policy -> checkSame(name, "policy", policy, LockOptions.Policy.FAIR));
        if (options.isReentrant()) {
            throw new IllegalArgumentException("read-write lock '" + name
                    + "' cannot be reentrant; without that, who reads may read again, and who writes may read");
        }
        return new SharedReadWriteLock(this, name, options);
    }

    /**
     * Finds or makes the sequence lock {@code name}, whose writers exclude each other by a lock of its own.
     *
     * @throws IllegalArgumentException if the name stands for something else, or for a sequence lock made with another lock
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedSequenceLock sequenceLock(String name) {
        return SharedSequenceLock.withOwnLock(this, name);
    }

    /** Like {@link #sequenceLock(String)}, with {@code writers}, a lock of this region, to exclude writers. */
    public SharedSequenceLock sequenceLock(String name, SharedLock writers) {
        return SharedSequenceLock.withLock(this, name, writers);
    }

    /** Like {@link #sequenceLock(String)}, without a lock: two writers at a time are an error, noticed but not waited for. */
    public SharedSequenceLock singleWriterSequenceLock(String name) {
        return SharedSequenceLock.withoutLock(this, name);
    }

    /**
     * Finds or makes the record {@code name}, all zero at first.
     *
     * @param length bytes
     * @throws IllegalArgumentException if the name stands for something else, or for a record made with other parameters
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedRecord record(String name, int length) {
        return new SharedRecord(this, name, length, true);
    }

    /** Like {@link #record(String, int)}, without a lock: two writers at a time are an error, noticed but not waited for. */
    public SharedRecord singleWriterRecord(String name, int length) {
        return new SharedRecord(this, name, length, false);
    }

    /** Like {@link #record(String, int)}, of values that {@code codec} encodes and decodes. */
    public <T> TypedRecord<T> record(String name, RecordCodec<T> codec) {
        return new TypedRecord<>(record(name, codec.length()), codec);
    }

    /** Like {@link #singleWriterRecord(String, int)}, of values that {@code codec} encodes and decodes. */
    public <T> TypedRecord<T> singleWriterRecord(String name, RecordCodec<T> codec) {
        return new TypedRecord<>(singleWriterRecord(name, codec.length()), codec);
    }

    /** All locks and other objects of the region, as they are now. */
    public List<LockInfo> locks() {
        return whileOpen(inspector::locks);
    }

    /** Who queues for the lock {@code name}, or for the lock that the object of that name has inside, in order; empty if there is none. */
    public List<WaiterInfo> queue(String name) {
        return whileOpen(() ->
                Optional.ofNullable(directory.find(name)).map(inspector::queue).orElse(List.of()));
    }

    /** Who holds a part of the object {@code name}, or waits in its own queue, as it is now; empty if there is no such object. */
    public List<HoldInfo> holds(String name) {
        return whileOpen(() ->
                Optional.ofNullable(directory.find(name)).map(inspector::holds).orElse(List.of()));
    }

    /** The lock {@code name} if it exists, without making it. */
    public Optional<SharedLock> findLock(String name) {
        return whileOpen(() -> Optional.ofNullable(directory.find(name, registry.processes())))
                .filter(entry -> entry.type() == ObjectType.LOCK.code())
                .map(entry -> new SharedLock(this, name, entry, LockOptions.defaults()));
    }

    /**
     * Removes {@code name} and what it stands for, so that its place can be used for another. A lock is removed when nobody holds it,
     * nobody waits for it, and no condition is made of it; who has a {@link SharedLock} of it gets an {@link IllegalStateException} from
     * then on, never another lock, and may look the name up again, which makes a new lock. All other objects, and locks of a kind other
     * than PV, are removed when no process has the region open that has ever looked them up, and no object of them is reachable in
     * this one.
     *
     * <p>Data of an object is gone, fencing tokens go on. The place, and the bytes of an object, are used again when all processes that have
     * looked the name up have left the region, or their objects of it have been collected and they have looked up any name since.
     *
     * @return false if there is no such name
     * @throws IllegalStateException if it is in use; the message says by whom; nothing is changed, but that a lock may have been taken
     *     from a dead owner, of which the next one is told as ever
     */
    public boolean remove(String name) {
        return removal.remove(name);
    }

    /** Whether the name of {@code entry} has been removed. */
    boolean isRemoved(LockEntry entry) {
        return directory.isRemoved(entry);
    }

    /** All threads attached to the region, of all processes, as they are now. */
    public List<VcpuInfo> vcpus() {
        threads.noticeEnded();
        return whileOpen(inspector::vcpus);
    }

    /** The events in the region's ring, oldest first; older ones have been overwritten. */
    public List<RegionEvent> events() {
        return events(0);
    }

    /** The events after {@code sequence} that are still in the ring, oldest first. */
    public List<RegionEvent> events(long sequence) {
        return whileOpen(() -> events.after(sequence));
    }

    /**
     * Calls {@code listener} for every event that a thread of this process reports from now on, until the region is closed; in order, a
     * moment later, on a thread of its own. So the listener may take locks of this region, too, open and close regions, and take its
     * time; what it throws is logged. If it is so slow that more than 1,024 events wait for it, further ones are left out, which is
     * logged once: {@link RegionEvent#sequence()} shows the gap. What other processes report is found by {@link #events(long)}.
     *
     * @throws RegionException UNAVAILABLE if the region is closed
     */
    public void onEvent(Consumer<? super RegionEvent> listener) {
        Objects.requireNonNull(listener, "listener");
        whileOpen(() -> {
            events.listen(listener);
            return null;
        });
    }

    /**
     * The region's area for the user's own data, {@link RegionOptions#withDataBytes}; what is there is between its users and
     * the locks they take.
     */
    public AtomicBuffer data() {
        RegionLayout layout = file.layout();
        return new UnsafeBuffer(memory, layout.dataOffset(), layout.dataLength());
    }

    /** Looks at every table of the region, without changing anything. */
    public RegionReport check() {
        return whileOpen(() -> new RegionReport(
                registry.processes().othersAlive(),
                new RegionChecker(memory, file.layout(), registry, directory).check(),
                false));
    }

    /**
     * Reclaims what the dead have left behind; and, if no other process has the region open and no thread of this one is attached,
     * puts every table in order, whatever it holds. Locks keep their fencing tokens; those that were held become
     * inconsistent, as after an owner's death.
     *
     * @return what was found before
     */
    public RegionReport repair() {
        RegionReport before = check();
        lifecycle.writeLock().lock();
        try {
            checkOpen();
            boolean repaired = threads.isEmpty()
                    && registry.processes()
                            .runAlone(() -> new RegionRebuilder(memory, file.layout(), registry, directory).rebuild());
            if (!repaired) {
                registry.reclaimer().reclaimDead();
            }
            return new RegionReport(before.othersAlive(), before.findings(), repaired);
        } finally {
            lifecycle.writeLock().unlock();
        }
    }

    /**
     * What this process has done that could become a dead-lock: locks were taken in one order here and in another there, even if
     * never at the same time. Each is said once, with both places, here and as a warning in the log. Only known if the region was
     * opened with the system property {@code pvlock.checkOrder=true}, which makes every lock slower, and costs nothing without.
     *
     * <p>Locks are told apart by their names, those of an array are one: the order among them is not checked. An attempt that does
     * not wait, {@code tryLock()}, is no reason for a report.
     */
    public List<String> lockOrderReports() {
        return order == null ? List.of() : order.reports();
    }

    // ---- threads

    /**
     * The calling thread's vCPU, attached now if it was not; the same for every call by that thread, until it is closed. A virtual
     * thread waits until there is one, and closes it. If it ends without, that is noticed within about a second.
     *
     * @throws RegionException FULL if there is no slot left for a platform thread; says who has them
     */
    public Vcpu attach() {
        checkOpen();
        Vcpu vcpu = threads.borrow();
        vcpu.pin();
        return vcpu;
    }

    /** The name of a lock that {@code vcpu} holds. */
    Optional<String> heldBy(Vcpu vcpu) {
        int cell = directory.cellOf(vcpu.participant.ownerWord(), vcpu.arrayPages);
        return cell < 0 ? Optional.empty() : nameOf(cell);
    }

    /** The name of the lock at {@code cell}; of an array's, with its index. */
    Optional<String> nameOf(int cell) {
        return Optional.ofNullable(directory.nameOf(cell));
    }

    VcpuRegistry registry() {
        return registry;
    }

    AttachedThreads threads() {
        return threads;
    }

    // ---- close

    /**
     * Takes this process out of the region. Threads that wait are told by a {@link RegionException}, but for those that stand in the
     * queue of a lock that is not a PV lock, which get it first; a thread that holds a lock keeps it and may unlock it. Closing
     * twice does nothing.
     *
     * <p>As long as another thread is attached that has neither ended nor closed its {@link Vcpu}, the process stays in the
     * region's table, and the file mapped. A thread that holds nothing here is detached when it next attaches to any region, or
     * opens one.
     */
    @Override
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
        OPEN.forEach(LockRegion::releaseIfLeft);
    }

    /** Lets go of the file, if the region is closed and its last thread has left: threads have the mapping in their robust lists. */
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

    // ---- the file's name

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
        try {
            LOGGER.log(System.Logger.Level.WARNING, lostMessage(how));
        } catch (Throwable e) {
            // All who use the region are told, though nobody reads of it.
        }
    }

    private String lostMessage(String how) {
        return "region " + path() + " lost its file while in use (" + how
                + "): others may hold the same locks in another"
                + " file of that name; unlock what is held, close the region and open it again";
    }

    /** Whether nothing can be taken in this region any more: it is closed, or its file has lost its name. */
    boolean isUnusable() {
        return closed || loss != null;
    }

    /** Runs {@code action}, which close() waits for. */
    <T> T whileOpen(Supplier<T> action) {
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

    RegionException corrupt(CorruptMemoryException e) {
        return new RegionException(RegionException.Category.CORRUPT, path() + ": " + e.getMessage(), e);
    }

    private void checkOpen() {
        if (isUnusable()) {
            throw closedException();
        }
    }

    /** Whether {@code me} may do something in this region now. */
    void checkUsable(Vcpu me) {
        checkRegion(me);
        checkOpen();
        if (me.isDetached()) {
            throw new IllegalStateException(me + " has been closed; attach() again");
        }
    }

    void checkRegion(Vcpu me) {
        if (me.region != this) {
            throw new IllegalArgumentException(me + " belongs to " + me.region.path() + ", not to " + path());
        }
    }

    /** Why nothing can be taken any more. */
    RegionException closedException() {
        String how = loss;
        return new RegionException(
                RegionException.Category.UNAVAILABLE,
                closed || how == null ? "region " + path() + " is closed; open it again" : lostMessage(how));
    }

    // ---- for the classes of this package

    int maxVcpus() {
        return file.layout().maxVcpus();
    }

    UnsafeBuffer memory() {
        return memory;
    }

    LockAlgorithm algorithm(LockKind kind) {
        return algorithms.get(kind);
    }

    PvQSpinLock paravirt() {
        return paravirt;
    }

    RegionEvents eventLog() {
        return events;
    }

    RegionInspector inspector() {
        return inspector;
    }

    LockOrder lockOrder() {
        return order;
    }

    boolean hasSeveralNumaNodes() {
        return registry.hasSeveralNumaNodes();
    }

    int usableCpus() {
        return usableCpus;
    }

    boolean isInconsistent(int cell) {
        return LockWord.isInconsistent(LockCell.word(memory.getLongVolatile(cell))); // P0 acquire
    }
}
