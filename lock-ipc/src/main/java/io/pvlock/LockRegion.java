package io.pvlock;

import io.pvlock.core.LockAlgorithm;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockKind;
import io.pvlock.core.LockWord;
import io.pvlock.core.McsLock;
import io.pvlock.core.NativeQSpinLock;
import io.pvlock.core.Participant;
import io.pvlock.core.PvLockHash;
import io.pvlock.core.PvQSpinLock;
import io.pvlock.core.TasLock;
import io.pvlock.core.TicketLock;
import io.pvlock.ipc.check.RegionChecker;
import io.pvlock.ipc.check.RegionRebuilder;
import io.pvlock.ipc.directory.LockDirectory;
import io.pvlock.ipc.directory.LockEntry;
import io.pvlock.ipc.event.EventLog;
import io.pvlock.ipc.file.RegionFile;
import io.pvlock.ipc.layout.RegionLayout;
import io.pvlock.ipc.vcpu.VcpuRegistry;
import io.pvlock.ipc.vcpu.VirtualThreads;
import io.pvlock.linux.Cpus;
import io.pvlock.linux.Linux;
import io.pvlock.linux.LinuxException;
import io.pvlock.linux.NativeFile;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
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

    /** Regions in use: reachable, and so mapped, until they are closed, whatever their users let go of. */
    private static final Set<LockRegion> OPEN = ConcurrentHashMap.newKeySet();

    private final RegionFile file;
    private final UnsafeBuffer memory;
    private final VcpuRegistry registry;
    private final LockDirectory directory;
    private final RegionInspector inspector;
    private final RegionEvents events;
    private final PvQSpinLock paravirt;
    private final Map<LockKind, LockAlgorithm> algorithms = new EnumMap<>(LockKind.class);
    private final int usableCpus;

    private final ThreadLocal<Vcpu> ofThread = new ThreadLocal<>();
    private final Set<Vcpu> attached = ConcurrentHashMap.newKeySet();
    private final ConcurrentLinkedQueue<Vcpu> pool = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    private LockRegion(RegionFile file) {
        this.file = file;
        this.memory = file.memory();
        RegionLayout layout = file.layout();
        this.directory = new LockDirectory(memory, layout);
        this.registry =
                new VcpuRegistry(memory, file.mapping().address(), layout, NativeFile.open(file.path()), directory);
        this.inspector = new RegionInspector(registry, directory);
        this.events = new RegionEvents(new EventLog(memory, layout), registry.vcpus(), directory);
        registry.listen(events);
        registry.markGhosts();
        PvLockHash hash = new PvLockHash(
                memory, layout.hashOffset(), layout.hashCapacity(), registry.vcpus(), registry.liveness());
        this.paravirt = new PvQSpinLock(registry.vcpus(), hash, registry.parker(), registry.liveness());
        algorithms.put(LockKind.PV, paravirt);
        algorithms.put(LockKind.NATIVE, new NativeQSpinLock(registry.vcpus()));
        algorithms.put(LockKind.TICKET, new TicketLock(registry.vcpus()));
        algorithms.put(LockKind.MCS, new McsLock(registry.vcpus()));
        algorithms.put(LockKind.TAS, new TasLock(registry.vcpus()));
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
        try {
            Linux.ensureLoaded();
        } catch (UnsupportedOperationException e) {
            throw new RegionException(RegionException.Category.UNAVAILABLE, e.getMessage(), e);
        }
        try {
            LockRegion region = new LockRegion(RegionFile.openOrCreate(path, options));
            OPEN.add(region);
            return region;
        } catch (LinuxException e) {
            throw new RegionException(RegionException.Category.UNAVAILABLE, path + ": " + e.getMessage(), e);
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
        checkOpen();
        LockEntry entry = directory.findOrCreate(
                name,
                new LockDirectory.Template(
                        options.kindToMake(usableCpus),
                        options.chosenPolicy().orElse(LockOptions.Policy.HYBRID).code(),
                        options.waitMode().ordinal()),
                registry.processes());
        options.chosenKind().ifPresent(kind -> checkSame(name, "kind", kind, entry.kind()));
        options.chosenPolicy()
                .ifPresent(policy -> checkSame(name, "policy", policy, LockOptions.Policy.fromCode(entry.policy())));
        return new SharedLock(this, name, entry, options);
    }

    private static void checkSame(String name, String what, Object asked, Object is) {
        if (asked != is) {
            throw new IllegalArgumentException("lock '" + name + "' exists with " + what + " " + is + ", not " + asked);
        }
    }

    /** All locks of the region, as they are now. */
    public List<LockInfo> locks() {
        checkOpen();
        return inspector.locks();
    }

    /** The lock {@code name} if it exists, without making it. */
    public Optional<SharedLock> findLock(String name) {
        checkOpen();
        return Optional.ofNullable(directory.find(name))
                .map(entry -> new SharedLock(this, name, entry, LockOptions.defaults()));
    }

    /** All threads attached to the region, of all processes, as they are now. */
    public List<VcpuInfo> vcpus() {
        checkOpen();
        return inspector.vcpus();
    }

    /** The events in the region's ring, oldest first; older ones have been overwritten. */
    public List<RegionEvent> events() {
        return events(0);
    }

    /** The events after {@code sequence} that are still in the ring, oldest first. */
    public List<RegionEvent> events(long sequence) {
        checkOpen();
        return events.after(sequence);
    }

    /**
     * Calls {@code listener} for every event that a thread of this process reports from now on, on that thread, which may be
     * about to return from a lock method: the listener is quick and takes no lock of this region. What other processes
     * report is found by {@link #events(long)}.
     */
    public void onEvent(Consumer<RegionEvent> listener) {
        events.listen(listener);
    }

    /**
     * The region's area for the user's own data, {@link RegionOptions#withDataBytes}; what is there is between its users and
     * the locks they take.
     */
    public AtomicBuffer data() {
        RegionLayout layout = file.layout();
        return new RegionData(this, memory, layout.dataOffset(), layout.dataLength());
    }

    /** Looks at every table of the region, without changing anything. */
    public RegionReport check() {
        checkOpen();
        return new RegionReport(
                registry.processes().othersAlive(), new RegionChecker(memory, file.layout(), registry).check(), false);
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
        boolean repaired = attached.isEmpty()
                && registry.processes()
                        .runAlone(() -> new RegionRebuilder(memory, file.layout(), registry, directory).rebuild());
        if (!repaired) {
            registry.reclaimer().reclaimDead();
        }
        return new RegionReport(before.othersAlive(), before.findings(), repaired);
    }

    // ---- threads

    /**
     * The calling thread's vCPU, attached now if it was not; the same for every call by that thread.
     *
     * @throws RegionException FULL if there is no slot left
     */
    public Vcpu attach() {
        Vcpu existing = ofThread.get();
        return existing != null ? existing : attach(false);
    }

    private Vcpu attach(boolean pooled) {
        checkOpen();
        Participant participant = registry.attach(!VirtualThreads.currentIsVirtual());
        Vcpu vcpu = new Vcpu(this, participant, pooled);
        attached.add(vcpu);
        ofThread.set(vcpu);
        if (closed) {
            detach(vcpu);
            throw closedException();
        }
        return vcpu;
    }

    void detach(Vcpu vcpu) {
        if (!attached.contains(vcpu)) {
            return;
        }
        if (!vcpu.isBorrowed() && !vcpu.isOf(Thread.currentThread())) {
            throw new IllegalStateException(vcpu + " belongs to another thread, which alone can give it back");
        }
        heldBy(vcpu).ifPresent(name -> {
            throw new IllegalStateException(vcpu + " still holds lock '" + name + "'; unlock it first");
        });
        forget(vcpu);
        if (ofThread.get() == vcpu) {
            ofThread.remove();
        }
    }

    private void forget(Vcpu vcpu) {
        if (attached.remove(vcpu)) {
            vcpu.end();
            registry.detach(vcpu.participant);
        }
    }

    private Optional<String> heldBy(Vcpu vcpu) {
        return directory.all().stream()
                .filter(named ->
                        algorithm(named.entry().kind()).owner(named.entry().cell()) == vcpu.participant.ownerWord())
                .map(LockDirectory.Named::name)
                .findFirst();
    }

    /** The calling thread's vCPU for one use; a virtual thread gets one from the pool, for as long as it waits or holds. */
    Vcpu borrow() {
        Vcpu vcpu = ofThread.get();
        if (vcpu == null) {
            vcpu = borrowNew();
        }
        if (vcpu.isBorrowed()) {
            vcpu.beginUse();
        }
        return vcpu;
    }

    private Vcpu borrowNew() {
        if (!VirtualThreads.currentIsVirtual()) {
            return attach(false);
        }
        Vcpu pooled = pool.poll();
        if (pooled == null) {
            return attach(true);
        }
        ofThread.set(pooled);
        return pooled;
    }

    /** Ends one use begun by {@link #borrow()}. */
    void giveBack(Vcpu vcpu) {
        if (vcpu.isBorrowed() && vcpu.endUse()) {
            ofThread.remove();
            if (closed) {
                forget(vcpu);
            } else {
                pool.add(vcpu);
            }
        }
    }

    /** The calling thread's vCPU, which holds a lock; it does not if there is none. */
    Vcpu borrowed() {
        Vcpu vcpu = ofThread.get();
        if (vcpu == null) {
            throw new IllegalMonitorStateException(
                    "thread '" + Thread.currentThread().getName() + "' holds no lock of " + path());
        }
        return vcpu;
    }

    Vcpu existing() {
        return ofThread.get();
    }

    // ---- close

    /**
     * Takes this process out of the region. Threads that wait are told by a {@link RegionException}; a thread that holds a lock
     * keeps it and may unlock it. Closing twice does nothing.
     */
    @Override
    public void close() {
        synchronized (attached) {
            if (closed) {
                return;
            }
            closed = true;
        }
        boolean anyLeft = false;
        for (Vcpu vcpu : attached) {
            vcpu.fastRegion = null;
            vcpu.participant.cancel();
            registry.parker().kick(vcpu.index());
        }
        for (Vcpu vcpu : attached) {
            boolean mayDetach = vcpu.isOf(Thread.currentThread()) || vcpu.isBorrowed();
            if (mayDetach && !isBusy(vcpu) && heldBy(vcpu).isEmpty()) {
                forget(vcpu);
            } else {
                anyLeft = true;
            }
        }
        ofThread.remove();
        // Threads that are left have the mapping in their robust lists until they end: then it stays.
        if (!anyLeft) {
            registry.close();
            OPEN.remove(this);
        }
    }

    // A borrowed slot whose virtual thread is still on its way out of a wait.
    private boolean isBusy(Vcpu vcpu) {
        for (int patience = 100; patience > 0 && isInSlowPath(vcpu); patience--) {
            LockSupport.parkNanos(1_000_000);
        }
        return isInSlowPath(vcpu);
    }

    private boolean isInSlowPath(Vcpu vcpu) {
        return (registry.vcpus().slowPathVolatile(vcpu.index()) & 1) != 0;
    }

    public boolean isClosed() {
        return closed;
    }

    private void checkOpen() {
        if (closed) {
            throw closedException();
        }
    }

    RegionException closedException() {
        return new RegionException(
                RegionException.Category.UNAVAILABLE, "region " + path() + " is closed; open it again");
    }

    // ---- for the classes of this package

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

    int usableCpus() {
        return usableCpus;
    }

    boolean isInconsistent(int cell) {
        return LockWord.isInconsistent(LockCell.word(memory.getLongVolatile(cell))); // P0 acquire
    }
}
