package io.pvlock;

import io.pvlock.core.NanoClock;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** A region's MXBean, from its registration until it is closed. A class of its own: nothing of JMX is loaded before somebody wants it. */
final class RegionBean implements RegionMXBean {

    private static final long FRESH_NS = TimeUnit.SECONDS.toNanos(1);

    private final String path;
    private final Supplier<RegionStats> stats;
    private final Supplier<List<LockInfo>> locks;

    private ObjectName name;
    private RegionStats seen;
    private long seenNs;

    RegionBean(String path, Supplier<RegionStats> stats, Supplier<List<LockInfo>> locks) {
        this.path = path;
        this.stats = stats;
        this.locks = locks;
    }

    /** Registers it, under a name with a number if the region is open twice; returns the name. */
    synchronized String register() {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        String plain = "io.pvlock:type=Region,path=" + ObjectName.quote(path);
        for (int number = 1; name == null; number++) {
            try {
                ObjectName tried = new ObjectName(number == 1 ? plain : plain + ",opened=" + number);
                server.registerMBean(this, tried);
                name = tried;
            } catch (InstanceAlreadyExistsException e) {
                continue; // the next number
            } catch (JMException e) {
                throw new IllegalStateException("JMX takes no bean of region " + path, e);
            }
        }
        return name.toString();
    }

    synchronized void unregister() {
        try {
            ManagementFactory.getPlatformMBeanServer().unregisterMBean(name);
        } catch (JMException e) {
            return; // somebody else has taken it away
        }
    }

    private synchronized RegionStats now() {
        long now = NanoClock.nowNs();
        if (seen == null || now - seenNs >= FRESH_NS) {
            seen = stats.get();
            seenNs = now;
        }
        return seen;
    }

    private Optional<LockInfo> lock(String wanted) {
        return locks.get().stream().filter(lock -> lock.name().equals(wanted)).findFirst();
    }

    @Override
    public String getPath() {
        return path;
    }

    @Override
    public int getLocks() {
        return now().locks();
    }

    @Override
    public int getMaxLocks() {
        return now().maxLocks();
    }

    @Override
    public int getVcpus() {
        return now().vcpus();
    }

    @Override
    public int getMaxVcpus() {
        return now().maxVcpus();
    }

    @Override
    public int getProcesses() {
        return now().processes();
    }

    @Override
    public int getMaxProcesses() {
        return now().maxProcesses();
    }

    @Override
    public long getObjectBytes() {
        return now().objectBytes();
    }

    @Override
    public long getMaxObjectBytes() {
        return now().maxObjectBytes();
    }

    @Override
    public int getWaiters() {
        return now().waiters();
    }

    @Override
    public int getHeldLocks() {
        return now().heldLocks();
    }

    @Override
    public long getLongestWaitNs() {
        return now().longestWaitNs();
    }

    @Override
    public long getAcquisitions() {
        return now().acquisitions();
    }

    @Override
    public long getContended() {
        return now().contended();
    }

    @Override
    public long getSteals() {
        return now().steals();
    }

    @Override
    public long getKicks() {
        return now().kicks();
    }

    @Override
    public long getOwnerDeaths() {
        return now().ownerDeaths();
    }

    @Override
    public long getThreadDeaths() {
        return now().threadDeaths();
    }

    @Override
    public long getDeadlocks() {
        return now().deadlocks();
    }

    @Override
    public String[] getLockNames() {
        return locks.get().stream().map(LockInfo::name).toArray(String[]::new);
    }

    @Override
    public String owner(String lock) {
        return lock(lock)
                .flatMap(LockInfo::owner)
                .map(owner -> "pid " + owner.pid() + ", tid " + owner.tid() + " '" + owner.threadName() + "' ("
                        + owner.command() + ")" + (owner.alive() ? "" : ", dead"))
                .orElse("");
    }

    @Override
    public Map<String, Long> lockStats(String lock) {
        Map<String, Long> numbers = new LinkedHashMap<>();
        lock(lock).map(LockInfo::stats).ifPresent(of -> {
            numbers.put("acquisitions", of.acquisitions());
            numbers.put("contended", of.contended());
            numbers.put("steals", of.steals());
            numbers.put("kicks", of.kicks());
            numbers.put("ownerDeaths", of.ownerDeaths());
            put(numbers, "wait", of.waits());
            put(numbers, "hold", of.holds());
        });
        return numbers;
    }

    private static void put(Map<String, Long> numbers, String what, TimeSummary times) {
        numbers.put(what + "Count", times.count());
        numbers.put(what + "P50Ns", times.p50Ns());
        numbers.put(what + "P99Ns", times.p99Ns());
        numbers.put(what + "MaxNs", times.maxNs());
    }
}
