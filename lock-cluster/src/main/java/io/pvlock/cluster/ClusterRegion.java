package io.pvlock.cluster;

import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.Locks;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.cluster.agent.AgentSettings;
import io.pvlock.cluster.agent.ClusterAgent;
import io.pvlock.cluster.agent.ClusterPaths;
import io.pvlock.cluster.agent.LocalLock;
import io.pvlock.cluster.agent.SessionStore;
import io.pvlock.cluster.lease.FutexBells;
import io.pvlock.cluster.lease.HostWords;
import io.pvlock.cluster.lease.HostWords.Status;
import io.pvlock.cluster.lease.LeaseClock;
import io.pvlock.cluster.lease.LeaseGate;
import io.pvlock.cluster.lease.LeaseWords;
import io.pvlock.cluster.zk.ZooKeeperEngine;
import io.pvlock.linux.Processes;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.AtomicBuffer;

/**
 * One host's part of a cluster: a region file whose locks are those of all hosts of the same namespace.
 *
 * <p>One process of the host speaks with the servers, for all of them; each stands by to be the next (unless told not to by {@link
 * ClusterOptions#standBy}). If it is killed, the next one goes on with its session, and no lease is lost.
 *
 * <p>The locks are mutexes. Read-write locks, semaphores and conditions of a cluster there are none. Thread-safe.
 */
public final class ClusterRegion implements Locks {

    /** A lock of this name says that the region is a host's part of a cluster; {@link LockRegion#open} refuses it. */
    private static final String MARK = "pvlock/cluster";

    /** So many different reasons are told, each once. */
    private static final int MOST_REFUSALS = 100;

    private static final Logger LOG = System.getLogger("io.pvlock.cluster");
    private static final int DIRECTORY_ROOM = 8;
    private static final long LOOK_NS = 5_000_000;

    private static final LockOptions ALWAYS = LockOptions.defaults().onOwnerDeath(LockOptions.OnOwnerDeath.CONTINUE);

    private final LockRegion region;
    private final ClusterOptions options;
    private final HostWords host;
    private final FutexBells bells;
    private final ClusterAgent agent;
    private final LossWatcher losses;
    private final Map<String, ClusterLock> locks = new ConcurrentHashMap<>();
    private final Map<String, LocalLock> locals = new ConcurrentHashMap<>();
    private final Set<String> refusals = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private ClusterRegion(LockRegion region, ClusterOptions options) {
        this.region = region;
        this.options = options;
        this.host = new HostWords(region.data());
        this.bells = new FutexBells(host);
        this.losses = new LossWatcher();
        prepare();
        this.agent = options.standBy() ? newAgent() : null;
    }

    /**
     * Opens the region file at {@code path}, or makes it, and waits until the host is a member of the cluster.
     *
     * @throws RegionException if the file cannot be used, or is a region of this host only
     * @throws ClusterIdentityException if the servers are of another cluster than before
     * @throws ClusterException if no server answers in time, or they refuse the host
     */
    public static ClusterRegion open(Path path, ClusterOptions options) {
        ClusterRegion opened = openUnjoined(path, options);
        boolean joined = false;
        try {
            if (opened.agent != null) {
                opened.agent.start();
            }
            opened.awaitJoined();
            joined = true;
            return opened;
        } finally {
            if (!joined) {
                opened.close();
            }
        }
    }

    /** Opens it to look or to change what the host remembers: no agent, and no wait for the cluster. */
    public static ClusterRegion openQuietly(Path path, ClusterOptions options) {
        LockRegion region = LockRegion.open(path, regionOptions(options).createIfMissing(false));
        boolean member = region.findLock(MARK).isPresent();
        region.close();
        if (!member) {
            throw new RegionException(
                    RegionException.Category.INCOMPATIBLE,
                    path + " is no host's part of a cluster; it is made by ClusterRegion.open or pvlock cluster agent");
        }
        return openUnjoined(path, options.standBy(false));
    }

