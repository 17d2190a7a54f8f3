package io.pvlock;

import io.pvlock.internal.event.EventSubscription;
import io.pvlock.internal.lock.ForcedRelease;
import io.pvlock.internal.lock.LockSet;
import io.pvlock.internal.lock.LockView;
import io.pvlock.internal.object.Removal;
import io.pvlock.internal.object.SequenceLocking;
import io.pvlock.internal.session.Session;
import io.pvlock.linux.Linux;
import io.pvlock.linux.LinuxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
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
public final class LockRegion implements Locks {

    private static final String JMX = "pvlock.jmx";
    /** A lock of this name says that the region is one host's part of a cluster; no lock of a cluster can have it. */
    private static final String CLUSTER_MARK = "pvlock/cluster";

    private final Session session;

    /** Null if JMX does not know of this region. Guarded by this. */
    private RegionBean bean;

    private LockRegion(Session session) {
        this.session = session;
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
        LockRegion region = new LockRegion(opened(path, () -> Session.open(path, options)));
        if (!options.clustered() && region.isClustered()) {
            region.close();
            throw new RegionException(
                    RegionException.Category.INCOMPATIBLE,
                    path
                            + " is one host's part of a cluster: a lock taken here only would exclude no other host; open it with"
                            + " io.pvlock.cluster.ClusterRegion, or use another file");
        }
        if (Boolean.getBoolean(JMX)) {
            region.registerMBean();
        }
        return region;
    }

    private boolean isClustered() {
        try {
            return findLock(CLUSTER_MARK).isPresent();
        } catch (RegionException e) {
            return false; // a damaged directory is the affair of who uses it, or repairs it
        }
    }

    /**
     * Opens the region to look at it, with nothing but the right to read the file, whoever owns it.
     *
     * @throws RegionException if there is none, or it is none that this program can use
     */
    public static RegionView openForReading(Path path) {
        return opened(path, () -> RegionView.open(path));
    }

    /** Runs {@code open}. What is wrong with this machine is a {@link RegionException}, as all else is. */
    private static <T> T opened(Path path, Supplier<T> open) {
        try {
            Linux.ensureLoaded();
        } catch (UnsupportedOperationException e) {
            throw new RegionException(RegionException.Category.UNAVAILABLE, e.getMessage(), e);
        }
        try {
            return open.get();
        } catch (LinuxException e) {
            throw new RegionException(RegionException.Category.UNAVAILABLE, path + ": " + e.getMessage(), e);
        }
    }

    public Path path() {
        return session.path();
    }

    // ---- locks

