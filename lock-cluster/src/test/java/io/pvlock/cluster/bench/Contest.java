package io.pvlock.cluster.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Threads of several hosts at one lock, for a while. */
final class Contest {

    /** A lock as one host has it. */
    interface HostLock {
        void lock() throws Exception;

        void unlock() throws Exception;
    }

    /**
     * What came out.
     *
     * @param pairs of each host
     * @param heldNs by each host, from its first pair after another host's to its last
     * @param handOversNs how long the lock took from one host to another, in order of size
     */
    record Result(long[] pairs, long[] heldNs, double seconds, long[] handOversNs) {

        double perSecond() {
            return Arrays.stream(pairs).sum() / seconds;
        }

        double medianHandOverMs() {
            return handOversNs.length == 0 ? Double.NaN : handOversNs[handOversNs.length / 2] / 1e6;
        }
    }

    private final List<HostLock> hosts;
    private final int threads;
    private volatile boolean stopped;
    private volatile boolean counts;
    private final AtomicLong[] pairs;
    private final List<Long> handOvers = new ArrayList<>();
    private final long[] heldNs;

    // Written under the lock that is measured.
    private int lastHost = -1;
    private long lastUnlockNs;
    private long tookOverNs;

    private Contest(List<HostLock> hosts, int threads) {
        this.hosts = hosts;
        this.threads = threads;
        this.heldNs = new long[hosts.size()];
        this.pairs = new AtomicLong[hosts.size()];
        Arrays.setAll(pairs, host -> new AtomicLong());
    }

    /**
     * Runs one.
     *
     * @param threads of each host
     * @param millis that count, after as many that do not
     */
    static Result run(List<HostLock> hosts, int threads, long millis) throws Exception {
        return new Contest(hosts, threads).run(millis);
    }

    private Result run(long millis) throws Exception {
        List<Thread> all = new ArrayList<>();
        List<Exception> failures = new ArrayList<>();
        for (int host = 0; host < hosts.size(); host++) {
            for (int i = 0; i < threads; i++) {
                int mine = host;
                Thread thread = new Thread(() -> {
                    try {
                        compete(mine);
                    } catch (Exception e) {
                        synchronized (failures) {
                            failures.add(e);
                        }
                        stopped = true;
                    }
                });
                thread.start();
                all.add(thread);
            }
        }
        TimeUnit.MILLISECONDS.sleep(millis);
        counts = true;
        long begin = System.nanoTime();
        TimeUnit.MILLISECONDS.sleep(millis);
        counts = false;
        double seconds = (System.nanoTime() - begin) / 1e9;
        stopped = true;
        for (Thread thread : all) {
            thread.join();
        }
        if (!failures.isEmpty()) {
            throw failures.get(0);
        }
        long[] sorted = handOvers.stream().mapToLong(Long::longValue).sorted().toArray();
        long[] counted = Arrays.stream(pairs).mapToLong(AtomicLong::get).toArray();
        return new Result(counted, heldNs, seconds, sorted);
    }

    private void compete(int host) throws Exception {
        HostLock lock = hosts.get(host);
        while (!stopped) {
            lock.lock();
            try {
                if (counts) {
                    pairs[host].incrementAndGet();
                }
                if (lastHost != host) {
                    tookOver(host);
                }
                lastUnlockNs = System.nanoTime();
            } finally {
                lock.unlock();
            }
        }
    }

    private void tookOver(int host) {
        long now = System.nanoTime();
        if (counts && lastHost >= 0) {
            handOvers.add(now - lastUnlockNs);
            heldNs[lastHost] += lastUnlockNs - tookOverNs;
        }
        tookOverNs = now;
        lastHost = host;
    }
}