    private static ClusterRegion openUnjoined(Path path, ClusterOptions options) {
        LockRegion region = LockRegion.open(path, regionOptions(options));
        boolean opened = false;
        try {
            ClusterRegion made = new ClusterRegion(region, options);
            opened = true;
            return made;
        } finally {
            if (!opened) {
                region.close();
            }
        }
    }

    private static RegionOptions regionOptions(ClusterOptions options) {
        return options.region()
                .clustered(true)
                .maxLocks(options.maxLocks() + DIRECTORY_ROOM)
                .dataBytes(HostWords.LENGTH + options.maxLocks() * LeaseWords.LENGTH);
    }

    // ---- birth

    private void prepare() {
        // The mark is what a process of a cluster makes first: so it is looked for last.
        boolean used = !region.locks().isEmpty() || !isBlank(region.data());
        if (used && region.findLock(MARK).isEmpty()) {
            throw new RegionException(
                    RegionException.Category.INCOMPATIBLE,
                    region.path() + " is a region of this host only, and is in use; name another file for the cluster");
        }
        SharedLock mark = region.lock(MARK, ALWAYS);
        mark.lock();
        try {
            UUID boot = Processes.bootId();
            if (!host.isMade()) {
                UUID name = UUID.randomUUID();
                int bytes = region.data().capacity() - HostWords.LENGTH;
                int room = Math.min(options.maxLocks(), bytes / LeaseWords.LENGTH);
                host.boot(boot);
                host.make(room, name, options.hostNameOr(name.toString().substring(0, 8)));
            } else if (!host.boot().equals(boot)) {
                // Its clock has begun anew, and nobody who held anything lives.
                host.endSession();
                host.boot(boot);
            }
        } finally {
            mark.unlock();
        }
    }

    private static boolean isBlank(AtomicBuffer data) {
        for (int i = 0; i < data.capacity(); i++) {
            if (data.getByte(i) != 0) {
                return false;
            }
        }
        return true;
    }

    private ClusterAgent newAgent() {
        AgentSettings settings = new AgentSettings(
                new ClusterPaths(options.namespace()),
                options.budget(),
                options.tickTime().toNanos(),
                options.lockDelay().toNanos());
        return new ClusterAgent(
                region,
                settings,
                host,
                this::local,
                bells,
                new SessionStore(region.path(), host.boot()),
                mailbox -> ZooKeeperEngine.factory(options.access(), mailbox),
                ZooKeeperEngine::prepare);
    }

    /** What an agent has said that is gone is not enough. */
    private boolean isJoined() {
        return host.status() == Status.JOINED && LeaseClock.SYSTEM.nowNs() < host.deadlineNs();
    }

    private void awaitJoined() {
        long end = System.nanoTime() + options.connectTimeout().toNanos();
        while (!isJoined()) {
            checkUsable();
            if (host.status() == Status.REFUSED) {
                throw new ClusterException(options.connect() + ": " + host.text());
            }
            if (System.nanoTime() - end >= 0) {
                throw new ClusterException(
                        "no ZooKeeper server of " + options.connect() + " has let this host in within "
                                + options.connectTimeout().toSeconds() + " s ("
                                + (host.text().isEmpty() ? "no agent has begun" : host.text())
                                + "); check the addresses, and that the servers have a quorum");
            }
            LockSupport.parkNanos(LOOK_NS);
            if (Thread.currentThread().isInterrupted()) {
                throw new ClusterException("interrupted while waiting for " + options.connect());
            }
        }
    }

    // ---- locks

    /**
     * Finds or makes the lock {@code name} of the cluster.
     *
     * @param name 1 to 80 bytes of UTF-8, which ZooKeeper can have for a node: no slash, no control characters, not {@code .} or {@code ..}
     * @throws RegionException FULL if the region has no room for it
     */
    @Override
    public ClusterLock lock(String name) {
        checkOpen();
        LockNames.check(name);
        return locks.computeIfAbsent(name, this::find);
    }