    /** Finds or makes the lock {@code name}; see {@link #lock(String, LockOptions)}. */
    @Override
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
        return SharedLock.named(session, name, options);
    }

    /**
     * Takes several locks of one region, in an order that is the same for everybody, whatever order they are given in. Threads
     * that take several locks in this way only cannot get into a deadlock with each other. They may be mixed: locks, {@linkplain
     * SharedLockArray#at locks of arrays}, and read, update and write locks.
     *
     * @throws IllegalArgumentException if a lock is given twice, or in two ways, such as to read and to write; if they are of different
     *     regions, or of none; no lock is taken
     * @throws OwnerDiedException as {@link SharedLock#lock()}; no lock is held
     */
    public static HeldLocks lockAll(Lock... locks) {
        LockSet.Ordered[] ordered =
                Arrays.stream(locks).map(LockRegion::ordered).toArray(LockSet.Ordered[]::new);
        return LockSet.lockAll(ordered);
    }

    private static LockSet.Ordered ordered(Lock lock) {
        if (lock instanceof SharedLock shared) {
            return new LockSet.Ordered(
                    lock, shared.locking().session(), shared.locking().cell());
        }
        if (lock instanceof LockView view) {
            return new LockSet.Ordered(lock, view.session(), view.cell());
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
        return new SharedLockArray(session, name, length, options);
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
        return new SharedCounter(session, name, max, parent);
    }

    /**
     * Finds or makes the statistics counter {@code name}.
     *
     * @throws IllegalArgumentException if the name stands for something else
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedLocalCounter localCounter(String name) {
        return new SharedLocalCounter(session, name);
    }

    /**
     * Finds or makes the local data {@code name}, a part for each of {@link RegionOptions#maxVcpus}.
     *
     * @param bytes of each part; with its lock it takes the next multiple of 64
     * @param repair puts a part in order in which somebody was killed, for example by zeroing it, before this process uses it
     *     next. If it throws, so does the call that ran it, and the next call tries again
     * @throws IllegalArgumentException if the name stands for something else, or for local data of another length
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedLocalData localData(String name, int bytes, SharedLocalData.Visitor repair) {
        return new SharedLocalData(session, name, bytes, repair);
    }

    /**
     * Finds or makes the semaphore {@code name}.
     *
     * @param permits how many there are
     * @throws IllegalArgumentException if the name stands for something else, or for a semaphore made with other parameters
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedSemaphore semaphore(String name, int permits) {
        return new SharedSemaphore(session, name, permits, false);
    }

    /** Like {@link #semaphore(String, int)}, in strict order: nobody takes a permit while others wait. */
    public SharedSemaphore fairSemaphore(String name, int permits) {
        return new SharedSemaphore(session, name, permits, true);
    }

    /** Finds or makes the read-write lock {@code name}; see {@link #readWriteLock(String, LockOptions)}. */
    public SharedReadWriteLock readWriteLock(String name) {
        return readWriteLock(name, LockOptions.defaults());
    }

    /**
     * Finds or makes the read-write lock {@code name}.
     *
     * @param options how this process uses it: what it does when a writer died writing, FAIL or CONTINUE, and about a deadlock. It is
     *     made of a PV lock of policy FAIR, and waits AUTO
     * @throws IllegalArgumentException if the name stands for something else, or if the options ask for what it cannot be
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedReadWriteLock readWriteLock(String name, LockOptions options) {
        return new SharedReadWriteLock(session, name, options);
    }

    /**
     * Finds or makes the sequence lock {@code name}, whose writers exclude each other by a lock of its own.
     *
     * @throws IllegalArgumentException if the name stands for something else, or for a sequence lock made with another lock
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedSequenceLock sequenceLock(String name) {
        return new SharedSequenceLock(SequenceLocking.withOwnLock(session, name));
    }

    /** Like {@link #sequenceLock(String)}, with {@code writers}, a lock of this region, to exclude writers. */
    public SharedSequenceLock sequenceLock(String name, SharedLock writers) {
        return new SharedSequenceLock(SequenceLocking.withLock(session, name, writers.locking()));
    }

    /** Like {@link #sequenceLock(String)}, without a lock: two writers at a time are an error, noticed but not waited for. */
    public SharedSequenceLock singleWriterSequenceLock(String name) {
        return new SharedSequenceLock(SequenceLocking.withoutLock(session, name));
    }

    /**
     * Finds or makes the record {@code name}, all zero at first.
     *
     * @param bytes of the record
     * @throws IllegalArgumentException if the name stands for something else, or for a record made with other parameters
     * @throws RegionException FULL if the region has no room for it
     */
    public SharedRecord record(String name, int bytes) {
        return new SharedRecord(session, name, bytes, true);
    }

    /** Like {@link #record(String, int)}, without a lock: two writers at a time are an error, noticed but not waited for. */
    public SharedRecord singleWriterRecord(String name, int bytes) {
        return new SharedRecord(session, name, bytes, false);
    }

    /** Like {@link #record(String, int)}, of values that {@code codec} encodes and decodes. */
    public <T> TypedRecord<T> record(String name, RecordCodec<T> codec) {
        return new TypedRecord<>(record(name, codec.bytes()), codec);
    }

    /** Like {@link #singleWriterRecord(String, int)}, of values that {@code codec} encodes and decodes. */
    public <T> TypedRecord<T> singleWriterRecord(String name, RecordCodec<T> codec) {
        return new TypedRecord<>(singleWriterRecord(name, codec.bytes()), codec);
    }

    /** All locks and other objects of the region, as they are now. */
    public List<LockInfo> locks() {
        return session.whileOpen(session.inspector()::locks);
    }

    /** Who queues for the lock {@code name}, or for the lock that the object of that name has inside, in order; empty if there is none. */
    public List<WaiterInfo> queue(String name) {
        return session.whileOpen(() -> session.look().queue(name));
    }

    /** Who holds a part of the object {@code name}, or waits in its own queue, as it is now; empty if there is no such object. */
    public List<HoldInfo> holds(String name) {
        return session.whileOpen(() -> session.look().holds(name));
    }

    /** The lock {@code name} if it exists, without making it. */
    public Optional<SharedLock> findLock(String name) {
        return session.findLock(name).map(entry -> new SharedLock(session, name, entry, LockOptions.defaults()));
    }

    /**
     * Removes {@code name} and what it stands for, so that its place can be used for another. A lock can be removed when nobody
     * holds it, nobody waits for it, and no condition is made of it. From then on a {@link SharedLock} of it throws {@link
     * IllegalStateException}; it never becomes another lock. Whoever looks the name up again makes a new lock. All other objects,
     * and locks of a kind other than PV, can be removed when no other process that has ever looked them up has the region open,
     * and no object of them is reachable in this one.
     *
     * <p>Data of an object is gone, fencing tokens go on. The place, and the bytes of an object, are used again as soon as no
     * process can have an object of it. That is so when each process that has looked the name up has left the region; or when its
     * objects have been collected, and it has looked up any name since.
     *
     * @return false if there is no such name
     * @throws IllegalStateException if it is in use; the message says by whom. Nothing is changed, except that a dead owner may
     *     have been replaced; the next one is told of that, as always
     */
    public boolean remove(String name) {
        return new Removal(session).remove(name);
    }

    /** The present hold of the lock {@code name}, for {@link #breakHold}; empty if nobody holds it, or if there is no such lock. */
    public Optional<LockHold> hold(String name) {
        return session.whileOpen(() -> session.look().hold(name));
    }

    /**
     * Takes a lock away from its owner, dead or alive, and releases it as if the owner had died: the next one is told, and the data are
     * inconsistent until somebody declares them repaired. For locks whose owner lives and will never let go. It is not stopped: in its
     * critical section it goes on, beside the next owner, and its unlock throws {@link IllegalMonitorStateException}. Stop or end its
     * process before; then nothing is lost, and the lock needs no breaking. Recorded as {@link RegionEvent.Type#LOCK_BROKEN}.
     *
     * @param seen what {@link #hold} said. Only that hold is broken: the owner must be the same, and no fencing token drawn since. An
     *     owner that draws none ({@code lock()}) and has locked again since cannot be told from one that never let go
     * @return false if that hold is over; nothing was changed
     * @throws IllegalArgumentException if the name stands for anything but a PV lock: others are not repaired after a death
     */
    public boolean breakHold(LockHold seen) {
        return new ForcedRelease(session).release(seen);
    }

    /** All threads attached to the region, of all processes, as they are now. */
    public List<VcpuInfo> vcpus() {
        session.threads().noticeEnded();
        return session.whileOpen(session.inspector()::vcpus);
    }

    /** The region in plain numbers, as it is now: for gauges, and for a health check by {@link RegionStats#longestWaitNs}. */
    public RegionStats stats() {
        return session.whileOpen(session.look()::stats);
    }

    /** The events in the region's ring, oldest first; older ones have been overwritten. */
    public List<RegionEvent> events() {
        return events(0);
    }

    /** The events after {@code sequence} that are still in the ring, oldest first. */
    public List<RegionEvent> events(long sequence) {
        return session.whileOpen(() -> session.events().after(sequence));
    }

    /**
     * Calls {@code listener} for every event that a thread of this process reports from now on, until the region is closed:
     * in order, a moment later, on a thread of its own. So the listener may take locks, of this region, too; it may open and
     * close regions, and take its time. What it throws is logged. If it is so slow that more than 1,024 events wait for it,
     * further ones are left out. That is logged once, and {@link RegionEvent#sequence()} shows the gap. {@link
     * #events(long)} finds what other processes report.
     *
     * @throws RegionException UNAVAILABLE if the region is closed
     */
    public void onEvent(Consumer<? super RegionEvent> listener) {
        Objects.requireNonNull(listener, "listener");
        session.whileOpen(() -> {
            session.events().listen(listener);
            return null;
        });
    }

    /**
     * Calls {@code listener} for every event of the region that happens from now on, in any process: in order, within about a tenth of a
     * second, on a thread of its own, until the subscription or the region is closed. What it throws is logged, once for each cause. If it
     * is slower than the ring is long ({@link RegionOptions#eventCapacity}), events are missing; {@link RegionEvent#sequence()} shows the gap.
     *
     * @return the subscription
     * @throws RegionException UNAVAILABLE if the region is closed
     */
    public Subscription subscribe(Consumer<? super RegionEvent> listener) {
        Objects.requireNonNull(listener, "listener");
        long last = session.whileOpen(session.events()::lastSequence);
        return new EventSubscription(path().toString(), this::events, last, listener).start();
    }

    /**
     * Shows the region in JMX as a {@link RegionMXBean}, until it is closed. Doing so twice is doing it once.
     *
     * @return the bean's name
     * @throws RegionException UNAVAILABLE if the region is closed
     */
    public synchronized String registerMBean() {
        session.checkOpen();
        if (bean == null) {
            bean = new RegionBean(path().toString(), this::stats, this::locks);
        }
        return bean.register();
    }

    private synchronized void unregisterMBean() {
        if (bean != null) {
            bean.unregister();
            bean = null;
        }
    }

    /**
     * The region's area for the user's own data, {@link RegionOptions#dataBytes}. The region does not know what is there; its
     * users agree on that, and on the locks that guard it.
     */
    public AtomicBuffer data() {
        return new UnsafeBuffer(
                session.memory(),
                session.layout().dataOffset(),
                session.layout().dataLength());
    }

    /** Looks at every table of the region, without changing anything. */
    public RegionReport check() {
        return session.whileOpen(session.look()::check);
    }

    /**
     * Reclaims what the dead have left behind; and, if no other process has the region open and no thread of this one is attached,
     * puts every table in order, whatever it holds. Locks keep their fencing tokens; those that were held become
     * inconsistent, as after an owner's death.
     *
     * @return what was found before
     */
    public RegionReport repair() {
        return session.repair();
    }

    /**
     * What this process has done that could become a deadlock: two locks were taken in one order here and in the other order
     * there, even if never at the same time. Each is reported once, with both places, here and as a warning in the log. This is
     * known only if the region was opened with the system property {@code pvlock.checkOrder=true}, which makes every lock slower.
     * Without the property it costs nothing.
     *
     * <p>Locks are told apart by their names, those of an array are one: the order among them is not checked. An attempt that does
     * not wait, {@code tryLock()}, is no reason for a report.
     */
    public List<String> lockOrderReports() {
        return session.order() == null ? List.of() : session.order().reports();
    }

    // ---- threads

    /**
     * The calling thread's vCPU, attached now if it was not; the same for every call by that thread, until it is closed. A virtual
     * thread waits until there is one, and must close it. If it ends without closing it, that is noticed within about a second.
     *
     * @throws RegionException FULL if there is no slot left for a platform thread; says who has them
     */
    public Vcpu attach() {
        return Vcpu.of(session.threads().attach());
    }

    // ---- close

    /**
     * Takes this process out of the region. Threads that wait get a {@link RegionException}; one that queues for a lock of a kind
     * other than PV gets the lock first. A thread that holds a lock keeps it and may unlock it. Closing twice does nothing.
     *
     * <p>The process stays in the region's table, and the file stays mapped, as long as another thread is attached: one that
     * has neither ended nor closed its {@link Vcpu}. A thread that holds nothing here is detached when it next attaches to any
     * region, or opens one.
     */
    @Override
    public void close() {
        unregisterMBean();
        session.close();
    }

    public boolean isClosed() {
        return session.isClosed();
    }

    Session session() {
        return session;
    }
}
