package io.pvlock;

import java.util.Map;

/**
 * A region as JMX shows it: {@link RegionStats} attribute by attribute, looked at at most once a second, and its locks. Registered by {@link
 * LockRegion#registerMBean()} or {@code -Dpvlock.jmx=true}, under {@code io.pvlock:type=Region,path="..."}.
 */
public interface RegionMXBean {

    /** The file. */
    String getPath();

    int getLocks();

    int getMaxLocks();

    int getVcpus();

    int getMaxVcpus();

    int getProcesses();

    int getMaxProcesses();

    long getObjectBytes();

    long getMaxObjectBytes();

    int getWaiters();

    int getHeldLocks();

    long getLongestWaitNs();

    long getAcquisitions();

    long getContended();

    long getSteals();

    long getKicks();

    long getOwnerDeaths();

    long getThreadDeaths();

    long getDeadlocks();

    /** Names of all locks and objects. */
    String[] getLockNames();

    /** Who holds the lock {@code name}, in words; empty if nobody does, or if there is no such lock. */
    String owner(String name);

    /** What the lock {@code name} has seen, see {@link LockStats}: {@code acquisitions}, {@code waitP50Ns} and so on; empty if there is none. */
    Map<String, Long> lockStats(String name);
}