    private ClusterLock find(String name) {
        // A policy that lets waiters of this host pass each other suits a host that passes it on for as long as it may.
        SharedLock local = region.lock(name, ALWAYS);
        LeaseGate gate = new LeaseGate(host, place(name), options.budget(), LeaseClock.SYSTEM, bells);
        return new ClusterLock(this, name, local, gate);
    }

    private LeaseWords place(String name) {
        SharedLock mark = region.lock(MARK, ALWAYS);
        mark.lock();
        try {
            for (int i = 0; i < host.capacity(); i++) {
                LeaseWords words = host.lease(i);
                String taken = words.name();
                if (taken.isEmpty()) {
                    words.name(name);
                    return words;
                }
                if (taken.equals(name)) {
                    return words;
                }
            }
        } finally {
            mark.unlock();
        }
        throw new RegionException(
                RegionException.Category.FULL,
                region.path() + " has room for " + host.capacity()
                        + " locks of the cluster, and all are taken; make another"
                        + " region with a greater ClusterOptions.maxLocks");
    }

    private LocalLock local(String name) {
        return locals.computeIfAbsent(name, missing -> {
            SharedLock lock = region.lock(missing, ALWAYS);
            return new LocalLock() {
                @Override
                public boolean isBusy() {
                    return lock.isLocked();
                }

                @Override
                public void ifFree(Runnable action) {
                    if (lock.tryLock()) {
                        try {
                            action.run();
                        } finally {
                            lock.unlock();
                        }
                    }
                }
            };
        });
    }

    // ---- for locks and commands

    /** @throws ClusterException if waiting is in vain */
    void checkUsable() {
        checkOpen();
        if (host.status() == Status.OTHER_CLUSTER) {
            throw new ClusterIdentityException(options.connect() + ": " + host.text());
        }
    }

    /** For who waits without an end while the servers refuse this host: says it once for each cause, and may be called often. */
    void warnIfRefused() {
        if (host.status() != Status.REFUSED) {
            return;
        }
        String why = host.text();
        if (refusals.size() < MOST_REFUSALS && refusals.add(why)) {
            // A logger is foreign: whatever it throws is not the lock's.
            try {
                LOG.log(
                        Logger.Level.WARNING,
                        () -> "a lock is waited for, but the servers " + options.connect() + " refuse this host: "
                                + why);
            } catch (Throwable e) {
                // Nobody is left to be told.
            }
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new ClusterException("the region " + region.path() + " is closed");
        }
    }

    /** What all processes of the host know of its part in the cluster. */
    public HostView view() {
        return HostView.of(host);
    }

    /**
     * Takes the servers for this host's cluster from now on, whatever they were before. Fencing tokens go on rising as far as this host
     * knows them; the data behind the locks may have to be looked at. Does nothing if the host is a member.
     */
    public void adopt() {
        if (host.status() != Status.JOINED) {
            host.cluster(new UUID(0, 0));
            bells.ringAgent();
        }
    }

    /** Gives the lease of {@code name} back as soon as nobody holds it, if the host has it; false if it has not. */
    public boolean yield(String name) {
        return lock(name).yieldLease();
    }

    ClusterOptions options() {
        return options;
    }

    LossWatcher losses() {
        return losses;
    }

    public Path path() {
        return region.path();
    }

    /** What this host is called in the cluster. */
    public String hostName() {
        return host.hostName();
    }

    /**
     * Takes this process out. If it speaks for the host, another process goes on with that; if there is none, the host gives all up that it
     * has. Closing twice does nothing.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        losses.close();
        if (agent != null) {
            agent.close();
        }
        region.close();
    }

    @Override
    public String toString() {
        return "ClusterRegion[" + host.hostName() + " of " + options + " in " + region.path() + "]";
    }
}
